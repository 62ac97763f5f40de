"""What tests of Milvus share: a Milvus Lite server in a process of its own, and a way to it that can be slow, closed or cut."""

import contextlib
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from index.milvus.head import Head, read_head, write_head
from index.milvus.store import MilvusStore
from index.milvus.times import Times
from tests.contracts.stores import DIMENSION, found, near, news, unit_rows

_STARTED_IN = 60.0
EMBEDDER = "contract@00000000"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def open_store(address: str, *, name: str, embedder: str = EMBEDDER, times: Times | None = None) -> MilvusStore:
    return MilvusStore(address, name=name, embedder=embedder, dimension=DIMENSION, chunker="contract", times=times)


def counts(store: MilvusStore) -> dict[str, int]:
    """Return how many rows the collections of articles and passages have, visible or not."""
    tables = store._tables
    every = {"articles": "row >= 0", "passages": "row >= 0"}
    return {name: len(store._connection.rows(getattr(tables, name), where, ["row"])) for name, where in every.items()}


def check_whole(store: MilvusStore, texts: Iterable[str]) -> None:
    """Check that exactly these articles are there, found by their words and vectors, counted, each with its ledger entry."""
    expected = sorted(texts)
    passages = sorted(passage for text in expected for passage in text.split("\n\n"))
    assert sorted(article.text for article in store.articles()) == expected
    with store.consistent():
        assert sorted(near(store, unit_rows(1, 1)[0], k=1000)) == passages
        assert sorted(found(store, "ferry", k=1000)) == passages  # the word is in every title
        size = store.stats()
        assert (size.articles, size.passages) == (len(expected), len(passages))
    stored = {row.entry.article_id for row in store.ledger()}
    assert {news(text).article_id for text in expected} <= stored


def head_of(store: MilvusStore) -> Head:
    head = read_head(store._connection, store._tables)
    assert head is not None
    return head


def end_turn(store: MilvusStore) -> None:
    """Have the next change begin a turn, as each does on a server."""
    store._writing.close()
    store._writing._turn.head = None


def later(store: MilvusStore) -> None:
    """Make everything eleven minutes old, so that the next turn throws away what nobody reads any more."""
    head = head_of(store)
    head.moments = [(time.time() - 660, head.generation)]
    write_head(store._connection, store._tables, head)
    end_turn(store)


class Server:
    """Milvus Lite as a server, which can be killed and started again over the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens."""
        command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", str(self.folder), "--host", "127.0.0.1"]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + _STARTED_IN
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("the server does not listen")

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Way:
    """A TCP proxy on loopback: passes on what comes, late if `delay` says so, or not at all while it is `closed`."""

    def __init__(self, port: int) -> None:
        self._to, self.delay, self.closed = port, 0.0, False
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """End every connection; new ones are let through unless it is closed."""
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Listen no more."""
        self._listening.close()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if self.closed:
                    near.close()
                else:
                    threading.Thread(target=self._pass_on, args=(near,), daemon=True).start()

    def _pass_on(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to))
        except OSError:
            near.close()
            return
        self._open |= {near, far}
        for source, target in ((near, far), (far, near)):
            underway: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
            threading.Thread(target=self._read, args=(source, underway), daemon=True).start()
            threading.Thread(target=_deliver, args=(underway, target), daemon=True).start()

    def _read(self, source: socket.socket, underway: "queue.SimpleQueue[tuple[float, bytes]]") -> None:
        came = b"x"
        with source:
            while came:
                try:
                    came = source.recv(65_536)
                except OSError:
                    came = b""
                underway.put((time.monotonic() + self.delay, came))
        self._open.discard(source)


def _deliver(underway: "queue.SimpleQueue[tuple[float, bytes]]", target: socket.socket) -> None:
    """Send what is underway when its time has come; the end, too."""
    with contextlib.suppress(OSError):
        while True:
            due, came = underway.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not came:
                target.shutdown(socket.SHUT_RDWR)
                return
            target.sendall(came)
