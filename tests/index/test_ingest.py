"""Ingest: the ledger, copies and options, and that what was acknowledged is stored, whatever breaks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import pytest

from index.embedding import EmbedderTokens, SentenceTransformerEmbedder
from index.ingest import Fallbacks, Ingest, option_date
from index.local.store import LocalStore
from index.preparation import Preparation
from index.types import Article, LedgerEntry, NewsDate, Origin, Rejection, Stats
from tests.index.small_news import HARBOUR, HIVES, ROAD, Run, Write, ledger, lines, outcomes, page, texts


def test_the_ledger_adds_up(store: LocalStore, ingest: Run, write: Write) -> None:
    """Everything that was read has one entry, the counts name all outcomes and sum to it, and the stored ledger is the same."""
    acknowledged: list[LedgerEntry] = []
    report = ingest(
        store,
        write("a.txt", page(HARBOUR, HIVES)),
        write("b.jsonl", lines({"text": ROAD}, {"title": "none"}, {"text": HIVES})),
        write("c.txt", ""),
        acknowledge=acknowledged.append,
    )
    assert report.counts == {
        "accepted": 3, "unchanged": 0, "updated": 0, "duplicate": 1, "near_duplicate": 0, "skipped": 0, "failed": 2,
    }  # fmt: skip
    assert report.read == sum(report.counts.values()) == 6
    assert acknowledged == list(report.entries)
    assert ledger(store) == outcomes(report)
    assert sorted(outcomes(report)) == [
        ("", "failed"), ("item 1", "accepted"), ("item 2", "accepted"),
        ("line 1", "accepted"), ("line 2", "failed"), ("line 3", "duplicate"),
    ]  # fmt: skip
    assert store.stats().articles == 3
    failed = next(entry for entry in report.entries if entry.outcome == "failed")
    assert failed.reason
    assert failed.article_id is None


def test_a_run_whose_end_cannot_be_noted_says_that_its_articles_are_stored(
    store: LocalStore, ingest: Run, write: Write, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The disk is full right behind the last article: it is stored, so this is no error; the ledger calls the run unfinished."""
    soft, hard = getrlimit(RLIMIT_FSIZE)

    def fill_the_disk(_: LedgerEntry) -> None:
        (log,) = tmp_path.rglob("*.sqlite-wal")
        setrlimit(RLIMIT_FSIZE, (log.stat().st_size, hard))

    try:
        report = ingest(store, write("a.jsonl", lines({"text": ROAD})), acknowledge=fill_the_disk)
    finally:
        setrlimit(RLIMIT_FSIZE, (soft, hard))
    assert report.counts["accepted"] == report.read == store.stats().articles == 1
    assert "all was stored, but the run could not be finished" in caplog.text
    assert "has no room to grow" in caplog.text
    assert store.runs()[-1].finished is None
    assert ingest(store, write("b.jsonl", lines({"text": HIVES}))).counts["accepted"] == 1
    assert store.runs()[-1].finished is not None


def test_ingesting_twice_is_ingesting_once(store: LocalStore, ingest: Run, samples: Path) -> None:
    """The second time nothing is stored, and every article is as it was."""
    files = [samples / name for name in ("page-three.txt", "wire.jsonl", "rubin-first-look.md")]
    first = ingest(store, *files)
    before = (list(store.articles()), store.stats())
    second = ingest(store, *files)
    assert first.counts["accepted"] == first.read == 3 + 5 + 1
    assert second.counts["unchanged"] == second.read == 9
    assert (list(store.articles()), store.stats()) == before


def test_twice_is_once_with_copies_and_failures_too(store: LocalStore, ingest: Run, write: Write) -> None:
    """Copies and failures are reported again, and are not counted twice in the archive."""
    files = [write("a.txt", page(HARBOUR, HARBOUR, HIVES)), write("b.jsonl", lines({"text": HARBOUR}, {"title": "none"}))]
    first, second = ingest(store, *files), ingest(store, *files)
    assert sorted(o for _, o in outcomes(first)) == ["accepted", "accepted", "duplicate", "duplicate", "failed"]
    assert sorted(o for _, o in outcomes(second)) == ["duplicate", "duplicate", "failed", "unchanged", "unchanged"]
    (harbour,) = (a for a in store.articles() if a.text == HARBOUR)
    assert len(store.copies(harbour.article_id)) == 2
    assert store.stats().articles == 2


def test_the_same_text_elsewhere_is_a_copy(store: LocalStore, ingest: Run, write: Write) -> None:
    """The same words in other case and punctuation are carried by another outlet, not stored twice."""
    carried = {
        "text": HARBOUR.upper().rstrip("."),
        "publisher": "Example Courier",
        "url": "https://example.org/c",
        "date": "2025-09-20",
    }
    report = ingest(store, write("a.txt", page(HARBOUR, HIVES)), write("b.jsonl", lines(carried)))
    copy = report.entries[-1] if report.entries[-1].outcome == "duplicate" else report.entries[0]
    (harbour,) = (a for a in store.articles() if a.text == HARBOUR)
    assert (copy.outcome, copy.article_id) == ("duplicate", harbour.article_id)
    assert copy.reason is not None
    assert "item 1" in copy.reason
    (found,) = store.copies(harbour.article_id)
    assert (found.publisher, found.url, found.published) == ("Example Courier", "https://example.org/c", "2025-09-20")
    assert found.source.endswith("b.jsonl")
    assert store.stats().articles == 2


