"""The page in a real browser over a real service: ask, read, stop, filter; with the keyboard, on a phone, in the dark."""

import json
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from anyio import sleep
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from api.app import create_app
from api.settings import ServiceSettings
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.sources.files import read_file
from index.wiring import build_ingest, build_store
from rag.errors import GeneratorError
from rag.pipeline import Pipeline
from rag.tokens import TiktokenCounter
from rag.types import Evidence
from rag.wiring import build_pipeline
from tests.api.browser import CHROMIUM, FLAGS

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
Open = Callable[..., Any]

PAYLOAD = '<img src=x onerror="window.hit=1"><script>window.hit=1</script><svg onload=window.hit=1>\'"><a href=javascript:hit=1>'
ARTICLES: tuple[dict[str, Any], ...] = (
    {
        "title": "Kettle museum finds a royal kettle 👑", "publisher": "Brasswick Echo", "authors": ["Ines Talla"],
        "published": "2025-02-11", "updated": "2025-02-13", "url": "https://example.org/kettle", "section": "Culture",
        "text": "🫖🫖 The kettle museum 👩‍👩‍👧 of Brasswick is 𝟛 rooms wide. It has been open since 1962.\n\nThe museum found "
        "an old kettle in its cellar. The smith Bero Quandt made the copper kettle of Queen Otilde in 1741.\n\n"
        + "Much else is there. " * 200,
    },
    {
        "title": "Brasswick kettle goes on tour", "publisher": "Vale Herald", "published": "2025-05-02",
        "text": "The copper kettle of Queen Otilde leaves Brasswick in June. It will be shown in 9 towns.",
    },
    {
        "title": "Trams of Ottervale", "publisher": "Otter Post", "published": "2025-03-03",
        "text": "The trams of Ottervale run every 7 minutes. Driver Sanna Brook counts 41 stops.",
    },
    {"title": "A note without a day", "text": "The weathercock of Lindmoor was gilded by Odo Farl."},
)  # fmt: skip
KETTLE, FOLLOW_UP, UNKNOWN = (
    "Who made the copper kettle of Queen Otilde?",
    "When was it made?",
    "What is the price of saffron in Peru?",
)
TRAMS = "How often do the trams of Ottervale run?"
ALLOWED = "secret-key"


class Slow:
    """A generator that writes a sentence and then takes its time."""

    name = "slow"

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Yield one sentence, and another that nobody waits for."""
        yield "The smith Bero Quandt made the copper kettle of Queen Otilde in 1741. [S1] It will "
        await sleep(60)
        yield "be shown in 9 towns. [S2]"


class Failing:
    """A generator whose model went away."""

    name = "failing"

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Break off."""
        yield "It "
        raise GeneratorError("The language model went away; start it again.")


def attacking(item: Any) -> Any:
    """Return what was read, with the attack in every field of the trams: reading takes tags out, which the page must not need."""
    if "Ottervale" not in getattr(item, "title", ""):
        return item
    return replace(
        item, title=f"Trams of Ottervale {PAYLOAD}", publisher=f"Otter Post {PAYLOAD}", authors=(PAYLOAD,), section=PAYLOAD,
        url="javascript:window.hit=1", corrections=(PAYLOAD,), language='en" onfocus=hit=1', text=f"{item.text} {PAYLOAD}",
    )  # fmt: skip


