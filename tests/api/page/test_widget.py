"""The widget on pages of other sites, in a browser: who may show it, what it does there, and how one gets out again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline
from tests.api.page.actions import KETTLE, TRAMS, Open, Ready, Serving, ask
from tests.api.page.hosts import TAG, Site
from tests.browser import violations

EXAMPLE = Path(__file__).parents[3] / "examples" / "widget.html"
STRICT = (
    "default-src 'none'; img-src data:; script-src {0}; frame-src {0}; require-trusted-types-for 'script'; trusted-types 'none'"
)
"""The policy of a page that allows nothing but what the widget needs."""


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """A service with a publishable key for one of two sites."""

    service: str
    """Its address, with a slash at the end."""
    key: str
    friend: Site
    stranger: Site

    @property
    def tag(self) -> str:
        """What a page has in it to show the widget."""
        return TAG.format(service=self.service, key=self.key)


@pytest.fixture(scope="module")
def embedding(
    page_archive: Path, embedder: Embedder, serving: Serving, ready: Ready, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Embedding]:
    friend, stranger = Site(), Site()
    folder = tmp_path_factory.mktemp("keyed")
    _, key = KeyFile(folder).create(name="site", scopes=["publishable"], origins=[friend.origin])
    app = create_app(ServiceSettings(data=folder), lambda: build_pipeline(ServiceSettings(data=page_archive), embedder=embedder))
    with serving(app) as client:
        ready(client)
        yield Embedding(service=f"{str(client.base_url).rstrip('/')}/", key=key, friend=friend, stranger=stranger)
    friend.close()
    stranger.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Return what opens a page of any site; afterwards no page may have complained, but where that was to be expected."""
    contexts, seen = [], SimpleNamespace(complaints=[])

    def opened(address: str, *, refused: bool = False, **options: Any) -> Any:
        contexts.append(browser.new_context(reduced_motion="reduce", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: refused or seen.complaints.append(message.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert seen.complaints == []


def opened_widget(page: Any) -> Any:
    """Open the widget; return its frame once it is ready."""
    page.get_by_role("button", name="Ask the archive").click()
    page.frame_locator("iframe[title]").locator("#ear-archive", has_text="4 articles").wait_for()
    return next(frame for frame in page.frames if "/widget?" in frame.url)


def test_a_question_is_answered_on_the_page_of_another_site(visit: Open, embedding: Embedding) -> None:
    """With citations that open the article at its words, with no cookie, and with the key stored nowhere."""
    page = visit(embedding.friend.put("/", embedding.tag))
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    page.get_by_role("button", name="Ask the archive").wait_for()
    # Whoever only reads the page is not known to the service but for the script.
    assert sent == []
    frame = opened_widget(page)
    turn = ask(frame, KETTLE)
    assert "The smith Bero Quandt made the copper kettle of Queen Otilde in 1741. [1]" in turn.locator(".answer").inner_text()
    turn.locator(".chip[href]").first.click()
    mark = frame.locator("#reader mark")
    mark.wait_for()
    assert "Bero Quandt" in mark.inner_text()
    frame.click("#close-reader")
    assert ask(frame, "When was it made?", 2).locator(".understood").is_visible()
    assert page.context.cookies() == []
    # Browsers refuse a frame of another site its storage; what asks for it there would fail.
    stored = "() => { try { return localStorage.length + sessionStorage.length; } catch { return 0; } }"
    assert frame.evaluate(stored) == page.evaluate(stored) == 0
    assert not [address for address in sent if embedding.key in address]


def test_a_page_with_a_strict_policy_shows_it(visit: Open, embedding: Embedding) -> None:
    """Two sources are enough, also where the page shows only what agrees to be embedded; the browser complains of nothing."""
    headers = {"Content-Security-Policy": STRICT.format(embedding.service), "Cross-Origin-Embedder-Policy": "require-corp"}
    page = visit(embedding.friend.put("/strict", embedding.tag, headers))
    turn = ask(opened_widget(page), KETTLE)
    assert "Bero Quandt" in turn.locator(".answer").inner_text()
    shown = page.get_by_role("button", name="Ask the archive")
    assert shown.evaluate("button => getComputedStyle(button).position") == "fixed"


def test_other_sites_cannot_show_it(visit: Open, embedding: Embedding) -> None:
    """Neither with the key of another, nor under the name of another; the visitor is told by the page, not by the browser."""
    page = visit(embedding.stranger.put("/", embedding.tag), refused=True)
    page.get_by_role("button", name="Ask the archive").click()
    page.get_by_role("status").filter(has_text="cannot be shown on this page").wait_for()
    assert not page.locator("iframe").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(".panel").is_visible()
    lying = f'<iframe src="{embedding.service}widget?host={embedding.friend.origin}"></iframe>'
    page = visit(embedding.stranger.put("/lying", lying), refused=True)
    page.wait_for_timeout(300)
    assert page.frames[1].url.startswith("chrome-error:")


def test_a_wrong_key_is_told_and_none_is_asked_for(visit: Open, embedding: Embedding) -> None:
    """A visitor has no key to enter; whoever runs the page reads what is wrong."""
    tag = TAG.format(service=embedding.service, key="dl_mistyped")
    frame = opened_widget(visit(embedding.friend.put("/", tag), refused=True))
    frame.fill("#question", KETTLE)
    frame.press("#question", "Enter")
    frame.locator(".problem", has_text="not known").filter(has_text="Tell whoever runs this page.").wait_for()


def test_nothing_else_can_be_framed(visit: Open, embedding: Embedding) -> None:
    """Not even by a page that may show the widget."""
    for path in ("", "?q=x", "page/page.js", "widget"):
        page = visit(embedding.friend.put("/framing", f'<iframe src="{embedding.service}{path}"></iframe>'), refused=True)
        page.wait_for_timeout(200)
        assert "Dateline" not in (page.frames[1].content() if page.frames[1].url != "chrome-error://chromewebdata/" else "")
        assert path in {"page/page.js", "widget"} or page.frames[1].url.startswith("chrome-error:")


def test_the_keyboard_is_enough(visit: Open, embedding: Embedding) -> None:
    """Enter opens, the question has the focus; Escape closes the article first, then the widget, and the focus returns."""
    page = visit(embedding.friend.put("/", embedding.tag))
    button = page.get_by_role("button", name="Ask the archive")
    button.wait_for()
    page.focus("#here")
    page.keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot?.activeElement?.tagName"
    assert page.evaluate(focused) == "BUTTON"
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    frame.locator("#question:focus").wait_for()
    assert button.get_attribute("aria-expanded") == "true"
    page.keyboard.type(KETTLE)
    page.keyboard.press("Enter")
    frame.locator(".chip[href]").first.focus()
    page.keyboard.press("Enter")
    frame.locator("#reader-title:focus").wait_for()
    page.keyboard.press("Escape")
    frame.locator(".chip[href]:focus").wait_for()
    assert page.locator(".panel").is_visible()
    page.keyboard.press("Escape")
    page.locator(".panel").wait_for(state="hidden")
    assert page.evaluate(focused) == "BUTTON"
    assert button.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    # What was said is still there.
    frame.locator("#question:focus").wait_for()
    assert frame.locator(".turn").count() == 1
    frame.get_by_role("button", name="Close").click()
    page.locator(".panel").wait_for(state="hidden")
    page.keyboard.press("Enter")
    button.click()
    page.locator(".panel").wait_for(state="hidden")


def test_it_listens_to_nobody_else(visit: Open, embedding: Embedding) -> None:
    """A page of a third site in the same window can neither give it a key nor close it."""
    meddling = """<script>
      setInterval(() => {
        for (let at = 0; at < parent.length; at += 1) {
          parent[at].postMessage({ dateline: "begin", key: "dl_meddled" }, "*");
        }
        parent.postMessage({ dateline: "close" }, "*");
      }, 20);
    </script>"""
    other = f'<iframe src="{embedding.stranger.put("/meddling", meddling)}"></iframe>'
    page = visit(embedding.friend.put("/with-another", other + embedding.tag))
    frame = opened_widget(page)
    page.wait_for_timeout(200)
    assert "Bero Quandt" in ask(frame, KETTLE).locator(".answer").inner_text()
    assert page.locator(".panel").is_visible()


def test_an_attack_runs_nothing_in_it(visit: Open, embedding: Embedding) -> None:
    """Texts of articles are only words there, too, and so is the label of the page."""
    label = '" data-label="&lt;img src=x onerror=window.hit=1&gt; Ask the archive" data-x="'
    page = visit(embedding.friend.put("/", embedding.tag.replace(" async", f' {label[2:]}" async')))
    frame = opened_widget(page)
    turn = ask(frame, TRAMS)
    turn.locator(".chip[href]").first.click()
    frame.locator("#reader mark").wait_for()
    assert frame.locator("main img, #reader img, main script, a[href^=javascript], [onerror]").count() == 0
    assert frame.evaluate("window.hit") is page.evaluate("window.hit") is None


def test_without_keys_the_setting_names_the_pages(
    visit: Open, page_archive: Path, embedder: Embedder, serving: Serving, ready: Ready
) -> None:
    """On a service that is open to this machine, the pages of `origins` show it, without a key."""
    site = Site()
    settings = ServiceSettings(data=page_archive, origins=(site.origin,))
    with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
        ready(client)
        page = visit(site.put("/", f'<script src="{str(client.base_url).rstrip("/")}/widget.js"></script>'))
        assert "Bero Quandt" in ask(opened_widget(page), KETTLE).locator(".answer").inner_text()
        page.close()
    site.close()


def test_the_example_works(visit: Open, embedding: Embedding) -> None:
    """`examples/widget.html`, with address and key in the places of its own."""
    html = EXAMPLE.read_text(encoding="utf-8").replace("http://127.0.0.1:8000/", embedding.service)
    html = html.replace("http://127.0.0.1:8000", embedding.service).replace("dl_...", embedding.key)
    embedding.friend.pages["/widget.html"] = ({}, html)
    page = visit(f"{embedding.friend.origin}/widget.html")
    page.get_by_role("button", name="Ask the Gazette").click()
    frame = page.frame_locator("iframe")
    frame.locator("#ear-archive", has_text="4 articles").wait_for()


@pytest.mark.usefixtures("with_axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(visit: Open, embedding: Embedding, scheme: str, width: int) -> None:
    """Closed, open, with an answer, with an article; on a phone nothing is wider than the window."""
    page = visit(embedding.friend.put("/", embedding.tag), color_scheme=scheme, viewport={"width": width, "height": 800})
    page.get_by_role("button", name="Ask the archive").wait_for()
    assert violations(page) == []
    frame = opened_widget(page)
    assert violations(frame) == []
    turn = ask(frame, KETTLE)
    assert violations(page) == []
    assert violations(frame) == []
    turn.locator(".chip[href]").first.click()
    frame.locator("#reader mark").wait_for()
    assert violations(frame) == []
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
