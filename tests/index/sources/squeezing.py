"""Takes computing time or memory away from parser processes while they work, so that limits are met without waiting for them."""

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

HEAVY = b"A few words of it, and a few more of the same.\n\n" * 100_000
"""A text that takes seconds and a lot of memory."""
_MORE_BYTES = 16 << 20


def parsers() -> list[psutil.Process]:
    """Return the parser processes of this process that live."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it ended just now
            if "index.sources.worker" in child.cmdline():
                found.append(child)
    return found


@contextmanager
def squeezed(what: str) -> Iterator[None]:
    """Leave every parser process no more than a second of computing (`computing`) or 16 MB more memory (`memory`) in all.

    `hanging` stops them instead, as a read from a dead disk does.
    """
    done = threading.Event()
    most: dict[int, int] = {}

    def squeeze() -> None:
        while not done.wait(0.02):
            for process in parsers():
                try:
                    if resource.prlimit(process.pid, resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY:
                        continue  # it has not begun to work
                    if what == "computing":
                        resource.prlimit(process.pid, resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
                    elif what == "memory":
                        pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[0])
                        limit = most.setdefault(process.pid, pages * os.sysconf("SC_PAGESIZE") + _MORE_BYTES)
                        resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, _most(process)))
                    else:
                        process.suspend()
                except (ProcessLookupError, FileNotFoundError, psutil.NoSuchProcess, ValueError):
                    continue  # it is gone: that is what is wanted

    thread = threading.Thread(target=squeeze)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        for process in parsers() if what == "memory" else ():
            resource.prlimit(process.pid, resource.RLIMIT_AS, (_most(process), _most(process)))


def _most(process: psutil.Process) -> int:
    return resource.prlimit(process.pid, resource.RLIMIT_AS)[1]
