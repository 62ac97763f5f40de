"""What the service writes to stderr: one JSON object a line."""

import logging

import structlog

from api.settings import ServiceSettings


def configure_logging(settings: ServiceSettings) -> None:
    """Log JSON lines to stderr, from this level up."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=open(2, "w", closefd=False, buffering=1)),  # noqa: SIM115
    )
