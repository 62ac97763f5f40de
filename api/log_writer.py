"""Writes lines from a thread of its own: a pipe that nobody reads, or a slow disk, must not stop the event loop."""

import atexit
import queue
import threading
import time
from typing import TextIO

MOST_LINES = 10_000
"""How many lines may wait; what comes on top is dropped and counted, since memory is no place for a log."""
_LAST_SECONDS = 2.0


class LogWriter:
    """Looks like a text file that is written to line by line; never waits. `close` writes what is left, for a moment."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._lost = 0
        self._counting = threading.RLock()  # a signal may log while its thread counts
        self._unwritten = 0
        self._thread = threading.Thread(target=self._write, name="log-writer", daemon=True)
        self._thread.start()
        # Daemon threads are stopped where they are when Python ends.
        atexit.register(self.close)

    def write(self, text: str) -> int:
        """Take a text to be written soon."""
        if self._lines.qsize() >= MOST_LINES:
            self._lose(text)
        else:
            self._lines.put(text)
        return len(text)

    def flush(self) -> None:
        """Do nothing: what was taken is on its way."""

    def close(self) -> None:
        """Wait until all of it is written, for two seconds at most."""
        deadline = time.monotonic() + _LAST_SECONDS
        while (self._unwritten or not self._lines.empty()) and time.monotonic() < deadline:
            time.sleep(0.005)

    def _write(self) -> None:
        while True:
            text = self._lines.get()
            self._unwritten = 1
            try:
                self._file.write(text)
                with self._counting:
                    lost, self._lost = self._lost, 0
                if lost:
                    self._file.write(f'{{"event": "lines of the log were lost", "level": "warning", "lines": {lost}}}\n')
                if self._lines.empty():
                    self._file.flush()
            except OSError:
                self._lose(text)  # whoever read it has left
            finally:
                self._unwritten = 0

    def _lose(self, text: str) -> None:
        with self._counting:
            self._lost += text.count("\n")
