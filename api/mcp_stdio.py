"""Serves the Model Context Protocol over standard input and output: nothing but the protocol may be printed there."""

import asyncio
from contextlib import closing

from api.answers import Service
from api.logs import configure_logging
from api.mcp_server import build_mcp
from api.settings import ServiceSettings
from rag.wiring import build_pipeline


def run_mcp(settings: ServiceSettings) -> None:
    """Serve until the client closes standard input.

    Raises:
        ArchiveError: the archive cannot be opened with these settings.
        ModelError: a model is missing or is not what it should be.
    """
    configure_logging(settings)
    with closing(build_pipeline(settings)) as pipeline:
        with pipeline.store.consistent():
            pass  # bring the caches up to date before the first question waits for it
        service = Service(settings.computing_threads, public_url=settings.public_url, log_questions=settings.log_questions)
        service.pipeline = pipeline
        asyncio.run(build_mcp(service, base_url=settings.base_url()).run_stdio_async())
