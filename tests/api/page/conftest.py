"""The page over a small archive, in a browser: fixtures of the tests beside this file."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from api.app import create_app
from api.settings import ServiceSettings
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.sources.files import read_file
from index.wiring import build_ingest, build_store
from rag.pipeline import Pipeline
from rag.tokens import TiktokenCounter
from rag.wiring import build_pipeline
from tests.api.page.actions import ARTICLES, LARGEST, Desk, Open, Ready, Serving, attacking


@pytest.fixture(scope="session")
def page_archive(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with emoji before a quote, two publishers of one story, an attack and an undated note."""
    folder = tmp_path_factory.mktemp("page")
    records = folder / "news.jsonl"
    records.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES), encoding="utf-8")
    settings = ServiceSettings(data=folder / "data")
    store = build_store(settings)
    items = map(attacking, read_file(records, embedder.embed_passages))
    report = build_ingest(settings, store, embedder).run(items, Fallbacks())
    store.close()
    assert report.counts["accepted"] == len(ARTICLES)
    return folder / "data"


@pytest.fixture(scope="session")
def site(page_archive: Path, embedder: Embedder, serving: Serving, ready: Ready) -> Iterator[httpx2.Client]:
    """A client of the service."""
    settings = ServiceSettings(data=page_archive)
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        yield client


@pytest.fixture(scope="session")
def written_by(page_archive: Path, embedder: Embedder) -> Callable[[Any], Pipeline]:
    """Return what builds a pipeline with a generator of the test's."""
    return lambda generator: Pipeline(
        store=build_store(ServiceSettings(data=page_archive)), embedder=embedder, generator=generator, tokens=TiktokenCounter(),
        evidence_tokens=4_000, recency_strength=2.0, recency_days=14.0,
    )  # fmt: skip


@pytest.fixture
def open_page(browser: Any, site: httpx2.Client) -> Iterator[Open]:
    """Return what opens the page; afterwards nothing may have complained, and no request may have left this service."""
    contexts, seen = [], SimpleNamespace(dialogs=[], complaints=[], elsewhere=[])

    def opened(path: str = "/", client: httpx2.Client = site, *, refused: bool = False, **options: Any) -> Any:
        contexts.append(browser.new_context(reduced_motion="reduce", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        address = str(client.base_url).rstrip("/")
        page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
        # The browser itself notes each status that is an error, which a test may want. Whether all is ready the page asks now and
        # then, and a machine that is busy with other tests may need longer than the second that is waited for an answer.
        page.on("console", lambda said: refused or "/readyz" in said.location["url"] or seen.complaints.append(said.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", lambda sent: sent.url.startswith(address) or seen.elsewhere.append(sent.url))
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert (seen.dialogs, seen.complaints, seen.elsewhere) == ([], [], [])


@pytest.fixture(scope="module")
def desk(embedder: Embedder, serving: Serving, ready: Ready) -> Desk:
    @contextmanager
    def serve(folder: Path, refusal: dict[str, Any] | None = None, **more: Any) -> Iterator[httpx2.Client]:
        """Serve the archive of this folder; where a refusal is given, it is what becomes of files, whatever they are."""
        settings = ServiceSettings(data=folder, max_upload_bytes=LARGEST, **more)
        app = create_app(settings, lambda: build_pipeline(settings, embedder=embedder))

        @app.middleware("http")
        async def in_between(request: Request, call_next: Callable[[Request], Any]) -> Response:
            """Stand for a proxy, or for a service in trouble."""
            if refusal and request.url.path == "/v1/ingest":
                await request.body()
                return JSONResponse(refusal, status_code=refusal["status"])
            response: Response = await call_next(request)
            return response

        with serving(app) as client:
            ready(client)
            yield client

    return serve


@pytest.fixture(scope="module")
def newsroom(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a service whose archive several tests fill."""
    with desk(tmp_path_factory.mktemp("newsroom")) as client:
        yield client
