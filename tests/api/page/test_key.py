"""The access key on the page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from api.app import create_app
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline
from tests.api.page.actions import KETTLE, Open, Ready, Serving, ask

ALLOWED = "secret-key"


def test_a_key_is_asked_for_and_kept_for_the_tab(
    open_page: Open, serving: Serving, ready: Ready, page_archive: Path, embedder: Embedder
) -> None:
    """One dialog for all that waits; a wrong key is told, the right one goes along with every request."""
    settings = ServiceSettings(data=page_archive)
    app = create_app(settings, lambda: build_pipeline(settings, embedder=embedder))

    @app.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Any]) -> Response:
        """Stand for a service that wants keys."""
        if request.url.path.startswith("/v1/") and request.headers.get("authorization") != f"Bearer {ALLOWED}":
            return JSONResponse({"title": "Unauthorized", "status": 401, "detail": "This key is not known."}, status_code=401)
        response: Response = await call_next(request)
        return response

    with serving(app) as client:
        ready(client)
        page = open_page("/", client, refused=True)
        dialog = page.locator("#key-dialog")
        dialog.wait_for()
        assert page.evaluate("document.activeElement.id") == "key"
        page.fill("#key", "schlüssel")
        page.keyboard.press("Enter")
        page.locator("#key-wrong", has_text="letters with accents").wait_for()
        page.fill("#key", "another")
        page.keyboard.press("Enter")
        page.locator("#key-reason", has_text="This key is not known.").wait_for()
        page.fill("#key", ALLOWED)
        page.keyboard.press("Enter")
        page.locator("#latest li").first.wait_for()
        assert not dialog.is_visible()
        assert "Bero Quandt" in ask(page, KETTLE).locator(".answer").inner_text()
        assert page.evaluate("[sessionStorage.getItem('dateline-key'), localStorage.length, document.cookie]") == [ALLOWED, 0, ""]
