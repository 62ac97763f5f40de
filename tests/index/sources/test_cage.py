"""The cage: what a hostile file does to a parser process costs that file, says why, and the next one is read."""

import gzip
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from index.sources.cage import CagedParser
from index.sources.frames import BrokenFrame, item_from_frame, item_to_frame, read_frame, write_frame
from index.types import Article, Link, NewsDate, Origin, Rejection

GOOD = "The ferry between Example Town and Sandholm will sail every hour from Monday, the harbour board said."
Read = Callable[[Path], list[Article | Link | Rejection]]


def no_embedding(_: object) -> np.ndarray:
    pytest.fail("nothing here is to be embedded")


@pytest.fixture
def parser() -> Iterator[CagedParser]:
    caged = CagedParser(passage_tokens=168, embed=no_embedding, wall_seconds=20)
    yield caged
    caged.kill()


@pytest.fixture
def read(parser: CagedParser) -> Read:
    def read_path(path: Path) -> list[Article | Link | Rejection]:
        parser.start({"source": str(path), "path": os.fsencode(path).hex()})
        return list(parser.items())

    return read_path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.txt"
    path.write_text(f"{GOOD}\n")
    return path


def test_secrets_stay_outside(monkeypatch: pytest.MonkeyPatch, good: Path) -> None:
    """A file that takes a parser over finds no key in its environment; what the parser needs is there, and it reads."""
    secrets = (
        "OPENAI_API_KEY", "DATELINE_SLACK_BOT_TOKEN", "dateline_slack_signing_secret", "DATABASE_PASSWORD",
        "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    )  # fmt: skip
    for name in secrets:
        monkeypatch.setenv(name, "hidden-7f3a")
    monkeypatch.setenv("DATELINE_DATA", "shown")
    caged = CagedParser(passage_tokens=168, embed=no_embedding, wall_seconds=20)
    try:
        caged.start({"source": str(good), "path": os.fsencode(good).hex()})
        assert [type(item) for item in caged.items()] == [Article]
        environment = psutil.Process(caged._process.pid).environ()
    finally:
        caged.kill()
    assert "hidden-7f3a" not in str(environment)
    assert environment["DATELINE_DATA"] == "shown"
    assert environment["PATH"] == os.environ["PATH"]


def bomb(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


ENTITIES = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10) for n in range(1, 12))
CIRCLE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2>>endobj
xref
0 3
0000000000 65535 f\x20
0000000009 00000 n\x20
0000000052 00000 n\x20
trailer<</Root 1 0 R/Size 3>>
startxref
105
%%EOF"""
# Made when their test runs: some take a second and hundreds of megabytes.
BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "gzip": ("zeros.txt.gz", lambda: gzip.compress(bytes(300_000_000), 1)),
    "gzip of one endless record": ("zeros.jsonl.gz", lambda: gzip.compress(b'{"text": "' + b"a" * 300_000_000, 1)),
    "entities": (
        "feed.xml",
        lambda: b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">' + ENTITIES + b"]><nitf><p>&e11;</p></nitf>",
    ),
    "deep markup": ("deep.html", lambda: b"<html><body>" + b"<div>" * 200_000 + b"text" + b"</div>" * 200_000),
    "deep JSON": ("deep.json", lambda: b'{"text": ' + b"[" * 200_000),
    "many paragraphs": (
        "many.html",
        lambda: b"<html><body><article>" + b"<p>A few words of it.</p>" * 100_000 + b"</article></body></html>",
    ),
    "a feed of 20 MB": ("big.xml", lambda: b"<rss version='2.0'><channel>" + b"<item><title>t</title></item>" * 690_000),
    "a PDF whose pages go in a circle": ("loop.pdf", lambda: CIRCLE),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_only_itself(tmp_path: Path, read: Read, good: Path, name: str) -> None:
    """Every bomb gives one or no article and a reason, within its limits; the file after it is read; memory stays flat here."""
    file, make = BOMBS[name]
    path = bomb(tmp_path, file, make())
    before = psutil.Process().memory_info().rss
    started = time.monotonic()
    items = read(path)
    assert time.monotonic() - started < 60
    rejections = [item for item in items if isinstance(item, Rejection)]
    assert rejections or name in ("many paragraphs", "deep markup")
    assert all(item.reason and "Traceback" not in item.reason for item in rejections)
    assert len(items) <= 2
    assert psutil.Process().memory_info().rss - before < 100e6
    assert [item.text for item in read(good) if isinstance(item, Article)] == [GOOD]


def test_a_parser_that_hangs_is_stopped(good: Path) -> None:
    """A job that gives nothing for too long ends with a reason that says how long, and the next job is done."""
    slow = CagedParser(passage_tokens=168, embed=lambda _: time.sleep(60), wall_seconds=0.001)  # type: ignore[arg-type]
    slow.start({"source": str(good), "path": os.fsencode(good).hex()})
    (item,) = slow.items()
    assert isinstance(item, Rejection)
    assert item.reason == "reading it took longer than 0.001 s and was stopped"
    slow.kill()


def test_a_parser_that_was_killed_is_replaced(parser: CagedParser, read: Read, good: Path, tmp_path: Path) -> None:
    """A process that dies in the middle of a file loses what stands after, says after what, and the next file is read."""
    records = tmp_path / "records.jsonl"
    records.write_text("".join(json.dumps({"text": f"Ferry {n} left."}) + "\n" for n in range(5000)))
    parser.start({"source": str(records), "path": os.fsencode(records).hex()})
    items = parser.items()
    assert isinstance(next(items), Article)
    parser._process.kill()
    *rest, last = items
    assert isinstance(last, Rejection)
    assert last.origin.source == str(records)
    assert last.origin.position.startswith("after line ")
    assert "signal 9" in last.reason
    assert len(rest) < 4999
    assert [type(item) for item in read(good)] == [Article]


def test_no_parser_outlives_its_ingest(good: Path) -> None:
    """`kill` leaves no process behind, whether it works or waits."""
    caged = CagedParser(passage_tokens=168, embed=no_embedding)
    process = psutil.Process(caged._process.pid)
    caged.start({"source": str(good), "path": os.fsencode(good).hex()})
    caged.kill()
    assert not process.is_running()


def test_what_a_library_prints_does_not_come_between(tmp_path: Path, read: Read) -> None:
    """Items of every type go through the pipe whole: dates, names in any script, and bytes that are no UTF-8 in a path."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jsonl"))
    record = {"text": "渡轮离开了。 Ünïcödé \U0001f6a2", "published": "2025-09-21T10:58-07:00", "authors": ["Ḧ", "名"], "id": "1"}
    path.write_text(json.dumps(record) + "\n" + "{}\n")
    article, rejection = read(path)
    assert isinstance(article, Article)
    assert (article.text, article.authors) == (record["text"], ("Ḧ", "名"))
    assert article.published == NewsDate(value="2025-09-21T10:58-07:00", precision="minute", read_from="record")
    assert isinstance(rejection, Rejection)
    assert rejection.origin.position == "line 2"


