"""The widget: a script for pages of other addresses, and the small page that it shows there in a frame.

Which pages may frame it is told to the browser by `frame-ancestors`, for the one page that asks; nothing else of the service can
be framed at all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.key_ring import KeyRing
from api.page import POLICY, Known, page_files, policy, respond

router = APIRouter()

# A source that `frame-ancestors` can name (CSP 3, host-source); what else is in the settings must not get into the header.
_HOST = re.compile(r"https?://[a-z0-9.-]{1,253}(:\d{1,5})?")
# Both are loaded by pages that may have asked their browser to load only what agrees to it (COEP).
_ELSEWHERE = {"Cross-Origin-Resource-Policy": "cross-origin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPages:
    """The web pages that may show the widget: those of the setting `origins` and of publishable keys."""

    ring: KeyRing
    origins: Sequence[str]

    async def include(self, origin: str) -> bool:
        """Return whether a page of this origin may."""
        known = origin in self.origins or origin in await self.ring.origins()
        return known and _HOST.fullmatch(origin) is not None


def get_host_pages(request: Request) -> HostPages:
    """Return the pages that may show the widget of this service."""
    found: HostPages = request.app.state.host_pages
    return found


@router.get("/widget.js", operation_id="widget_script", response_class=Response)
async def widget_script(known: Known = None) -> Response:
    """Return the script that puts the widget on a page."""
    # It speaks to the frame in a few plain words, so one of an hour ago still understands it.
    return respond(page_files()["widget.js"], known, {**_ELSEWHERE, "Cache-Control": "public, max-age=3600"})


@router.get("/widget", operation_id="widget", response_class=HTMLResponse, responses={403: {}})
async def widget(
    host: Annotated[str, Query(max_length=300)], pages: Annotated[HostPages, Depends(get_host_pages)], known: Known = None
) -> Response:
    """Return the page inside the frame, for a page of the origin `host` and no other.

    Raises:
        HTTPException: pages of that origin may not show it (403).
    """
    if not await pages.include(host):
        detail = (
            f"Pages of {host} may not show the widget. Make a publishable key for them (dateline keys create NAME --scope "
            "publishable --origin ADDRESS), or add the address to the setting origins (DATELINE_ORIGINS)."
        )
        raise HTTPException(403, detail, headers={"Content-Security-Policy": POLICY})
    headers = {
        **_ELSEWHERE, "Cross-Origin-Embedder-Policy": "require-corp", "Content-Security-Policy": policy(frame_ancestors=host),
    }  # fmt: skip
    return respond(page_files()["widget.html"], known, headers)
