"""The routes that change the archive: add an article or a page, ingest a file, delete an article."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.answers import ServiceDep
from api.archive_schemas import IngestBody, UrlBody, WrittenBody, ingest_body, written_body
from api.errors import NotReady, error_response
from api.uploads import no_room, received, received_as_file, shown_name, suffix_of, temporary_folder
from api.writing import Brought, Writing
from index.ingest import Fallbacks, IngestReport, option_date
from index.protocols import PassageStore
from index.types import Article, Item, LedgerEntry, Rejection

router = APIRouter(prefix="/v1")

ARTICLE_BYTES = 4_000_000
"""The largest body of an article: the longest line that the reader of records takes."""
ARTICLES, INGEST = "/v1/articles", "/v1/ingest"
_SHORT = 1_000
_SENT = f"POST {ARTICLES}"
_FIELD = re.compile(r"`([^`\s]{1,100})`")
_NAMED_DATE = "is no date that can be read; write it like 2025-09-19"
_PAGE_HINT = ". To have a page fetched, send its url with nothing but publisher, published and language"

_EXAMPLE = {
    "headline": "Ferries return", "source": "Dateline Sample Desk", "date": "2025-09-19",
    "body": "The harbour of Example Town reopened on Friday. Two ferries sailed before noon.",
}  # fmt: skip

Said = Annotated[str | None, Query(min_length=1, max_length=_SHORT)]


def get_writing(request: Request) -> Writing:
    """Return what writes, if this service takes articles. What pages of other addresses send never comes so far (`api.origins`).

    Raises:
        HTTPException: it does not (403).
    """
    writing: Writing = request.app.state.writing
    if not writing.settings.writable:
        raise HTTPException(403, "This service only answers (setting writable); use dateline ingest where the archive is.")
    return writing


WritingDep = Annotated[Writing, Depends(get_writing)]


@router.post(
    "/articles",
    operation_id="add_article",
    status_code=201,
    response_model=WrittenBody,
    responses={200: {"model": WrittenBody | IngestBody}, 409: {}, 415: {}, 507: {}},
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}, "example": _EXAMPLE}}}
    },
)
async def add_article(request: Request, service: ServiceDep, writing: WritingDep) -> Response:
    """Store an article record, or the page or feed at `url`; what is answered is durable."""
    if not _is_json(request):
        return _problem(request, 415, "Send the article as JSON, with Content-Type: application/json.")
    pipeline = service.ready()
    try:
        with writing.admitted(), temporary_folder() as folder:
            body = await received(request)
            record = _record(body)
            page = _is_page(record)
            brought = _page(record) if page else await service.compute(lambda: _sent_record(body, folder))
            report = await writing.ingest(request, pipeline, brought)
    except ClientDisconnect:
        return Response()
    if report is None:
        return Response()
    if not report.entries:
        raise NotReady("The service is stopping; nothing of this was stored. Send it again.")
    if page and report.read > 1:
        return JSONResponse(ingest_body(report).model_dump())
    return await service.compute(lambda: _written(request, pipeline.store, report, record))


@router.post(
    "/ingest",
    operation_id="ingest_file",
    responses={415: {}, 507: {}},
    openapi_extra={
        "requestBody": {
            "required": True, "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)  # fmt: skip
async def ingest_file(
    *,
    request: Request,
    service: ServiceDep,
    writing: WritingDep,
    name: str = "",
    publisher: Said = None,
    published: Said = None,
    language: Said = None,
) -> IngestBody:
    """Ingest one file, sent as the body, and return the ledger. `name` only tells how it is read and what it is called there."""
    media_type = request.headers.get("content-type", "")
    if media_type.casefold().startswith("multipart/"):
        raise HTTPException(415, "Send the file itself as the body, not a form: curl --data-binary @FILE")
    fallbacks = _fallbacks(publisher, published, language, "query")
    pipeline, shown = service.ready(), shown_name(name)
    nothing = IngestBody(read=0, counts={}, stopped=True, entries=[])
    try:
        with writing.admitted(), temporary_folder() as folder:
            path = await received_as_file(request, folder, suffix_of(name, media_type))
            brought = Brought(source=shown, read=str(path), fallbacks=fallbacks, renamed=lambda item: _from(item, shown))
            report = await writing.ingest(request, pipeline, brought)
    except ClientDisconnect:
        return nothing  # to nobody
    return nothing if report is None else ingest_body(report)


@router.delete(
    "/articles/{article_id}", operation_id="delete_article", status_code=204, response_class=Response, responses={507: {}}
)
async def delete_article(article_id: str, service: ServiceDep, writing: WritingDep) -> None:
    """Remove an article with its earlier versions; no later answer uses it."""
    await writing.delete(service.ready(), article_id)


def _record(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is.

    Raises:
        RequestValidationError: it is none.
    """
    try:
        # Nothing but UTF-8 (RFC 8259): the parser process is given these very bytes.
        record = json.loads(body.decode())
    except RecursionError as error:
        raise _unusable("body", "is nested too deeply") from error
    except ValueError as error:
        raise _unusable("body", "is not valid JSON in UTF-8") from error
    if not isinstance(record, dict):
        raise _unusable("body", 'must be a JSON object: an article, or {"url": …}')
    return record


