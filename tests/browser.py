"""The Chromium of this machine, which playwright drives, and axe-core, the checker of accessibility. Neither is fetched here."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where it is; None on a machine without one."""
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"
"""Where `make setup-browser` puts it."""
_FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update
--disable-sync""".split()


@contextmanager
def started() -> Iterator[Any]:
    """Start Chromium; stop it at the end."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - tests that it is missing for are skipped

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        yield browser
        browser.close()


def violations(page: Any) -> list[Any]:
    """Return what axe-core finds wrong with a page, or a frame, as it is shown now: the rule and the first element."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[Any] = page.evaluate("axe.run().then((found) => found.violations.map(({ id, nodes }) => [id, nodes[0].html]))")
    return found
