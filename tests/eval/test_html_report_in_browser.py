"""The page in a real browser: filters, quotes, the address, the keyboard, and that hostile texts run nothing."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from eval.html_report import html_report
from tests.eval.sample_report import HOSTILE, hostile_report, sample_report

Open = Callable[..., Any]


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Return what opens a report in a window of its own; afterwards no page may have complained or asked for anything."""
    contexts, seen = [], SimpleNamespace(dialogs=[], complaints=[], requests=[])

    def open_report(report: dict[str, Any], hash_: str = "", **options: Any) -> Any:
        path = tmp_path / "report.html"
        path.write_text(html_report(report), encoding="utf-8")
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.on("dialog", lambda dialog: (seen.dialogs.append(dialog.message), dialog.dismiss()))
        page.on("console", lambda message: seen.complaints.append(message.text))
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", lambda request: seen.requests.append(request.url))
        page.goto(path.as_uri() + hash_)
        return page

    yield open_report
    for context in contexts:
        context.close()
    assert (seen.dialogs, seen.complaints) == ([], [])
    assert {address.split(":")[0] for address in seen.requests} <= {"file", "data"}


def shown_ids(page: Any) -> list[str]:
    return page.locator("#list .meta span:first-child").all_text_contents()


def test_filters_narrow_the_list_and_every_count_follows(open_page: Open) -> None:
    """Each choice shows how many questions it would leave beside the other choices."""
    report = sample_report(80)
    rows = report["questions"]
    page = open_page(report)
    assert page.text_content("#count") == "80 questions"
    page.fill("[name=q]", "QUILLBAY tram")
    tram = [row for row in rows if "Quillbay" in row["question"] and "tram" in row["question"]]
    assert shown_ids(page) == [row["id"] for row in tram]
    assert page.text_content("#count") == f"{len(tram)} of 80 questions"
    page.fill("[name=q]", "")
    page.select_option("[name=kind]", "number")
    page.select_option("[name=abstained]", "because low_score")
    left = [row for row in rows if (row["kind"], row["abstained"]) == ("number", "low_score")]
    assert shown_ids(page) == [row["id"] for row in left]
    assert page.locator("label:has([value=failed]) b").text_content() == str(len(left))
    page.locator("label:has([value=right])").click()
    assert shown_ids(page) == []
    page.click("#reset")
    # A form is empty only after the event that empties it.
    page.locator("#count", has_text=re.compile("^80 questions$")).wait_for()
    page.locator("label:has([value='missed answer'])").click()
    assert shown_ids(page) == [row["id"] for row in rows if row["failure"] == "missed answer"]
    page.select_option("[name=sort]", "slow")
    missed = sorted((row for row in rows if row["failure"] == "missed answer"), key=lambda row: -row["wall_ms"])
    assert shown_ids(page) == [row["id"] for row in missed]


def test_an_opened_question_highlights_the_quote_in_its_passage(open_page: Open) -> None:
    """Its marker leads to the source, whose link is to the web, and only the quote is marked."""
    report = sample_report(40)
    row = next(row for row in report["questions"] if row["citations"] and row["failure"] == "missed answer")
    citation = row["citations"][0]
    page = open_page(report, f"#open={row['id']}")
    source = page.locator(".source")
    source.wait_for(state="visible")
    assert source.locator("blockquote").text_content() == citation["passage"]
    assert source.locator("mark").all_text_contents() == [citation["quote"]]
    assert source.locator("a").get_attribute("href") == citation["url"]
    page.click(".marker")
    assert source.evaluate("source => source === document.activeElement")
    assert page.locator(".support .words b").all_text_contents() == row["sentences"][0]["unsupported"]
    assert page.locator(".passages tbody tr").count() == 10
    assert page.locator(".passages tr.holds").count() == 1


def test_hostile_texts_run_nothing(open_page: Open) -> None:
    """With every question opened there is no dialog, no complaint of the policy and no request; what was said can be read."""
    report = hostile_report()
    page = open_page(report)
    page.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true; })")
    page.locator("#list > li:last-child .opened").wait_for()
    assert page.locator(".opened").count() == len(report["questions"])
    assert page.locator(".asked").first.text_content() == HOSTILE
    assert page.locator(".answer").first.text_content() == HOSTILE
    assert page.locator("img, #list script").count() == 0


def test_the_address_keeps_what_is_chosen(open_page: Open) -> None:
    """Whoever gets the link sees the same questions and the same one opened; what the report does not have is ignored."""
    report = sample_report(60)
    page = open_page(report)
    page.fill("[name=q]", "merrow")
    page.locator("label:has([value=failed])").click()
    page.locator("#list summary").first.click()
    # Browsers tell that something was opened in an event of its own, later.
    page.wait_for_function("location.hash.includes('open=')")
    kept, ids = page.evaluate("location.hash"), shown_ids(page)
    assert kept == f"#q=merrow&outcome=failed&open={ids[0]}"
    again = open_page(report, kept)
    assert shown_ids(again) == ids
    again.locator("details.question[open] .opened").wait_for(state="visible")
    again.locator(".kinds a", has_text="person").click()
    kinds = again.locator("#list .meta span:nth-child(2)")
    kinds.filter(has_not_text=re.compile("^person$")).first.wait_for(state="detached")
    assert set(kinds.all_text_contents()) == {"person"}
    assert open_page(report, "#kind=nonsense&q=").text_content("#count") == "60 questions"


def test_the_keyboard_is_enough(open_page: Open) -> None:
    """`/` searches, `j` and `k` move, Enter opens, Escape closes; in the search field they are letters."""
    page = open_page(sample_report(20))
    page.keyboard.press("/")
    page.keyboard.type("k")
    assert page.input_value("[name=q]") == "k"
    page.keyboard.press("Backspace")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    at = "() => [...document.querySelectorAll('#list > li')].indexOf(document.activeElement.closest('li'))"
    assert page.evaluate(at) == 1
    page.keyboard.press("Enter")
    # What is opened and closed is drawn in the event after the key's.
    page.locator("#list > li:nth-child(2) .opened").wait_for(state="visible")
    page.keyboard.press("Escape")
    page.locator("details.question[open]").wait_for(state="detached")


def test_six_thousand_questions_are_listed_as_they_are_looked_at(open_page: Open) -> None:
    """Only a page of the list exists at first; moving on, searching and opening the last question still work."""
    page = open_page(sample_report(6000))
    assert page.text_content("#count") == "6,000 questions"
    assert page.locator("#list > li").count() <= 200
    page.evaluate("document.querySelector('#more').click()")
    assert page.locator("#list > li").count() >= 200
    page.fill("[name=q]", "q-5999")
    page.locator("#list summary").click()
    page.locator(".opened").wait_for(state="visible")


def test_nothing_is_wider_than_the_window(open_page: Open) -> None:
    """On a phone as on a desk one scrolls in one direction, with a question opened too."""
    report = sample_report(30)
    report["questions"][0]["answer"] = "a" * 400
    page = open_page(report, "#open=q-0000")
    for width in (1280, 800, 400):
        page.set_viewport_size({"width": width, "height": 800})
        page.locator(".opened").wait_for(state="visible")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_tables_and_curves_are_there(open_page: Open) -> None:
    """The list says that it needs one, and no control that could do nothing is shown."""
    page = open_page(sample_report(30), java_script_enabled=False)
    assert page.locator("svg.chart").count() == 3
    assert page.locator("table.kinds").is_visible()
    assert page.locator("noscript").is_visible()
    assert not page.locator("#filter").is_visible()
