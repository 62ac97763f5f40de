"""Whether the process lives, whether it answers questions, and what it counted: `/healthz`, `/readyz`, `/metrics`."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from api.answers import Service, ServiceDep
from api.errors import NotReady
from api.metrics import CONTENT_TYPE
from index.errors import IndexingError
from index.types import Stats

if TYPE_CHECKING:
    from api.replicas import Replicas

router = APIRouter()

_TICK_SECONDS = 0.25


@router.get("/healthz", operation_id="health")
async def health() -> dict[str, str]:
    """Say that the process lives."""
    return {"status": "alive"}


@router.get("/readyz", operation_id="ready", responses={503: {}})
async def ready(service: ServiceDep, request: Request) -> JSONResponse:
    """Say whether questions are answered now, and from which generation of the archive."""
    stats = await archive_now(service)
    replicas: Replicas | None = request.app.state.replicas
    problem = replicas.problem if replicas is not None else None
    return JSONResponse(
        {
            "status": "ready",
            "generation": stats.generation,
            "articles": stats.articles,
            "passages": stats.passages,
            "newest": stats.newest.isoformat() if stats.newest else None,
            "rates": "process" if replicas is None or problem else "replicas",
            "redis": problem,
        }
    )


@router.get("/metrics", operation_id="metrics", response_class=PlainTextResponse)
async def metrics(service: ServiceDep) -> PlainTextResponse:
    """Give the figures of this service to Prometheus."""
    with suppress(NotReady, IndexingError):
        await archive_now(service)
    service.show_queue()
    # Not among the threads that compute: figures are wanted most when these are all taken.
    return PlainTextResponse(await to_thread.run_sync(service.metrics.text), media_type=CONTENT_TYPE)


async def archive_now(service: Service) -> Stats:
    """Return what is served now; the metrics show it from then on.

    Raises:
        NotReady: the service is still loading, could not load, or the archive does not say in time how it is.
        IndexingError: the archive cannot be read.
    """
    try:
        service.ready()
        stats = await service.archive_check.stats()
    except (NotReady, IndexingError):
        service.metrics.show_archive(None)
        raise
    service.metrics.show_archive(stats)
    return stats


@asynccontextmanager
async def watched(service: Service) -> AsyncIterator[None]:
    """Measure how late the event loop is, and what waits, while the service runs."""
    watching = asyncio.create_task(_watch(service))
    try:
        yield
    finally:
        watching.cancel()
        service.metrics.close()


async def _watch(service: Service) -> None:
    while True:
        due = time.perf_counter() + _TICK_SECONDS
        await asyncio.sleep(_TICK_SECONDS)
        service.metrics.loop_lag.observe(max(0.0, time.perf_counter() - due))
        service.show_queue()
