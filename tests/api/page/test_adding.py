"""Adding articles on the page: files in, a ledger out, and what is told when one is not taken."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import Request
from fastapi.responses import JSONResponse, Response

from api.app import create_app
from api.key_file import KeyFile
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline
from tests.api.page.actions import PAYLOAD, Open, Ready, Serving, ask
from tests.browser import violations

Desk = Callable[..., AbstractContextManager[httpx2.Client]]

MILL = "The windmill of Hestvik grinds again since 4 May 2025. The miller Tora Lunde sells 300 kilos of flour a week."
RECORDS = (
    {"title": "Windmill grinds again", "publisher": "Hestvik Times", "published": "2025-05-05", "text": MILL},
    {"title": "Flour from the windmill", "publisher": "Fjord Courier", "published": "2025-05-06", "text": MILL},
    {"title": "A headline without a story", "publisher": "Hestvik Times"},
)
LARGEST = 20_000


def file(name: str, *records: dict[str, str]) -> dict[str, Any]:
    """Return a file as a browser is given one."""
    content = "".join(json.dumps(record) + "\n" for record in records)
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content.encode()}


@pytest.fixture(scope="module")
def desk(embedder: Embedder, serving: Serving, ready: Ready) -> Desk:
    @contextmanager
    def serve(folder: Path, refusal: dict[str, Any] | None = None, **more: Any) -> Iterator[httpx2.Client]:
        """Serve the archive of this folder; where a refusal is given, it is what becomes of files, whatever they are."""
        settings = ServiceSettings(data=folder, max_upload_bytes=LARGEST, **more)
        app = create_app(settings, lambda: build_pipeline(settings, embedder=embedder))

        @app.middleware("http")
        async def in_between(request: Request, call_next: Callable[[Request], Any]) -> Response:
            """Stand for a proxy, or for a service in trouble."""
            if refusal and request.url.path == "/v1/ingest":
                await request.body()
                return JSONResponse(refusal, status_code=refusal["status"])
            response: Response = await call_next(request)
            return response

        with serving(app) as client:
            ready(client)
            yield client

    return serve


@pytest.fixture(scope="module")
def newsroom(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a service whose archive several tests fill."""
    with desk(tmp_path_factory.mktemp("newsroom")) as client:
        yield client


@pytest.fixture(scope="module")
def refusal() -> dict[str, Any]:
    """What the service below answers to files: a test puts a problem in it."""
    return {}


@pytest.fixture(scope="module")
def refusing(desk: Desk, refusal: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A client of a service that takes no file."""
    with desk(tmp_path_factory.mktemp("refusing"), refusal) as client:
        yield client


def rows(ledger: Any) -> list[list[str]]:
    """Return the cells of a ledger as they read."""
    return [row.locator("th, td").all_inner_texts() for row in ledger.locator("tbody tr").all()]


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
        page.locator(".ledger .state", has_text="needs the scope admin or ingest; this key has ask.").wait_for()


def test_the_keyboard_chooses_files(open_page: Open, newsroom: httpx2.Client) -> None:
    """Tab leads to the field with a ring around what is seen of it, and Space opens the choice."""
    page = open_page("/#articles", newsroom)
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