@pytest.mark.parametrize(
    "item",
    [
        Rejection(origin=Origin(source="a", position="b", record_id="c"), reason="r", skipped=True),
        Link(
            origin=Origin(source="a"), url="https://example.org/", title="T", authors=("A", "B"),
            published=NewsDate(value="2025", precision="year", read_from="feed"),
        ),
    ],
)  # fmt: skip
def test_items_are_the_same_on_the_other_side(item: Link | Rejection) -> None:
    """Writing an item and reading it gives the item."""
    message, payload = item_to_frame(item)
    assert item_from_frame(json.loads(json.dumps(message)), payload) == item


@pytest.mark.parametrize(
    "sent",
    [b"\0", b"\0\0\0\x02\0\0\0\0x", b"\0\0\0\x02\0\0\0\0xx", b"\0\0\0\x02\0\0\0\0[]", b"\xff" * 8, b"\0\0\0\x02\0\0\0\x01{}"],
)
def test_what_is_no_message_is_refused(tmp_path: Path, sent: bytes) -> None:
    """Bytes that no parser of ours writes are an error and never a guess, and do not make this side take memory."""
    path = tmp_path / "sent"
    path.write_bytes(sent)
    with path.open("rb") as stream, pytest.raises(BrokenFrame):
        read_frame(stream)


def test_a_message_comes_back(tmp_path: Path) -> None:
    """What is written is read, in order, and the end is the end."""
    path = tmp_path / "sent"
    with path.open("wb") as stream:
        write_frame(stream, {"a": 1}, b"xyz")
        write_frame(stream, {"b": "ü"})
    with path.open("rb") as stream:
        assert [read_frame(stream), read_frame(stream), read_frame(stream)] == [({"a": 1}, b"xyz"), ({"b": "ü"}, b""), None]
