"""Makes the pictures of `docs/page.md`: the page over the sample articles, in the Chromium of this machine.

Run `python -m tests.api.page_pictures [FOLDER]`; the folder is `docs` unless another is named.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from examples.demo import ARTICLES, _command, _service
from tests.api.browser import CHROMIUM, FLAGS

ROOT = Path(__file__).parents[2]
ASKED = "What did the Federal Reserve do with interest rates in 2024?"
UNKNOWN = "What does a tram ticket in Exampleton cost?"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


def main(folder: Path) -> None:
    """Serve the sample articles and make every picture."""
    with tempfile.TemporaryDirectory(prefix="dateline-pictures-") as data, _archive(data) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)

        def opened(size: dict[str, int], path: str = "", **options: Any) -> Any:
            page = browser.new_context(viewport=size, reduced_motion="reduce", **options).new_page()
            page.goto(f"{address}/{path}")
            page.locator("#latest li").first.wait_for(state="attached")
            return page

        def ask(page: Any, question: str, turn: int = 1) -> None:
            page.fill("#question", question)
            page.keyboard.press("Enter")
            page.locator(f".turn:nth-child({turn}) .answer[data-state=whole]").wait_for()

        def shoot(page: Any, name: str) -> None:
            page.wait_for_timeout(200)
            page.screenshot(path=folder / f"page-{name}.png")

        page = opened(DESK)
        ask(page, ASKED)
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "answer")
        page.locator(".turn .chip[href]").first.click()
        page.locator("#reader mark").wait_for()
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "citation")
        page = opened(DESK)
        ask(page, UNKNOWN)
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "abstention")
        page = opened(DESK, "#articles")
        page.locator("#article-list li").first.wait_for()
        shoot(page, "articles")
        page = opened(DESK, color_scheme="dark")
        ask(page, ASKED)
        page.locator(".turn .chip[href]").first.click()
        page.locator("#reader mark").wait_for()
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "dark")
        page = opened(PHONE)
        ask(page, ASKED)
        page.evaluate("scrollTo(0, 0)")
        shoot(page, "phone")
        page.locator(".turn .chip[href]").first.click()
        page.locator("#reader mark").wait_for()
        shoot(page, "phone-citation")
        browser.close()


@contextmanager
def _archive(data: str) -> Iterator[str]:
    subprocess.run([*_command("ingest"), str(ARTICLES), "--data", data, "--publisher", "Dateline Sample Desk"], check=True)
    with _service(data) as url:
        yield url


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs")
