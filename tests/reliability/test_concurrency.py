"""Several processes on one archive at once: no error, no answer of two generations, none behind."""

from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.reliability import concurrency
from benchmarks.reliability.light import Digests, ingest, open_store
from benchmarks.reliability.served_concurrency import ARTICLES, mixture


def test_two_ingests_and_three_readers_at_once(tmp_path: Path) -> None:
    """For a few seconds: each answer is of one generation and has what was acknowledged before it was asked for."""
    measured = concurrency.run(tmp_path / "archive", 6)
    assert (measured.errors, measured.mixed, measured.problems) == ({}, [], [])
    assert measured.behind_seconds <= concurrency.MOST_BEHIND_SECONDS
    assert measured.answers >= 3
    assert measured.acknowledged >= 1
    assert measured.opened >= concurrency.READERS


def test_a_mixed_answer_would_be_seen(tmp_path: Path) -> None:
    """Articles that were not written in the order of an ingest look like two generations at once."""
    vector = Digests().embed_passages(["any"])[0]
    numbers = range(concurrency.WRITERS * concurrency.ARTICLES)
    with closing(open_store(tmp_path / "archive")) as store:
        ingest(store, [(number, 1) for number in numbers])
        assert concurrency._answer(store, vector)[1:] == ("", [concurrency.ARTICLES] * concurrency.WRITERS)
        ingest(store, [(0, 2)])
        assert concurrency._answer(store, vector)[1] == ""
        ingest(store, [(5, 2)])
        assert concurrency._answer(store, vector)[1].startswith("versions [2, 1, 1, 1, 1, 2")


@pytest.mark.parametrize(
    ("shown", "wrong"),
    [
        ([], ""),
        ([(0, 3), (4, 3), (9, 2), (ARTICLES, 7), (ARTICLES + 1, 7)], ""),
        ([(0, 2), (4, 3)], "versions [2, 3] of articles [0, 4]"),
        ([(0, 4), (4, 2)], "versions [4, 2] of articles [0, 4]"),
        ([(ARTICLES, 1), (ARTICLES + 2, 2)], f"versions [1, 2] of articles [{ARTICLES}, {ARTICLES + 2}]"),
        ([(3, 1), (3, 2)], "two versions of one article: [(3, 1), (3, 2)]"),
        ([(-1, 0), (3, 2)], "an article that was never sent"),
    ],
)
def test_hits_of_two_generations_would_be_seen(shown: list[tuple[int, int]], wrong: str) -> None:
    """What a service shows must fit one moment of the files that were ingested in order."""
    assert mixture(shown) == wrong
