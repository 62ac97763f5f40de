"""Spans for OpenTelemetry: `retrieve` and `generate`, inside those that FastAPI makes of requests and mcp of calls.

Without a collector nothing is made and nothing sent.
"""

import os

import structlog
from opentelemetry import trace
from opentelemetry.trace import Tracer

logger = structlog.get_logger()

_LAST_MILLISECONDS = 2_000

# Of the OpenTelemetry specification; the exporter reads them, and the rest of its family, by itself.
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def tracer() -> Tracer:
    """Return what makes the spans; they go where `configure_tracing` sends them, or nowhere."""
    return trace.get_tracer("dateline")


def flush_spans() -> None:
    """Send what was not sent yet, for two seconds at most: a process that a signal ends does nothing any more by itself."""
    flush = getattr(trace.get_tracer_provider(), "force_flush", None)
    if flush is not None:
        flush(_LAST_MILLISECONDS)


def configure_tracing() -> bool:
    """Send spans where the standard variables of OpenTelemetry say; return whether they say so and the extra is installed."""
    if not any(os.environ.get(name) for name in _ENDPOINTS):
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        logger.warning("no spans are sent", reason="an endpoint is set, but not the extra: .venv/bin/pip install -e '.[otel]'")
        return False
    # OTEL_SERVICE_NAME wins over the name here.
    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "dateline")}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True
