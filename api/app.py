"""The HTTP service: routes, error handling, lights, and loading the model without keeping the port closed."""

import gc
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from anyio import to_thread
from fastapi import FastAPI

from api import answers, health, openai_chat, page, permissions, publishers, widget, writing_routes
from api.access import Access
from api.answers import Service
from api.crowding import Crowding
from api.errors import install_error_handlers
from api.hosts import KnownHosts, is_public
from api.key_file import KeyFile
from api.key_ring import SEEN, KeyRing
from api.limits import BodyLimit
from api.logs import configure_logging, flush_logs
from api.mcp_server import build_mcp, http_routes
from api.openapi import DescribedAPI
from api.origins import Origins
from api.rates import Rates
from api.replicas import build_replicas, with_replicas
from api.requests import Requests
from api.settings import ServiceSettings
from api.slack import guard as slack_guard
from api.slack import routes as slack_routes
from api.tracing import configure_tracing, flush_spans
from api.version import VERSION
from api.writing import Writing
from index.errors import ArchiveUnavailable, IndexingError
from rag.pipeline import Pipeline

logger = structlog.get_logger()

# Two cores embed a lone question in three quarters of the time of one. Those that come together share a batch, so that the
# cores do not fight (docs/adr/0017); more than two were not measured.
_EMBEDDING_CORES = 2
# An archive on a server that just starts again is reached at the next try.
_TRIED_AGAIN_SECONDS = 2.0


def create_app(settings: ServiceSettings, load: Callable[[], Pipeline], *, keys_seen: bool = False) -> FastAPI:
    """Return the service.

    Args:
        settings: how it is to be.
        load: builds the pipeline; it runs in a thread while `/healthz` already answers.
        keys_seen: whether there were access keys when the service started: without them it is closed then.
    """
    service = Service(
        settings.computing_threads, waiting=settings.waiting_requests, public_url=settings.public_url,
        log_questions=settings.log_questions,
    )  # fmt: skip
    writing = Writing(settings)

    replicas = build_replicas(settings, service.metrics)
    slack = slack_routes.build_slack(settings, service, replicas)
    mcp = build_mcp(service, base_url=settings.base_url())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        loading = threading.Thread(target=load_pipeline, args=(service, load), name="load-pipeline", daemon=True)
        loading.start()
        async with mcp.session_manager.run(), health.watched(service), with_replicas(replicas), slack_routes.in_slack(slack):
            yield
        writing.close()
        if service.pipeline is not None:
            service.pipeline.close()
        await to_thread.run_sync(flush_spans)
        await to_thread.run_sync(flush_logs)

    app = DescribedAPI(
        title="Dateline",
        summary="Answers questions from a news archive and shows where every sentence came from",
        version=VERSION,
        lifespan=lifespan,
        # The interactive pages load scripts from a CDN; the schema itself stays at /openapi.json.
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = service
    app.state.writing = writing
    app.state.replicas = replicas
    app.state.slack = slack
    ring = KeyRing(KeyFile(settings.data), required=is_public(settings.host), seen=keys_seen)
    app.state.host_pages = widget.HostPages(ring=ring, origins=settings.origins)
    install_error_handlers(app)
    app.include_router(answers.router)
    app.include_router(openai_chat.router)
    app.include_router(writing_routes.router)
    app.include_router(publishers.router)
    app.include_router(permissions.router)
    app.include_router(page.router)
    app.include_router(widget.router)
    app.router.routes.extend(
        http_routes(mcp, hosts=settings.known_hosts(), origins=settings.origins, max_bytes=settings.max_body_bytes)
    )
    app.include_router(slack_routes.router)
    app.include_router(health.router)
    larger = {
        writing_routes.ARTICLES: max(settings.max_body_bytes, writing_routes.ARTICLE_BYTES),
        writing_routes.INGEST: settings.max_upload_bytes,
        slack_routes.PATH: slack_guard.MAX_BYTES,
    }
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes, paths=larger)
    # What is added later looks at requests earlier.
    app.add_middleware(Access, ring=ring, public_url=settings.public_url, rates=Rates(replicas))
    app.add_middleware(Origins, ring=ring, origins=settings.origins, public_url=settings.public_url)
    app.add_middleware(KnownHosts, hosts=settings.known_hosts())
    app.add_middleware(Crowding, computing=settings.computing_threads, waiting=settings.waiting_requests)
    app.add_middleware(Requests, service=service, large=(writing_routes.ARTICLES, writing_routes.INGEST))
    return app


def create_from_environment() -> FastAPI:
    """Return the service for the settings in the environment; each worker process calls it."""
    from index.embedder_wiring import build_embedder  # noqa: PLC0415 - loads numpy, which `--help` need not
    from rag.wiring import build_pipeline  # noqa: PLC0415

    settings = ServiceSettings()
    configure_logging(settings)
    configure_tracing()
    threads = min(_EMBEDDING_CORES, max(1, (os.cpu_count() or 1) // settings.workers))

    def load() -> Pipeline:
        pipeline = build_pipeline(settings, embedder=build_embedder(settings, threads=threads))
        try:
            with pipeline.store.consistent():
                pass  # loads the caches
        except BaseException:
            pipeline.close()  # it may be tried again
            raise
        # What is loaded stays. Looking through all of it for garbage again and again stops every request: for 124 ms where the
        # archive has 72,000 passages.
        gc.collect()
        gc.freeze()
        return pipeline

    return create_app(settings, load, keys_seen=bool(os.environ.get(SEEN)))


def load_pipeline(service: Service, load: Callable[[], Pipeline]) -> None:
    """Build the pipeline and make it ready; what goes wrong is what the service says from then on.

    An archive that cannot be reached now (a server that starts again, a lock) is tried again every few seconds.
    """
    while not _loaded(service, load):
        time.sleep(_TRIED_AGAIN_SECONDS)


def _loaded(service: Service, load: Callable[[], Pipeline]) -> bool:
    """Try to make the service ready; return False if it may be possible later."""
    try:
        pipeline = load()
        with pipeline.store.consistent():
            pass  # bring the caches up to date before the first question waits for it
        service.pipeline, service.failure = pipeline, None
        logger.info("ready", articles=pipeline.store.stats().articles)
    except IndexingError as error:
        if service.failure != str(error):
            logger.error("cannot start", error=str(error))  # noqa: TRY400 - the message says what to do; a traceback would not
        service.failure = str(error)
        return not isinstance(error, ArchiveUnavailable)
    except Exception:
        service.failure = "The service could not start; its log has the details."
        logger.exception("cannot start")
    return True