def _is_page(record: dict[str, Any]) -> bool:
    return "url" in record and set(record) <= set(UrlBody.model_fields)


def _page(record: dict[str, Any]) -> Brought:
    """Return what is to be fetched.

    Raises:
        RequestValidationError: a field cannot be used.
    """
    try:
        page = UrlBody.model_validate(record)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
    return Brought(source=page.url, read=page.url, fallbacks=_fallbacks(page.publisher, page.published, page.language, "body"))


def _sent_record(body: bytes, folder: Path) -> Brought:
    """Return a record as a file of one line, for the parser process. JSON has line breaks only where spaces may stand."""
    path = folder / "record.jsonl"
    try:
        path.write_bytes(body.replace(b"\r", b" ").replace(b"\n", b" "))
    except OSError as error:
        raise no_room(error) from error
    return Brought(source=_SENT, read=str(path), renamed=_sent)


def _sent(item: Item) -> Item:
    """Give what was sent as a record the place that tells it from others.

    That is its address, else its publisher and id: the same article sent again is known, the same text of another outlet is a
    duplicate.
    """
    if not isinstance(item, Article):
        return replace(item, origin=replace(item.origin, source=_SENT, position="")) if isinstance(item, Rejection) else item
    if item.url and item.url.startswith(("http://", "https://")):
        return replace(item, origin=replace(item.origin, source=item.url, position=""))
    source = f"{_SENT} {item.publisher}" if item.publisher else _SENT
    # Never empty: whatever has no place of its own would be compared with everything that was ever sent.
    position = f"id {item.origin.record_id}" if item.origin.record_id else f"text {item.article_id}"
    return replace(item, origin=replace(item.origin, source=source, position=position))


def _from(item: Item, source: str) -> Item:
    """Give what a file held the name of the file.

    Files of one name need not be one file, so what fills a file has no place of its own that a later one could take over.
    """
    if not isinstance(item, Article | Rejection):
        return item
    position = item.origin.position or (f"text {item.article_id}" if isinstance(item, Article) else "")
    return replace(item, origin=replace(item.origin, source=source, position=position))


def _fallbacks(publisher: str | None, published: str | None, language: str | None, where: str) -> Fallbacks:
    day = option_date(published) if published else None
    if published and day is None:
        raise _unusable("published", _NAMED_DATE, where)
    return Fallbacks(publisher=publisher, published=day, language=language)


def _written(request: Request, store: PassageStore, report: IngestReport, record: dict[str, Any]) -> Response:
    """Return what became of one article, or why it cannot become one."""
    entry = report.entries[0]
    reason = entry.reason or ""
    if entry.outcome in ("failed", "skipped"):
        named = _FIELD.search(reason)
        wrong = "url" if _is_page(record) else named[1] if named else "body"
        if wrong == "text" and "url" in record:
            reason += _PAGE_HINT
        return _problem(request, 422, f"{wrong}: {reason}", errors=[{"field": wrong, "message": reason}])
    if entry.outcome == "duplicate":
        detail = f"The archive has this article: {reason}. It was noted there as another place that carries it."
        return _problem(request, 409, detail, article_id=entry.article_id, outcome=entry.outcome, reason=entry.reason)
    entry = _identified(entry, store)
    article = store.find(article_id=entry.article_id) if entry.article_id else None
    body = written_body(entry, article, store.also_in(article.article_id) if article else [])
    if entry.outcome in ("accepted", "near_duplicate"):
        return JSONResponse(body.model_dump(), status_code=201, headers={"Location": f"{ARTICLES}/{entry.article_id}"})
    return JSONResponse(body.model_dump())


def _identified(entry: LedgerEntry, store: PassageStore) -> LedgerEntry:
    """Return the entry with the article's id: of a page that the site says has not changed, the one it gave before."""
    if entry.article_id is not None:
        return entry
    before = (row.entry for row in reversed(store.ledger(source=entry.source, limit=100)))
    known = next((old.article_id for old in before if old.source == entry.source and not old.position and old.article_id), None)
    return replace(entry, article_id=known)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def _unusable(name: str, message: str, where: str = "body") -> RequestValidationError:
    return RequestValidationError([{"type": "value_error", "loc": (where, name), "msg": message}])


def _problem(request: Request, status: int, detail: str, **more: object) -> JSONResponse:
    return error_response(request.url.path, status, detail, str(request.state.request_id), None, **more)
