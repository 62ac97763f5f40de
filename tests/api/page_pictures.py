"""Makes the pictures of `docs/page.md`: the page and the widget over the sample articles, in the Chromium of this machine.

Run `python -m tests.api.page_pictures [FOLDER]`; the folder is `docs` unless another is named.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2

from api.key_file import KeyFile
from examples.demo import ARTICLES, _service
from tests.api.page.hosts import Site
from tests.browser import started

ROOT = Path(__file__).parents[2]
ASKED = "What did the Federal Reserve do with interest rates in 2024?"
UNKNOWN = "What does a tram ticket in Exampleton cost?"
OF_THE_FERRY = "What does a ferry ticket to Placeholder Island cost?"
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
LATER = ("wire-world.jsonl", "suriname-malaria-free.md", "ai-act-what-applies-when.md", "exampleton-fish-market.md")
"""What comes by the page: records, the copy of another article, an edited copy, a new article."""

Open = Callable[..., Any]


def main(folder: Path) -> None:
    """Serve the sample articles and make every picture."""
    with tempfile.TemporaryDirectory(prefix="dateline-pictures-") as scratch, started() as browser:
        data = Path(scratch) / "data"

        def shoot(page: Any, name: str) -> None:
            page.wait_for_timeout(300)
            page.screenshot(path=folder / f"page-{name}.png")

        with _service(str(data)) as address:
            _ingest(address)

            def opened(size: dict[str, int], path: str = "", **options: Any) -> Any:
                page = browser.new_context(viewport=size, reduced_motion="reduce", **options).new_page()
                page.goto(f"{address}/{path}")
                page.locator("#latest li").first.wait_for(state="attached")
                return page

            _answers(opened, shoot)
            _articles(opened, shoot, Path(scratch))
        _widget(browser, data, shoot)


def _ingest(address: str) -> None:
    """Send the sample articles but those that come later, so that the ledger names files as readers sent them."""
    with httpx2.Client(base_url=address, timeout=60) as client:
        for file in sorted(ARTICLES.iterdir()):
            if file.name not in LATER:
                query = {"name": file.name, "publisher": "Dateline Sample Desk"}
                client.post("/v1/ingest", content=file.read_bytes(), params=query).raise_for_status()


def _ask(page: Any, question: str) -> None:
    page.fill("#question", question)
    page.press("#question", "Enter")
    page.locator(".turn .answer[data-state=whole]").wait_for()
    page.evaluate("scrollTo(0, 0)")


def _open_citation(page: Any) -> None:
    page.locator(".turn .chip[href]").first.click()
    page.locator("#reader mark").wait_for()


def _answers(opened: Open, shoot: Open) -> None:
    for size, scheme, answer, citation in (
        (DESK, "light", "answer", "citation"), (DESK, "dark", "", "dark"), (PHONE, "light", "phone", "phone-citation"),
    ):  # fmt: skip
        page = opened(size, color_scheme=scheme)
        _ask(page, ASKED)
        if answer:
            shoot(page, answer)
        _open_citation(page)
        shoot(page, citation)
    page = opened(DESK)
    _ask(page, UNKNOWN)
    shoot(page, "abstention")


def _articles(opened: Open, shoot: Open, scratch: Path) -> None:
    page = opened(DESK, "#articles")
    page.locator("#adding").wait_for()
    page.locator("#article-list li").first.wait_for()
    shoot(page, "articles")
    for size, scheme, name, files in (
        (DESK, "light", "ledger", [_wire(scratch, 0), *(ARTICLES / name for name in LATER[1:3])]),
        (PHONE, "dark", "phone-ledger", [_wire(scratch, 2), ARTICLES / LATER[3]]),
    ):
        page = opened(size, "#articles", color_scheme=scheme)
        page.locator("#adding").wait_for()
        page.set_input_files("#files", files)
        page.locator("#adding-status", has_text=f"{len(files)} files read").wait_for()
        page.wait_for_timeout(300)
        page.evaluate("scrollTo(0, document.getElementById('adding').offsetTop - 24)")
        shoot(page, name)


def _wire(scratch: Path, first: int) -> Path:
    """Return a file of two records that are new, and of one that has lost its text."""
    lines = (ARTICLES / LATER[0]).read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines[first : first + 2]]
    records.append({name: records[0][name] for name in ("id", "title") if name in records[0]})
    wire = scratch / f"wire-late-{first // 2 + 1}.jsonl"
    wire.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return wire


def _widget(browser: Any, data: Path, shoot: Open) -> None:
    site = Site()
    _, key = KeyFile(data).create(name="website", scopes=["publishable"], origins=[site.origin])
    with _service(str(data)) as address:
        html = (ROOT / "examples" / "widget.html").read_text(encoding="utf-8")
        site.pages["/"] = ({}, html.replace("http://127.0.0.1:8000", address).replace("dl_...", key))
        for size, scheme, name in ((DESK, "light", "widget"), (PHONE, "dark", "phone-widget")):
            page = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce").new_page()
            page.goto(site.origin)
            page.get_by_role("button", name="Ask the Gazette").click()
            page.mouse.move(0, 0)
            frame = page.frame_locator("iframe")
            frame.locator("#ear-archive", has_text="articles").wait_for()
            frame.locator("#question").fill(OF_THE_FERRY)
            frame.locator("#question").press("Enter")
            frame.locator(".answer[data-state=whole]").wait_for()
            page.evaluate("document.activeElement.blur()")
            shoot(page, name)
    site.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else ROOT / "docs")
