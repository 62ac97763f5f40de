"""Asking on the page: the answer as it comes, stopping it, filters, follow-ups, abstaining, and what goes wrong."""

import time
from collections.abc import Callable
from typing import Any

import httpx2

from api.app import create_app
from api.settings import ServiceSettings
from rag.pipeline import Pipeline
from tests.api.page.actions import FOLLOW_UP, KETTLE, UNKNOWN, Failing, Open, Ready, Serving, Slow, ask, bodies, open_quote


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
