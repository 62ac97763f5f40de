"""Files that are not taken on the page: by a service in trouble, over a broken line, with a key that may not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.key_file import KeyFile
from tests.api.page.actions import LARGEST, RECORDS, Desk, Open, file


@pytest.fixture(scope="module")
def refusal() -> dict[str, Any]:
    """What the service below answers to files: a test puts a problem in it."""
    return {}


@pytest.fixture(scope="module")
def refusing(desk: Desk, refusal: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a service that takes no file."""
    with desk(tmp_path_factory.mktemp("refusing"), refusal) as client:
        yield client


@pytest.mark.parametrize(
    ("status", "detail", "says", "again"),
    [
        (403, "Not from here.", "Not from here.", True),
        (409, "The archive has this.", "The archive has this.", False),
        (413, "The body is longer than 9 bytes.", "The body is longer than 9 bytes.", False),
        (507, "The disk is full; free some space.", "The disk is full; free some space. What was stored before stays.", True),
        (502, "No answer from behind.", "No answer from behind. This is a fault of the service.", True),
    ],
)
def test_a_refusal_is_told(
    *,
    open_page: Open,
    refusing: httpx2.Client,
    refusal: dict[str, Any],
    status: int,
    detail: str,
    says: str,
    again: bool,
) -> None:
    """With what to do, a way to try again where that can help, and without sending what would fare no better."""
    refusal.update(status=status, title="No", detail=detail)
    page = open_page("/#articles", refusing, refused=True)
    page.locator("#adding").wait_for()
    page.set_input_files("#files", [file("one.jsonl"), file("two.jsonl")])
    first, second = page.locator(".ledger .state").all()
    first.filter(has_text=says).wait_for()
    second.filter(has_text="Not sent." if status in (403, 507) else says).wait_for()
    assert (page.locator(".ledger").first.locator("button").count() == 1) is again


def test_a_file_that_the_service_does_not_take_whole_is_told(open_page: Open, newsroom: httpx2.Client) -> None:
    """The service refuses before it has read a large file, here because the page knows an older limit; its words arrive."""
    page = open_page("/#articles", newsroom, refused=True)
    page.route("**/v1/permissions", lambda route: route.fulfill(json={"ingest": True, "max_upload_bytes": 100_000_000}))
    page.reload()
    page.locator("#adding").wait_for()
    page.set_input_files("#files", [{"name": "large.txt", "mimeType": "", "buffer": b"x" * 5_000_000}])
    page.locator(".ledger .state", has_text="The body is longer than 20,000 bytes.").wait_for()


def test_a_broken_connection_is_told_and_tried_again(open_page: Open, newsroom: httpx2.Client) -> None:
    """What is lost on the way can be sent again with one button, with all that waited behind it."""
    page = open_page("/#articles", newsroom, refused=True)
    page.locator("#adding").wait_for()
    page.context.set_offline(True)
    page.set_input_files("#files", [file("may.jsonl", *RECORDS), file("june.jsonl", RECORDS[0])])
    page.locator(".ledger .state", has_text="The connection broke off.").wait_for()
    assert page.locator(".ledger .state").nth(1).text_content() == "Not sent."
    page.context.set_offline(False)
    page.click(".ledger button")
    page.locator("#adding-status", has_text="2 files read:").wait_for()
    assert page.locator(".ledger table").count() == 2


def test_only_those_who_may_add_are_offered_it(open_page: Open, desk: Desk, tmp_path: Path) -> None:
    """Neither without a key that may, nor where the service only answers; with the scope it is there."""
    keys = KeyFile(tmp_path / "keyed")
    secrets = {scope: keys.create(name=scope, scopes=[scope])[1] for scope in ("ask", "ingest")}

    def told(response: Any) -> bool:
        return bool(response.url.endswith("/v1/permissions") and response.status == 200)

    def permitted(client: httpx2.Client, secret: str = "") -> bool:
        body = client.get("/v1/permissions", headers={"X-Api-Key": secret} if secret else {}).json()
        assert body["max_upload_bytes"] == LARGEST
        return bool(body["ingest"])

    with desk(tmp_path / "keyed") as client:
        assert [permitted(client, secrets[scope]) for scope in ("ask", "ingest")] == [False, True]
        for scope, offered in (("ask", False), ("ingest", True)):
            page = open_page("/#articles", client, refused=True)
            with page.expect_response(told):
                page.fill("#key", secrets[scope])
                page.keyboard.press("Enter")
            page.locator("#adding").wait_for(state="visible" if offered else "hidden")
            assert page.locator("#adding").is_visible() is offered
            page.close()
    with desk(tmp_path / "closed", writable=False) as client:
        assert not permitted(client)
        page = open_page("/#articles", client)
        with page.expect_response(told):
            page.reload()
        page.locator("#articles-status", has_text="0 articles.").wait_for()
        assert not page.locator("#adding").is_visible()
        page.close()


def test_a_key_that_may_not_is_told(open_page: Open, desk: Desk, tmp_path: Path) -> None:
    """A key whose scope went away while the page was open gets the service's own words."""
    keys = KeyFile(tmp_path)
    secret = keys.create(name="ask", scopes=["ask"])[1]
    with desk(tmp_path) as client:
        page = open_page("/#articles", client, refused=True)
        with page.expect_response("**/v1/permissions"):
            page.fill("#key", secret)
            page.keyboard.press("Enter")
            page.locator("#articles-status", has_text="0 articles.").wait_for()
        page.evaluate("document.getElementById('adding').hidden = false")
        page.set_input_files("#files", [file("may.jsonl", *RECORDS)])
        # The page hides what the key may not do when it hears of it, which may be after the line above.
        told = page.locator(".ledger .state", has_text="needs the scope admin or ingest; this key has ask.")
        told.wait_for(state="attached")
