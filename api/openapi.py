"""The OpenAPI document: to what FastAPI reads from the routes comes what stands in front of all of them: keys, names, limits."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from api.access import scopes_for
from api.errors import OPENAI_PATHS

_SAFE = ("GET", "HEAD", "OPTIONS")
_FAILS = int(HTTPStatus.BAD_REQUEST)
_SAID = {
    400: "The body cannot be read at all; under OpenAI's paths also: a field cannot be used.",
    401: "No access key, more than one, or one that is not known.",
    403: "The key may not do this, the service only answers, or a web page asks that may not.",
    404: "Nothing has this id or name.",
    408: "The body came too slowly.",
    409: "The archive has the article from another place.",
    413: "The body is too large.",
    415: "The body is not of the kind that is read here.",
    421: "The request came under a name that is not this service's.",
    422: "A field cannot be used; `errors` names each.",
    429: "The key was used as often as it may be; `Retry-After` says when to come back.",
    503: "Loading, busy, or archive, keys or generator cannot be used; `Retry-After` says when to try again.",
    507: "The disk is full.",
}
_REQUEST_ID = {
    "description": "That of the request, or a new one; the log has it, too.",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 64},
}
_KEYS = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key of `dateline keys create`; any word where none was made.",
    },
    "header": {"type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "The same key."},
}


def streamed(item: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    """Return how a route declares server-sent events besides JSON; `item` is the schema of one (`itemSchema` of OpenAPI 3.2)."""
    return {200: {"content": {"text/event-stream": {"itemSchema": {"type": "object", "required": ["data"], **item}}}}}


def event(data: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    """Return the schema of an event that holds JSON of this schema, under this name."""
    holds = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    named = {} if name is None else {"event": {"const": name}}
    return {"properties": {**named, "data": holds}}


class WrongField(BaseModel):
    """A field of a request that cannot be used."""

    model_config = ConfigDict(extra="forbid")

    field: str
    message: str


class Problem(BaseModel):
    """Problem details (RFC 9457). `article_id`, `outcome` and `reason` come with 409 only."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["about:blank"]
    title: str
    status: int = Field(ge=_FAILS, le=599)
    detail: str
    request_id: str
    errors: list[WrongField] = []
    article_id: str = ""
    outcome: str = ""
    reason: str = ""


class OpenAIErrorDetail(BaseModel):
    """What went wrong, as clients of OpenAI's API read it."""

    model_config = ConfigDict(extra="forbid")

    message: str
    type: str
    param: str | None
    code: str | None


class OpenAIError(BaseModel):
    """An error in the shape of OpenAI's API."""

    model_config = ConfigDict(extra="forbid")

    error: OpenAIErrorDetail


class DescribedAPI(FastAPI):
    """An app whose document says of every route which errors it gives, in which shape, and that it takes a key."""

    def openapi(self) -> dict[str, Any]:
        """Return the document; it is made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _described(super().openapi())
        return self.openapi_schema


def _described(document: dict[str, Any]) -> dict[str, Any]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _describe(path, method.upper(), operation)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for never_sent in ("HTTPValidationError", "ValidationError"):
        schemas.pop(never_sent, None)
    _, errors = models_json_schema(
        [(Problem, "validation"), (OpenAIError, "validation")], ref_template="#/components/schemas/{model}"
    )
    schemas.update(errors["$defs"])
    components["securitySchemes"] = _KEYS
    return document


def _describe(path: str, method: str, operation: dict[str, Any]) -> None:
    openai = path.startswith(OPENAI_PATHS)
    responses = operation["responses"]
    declared = {int(status) for status in responses if int(status) >= _FAILS}
    succeeded = {status: response for status, response in responses.items() if int(status) < _FAILS}
    failed = declared | set(_in_front(path, method, operation))
    if openai and HTTPStatus.UNPROCESSABLE_ENTITY in failed:
        failed = failed - {422} | {400}  # clients of OpenAI's API know no other
    if not operation.get("requestBody") and not any(p["in"] == "query" for p in operation.get("parameters", ())):
        failed -= {400, 422}  # FastAPI promises it wherever the path has a parameter, and any text is one
    shape, media_type = ("OpenAIError", "application/json") if openai else ("Problem", "application/problem+json")
    schema = {"$ref": f"#/components/schemas/{shape}"}
    operation["responses"] = succeeded | {
        str(status): {"description": _SAID[status], "content": {media_type: {"schema": schema}}} for status in sorted(failed)
    }
    for response in operation["responses"].values():
        response["headers"] = {"X-Request-Id": _REQUEST_ID}
    if scopes_for(method, path) is not None:
        operation["security"] = [{name: []} for name in _KEYS]


def _in_front(path: str, method: str, operation: dict[str, Any]) -> Iterator[int]:
    """Yield the statuses of what looks at a request before its route does."""
    yield 421
    if method not in _SAFE:
        yield 403
    if scopes_for(method, path) is not None:
        yield from (401, 403, 429, 503)
    if "requestBody" in operation:
        yield from (400, 408, 413, 422)
    if "{" in path:
        yield 404
