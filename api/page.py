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


def policy(*, frame_ancestors: str = "'none'") -> str:
    """Return what the browser may load and run: only what this service serves.

    Args:
        frame_ancestors: which pages may show it in a frame.
    """
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        f"form-action 'none'; base-uri 'none'; frame-ancestors {frame_ancestors}"
    )


POLICY = policy()
"""That of everything but the widget."""
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
    return respond(page_files()[_INDEX], known)


@router.get("/page/{name}", operation_id="page_file", response_class=Response)
async def page_file(name: str, known: Known = None) -> Response:
    """Return a script, style sheet or picture of the page."""
    # Pages name their files relative to `/`, so they would find none of them from here.
    found = None if name.endswith(".html") else page_files().get(name)
    if found is None:
        raise HTTPException(404, "The page has no such file.")
    return respond(found, known)


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


def respond(file: PageFile, known: str | None, more: Mapping[str, str] | None = None) -> Response:
    """Return a file, or that what the browser has is right.

    Args:
        file: what is sent.
        known: the tags of what the browser has, as it names them.
        more: further headers, and others in the place of the usual ones.
    """
    headers = {
        # Asked for again each time, so that nobody has the script of one version with the style of another.
        "Cache-Control": "no-cache",
        "ETag": file.etag,
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        **(more or {}),
    }
    # Proxies that compress make strong tags weak.
    tags = {tag.strip().removeprefix("W/") for tag in (known or "").split(",")}
    if tags & {file.etag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
