"""Ingest: the ledger, versions, copies, and that what was acknowledged is stored and nothing is embedded twice."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedding import EmbedderTokens, SentenceTransformerEmbedder
from index.ingest import Fallbacks, Ingest, IngestReport, option_date
from index.local.store import LocalStore
from index.preparation import Preparation
from index.types import Article, LedgerEntry, NewsDate, Origin, QuestionEmbedding, Rejection, Stats, Vectors, Where

Run = Callable[..., IngestReport]
HARBOUR = "The harbour of Example Town reopened on Friday after nine days of repairs, and two ferries left before noon."
HIVES = "Beekeepers counted 4,100 hives in the valley this summer, far more than in the year before."
ROAD = "The old road over the hill was closed for good because nobody wanted to pay for its last bridge."


class CountingEmbedder:
    """The real embedder, with a list of what it was asked for."""

    def __init__(self, embedder: SentenceTransformerEmbedder) -> None:
        self._embedder = embedder
        self.name = embedder.name
        self.dimension = embedder.dimension
        self.gives_token_signs = embedder.gives_token_signs
        self.asked: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed, as reading some pages does."""
        return self._embedder.embed_passages(texts)

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Note the texts and embed them."""
        self.asked.extend(texts)
        return self._embedder.embed_with_signs(texts)

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return where tokens begin."""
        return self._embedder.token_starts(texts)

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Embed a question."""
        return self._embedder.embed_question(text)


def page(*texts: str) -> str:
    """Print the texts as a digest, numbered from 1."""
    return "\n\n".join(
        f"{number}. (Dateline Sample Desk) {text}\n\nSource: By Jane Sample | Dateline Sample Desk | 2025-09-19"
        for number, text in enumerate(texts, start=1)
    )


def lines(*records: dict[str, str]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def outcomes(report: IngestReport) -> list[tuple[str, str]]:
    return [(entry.position, entry.outcome) for entry in report.entries]


def texts(store: LocalStore) -> set[str]:
    return {article.text for article in store.articles()}


def ledger(store: LocalStore) -> list[tuple[str, str]]:
    return [(str(p), str(o)) for p, o in store._database.rows("SELECT position, outcome FROM ledger ORDER BY row")]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def write_file(name: str, text: str) -> Path:
        path = tmp_path / "news" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


Write = Callable[[str, str], Path]


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


def test_a_changed_text_replaces_its_earlier_version(store: LocalStore, ingest: Run, write: Write) -> None:
    """An article corrected in its place is one article with the new words; the old ones are gone from every search."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    corrected = HARBOUR.replace("two ferries", "seventeen catamarans")
    report = ingest(store, write("a.txt", page(corrected, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "updated"), ("item 2", "unchanged")]
    assert texts(store) == {corrected, HIVES}
    with store.consistent():
        assert store.matching(["ferries"], 10, Where()) == []
        ((row, _),) = store.matching(["catamarans"], 10, Where())
        assert store.passages([row])[0][1].text == corrected


def test_a_record_is_replaced_by_its_id(store: LocalStore, ingest: Run, write: Write) -> None:
    """A record with the same id in the same file is the same article, whatever its words and its line are now."""
    ingest(store, write("a.jsonl", lines({"id": "1", "text": HARBOUR}, {"id": "2", "text": HIVES})))
    report = ingest(store, write("a.jsonl", lines({"id": "2", "text": HIVES}, {"id": "1", "text": ROAD})))
    assert sorted(outcomes(report)) == [("line 1", "unchanged"), ("line 2", "updated")]
    assert texts(store) == {HIVES, ROAD}


def test_an_article_is_replaced_by_its_address(store: LocalStore, ingest: Run, write: Write) -> None:
    """The same URL with other words is a new version, from whatever file it comes."""
    url = "https://example.org/dateline-sample/harbour"
    ingest(store, write("a.jsonl", lines({"url": url, "text": HARBOUR})))
    report = ingest(store, write("b.jsonl", lines({"url": url, "text": ROAD})))
    assert outcomes(report) == [("line 1", "updated")]
    assert texts(store) == {ROAD}


def test_another_article_in_the_same_place_replaces_nothing(store: LocalStore, ingest: Run, write: Write) -> None:
    """Tomorrow's first item is no version of today's: both are kept."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    report = ingest(store, write("a.txt", page(ROAD, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "accepted"), ("item 2", "unchanged")]
    assert texts(store) == {HARBOUR, HIVES, ROAD}


def test_an_item_inserted_above_leaves_the_others_unchanged(store: LocalStore, ingest: Run, write: Write) -> None:
    """Items that only moved down their page are not touched."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    report = ingest(store, write("a.txt", page(ROAD, HARBOUR, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "accepted"), ("item 2", "unchanged"), ("item 3", "unchanged")]
    assert texts(store) == {HARBOUR, HIVES, ROAD}


def test_an_article_that_is_still_printed_is_not_replaced(store: LocalStore, ingest: Run, write: Write) -> None:
    """A second, similar article above one that still stands on the page is stored beside it: no `unchanged` article vanishes."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    similar = HARBOUR.replace("two ferries", "seventeen catamarans")
    report = ingest(store, write("a.txt", page(similar, HARBOUR, HIVES)))
    stored = {article.article_id for article in store.articles()}
    assert {entry.article_id for entry in report.entries} <= stored
    assert texts(store) == {similar, HARBOUR, HIVES}


def test_changed_details_update_the_article(store: LocalStore, ingest: Run, write: Write) -> None:
    """The same words under another date are the same article, updated, with its copies kept."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)), write("b.txt", f"{HARBOUR}\n"))
    report = ingest(store, write("a.txt", page(HARBOUR, HIVES).replace("2025-09-19", "2025-09-20", 1)))
    assert sorted(outcomes(report)) == [("item 1", "updated"), ("item 2", "unchanged")]
    (harbour,) = (a for a in store.articles() if a.text == HARBOUR)
    assert harbour.published == NewsDate(value="2025-09-20", precision="day", read_from="source line")
    assert len(store.copies(harbour.article_id)) == 1


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


def test_a_carried_article_outlives_a_change_at_its_first_place(store: LocalStore, ingest: Run, write: Write) -> None:
    """While another outlet carries the old words, a new version does not remove them."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)), write("b.txt", f"{HARBOUR}\n"))
    corrected = HARBOUR.replace("two ferries", "seventeen catamarans")
    report = ingest(store, write("a.txt", page(corrected, HIVES)))
    assert sorted(outcomes(report)) == [("item 1", "accepted"), ("item 2", "unchanged")]
    assert texts(store) == {HARBOUR, corrected, HIVES}


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


def test_nothing_is_embedded_twice(store: LocalStore, ingest: Run, write: Write, embedder: SentenceTransformerEmbedder) -> None:
    """Unchanged passages of a changed article are taken from the archive; only new ones reach the model."""
    counting = CountingEmbedder(embedder)
    filling = " ".join(f"The council of Example Town met on Monday and heard report {n} on its roads." for n in range(40))
    ingest(store, write("a.txt", f"Council meets\n\n{filling}\n\n{HARBOUR}\n"), embed_with=counting)
    first = len(counting.asked)
    assert first == store.stats().passages >= 3
    ingest(store, write("a.txt", f"Council meets\n\n{filling}\n\n{HARBOUR}\n"), embed_with=counting)
    assert len(counting.asked) == first
    report = ingest(store, write("a.txt", f"Council meets\n\n{filling}\n\n{HARBOUR} {HIVES}\n"), embed_with=counting)
    assert outcomes(report) == [("", "updated")]
    assert len(counting.asked) == first + 1
    assert HIVES in counting.asked[-1]
    assert counting.asked[-1].startswith("Council meets\n")


def test_a_known_passage_has_the_vector_it_would_get(
    store: LocalStore, ingest: Run, write: Write, embedder: SentenceTransformerEmbedder
) -> None:
    """What is taken from the archive is found like what was just embedded."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    ingest(store, write("a.txt", page(HARBOUR, HIVES).replace("By Jane", "By Ann")))
    with store.consistent():
        (row, score), *_ = store.nearest(embedder.embed_question("When did the port reopen?").vector, 2, Where())
        passage, article = store.passages([row])[0]
        (similarity,) = store.similarities(
            embedder.embed_passages([f"{article.title} | Dateline Sample Desk | 19 September 2025\n{passage.text}"])[0], [row]
        )
    assert passage.text == HARBOUR
    assert article.authors == ("Ann Sample",)
    assert score > 0.4
    assert similarity == pytest.approx(1, abs=2e-3)


def test_an_older_archive_gets_the_signs_of_its_tokens(
    store: LocalStore, ingest: Run, write: Write, embedder: SentenceTransformerEmbedder
) -> None:
    """The next run makes them, after its own articles, also when nothing is new; a dry run does not."""
    counting = CountingEmbedder(embedder)
    ingest(store, write("a.txt", page(HARBOUR, HIVES)), embed_with=counting)
    stored = store.token_signs([1, 2])
    assert all(stored)
    store._database.rows("DELETE FROM token_signs")
    store._database.rows("INSERT INTO signs_missing SELECT row FROM passages")
    ingest(store, write("b.txt", page(ROAD)), embed_with=counting, dry_run=True)
    assert store.token_signs([1, 2]) == [b"", b""]
    counting.asked.clear()
    ingest(store, write("b.txt", page(ROAD)), embed_with=counting)
    assert [text.splitlines()[-1] for text in counting.asked] == [ROAD, HARBOUR, HIVES]
    assert store.token_signs([1, 2]) == stored


def test_a_passage_known_without_signs_is_embedded_again(store: LocalStore, ingest: Run, write: Write) -> None:
    """A new version of an older archive's article does not inherit the gap."""
    ingest(store, write("a.txt", page(HARBOUR, HIVES)))
    store._database.rows("DELETE FROM token_signs")
    ingest(store, write("a.txt", page(HARBOUR, HIVES).replace("By Jane", "By Ann")))
    rows = [row for (row,) in store._database.rows("SELECT row FROM passages")]
    assert len(rows) == 2
    assert all(store.token_signs(rows))


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
