"""A real Redis server of this machine on a free port, and something in front of it that is slow, silent, or says other things."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

REDIS = shutil.which("redis-server")
"""Where it is; None on a machine without one."""
PASSWORD = "hush: p@ss/word"  # noqa: S105 - of nobody
WRITTEN = "hush%3A%20p%40ss%2Fword"
"""The same in an address."""


class RedisServer:
    """One server, which can be stopped and started again on its port; it keeps nothing.

    Args:
        folder: where it runs.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"redis://:{WRITTEN}@127.0.0.1:{self.port}/1"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it replies."""
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self._folder, "save": "", "requirepass": PASSWORD}
        command = [str(REDIS), *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while "PONG" not in self.told("PING"):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def stop(self) -> None:
        """End it, without a word to those that are connected."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)

    def told(self, *commands: str) -> str:
        """Send commands by themselves; return all that came back, empty when it is not there."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                lines = [f'AUTH "{PASSWORD}"', "SELECT 1", *commands, "QUIT"]
                connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
                received = b""
                while piece := connection.recv(65_536):
                    received += piece
        except OSError:
            return ""
        return received.decode()


class Proxy:
    """Stands before a server; can make every reply wait, or say something else instead.

    Args:
        port: of the server.
    """

    def __init__(self, port: int) -> None:
        self._behind = port
        self.delay = 0.0
        """Seconds by which each reply is late."""
        self.says: bytes | None = None
        """What every command is answered instead, if it is."""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.url = f"redis://:{WRITTEN}@127.0.0.1:{self.port}/1"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no further connections."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(("127.0.0.1", self._behind), timeout=20) as server:
            threading.Thread(target=self._pass_on, args=(server, client), daemon=True).start()
            while sent := client.recv(65_536):
                if self.says is None:
                    server.sendall(sent)
                else:
                    client.sendall(self.says)

    def _pass_on(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while reply := server.recv(65_536):
                time.sleep(self.delay)
                client.sendall(reply)


@contextmanager
def started(folder: Path) -> Iterator[RedisServer]:
    """Start a server; end it at the end."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()