@pytest.fixture(scope="module")
def page_archive(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with emoji before a quote, two publishers of one story, an attack and an undated note."""
    folder = tmp_path_factory.mktemp("page")
    records = folder / "news.jsonl"
    records.write_text("".join(json.dumps(article) + "\n" for article in ARTICLES), encoding="utf-8")
    settings = ServiceSettings(data=folder / "data")
    store = build_store(settings)
    items = map(attacking, read_file(records, embedder.embed_passages))
    report = build_ingest(settings, store, embedder).run(items, Fallbacks())
    store.close()
    assert report.counts["accepted"] == len(ARTICLES)
    return folder / "data"


@pytest.fixture(scope="module")
def site(page_archive: Path, embedder: Embedder, serving: Serving, ready: Ready) -> Iterator[httpx2.Client]:
    """A client of the service."""
    settings = ServiceSettings(data=page_archive)
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        yield client


@pytest.fixture(scope="module")
def written_by(page_archive: Path, embedder: Embedder) -> Callable[[Any], Pipeline]:
    """Return what builds a pipeline with a generator of the test's."""
    return lambda generator: Pipeline(
        store=build_store(ServiceSettings(data=page_archive)), embedder=embedder, generator=generator, tokens=TiktokenCounter(),
        evidence_tokens=4_000, recency_strength=2.0, recency_days=14.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install -e '.[dev]'")
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Any, site: httpx2.Client) -> Iterator[Open]:
    """Return what opens the page; afterwards nothing may have complained, and no request may have left this service."""
    contexts, seen = [], SimpleNamespace(dialogs=[], complaints=[], elsewhere=[])

    def opened(path: str = "/", client: httpx2.Client = site, *, refused: bool = False, **options: Any) -> Any:
        contexts.append(browser.new_context(reduced_motion="reduce", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        address = str(client.base_url).rstrip("/")
        page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
        # The browser itself notes each status that is an error, which a test may want.
        page.on("console", lambda message: refused or seen.complaints.append(message.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", lambda sent: sent.url.startswith(address) or seen.elsewhere.append(sent.url))
        page.goto(address + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert (seen.dialogs, seen.complaints, seen.elsewhere) == ([], [], [])


def ask(page: Any, question: str, turn: int = 1) -> Any:
    """Ask and wait for the whole answer; return its turn."""
    page.fill("#question", question)
    page.keyboard.press("Enter")
    shown = page.locator(f".turn:nth-child({turn})")
    shown.locator(".answer[data-state=whole]").wait_for(state="attached")
    return shown


def open_quote(page: Any, link: Any) -> Any:
    """Choose a link to a quote; return the mark in the article."""
    link.click()
    mark = page.locator("#reader mark")
    mark.wait_for()
    return mark


def bodies(page: Any, path: str) -> list[dict[str, Any]]:
    """Return the list to which the bodies of the page's requests of a path will be added."""
    sent: list[dict[str, Any]] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if request.url.endswith(path) else None)
    return sent


def test_the_quote_is_marked_in_the_article(open_page: Open, site: httpx2.Client) -> None:
    """Emoji before it do not shift it: the mark is letter by letter the quote, in view, with what is known of the article."""
    (citation, *_) = site.post("/v1/answer", json={"question": KETTLE}).json()["citations"]
    assert citation["title"].startswith("Kettle museum")
    page = open_page()
    turn = ask(page, KETTLE)
    assert turn.locator("h2").text_content() == KETTLE
    assert "The smith Bero Quandt made the copper kettle of Queen Otilde in 1741. [1]" in turn.locator(".answer").text_content()
    assert turn.locator(".sources blockquote").first.text_content() == f"“{citation['quote']}”"
    assert turn.locator(".sources .date").first.text_content() == "11 February 2025"
    mark = open_quote(page, turn.locator(".chip[href]").first)
    assert mark.text_content() == citation["quote"]
    box = mark.bounding_box()
    assert 0 <= box["y"] <= page.viewport_size["height"] - box["height"]
    reader = page.locator("#reader")
    assert "Brasswick Echo · Culture" in reader.inner_text()
    assert "Ines Talla · 11 February 2025 · updated 13 February 2025" in reader.inner_text()
    link = reader.locator("a.outward")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == ("https://example.org/kettle", "noopener noreferrer")
    assert reader.locator(".text p").count() == 3


def test_every_citation_leads_to_its_own_words(open_page: Open, site: httpx2.Client) -> None:
    """All chips of an answer, one after another, without closing the panel between them."""
    question = "What happened to the copper kettle of Queen Otilde?"
    citations = {body["number"]: body for body in site.post("/v1/answer", json={"question": question}).json()["citations"]}
    assert len(citations) > 1
    page = open_page(viewport={"width": 1400, "height": 900})
    turn = ask(page, question)
    for chip in turn.locator(".chip[href]").all():
        chip.click()
        citation = citations[int((chip.text_content() or "").strip("[]"))]
        page.locator("#reader h2", has_text=citation["title"]).wait_for()
        page.locator("#reader mark", has_text=citation["quote"]).wait_for()
        assert page.locator("#reader mark").all_text_contents() == [citation["quote"]]


def test_an_answer_can_be_stopped(open_page: Open, serving: Serving, ready: Ready, written_by: Callable[[Any], Pipeline]) -> None:
    """What was written stays, is called incomplete, and the next question is a first one."""
    with serving(create_app(ServiceSettings(), lambda: written_by(Slow()))) as client:
        ready(client)
        page = open_page("/", client)
        page.fill("#question", KETTLE)
        page.keyboard.press("Enter")
        page.locator(".turn .answer", has_text="in 1741. [1]").wait_for()
        assert page.locator(".turn .chip[href]").count() == 0
        assert not page.locator("#ask").is_visible()
        before = time.monotonic()
        page.click("#stop")
        page.locator(".status", has_text="Stopped.").wait_for()
        assert time.monotonic() - before < 5
        assert "Incomplete" in page.inner_text(".notes")
        assert "Bero Quandt" in page.inner_text(".answer")
        assert page.locator("#ask").is_visible()
        sent = bodies(page, "/v1/answer")
        page.fill("#question", KETTLE)
        page.keyboard.press("Enter")
        page.locator(".turn:nth-child(2) .answer", has_text="Bero Quandt").wait_for()
        assert sent[0]["messages"] == []
        page.click("#start-over")
        assert page.locator(".turn").count() == 0
        assert page.locator("#ask").is_visible()


def test_the_archive_does_not_say(open_page: Open, site: httpx2.Client) -> None:
    """The reason stands there with the nearest passages, each of which opens at its words."""
    body = site.post("/v1/answer", json={"question": UNKNOWN}).json()
    assert body["abstained"]
    page = open_page()
    turn = ask(page, UNKNOWN)
    assert turn.locator(".answer").inner_text().startswith("The archive does not say.")
    assert body["abstained"]["message"] in turn.inner_text()
    nearest = turn.locator(".nearest a.headline")
    assert nearest.all_text_contents() == [hit["article"]["title"] for hit in body["nearest"]]
    at = next(at for at, hit in enumerate(body["nearest"]) if "\n" not in hit["text"])
    assert open_quote(page, nearest.nth(at)).text_content() == body["nearest"][at]["text"].strip()


def test_filters_limit_the_question(open_page: Open) -> None:
    """Days and publishers are sent, said above the answer, kept for the next question, and can be cleared."""
    page = open_page()
    page.locator("#publisher-choices label", has_text="Vale Herald").wait_for(state="attached")
    page.click("#filters summary")
    page.fill("[name=from]", "2025-04-01")
    page.fill("[name=to]", "2025-06-30")
    page.fill("[name=as_of]", "2025-07-01")
    page.check("text=Vale Herald")
    sent = bodies(page, "/v1/answer")
    turn = ask(page, "What is said of the copper kettle of Queen Otilde?")
    wanted = {"from": "2025-04-01", "to": "2025-06-30", "as_of": "2025-07-01", "publishers": ["Vale Herald"]}
    assert {name: sent[0].get(name) for name in wanted} == wanted
    told = "Only Vale Herald · from 1 April 2025 · to 30 June 2025 · as of 1 July 2025"
    assert turn.locator(".kicker").text_content() == told
    assert page.text_content("#filters-chosen") == told
    assert {text.split(" · ")[0] for text in turn.locator(".cited .credit:nth-of-type(1)").all_text_contents()} == {"Vale Herald"}
    address = turn.locator(".colophon a").get_attribute("href")
    page.click("#clear-filters")
    ask(page, KETTLE, 2)
    assert not set(wanted) & set(sent[1])
    again = open_page(f"/{address}")
    again.locator(".answer[data-state=whole]").wait_for(state="attached")
    assert again.text_content("#filters-chosen") == told
    assert again.locator(".turn .kicker").text_content() == told


def test_a_follow_up_sends_what_was_said(open_page: Open) -> None:
    """The earlier question and answer go along, and how the follow-up was understood is shown."""
    page = open_page()
    sent = bodies(page, "/v1/answer")
    first = ask(page, KETTLE).locator(".answer").text_content()
    assert page.text_content("#question-label") == "Ask a follow-up"
    turn = ask(page, FOLLOW_UP, 2)
    assert sent[0]["messages"] == []
    assert sent[1]["messages"] == [{"role": "user", "content": KETTLE}, {"role": "assistant", "content": first}]
    assert "kettle" in turn.locator(".understood").inner_text()
    assert "1741" in turn.locator(".answer").inner_text()
    page.click("#start-over")
    ask(page, KETTLE)
    assert sent[2]["messages"] == []


def test_a_model_that_breaks_off_is_told(
    open_page: Open, serving: Serving, ready: Ready, written_by: Callable[[Any], Pipeline]
) -> None:
    """The reason stands in place of the answer, with a way to try again."""
    with serving(create_app(ServiceSettings(), lambda: written_by(Failing()))) as client:
        ready(client)
        page = open_page("/", client)
        page.fill("#question", KETTLE)
        page.keyboard.press("Enter")
        page.locator(".problem[role=alert]", has_text="The language model went away; start it again.").wait_for()
        page.click(".problem button")
        page.locator(".turn:only-child .problem").wait_for()


def test_errors_say_what_to_do(open_page: Open) -> None:
    """Of a question that cannot be used, of an article that is not there, and of a service that went away."""
    page = open_page("/?q=x&from=2025-06-01&to=2025-05-01", refused=True)
    page.locator(".problem", has_text="from").wait_for()
    lost = open_page("/?article=nothing", refused=True)
    lost.locator("#reader", has_text="No article has the id").wait_for()
    lost.keyboard.press("Escape")
    lost.locator("#reader").wait_for(state="hidden")
    lost.context.set_offline(True)
    lost.fill("#question", KETTLE)
    lost.keyboard.press("Enter")
    lost.locator(".problem", has_text="The service cannot be reached. Check your connection").wait_for()
    lost.context.set_offline(False)
    lost.click(".problem button")
    lost.locator(".answer", has_text="Bero Quandt").wait_for()


def test_an_attack_in_an_article_runs_nothing(open_page: Open, site: httpx2.Client) -> None:
    """In title, outlet, author, section, address and text it is only words, in the answer, the panel, the lists and filters."""
    page = open_page()
    turn = ask(page, TRAMS)
    assert "run every 7 minutes" in turn.locator(".answer").inner_text()
    # The page shows what the service says, and the service the words of the article.
    title = site.post("/v1/answer", json={"question": TRAMS}).json()["citations"][0]["title"]
    assert "<script>" in title
    open_quote(page, turn.locator(".chip[href]").first)
    assert page.locator("#reader h2").text_content() == title
    assert "<img src=x" in page.locator("#reader .text").text_content()
    page.keyboard.press("Escape")
    page.click("#filters summary")
    page.locator("#publisher-choices label", has_text="Otter Post").click()
    ask(page, TRAMS, 2)
    page.click("nav >> text=Articles")
    page.locator("#article-list li", has_text="Trams of Ottervale").wait_for()
    page.locator(".holdings tbody tr", has_text="Otter Post").locator("button").click()
    assert page.locator("main img, #reader img, main script, main svg[onload]").count() == 0
    assert page.locator("a[href^=javascript], [onerror], [onload]").count() == 0
    assert page.evaluate("window.hit") is None
    found = open_page("/?" + "q=" + "%3Cimg+src%3Dx+onerror%3Dwindow.hit%3D1%3E+trams")
    found.locator(".answer[data-state=whole]").wait_for(state="attached")
    assert found.evaluate("window.hit") is None
    assert found.locator(".turn h2").text_content() == "<img src=x onerror=window.hit=1> trams"


def test_the_policy_is_the_second_wall(open_page: Open) -> None:
    """Even a script that did get into the page would not run, and a picture from elsewhere would not be loaded."""
    page = open_page(refused=True)
    page.evaluate(
        """() => {
          const bad = document.createElement("div");
          bad.innerHTML = "<img src=x onerror='window.hit = 1'>";
          const script = document.createElement("script");
          script.textContent = "window.hit = 2";
          document.body.append(bad, script);
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.hit") is None


def test_the_keyboard_is_enough(open_page: Open) -> None:
    """Enter asks and opens, focus goes into the panel and, by Escape or Back, returns to where it was."""
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.type(KETTLE)
    page.keyboard.press("Enter")
    page.locator(".turn .chip[href]").first.wait_for()
    page.keyboard.press("Shift+Tab")
    for _ in range(20):
        if page.evaluate("document.activeElement.matches('.chip[href]')"):
            break
        page.keyboard.press("Shift+Tab")
    chip = page.evaluate("document.activeElement.href")
    for leave in (lambda: page.keyboard.press("Escape"), page.go_back):
        page.keyboard.press("Enter")
        page.locator("#reader mark").wait_for()
        assert page.evaluate("document.activeElement.id") == "reader-title"
        leave()
        page.locator("#reader").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.href") == chip
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"


def test_a_narrow_panel_keeps_the_focus(open_page: Open) -> None:
    """On a phone the panel lies over the page: Tab does not leave it, and Close returns to the chip."""
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    turn = ask(page, KETTLE)
    open_quote(page, turn.locator(".chip[href]").first)
    assert page.evaluate("document.getElementById('reader').matches(':modal')")
    for _ in range(8):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.getElementById('reader').contains(document.activeElement)"
        assert page.evaluate(inside)
    page.click("#close-reader")
    page.locator("#reader").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.matches('.chip[href]')")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(open_page: Open, width: int) -> None:
    """With an answer, with an attack of long words, with filters open, in the panel and among the articles."""
    page = open_page(viewport={"width": width, "height": 800})
    wide = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    page.click("#filters summary")
    ask(page, KETTLE)
    turn = ask(page, TRAMS + " " + "a" * 300, 2)
    assert page.evaluate(wide) <= width
    turn.locator("a.headline").first.click()
    page.locator("#reader .text").wait_for()
    page.click("#reader .about summary")
    reader = page.locator("#reader")
    assert reader.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    page.keyboard.press("Escape")
    page.locator("#reader").wait_for(state="hidden")
    page.click("nav >> text=Articles")
    page.locator("#article-list li").first.wait_for()
    assert page.evaluate(wide) <= width


def test_the_dark_follows_the_system(open_page: Open) -> None:
    """Light words on dark paper, and the other way round."""
    for scheme, darker in (("dark", True), ("light", False)):
        page = open_page(color_scheme=scheme)
        colours = page.evaluate("(style => [style.backgroundColor, style.color])(getComputedStyle(document.body))")
        paper, ink = (sum(map(int, re.findall(r"\d+", colour))) for colour in colours)
        assert (paper < ink) is darker


def test_the_articles_are_listed(open_page: Open, site: httpx2.Client) -> None:
    """By publisher and month and one by one, newest first; each opens, and a publisher can be asked alone."""
    page = open_page("/#articles")
    titles = [article["title"] for article in site.get("/v1/articles").json()["articles"]]
    page.locator("#article-list li").nth(len(titles) - 1).wait_for()
    assert page.locator("#article-list a").all_text_contents() == titles
    assert page.text_content("#articles-status") == "4 articles."
    row = page.locator(".holdings tbody tr", has_text="Vale Herald")
    row.wait_for()
    assert row.locator("td").first.text_content() == "1"
    assert row.locator("svg").get_attribute("aria-label") == "May 2025: 1"
    page.click("#article-list li:last-child a")
    page.locator("#reader .text", has_text="weathercock").wait_for()
    assert page.locator("#reader mark").count() == 0
    assert page.evaluate("document.activeElement.id") == "reader-title"
    page.keyboard.press("Escape")
    page.locator("#reader").wait_for(state="hidden")
    assert page.locator("#view-articles").is_visible()
    row.locator("button").click()
    assert page.text_content("#filters-chosen") == "Only Vale Herald"


def test_addresses_open_what_they_name(open_page: Open, site: httpx2.Client) -> None:
    """`?q=` asks at once, `?article=` and `#article=` open an article, with its words marked where they are named."""
    asked = open_page("/?q=" + KETTLE.replace(" ", "+"))
    asked.locator(".answer", has_text="Bero Quandt").wait_for()
    (citation, *_) = site.post("/v1/answer", json={"question": KETTLE}).json()["citations"]
    name = citation["article_id"]
    for address in (f"/?article={name}", f"/#article={name}"):
        page = open_page(address)
        page.locator("#reader h2", has_text=citation["title"]).wait_for()
        assert page.locator("#reader mark").count() == 0
        page.click("#close-reader")
        page.locator("#reader").wait_for(state="hidden")
        assert "article=" not in page.url
    marked = open_page(f"/?article={name}&start={citation['start']}&end={citation['end']}")
    marked.locator("#reader mark", has_text=citation["quote"]).wait_for()


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


AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: npm install --no-save axe-core")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(open_page: Open, scheme: str, width: int) -> None:
    """The checker of accessibility finds no violation in any state of the page."""
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 900})

    def check() -> None:
        page.evaluate(AXE.read_text())
        assert page.evaluate("axe.run().then((found) => found.violations.map(({ id, nodes }) => [id, nodes[0].html]))") == []

    page.locator("#latest li").first.wait_for()
    page.click("#filters summary")
    check()
    ask(page, UNKNOWN)
    open_quote(page, ask(page, KETTLE, 2).locator(".chip[href]").first)
    page.click("#reader .about summary")
    check()
    page.keyboard.press("Escape")
    page.locator("#reader").wait_for(state="hidden")
    check()
    page.click("nav >> text=Articles")
    page.locator("#article-list li").first.wait_for()
    check()
    page.evaluate("document.getElementById('key-dialog').showModal()")
    check()


def test_without_scripts_the_page_says_so(open_page: Open) -> None:
    """It names the command line instead."""
    page = open_page(java_script_enabled=False)
    assert page.locator("noscript").is_visible()
