"""An archive on disk, the service under a real server, and the command run in this process."""

import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.cli import main
from api.key_file import KeyFile
from api.settings import ServiceSettings
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.sources.files import find_files, read_file
from index.wiring import build_ingest, build_store
from rag.pipeline import Pipeline
from rag.tokens import TiktokenCounter
from rag.types import Evidence
from rag.wiring import build_pipeline
from tests.api.guarded import PAGE, Guarded

RECORDS = """\
{"id": "1", "title": "Sandholm bridge opens to traffic", "publisher": "Harbour Gazette", "authors": ["Mara Lind"], \
"published": "2025-03-05", "url": "https://example.org/bridge", "text": "The bridge over the Sandholm strait opened to \
traffic on 4 March 2025. It is 2,870 metres long and cost 640 million crowns. Engineer Tove Askel led the work for nine years."}
{"id": "2", "title": "Norlink sells ferries", "publisher": "Coast Courier", "published": "2025-04-10", "updated": "2025-04-11", \
"text": "SANDHOLM, April 10 (Reuters) - The ferry company Norlink will sell 14 of its 23 ships. Its director, Pekka Salmi, said \
that fewer cars board since the bridge opened."}
{"id": "3", "title": "How the lighthouse keeps time", "publisher": "Harbour Gazette", "text": "The lighthouse on Skarv island \
has flashed every twelve seconds since 1871. Visitors may climb the 164 steps on Sundays."}
{"id": "4", "title": "Glass roof for the library", "publisher": "Inland Post", "published": "2025-06-20", "text": "The council \
of Varby wants to rebuild its library with a glass roof. Work begins in September 2026."}
"""


class Scripted:
    """A generator that yields fixed pieces and may break at the end."""

    name = "scripted"

    def __init__(self, *pieces: str, error: Exception | None = None) -> None:
        self._pieces, self._error = pieces, error

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Yield the pieces."""
        for piece in self._pieces:
            yield piece
        if self._error is not None:
            raise self._error


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of four articles."""
    file = tmp_path_factory.mktemp("records") / "news.jsonl"
    file.write_text(RECORDS, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def archive(records: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an archive with the four articles; not to be changed."""
    folder = tmp_path_factory.mktemp("archive")
    settings = ServiceSettings(data=folder)
    store = build_store(settings)
    files, _ = find_files([str(records)])
    items = (item for file in files for item in read_file(file, embedder.embed_passages))
    report = build_ingest(settings, store, embedder).run(items, Fallbacks())
    store.close()
    assert report.counts["accepted"] == 4
    return folder


@pytest.fixture(scope="session")
def scripted_pipeline(archive: Path, embedder: Embedder) -> Callable[..., Pipeline]:
    def build(*pieces: str, error: Exception | None = None) -> Pipeline:
        """Answer from the archive with a generator that writes these pieces."""
        return Pipeline(
            store=build_store(ServiceSettings(data=archive)), embedder=embedder, generator=Scripted(*pieces, error=error),
            tokens=TiktokenCounter(), evidence_tokens=4_000, recency_strength=2.0, recency_days=14.0,
        )  # fmt: skip

    return build


@pytest.fixture(scope="session")
def serving() -> Callable[[FastAPI], AbstractContextManager[httpx2.Client]]:
    @contextmanager
    def serve(app: FastAPI) -> Iterator[httpx2.Client]:
        """Serve the app on a free port of this machine; give a client."""
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # as `api.server` listens
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with httpx2.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(timeout=20)
            listening.close()
            assert not thread.is_alive()

    return serve


@pytest.fixture(scope="session")
def ready() -> Callable[[httpx2.Client], None]:
    def wait(client: httpx2.Client) -> None:
        """Wait until the service answers questions."""
        deadline = time.monotonic() + 20
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    return wait


@pytest.fixture(scope="session")
def client(
    archive: Path,
    embedder: Embedder,
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]],
    ready: Callable[[httpx2.Client], None],
) -> Iterator[httpx2.Client]:
    """A client of the service over the archive."""
    settings = ServiceSettings(data=archive)
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as made:
        ready(made)
        yield made


@pytest.fixture(scope="module")
def guarded(
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]], ready: Callable[[httpx2.Client], None],
    scripted_pipeline: Callable[..., Pipeline], tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Guarded]:  # fmt: skip
    """A service that asks for keys."""
    folder = tmp_path_factory.mktemp("guarded")
    keys = KeyFile(folder)
    secrets = {scope: keys.create(name=scope, scopes=[scope])[1] for scope in ("ask", "ingest", "admin")}
    secrets["publishable"] = keys.create(name="page", scopes=["publishable"], origins=[PAGE])[1]
    app = create_app(ServiceSettings(data=folder), lambda: scripted_pipeline("Norlink will sell 14 of its 23 ships. [1]"))
    with serving(app) as http:
        ready(http)
        yield Guarded(http=http, keys=keys, secrets=secrets)


@pytest.fixture
def dateline(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Callable[..., Done]:
    def run(*arguments: object) -> Done:
        """Run the command in this process, as typed in an empty folder."""
        monkeypatch.chdir(tmp_path)
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Done(code=int(left.value.code or 0), out=shown.out, err=shown.err)

    return run
