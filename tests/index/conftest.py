"""What tests of the index share: sample files, an archive's folder, and ingest with real parts."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from index.embedding import DIMENSION, EMBEDDER_NAME, EmbedderTokens, SentenceTransformerEmbedder
from index.ingest import Fallbacks, Ingest, IngestReport
from index.local.store import LocalStore
from index.preparation import Preparation
from index.protocols import Embedder
from index.sources.files import read_file
from index.types import Article, LedgerEntry, Rejection

ReadFile = Callable[[Path | str], list[Article | Rejection]]
OpenStore = Callable[..., LocalStore]
IngestFiles = Callable[..., IngestReport]


@pytest.fixture(scope="session")
def samples() -> Path:
    """Return the folder of the sample articles."""
    return Path(__file__).parents[2] / "examples" / "articles"


@pytest.fixture(scope="session")
def read(embedder: SentenceTransformerEmbedder) -> ReadFile:
    def read_all(path: Path | str) -> list[Article | Rejection]:
        return list(read_file(Path(path), embedder.embed_passages))

    return read_all


@pytest.fixture
def open_store(tmp_path: Path) -> OpenStore:
    """Return what opens an archive; whoever opens one closes it."""

    def open_archive(
        folder: Path | None = None, *, embedder: str = EMBEDDER_NAME, dimension: int = DIMENSION, filling: bool = False
    ) -> LocalStore:
        return LocalStore(
            folder or tmp_path / "archive", embedder=embedder, dimension=dimension, chunker="sentences-1/168", filling=filling
        )

    return open_archive


@pytest.fixture
def store(open_store: OpenStore) -> Iterator[LocalStore]:
    opened = open_store()
    yield opened
    opened.close()


@pytest.fixture
def ingest(embedder: SentenceTransformerEmbedder, tokens: EmbedderTokens) -> IngestFiles:
    """Return what ingests files into a store, with the real embedder unless another is given."""

    def run(
        store: LocalStore,
        *paths: Path,
        fallbacks: Fallbacks | None = None,
        dry_run: bool = False,
        embed_with: Embedder | None = None,
        acknowledge: Callable[[LedgerEntry], None] = lambda _: None,
    ) -> IngestReport:
        items = (item for path in paths for item in read_file(path, embedder.embed_passages))
        running = Ingest(store=store, embedder=embed_with or embedder, prepare=Preparation(tokens, 168), dry_run=dry_run)
        return running.run(items, fallbacks or Fallbacks(), acknowledge)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write_file(name: str, text: str) -> Path:
        """Write a file of news into one folder; return its path."""
        path = tmp_path / "news" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


class Site:
    """A small web server on this machine: answers what a test wrote for a path, and notes what it was asked.

    A page is bytes to send as they are, or a function that takes the request's headers and yields bytes. `answer` writes the
    status line and the headers. A path without a page is answered 404, so a site has no robots.txt unless a test gives it one.
    """

    def __init__(self, address: str = "127.0.0.1", *, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listening = socket.create_server((address, port), family=family)
        self._tls = tls
        self.port: int = self._listening.getsockname()[1]
        self.origin = f"http{'s' if tls else ''}://{f'[{address}]' if ':' in address else address}:{self.port}"
        self.connections: list[str] = []
        """The addresses of this machine that were connected to, one for each connection."""
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.pages: dict[str, bytes | Callable[[dict[str, str]], Iterable[bytes]]] = {}
        threading.Thread(target=self._serve, daemon=True).start()

    def answer(self, path: str, body: bytes = b"", status: str = "200 OK", **headers: str) -> str:
        """Set the answer for a path and return the page's URL; `_` in the name of a header stands for a hyphen."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.pages[path] = "\r\n".join([*lines, "", ""]).encode("latin-1") + body
        return self.origin + path

    def close(self) -> None:
        """Stop taking connections."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                self.connections.append(connection.getsockname()[0])
                threading.Thread(target=self._reply, args=(connection,), daemon=True).start()

    def _reply(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            speaking = self._tls.wrap_socket(connection, server_side=True) if self._tls else connection
            with speaking:
                head = b""
                while b"\r\n\r\n" not in head:
                    received = speaking.recv(65_536)
                    if not received:
                        return
                    head += received
                first, *lines = head.decode("latin-1").split("\r\n\r\n")[0].split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                path = first.split(" ")[1]
                self.asked.append(path)
                self.headers.append(headers)
                page = self.pages.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                for piece in [page] if isinstance(page, bytes) else page(headers):
                    speaking.sendall(piece)


@pytest.fixture
def start_site() -> Iterator[Callable[..., Site]]:
    """Return what starts a `Site`; all are closed after the test."""
    with ExitStack() as started:

        def start(address: str = "127.0.0.1", *, port: int = 0, tls: ssl.SSLContext | None = None) -> Site:
            site = Site(address, port=port, tls=tls)
            started.callback(site.close)
            return site

        yield start


@pytest.fixture
def site(start_site: Callable[..., Site]) -> Site:
    """Return a web server on 127.0.0.1 that is without pages yet."""
    return start_site()
