"""What the service writes to stderr: one JSON object a line, and in every line of a request its id."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog
from structlog.typing import Processor

from api.log_writer import LogWriter
from api.settings import ServiceSettings

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
# One dictionary a request: threads and tasks that work for the request have copies of its context, but the same dictionary.
_NOTES: ContextVar[dict[str, object] | None] = ContextVar("notes", default=None)


def configure_logging(settings: ServiceSettings) -> None:
    """Log JSON lines to stderr, from this level up; what libraries log by the standard library is written the same way."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    stderr: Any = LogWriter(open(2, "w", closefd=False))  # noqa: SIM115 - as long as the process
    structlog.configure(
        processors=[*_SHARED, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=stderr),
    )
    handler = logging.StreamHandler(stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    # Libraries tell much that only their authors need.
    handler.setLevel(max(level, logging.WARNING))
    root = logging.getLogger()
    root.handlers[:] = [handler]


def flush_logs() -> None:
    """Wait, for a moment, until all lines are written: a process that a signal ends does nothing any more by itself."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler) and isinstance(handler.stream, LogWriter):
            handler.stream.close()


@contextmanager
def notes() -> Iterator[dict[str, object]]:
    """Collect what parts of a request want to have in its line."""
    collected: dict[str, object] = {}
    token = _NOTES.set(collected)
    try:
        yield collected
    finally:
        _NOTES.reset(token)


def note(**fields: object) -> bool:
    """Have these fields in the line of the request that is served here; return whether one is."""
    collected = _NOTES.get()
    if collected is not None:
        collected.update(fields)
    return collected is not None
