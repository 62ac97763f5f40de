"""The comparison with other systems: how it scores, what it compares, and what its table shows."""

from typing import Any

import pytest

from benchmarks.peers.coverage import coverage
from benchmarks.peers.running import Answered
from benchmarks.peers.scoring import comparison, rows_of
from benchmarks.peers.subset import draw_subset
from benchmarks.peers.table import markdown_table
from eval.datasets.types import Dataset
from index.embedding import packaged_folder
from tests.benchmarks.made_task import measured, row


def test_articles_are_ranked_by_their_best_passage(dataset: Dataset) -> None:
    """An article whose second passage is found as well is counted once, so the next one does not fall behind."""
    subset = draw_subset(dataset, articles=5, questions=4)
    [scored] = rows_of("Small", measured(), subset, packaged_folder())
    assert dict(zip([question.id for question in subset.questions], scored.reciprocal_ranks, strict=True)) == {
        "q1": 0.5,
        "q2": 1.0,
    }
    assert scored.figures["rr@10"] == 0.75
    assert scored.figures["hit@1"] == 0.5


def test_an_article_that_was_not_given_is_an_error(dataset: Dataset) -> None:
    """A system that mixes up its ids must not look bad, but broken."""
    answers = {"": Answered(found={"q1": ["a1"], "q2": ["elsewhere"]}, search_ms=[1.0, 2.0])}
    with pytest.raises(ValueError, match="not given: elsewhere"):
        rows_of("Small", measured(answers=answers), draw_subset(dataset, articles=5, questions=4), packaged_folder())


def test_ways_of_asking_are_rows_of_their_own(dataset: Dataset) -> None:
    """With the same ingest."""
    one = measured().answers[""]
    rows = rows_of(
        "Small", measured(answers={"": one, "blind": one}), draw_subset(dataset, articles=5, questions=4), packaged_folder()
    )
    assert [row.name for row in rows] == ["Small", "Small, blind"]


def test_text_that_the_model_does_not_read_is_not_counted_as_read() -> None:
    """The model reads 254 tokens of a passage; what stands in front of it takes its share of them."""
    text = "plum " * 300
    whole = coverage({"a": text}, [("a", "", text[:1000])], packaged_folder())
    cut = coverage({"a": text}, [("a", "", text)], packaged_folder())
    headed = coverage({"a": text}, [("a", "pear " * 54, text)], packaged_folder())

    assert (whole.cut, whole.characters, whole.tokens) == (0.0, 1000, 200)
    assert (cut.cut, cut.characters, cut.tokens) == (1.0, 254 * 5 - 1, 254)
    assert (headed.cut, headed.characters, headed.tokens) == (1.0, 200 * 5 - 1, 254)


def test_text_that_passages_share_is_read_once() -> None:
    """Characters once, tokens as often as they were read; a passage that was rewritten counts with its own length."""
    text = "abc def ghi jkl"
    shared = coverage({"a": text}, [("a", "", "abc def"), ("a", "", "def ghi")], packaged_folder())
    assert shared.characters == len("abc def ghi")
    assert shared.passages == 2
    assert coverage({"a": text}, [("a", "", "ghi  jkl")], packaged_folder()).characters == len("ghi  jkl")


def test_dateline_is_compared_with_the_best_peer_in_each_figure() -> None:
    """Not with one peer in all; ways of asking Dateline are not peers of it."""
    rows = [
        row("Dateline", speed=400, read=400, p50=4.0, ranks=(1.0, 1.0)),
        row("Dateline, blind", speed=400, read=400, p50=1.0, ranks=(0.5, 1.0)),
        row("quick", p50=10.0, ranks=(0.1, 0.1)),
        row("fast", speed=110, read=50, p50=20.0, ranks=(1.0, 0.5)),
    ]
    compared = comparison(rows)
    against = compared["against_best_peer"]
    assert compared["missed"] == []
    assert {name: (figure["best_peer"], figure.get("ratio")) for name, figure in against.items()} == {
        "ingest": ("fast", 3.64),
        "ingest_read": ("quick", 4.0),
        "search": ("quick", 0.4),
        "rr@10": ("fast", None),
        "rr@10, blind": ("fast", None),
    }
    assert against["rr@10"]["difference"] == 0.25
    assert against["rr@10, blind"]["difference"] == 0.0


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({"speed": 349}, ["ingest"]),
        ({"read": 349}, ["ingest_read"]),
        ({"p50": 5.1}, ["search"]),
        ({"ranks": (0.5, 1.0)}, ["rr@10"]),
    ],
)
def test_each_limit_can_be_missed(figures: dict[str, Any], missed: list[str]) -> None:
    """Ingest at 3.5 times the fastest, search in half the quickest's time, a better reciprocal rank."""
    best: dict[str, Any] = {"speed": 350, "read": 350, "p50": 5.0, "ranks": (1.0, 1.0)}
    assert comparison([row("Dateline", **best), row("peer")])["missed"] == []
    assert comparison([row("Dateline", **best | figures), row("peer")])["missed"] == missed


def test_nothing_to_compare_is_a_miss() -> None:
    """When Dateline or every peer failed."""
    assert comparison([row("peer")])["missed"] == ["nothing to compare"]
    assert comparison([row("Dateline"), row("Dateline, blind")])["missed"] == ["nothing to compare"]


def test_the_table_shows_every_row_and_every_failure() -> None:
    """Lined up, as Markdown."""
    table = markdown_table([row("Dateline", speed=12_345), row("Small peer")], {"Other": "ended with code 1: oh"})
    lines = table.splitlines()
    assert lines[0].startswith("| system")
    assert lines[2].startswith("| Dateline   |     1.0 |")
    assert "12,345" in lines[2]
    assert lines[3].startswith("| Small peer |     1.0 |")
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[4:] == ["", "Other: not measured: ended with code 1: oh"]
