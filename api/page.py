"""The page at `/`: files of this package, under a policy that lets them load nothing from elsewhere and run nothing inline.

They are plain files without a build step. What an article says reaches the page only as text; the policy is the second wall.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException
from fastapi.responses import HTMLResponse, Response

router = APIRouter()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""What the browser may load and run: only what this service serves."""
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_INDEX = "index.html"

Known = Annotated[str | None, Header(alias="If-None-Match", include_in_schema=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """One file of the page."""

    content: bytes
    media_type: str
    etag: str
    """Names the content, so that a browser that has it gets nothing again."""


@router.get("/", operation_id="page", response_class=HTMLResponse)
async def page(known: Known = None) -> Response:
    """Return the page on which people ask."""
    return _respond(page_files()[_INDEX], known)


@router.get("/page/{name}", operation_id="page_file", response_class=Response)
async def page_file(name: str, known: Known = None) -> Response:
    """Return a script, style sheet or picture of the page."""
    # The page itself names its files relative to `/`, so it would find none of them from here.
    found = page_files().get(name) if name != _INDEX else None
    if found is None:
        raise HTTPException(404, "The page has no such file.")
    return _respond(found, known)


@cache
def page_files() -> Mapping[str, PageFile]:
    """Return the files of the page by name, read once for each process."""
    found = {}
    for file in files("api").joinpath("page").iterdir():
        suffix = file.name[file.name.rfind(".") :]
        if suffix in _TYPES:
            content = file.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            found[file.name] = PageFile(content=content, media_type=_TYPES[suffix], etag=etag)
    return found


def _respond(file: PageFile, known: str | None) -> Response:
    headers = {
        # Asked for again each time, so that nobody has the script of one version with the style of another.
        "Cache-Control": "no-cache",
        "ETag": file.etag,
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    # Proxies that compress make strong tags weak.
    tags = {tag.strip().removeprefix("W/") for tag in (known or "").split(",")}
    if tags & {file.etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
