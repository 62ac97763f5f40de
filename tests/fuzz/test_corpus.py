"""Every fuzz target over its saved inputs and changed ones: the same ones every time, and without atheris."""

import json

import pytest

from benchmarks.fuzz import __main__ as command
from benchmarks.fuzz.invariants import check_article, check_dates, check_passages
from benchmarks.fuzz.mutation import mutations, pumped
from benchmarks.fuzz.running import CORPUS, TooSlow, run, saved
from benchmarks.fuzz.targets import TARGETS
from index.articles import build_article
from index.types import NewsDate, Origin, Passage

# So many seconds of computing an input may take here, where no input is long.
MOST_SECONDS = 5.0
# Fewer for what takes milliseconds an input, so that all of them together stay within seconds.
SLOW = {
    "any": 60,
    "citations": 40,
    "file": 60,
    "html": 60,
    "manifest": 60,
    "newspaper": 80,
    "written": 80,
    "feed": 100,
    "pdf": 100,
}
OTHERS = 150


@pytest.mark.parametrize("target", TARGETS)
def test_saved_and_changed_inputs_break_no_invariant(target: str) -> None:
    """What was found once stays mended, and so do inputs near it; each within its time."""
    inputs = saved(target)
    for data in [b"", *inputs, *mutations(inputs, SLOW.get(target, OTHERS), seed=8, most_bytes=4_000)]:
        run(target, data, MOST_SECONDS)


LONG = {
    # A page of openings once took time with the square of their number.
    "digest": "\n".join(f"{number % 999 + 1}. (ab) x" for number in range(20_000)),
    # Every broken sentence was weighed against every other, once for each join.
    "newspaper": "By MARA QUILL\n\n" + "that was of the old and\n\n" * 4_000,
    "written": "Ferries return\n" + "By Jane Sample, Sandholm Standard, 19 September 2025 | " * 3_000 + "\n" * 30_000 + "x",
}


@pytest.mark.parametrize("target", LONG)
def test_long_inputs_take_no_more_than_their_time(target: str) -> None:
    """What once took time with the square of its length does not again."""
    run(target, LONG[target].encode(), MOST_SECONDS)


def test_the_corpus_is_small_and_of_these_targets() -> None:
    """A folder for each target, at most thirty inputs in it, none longer than ten kilobytes."""
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    for target in TARGETS:
        assert 1 <= len(saved(target)) <= 30
        assert max(map(len, saved(target))) <= 10_000


def test_an_input_that_takes_too_long_is_a_finding() -> None:
    """Time is measured, also where nothing else is wrong."""
    with pytest.raises(TooSlow):
        run("dates", b"\0Fri, 19 Sep 2025", most_seconds=0.0)


def test_invariants_are_held_against_articles() -> None:
    """A passage that is no slice, one that leaves out text, a text that is not canonical and an impossible date are findings."""
    article = build_article(text="The ferry sails. It is late.", origin=Origin(source="a"))
    whole = Passage(article_id=article.article_id, start=0, end=28, text=article.text)
    check_article(article)
    check_passages(article, [whole])
    other = Passage(article_id=article.article_id, start=0, end=28, text="The ferry stays. It is late.")
    for wrong in ([other], [], [whole, whole], [Passage(article_id="", start=0, end=16, text="The ferry sails.")]):
        with pytest.raises(AssertionError):
            check_passages(article, wrong)
    for value in ("2025-09-19T24:00", "4050-09-19T09:04", "2025-09-19"):
        with pytest.raises(AssertionError):
            check_dates(NewsDate(value=value, precision="minute", read_from="text"))


def test_inputs_are_the_same_for_the_same_seed() -> None:
    """So a finding of the tests is a change of ours; another seed makes others."""
    made = [list(mutations([b"The ferry", b"sails"], 50, seed)) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]
    assert list(pumped([b"The ferry"], 9, 3, 500)) == list(pumped([b"The ferry"], 9, 3, 500))


def test_long_inputs_come_with_their_half() -> None:
    """The growth of time is told from an input and one with half as many repetitions of the same piece."""
    for whole, half in pumped([b"<p>The ferry sails.</p>"], 40, 5, 20_000):
        assert len(whole) <= 20_100
        assert 0.4 < len(half) / len(whole) <= 0.6


def test_the_command_says_what_it_ran(capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object with where the figures come from, executions and findings; status 0 where nothing was found."""
    assert command.main(["--target", "frames", "--seconds", "1", "--seed", "4", "--way", "unguided"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"command", "commit", "date", "seed"} <= set(told)
    ways = told["targets"]["frames"]
    assert ways["unguided"]["executions"] > 10
    assert ways["unguided"]["findings"] == []
