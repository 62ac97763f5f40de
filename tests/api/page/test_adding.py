"""Adding articles on the page: files in, a ledger out."""

import json
import re
from pathlib import Path

import httpx2
import pytest

from tests.api.page.actions import LARGEST, MILL, PAYLOAD, RECORDS, Desk, Open, ask, file, rows
from tests.browser import violations


def test_a_file_gives_its_ledger(open_page: Open, desk: Desk, tmp_path: Path) -> None:
    """Each item has its outcome, place and reason; the lists follow, and the next answer uses what was added."""
    with desk(tmp_path) as client:
        page = open_page("/#articles", client)
        page.locator("#adding").wait_for()
        assert page.text_content("#largest") == "20 kB"
        page.set_input_files("#files", [file("may.jsonl", *RECORDS)])
        ledger = page.locator(".ledger")
        ledger.locator("tbody tr").nth(2).wait_for()
        assert ledger.locator("h4").text_content() == "may.jsonl"
        assert ledger.locator(".state").text_content() == "3 read: 1 accepted, 1 duplicate, 1 refused."
        refused, duplicate, accepted = rows(ledger)
        assert refused[:3] == ["Refused", "—", "line 3"]
        assert "text" in refused[3]
        assert duplicate[:3] == ["Duplicate", "Flour from the windmill", "line 2"]
        assert "same text" in duplicate[3]
        assert accepted[:3] == ["Accepted", "Windmill grinds again", "line 1"]
        assert page.text_content("#adding-status") == "may.jsonl: 3 read: 1 accepted, 1 duplicate, 1 refused."
        page.locator("#articles-status", has_text="1 article.").wait_for()
        page.locator(".holdings", has_text="Hestvik Times").wait_for()
        assert page.locator("#known-publishers option").get_attribute("value") == "Hestvik Times"
        ledger.locator("a", has_text="Windmill grinds again").click()
        page.locator("#reader .text", has_text="Tora Lunde").wait_for()
        page.keyboard.press("Escape")
        page.locator("#reader").wait_for(state="hidden")
        page.click("nav >> text=Ask")
        assert "300 kilos" in ask(page, "How much flour does the miller of Hestvik sell a week?").locator(".answer").inner_text()


def test_several_files_follow_one_another(open_page: Open, newsroom: httpx2.Client) -> None:
    """Dropped together, one of them too large: the others are read, with the publisher and the day that they lack."""
    page = open_page("/#articles", newsroom)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/v1/ingest" in request.url else None)
    page.click(".assumed summary")
    page.fill("#adding-publisher", "Hestvik Times")
    page.fill("#adding-published", "2025-05-07")
    page.evaluate(
        """(largest) => {
          const dropped = new DataTransfer();
          dropped.items.add(new File(["The mill\\n\\nThe miller of Hestvik has bought a second millstone."], "mill.txt"));
          dropped.items.add(new File(["x".repeat(largest + 1)], "everything.txt"));
          dropped.items.add(new File([""], "nothing.txt"));
          const options = { dataTransfer: dropped, bubbles: true, cancelable: true };
          document.body.dispatchEvent(new DragEvent("dragover", options));
          document.body.dispatchEvent(new DragEvent("drop", options));
        }""",
        LARGEST,
    )
    page.locator("#adding-status", has_text="2 files read: 1 accepted, 1 refused.").wait_for()
    assert page.locator(".ledger h4").all_text_contents() == ["mill.txt", "everything.txt", "nothing.txt"]
    assert rows(page.locator(".ledger").first) == [["Accepted", "The mill", "whole file", ""]]
    large = page.locator(".ledger").nth(1)
    assert large.locator(".state").text_content() == (
        "The file has 20 kB; this service takes at most 20 kB. Split it, or use dateline ingest where the archive is."
    )
    assert large.locator("button").count() == 0
    assert [httpx2.URL(address).params["name"] for address in sent] == ["mill.txt", "nothing.txt"]
    (article,) = (article for article in newsroom.get("/v1/articles").json()["articles"] if article["title"] == "The mill")
    assert (article["publisher"], article["published"]) == ("Hestvik Times", "2025-05-07")


def test_sending_shows_how_far_it_is_and_can_be_stopped(open_page: Open, newsroom: httpx2.Client) -> None:
    """Over a slow line the share that was sent grows; Stop ends it at once, also for the files behind."""
    page = open_page("/#articles", newsroom)
    page.locator("#adding").wait_for()
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 4_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    long = {"name": "long.txt", "mimeType": "", "buffer": b"x" * (LARGEST - 100)}
    page.set_input_files("#files", [long, file("may.jsonl", *RECORDS)])
    page.locator(".ledger .state", has_text=re.compile(r"^[1-9]\d? % sent$")).wait_for()
    assert page.locator("progress").first.get_attribute("value") is not None
    page.click("#stop-adding")
    page.locator(".ledger .state", has_text="Stopped. What had been stored by then stays.").wait_for()
    assert page.locator(".ledger .state").nth(1).text_content() == "Not sent."
    page.locator("#stop-adding").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.id") == "files"


def test_the_keyboard_chooses_files(open_page: Open, newsroom: httpx2.Client) -> None:
    """Tab leads to the field with a ring around what is seen of it, and Space opens the choice."""
    page = open_page("/#articles", newsroom)
    # From now on, so that the choice below is not opened before anybody waits for it.
    page.on("filechooser", lambda _: None)
    page.locator("#adding").wait_for()
    page.focus("#articles-heading")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "files"
    assert page.evaluate("getComputedStyle(document.querySelector('#files + label')).outlineStyle") == "solid"
    with page.expect_file_chooser() as choosing:
        page.keyboard.press("Space")
    choosing.value.set_files([file("may.jsonl", RECORDS[0])])
    page.locator(".ledger td", has_text="Windmill grinds again").wait_for()
    assert page.evaluate("document.activeElement.id") == "files"


def test_an_attack_in_a_file_runs_nothing(open_page: Open, newsroom: httpx2.Client) -> None:
    """In its name, in titles, ids and reasons it is only words."""
    records = [
        {"id": PAYLOAD, "title": f"Mill {PAYLOAD}", "publisher": PAYLOAD, "date": PAYLOAD, "text": MILL},
        {"id": PAYLOAD, "x": PAYLOAD},
    ]
    page = open_page("/#articles", newsroom)
    page.locator("#adding").wait_for()
    name = PAYLOAD.replace("/", "∕") + ".jsonl"
    page.evaluate(
        """([name, text]) => {
          const dropped = new DataTransfer();
          dropped.items.add(new File([text], name));
          document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }""",
        [name, "".join(json.dumps(record) + "\n" for record in records)],
    )
    page.locator(".ledger tbody tr").nth(1).wait_for()
    assert page.locator(".ledger h4").text_content() == name
    assert page.locator("#adding img, #adding script, #adding svg, #adding [onerror], #adding a[href^=javascript]").count() == 0
    assert page.evaluate("window.hit") is None


@pytest.mark.usefixtures("with_axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_in_a_ledger(open_page: Open, newsroom: httpx2.Client, scheme: str, width: int) -> None:
    """With every kind of row, a file that was refused, and nothing wider than the window."""
    page = open_page("/#articles", newsroom, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.locator("#adding").wait_for()
    large = {"name": "large.txt", "mimeType": "", "buffer": b"x" * (LARGEST + 1)}
    page.click(".assumed summary")
    page.set_input_files("#files", [file("may.jsonl", *RECORDS), large])
    page.locator("#adding-status", has_text="The file has").wait_for()
    page.locator("#stop-adding").wait_for(state="hidden")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
