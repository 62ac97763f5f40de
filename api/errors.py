"""Turns errors into RFC 9457 problem details, or into OpenAI's shape. The one place that gives a core error its status."""

from collections.abc import Mapping
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.routing import methods
from api.schemas import problem
from index.errors import ArchiveError, ArchiveFull, ArticleNotFound, IndexingError
from rag.errors import AnsweringError, GeneratorError, InvalidQuestion

logger = structlog.get_logger()

_STATUS: Mapping[type[Exception], int] = {
    ArticleNotFound: 404,
    InvalidQuestion: 422,
    GeneratorError: 503,
    ArchiveFull: 507,
    ArchiveError: 503,
    IndexingError: 503,
    AnsweringError: 503,
}


OPENAI_PATHS = ("/v1/chat/", "/v1/models")
"""Where clients of OpenAI's API ask."""
_INVALID = "invalid_request_error"
_MOST_ERRORS = 20
_OPENAI_KINDS: Mapping[int, tuple[str, str | None]] = {
    401: ("authentication_error", "invalid_api_key"),
    403: ("permission_error", None),
    404: (_INVALID, "not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
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
    app.add_exception_handler(Exception, unexpected)


def error_response(
    path: str, status: int, detail: str, request_id: str, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    """Return an error as the clients of this path read it: OpenAI's shape under its routes, else problem details.

    Args:
        path: of the request.
        status: of the response; OpenAI's clients know 400 for what is 422 elsewhere.
        detail: what happened and what to do.
        request_id: under which the log has it.
        headers: more headers.
        more: further members of a problem; OpenAI's shape has the name of the first wrong field in `errors` as `param`.
    """
    if path.startswith(OPENAI_PATHS):
        status = int(HTTPStatus.BAD_REQUEST) if status == HTTPStatus.UNPROCESSABLE_ENTITY else status
        wrong = more.get("errors")
        param = wrong[0]["field"] if isinstance(wrong, list) and wrong else None
        return JSONResponse(openai_error(status, detail, param), status_code=status, headers=dict(headers or {}))
    body = problem(status, HTTPStatus(status).phrase, detail, request_id, **more)
    return JSONResponse(body, status_code=status, headers=dict(headers or {}), media_type="application/problem+json")


def openai_error(status: int, detail: str, param: str | None = None) -> dict[str, object]:
    """Return an error in the shape of OpenAI's API."""
    kind, code = _OPENAI_KINDS.get(status, ("server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _INVALID, None))
    return {"error": {"message": detail, "type": kind, "param": param, "code": code}}


def _respond(
    request: Request, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    return error_response(request.url.path, status, detail, getattr(request.state, "request_id", "unknown"), headers, **more)


async def _invalid_request(request: Request, error: Exception) -> JSONResponse:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    # What was sent is not repeated: it may be huge, or not expressible in JSON at all.
    errors = [
        {"field": ".".join(p for p in e["loc"] if isinstance(p, str) and p != "body") or "body", "message": _plain(e)}
        for e in found[:_MOST_ERRORS]
    ]
    detail = _printable("; ".join(f"{e['field']}: {e['message']}" for e in errors) or "The request cannot be read.")
    if more := len(found) - len(errors):
        detail += f"; and {more:,} more"
    return _respond(request, 422, detail, errors=[{k: _printable(v) for k, v in e.items()} for e in errors])


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
    headers = getattr(error, "headers", None)
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        # The framework names the methods of the first route that fits, but a path may have several.
        headers = {"Allow": ", ".join(methods(request.scope))}
    return _respond(request, status, detail, headers)


async def _not_ready(request: Request, error: Exception) -> JSONResponse:
    return _respond(request, 503, str(error), {"Retry-After": "2"})


async def _core(request: Request, error: Exception) -> JSONResponse:
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    headers = {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if isinstance(error, GeneratorError) and request.url.path.startswith(OPENAI_PATHS):
        # It was tried several times already, and every try may cost money: OpenAI's clients would by themselves try again.
        headers["x-should-retry"] = "false"
    if isinstance(error, InvalidQuestion):
        return _respond(request, status, str(error), headers, errors=[{"field": error.field, "message": error.message}])
    return _respond(request, status, str(error), headers)


async def unexpected(request: Request, error: Exception) -> JSONResponse:
    """Log what nobody foresaw, and return that something went wrong, with the id to find it by."""
    logger.error("unexpected error", request_id=getattr(request.state, "request_id", "unknown"), exc_info=error)
    return _respond(request, 500, "Something went wrong here; the log has the details under this request id.")
