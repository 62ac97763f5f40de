"""Turns errors into RFC 9457 problem details. The one place that gives a core error its HTTP status."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.schemas import problem
from index.errors import ArchiveError, ArticleNotFound, IndexingError
from rag.errors import AnsweringError, GeneratorError, InvalidQuestion

logger = structlog.get_logger()

_STATUS: Mapping[type[Exception], int] = {
    ArticleNotFound: 404,
    InvalidQuestion: 422,
    GeneratorError: 503,
    ArchiveError: 503,
    IndexingError: 503,
    AnsweringError: 503,
}


class NotReady(Exception):  # noqa: N818
    """The service has not finished starting, or could not."""


def install_error_handlers(app: FastAPI) -> None:
    """Make every error that leaves the app a problem details object with the request's id."""
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(NotReady, _not_ready)
    for error in _STATUS:
        app.add_exception_handler(error, _core)
    app.add_exception_handler(Exception, _unexpected)


def _respond(
    request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "unknown")
    body = problem(status, HTTPStatus(status).phrase, detail, request_id, **more)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}), media_type="application/problem+json")


async def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    # What was sent is not repeated: it may be huge, or not expressible in JSON at all.
    errors = [
        {"field": ".".join(p for p in e["loc"] if isinstance(p, str) and p != "body") or "body", "message": _plain(e)}
        for e in found
    ]
    detail = "; ".join(f"{e['field']}: {e['message']}" for e in errors) or "The request cannot be read."
    return _respond(request, 422, _printable(detail), errors=[{k: _printable(v) for k, v in e.items()} for e in errors])


def _plain(error: Mapping[str, object]) -> str:
    if error.get("type") == "extra_forbidden":
        return "is not a known field"
    if error.get("type") == "json_invalid":
        return "is not valid JSON"
    return str(error["msg"]).removeprefix("Value error, ")


def _printable(text: str) -> str:
    return text.encode(errors="replace").decode()[:500]


async def _http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else "error"
    return _respond(request, status, detail, getattr(error, "headers", None))


async def _not_ready(request: Request, error: Exception) -> JSONResponse:
    return _respond(request, 503, str(error), {"Retry-After": "2"})


async def _core(request: Request, error: Exception) -> JSONResponse:
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if isinstance(error, InvalidQuestion):
        return _respond(request, status, str(error), headers, errors=[{"field": error.field, "message": error.message}])
    return _respond(request, status, str(error), headers)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    logger.error("unexpected error", request_id=getattr(request.state, "request_id", "unknown"), exc_info=error)
    return _respond(request, 500, "Something went wrong here; the log has the details under this request id.")