def test_fallbacks_fill_only_what_is_missing(store: LocalStore, ingest: Run, write: Write) -> None:
    """A publisher, date and language from the command line are used where the article has none, and recorded as `option`."""
    given = Fallbacks(publisher="Example Courier", published=option_date("2025-01-02"), language="en")
    stated = {"text": HIVES, "publisher": "Dateline Sample Desk", "published": "2025-09-19", "language": "de"}
    ingest(store, write("a.jsonl", lines({"text": HARBOUR}, stated, {"text": ROAD, "updated": "2025-09-18"})), fallbacks=given)
    found = {a.text: a for a in store.articles()}
    harbour, hives, road = found[HARBOUR], found[HIVES], found[ROAD]
    assert (harbour.publisher, harbour.language) == ("Example Courier", "en")
    assert harbour.published == NewsDate(value="2025-01-02", precision="day", read_from="option")
    assert harbour.provenance == {"publisher": "option", "published": "option", "language": "option"}
    assert (hives.publisher, hives.language, hives.provenance) == ("Dateline Sample Desk", "de", {})
    assert hives.published == NewsDate(value="2025-09-19", precision="day", read_from="record")
    assert road.published is None
    assert road.provenance == {"publisher": "option", "language": "option"}


def test_an_option_that_is_no_date_is_none() -> None:
    """An ambiguous date is not guessed from the command line either."""
    assert option_date("03/04/2025") is None


def test_a_dry_run_stores_nothing_and_tells_the_same(store: LocalStore, ingest: Run, write: Write) -> None:
    """A dry run gives the ledger that a real run would give, and leaves the archive untouched."""
    files = [write("a.txt", page(HARBOUR, HIVES, HARBOUR)), write("b.jsonl", lines({"text": HIVES}, {"text": ROAD}, {"x": "y"}))]
    dry = ingest(store, *files, dry_run=True)
    assert store.stats() == Stats(articles=0, passages=0, generation=0, newest=None)
    assert ledger(store) == []
    assert sorted(outcomes(dry)) == sorted(outcomes(ingest(store, *files)))


def test_a_source_that_breaks_off_loses_nothing_acknowledged(
    store: LocalStore, embedder: SentenceTransformerEmbedder, tokens: EmbedderTokens
) -> None:
    """When reading stops with an error, the error is raised and whatever was acknowledged until then is stored."""
    acknowledged: list[LedgerEntry] = []

    def items() -> Iterator[Article | Rejection]:
        for number in range(70):
            text = f"Ferry number {number} left the harbour."
            yield Article(
                article_id=f"{number:020}",
                title="T",
                title_printed=True,
                text=text,
                origin=Origin(source="/n", position=str(number)),
            )
        raise ConnectionError("the feed broke off")

    running = Ingest(store=store, embedder=embedder, prepare=Preparation(tokens, 168))
    with pytest.raises(ConnectionError, match="the feed broke off"):
        running.run(items(), Fallbacks(), acknowledged.append)
    assert len(acknowledged) == 70
    assert {entry.article_id for entry in acknowledged} == {article.article_id for article in store.articles()}
    assert store.stats().passages == 70


def test_ids_are_the_same_in_two_archives(
    open_store: Callable[[Path], LocalStore], ingest: Run, samples: Path, tmp_path: Path
) -> None:
    """Two builds from the same files have the same articles and passages, in whatever order the files came."""
    files = [samples / "seven-base-units.txt", samples / "rubin-first-look.md"]
    built = []
    for name, order in (("one", files), ("two", files[::-1])):
        opened = open_store(tmp_path / name)
        ingest(opened, *order)
        rows = [row for (row,) in opened._database.rows("SELECT row FROM passages")]
        built.append((sorted(p.passage_id for p, _ in opened.passages(rows)), {a.article_id: a for a in opened.articles()}))
        opened.close()
    assert built[0] == built[1]
    assert len(built[0][0]) >= 4


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b'{"text": "The wall fell.", "url": "https://example.org/\\ud800"}\n', id="half a character in a url"),
        pytest.param(b'{"text": "The wall fell.", "id": "\\udfff"}\n', id="half a character in an id"),
        pytest.param(b'{"text": "The wall \\ud800 fell.", "title": "\\ud800"}\n', id="half a character in the text"),
        pytest.param(b'{"text": "The wall fell.", "url": "\\u0000"}\n', id="a zero in a url"),
        pytest.param(b"\xff\xfe\x00", id="not text"),
        pytest.param(b"---\ntitle: " + b"[" * 5000 + b"\n---\n\nThe wall fell.\n", id="deep front matter"),
        pytest.param(b"%PDF-1.7", id="a PDF file"),
    ],
)
def test_one_broken_file_costs_only_itself(store: LocalStore, ingest: Run, write: Write, tmp_path: Path, broken: bytes) -> None:
    """The files before and after a broken one are stored."""
    before, after = write("a.txt", f"{HARBOUR}\n"), write("c.txt", f"{HIVES}\n")
    between = tmp_path / "news" / "b.txt"
    between.write_bytes(broken)
    ingest(store, before, between, after)
    assert texts(store) >= {HARBOUR, HIVES}


def test_a_file_name_that_is_no_utf_8_costs_nothing(store: LocalStore, ingest: Run, write: Write, tmp_path: Path) -> None:
    """A name from an old system does not stop the ingest, and its file is read or refused like any other."""
    before, after = write("a.txt", f"{HARBOUR}\n"), write("c.txt", f"{HIVES}\n")
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/news/caf\xe9.txt"))
    odd.write_text(f"{ROAD}\n", encoding="utf-8")
    report = ingest(store, before, odd, after)
    assert report.read == 3
    assert texts(store) >= {HARBOUR, HIVES}
