"""The order after reranking, and what happens when the reranker is slow, busy or broken."""

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from index.articles import build_article
from index.dates import read_date
from index.types import Hit, Origin, Passage
from rag.protocols import Reranker
from rag.rerankers.cross_encoder import CrossEncoderReranker
from rag.reranking import Reranked, Reranking
from tests.contracts.cross_encoders import overlap_model

LONG_MS = 60_000


class Lengths:
    """Prefers short texts, and remembers what it was asked."""

    name = "lengths"

    def __init__(self) -> None:
        self.seen: list[str] = []

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:  # noqa: ARG002 - the protocol's
        """Return minus the lengths."""
        self.seen += texts
        return [-float(len(text)) for text in texts]


class Gate(Lengths):
    """Computes only while it is open, and says when it was called."""

    name = "gate"

    def __init__(self) -> None:
        super().__init__()
        self.open, self.called = threading.Event(), threading.Event()
        self.calls = 0

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Wait for the gate."""
        self.calls += 1
        self.called.set()
        assert self.open.wait(30)
        return super().scores(question, texts)


class Broken:
    """Gives what it was made with, or raises it."""

    name = "broken"

    def __init__(self, outcome: Sequence[float] | Exception) -> None:
        self.outcome = outcome

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:  # noqa: ARG002 - the protocol's
        """Return or raise it."""
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


@pytest.fixture
def reranking() -> Iterator[Callable[..., Reranking]]:
    made: list[Reranking] = []

    def make(reranker: Reranker, *, depth: int = 30, deadline_ms: int = LONG_MS) -> Reranking:
        made.append(Reranking(reranker, depth=depth, deadline_ms=deadline_ms))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def gate() -> Iterator[Gate]:
    """A reranker that is open at the end, whatever the test did, so that its thread ends."""
    made = Gate()
    yield made
    made.open.set()


def hits(*texts: str) -> list[Hit]:
    """Return a hit for each text, scores falling from 1."""
    found = []
    for place, text in enumerate(texts, start=1):
        article = build_article(
            text=text, title="Ferry", publisher="Coast Courier", published=read_date("2025-04-10", "record"),
            origin=Origin(source=f"/{place}"),
        )  # fmt: skip
        passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
        found.append(Hit(passage=passage, article=article, score=1 / place, similarity=0.5, ranks={"words": place}))
    return found


def texts(reranked: Reranked) -> list[str]:
    return [hit.passage.text for hit in reranked.hits]


def waits_until(condition: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while not condition() and time.monotonic() < until:
        time.sleep(0.005)
    return condition()


def test_the_best_score_comes_first(reranking: Callable[..., Reranking]) -> None:
    """The reranker's order is the order, and each hit says which place it gave."""
    found = reranking(Lengths()).apply("?", hits("Three words here.", "A much longer text than that.", "Short."))
    assert texts(found) == ["Short.", "Three words here.", "A much longer text than that."]
    assert [hit.ranks for hit in found.hits] == [
        {"words": 3, "reranker": 1},
        {"words": 1, "reranker": 2},
        {"words": 2, "reranker": 3},
    ]
    assert found.problem is None


def test_ties_keep_their_former_place(reranking: Callable[..., Reranking]) -> None:
    """Texts that the reranker likes as well stand as the search had them."""
    found = reranking(Lengths()).apply("?", hits("Bb.", "Long text.", "Aa.", "Cc."))
    assert texts(found) == ["Bb.", "Aa.", "Cc.", "Long text."]


def test_scores_stay_those_of_the_search(reranking: Callable[..., Reranking]) -> None:
    """The same numbers fall along the new order, also over the end of what was reranked."""
    before = hits("Long text.", "Cc.", "Longer text.", "Dd.", "E.")
    found = reranking(Lengths(), depth=3).apply("?", before)
    assert [hit.score for hit in found.hits] == [hit.score for hit in before]


def test_only_the_best_are_reranked(reranking: Callable[..., Reranking]) -> None:
    """What stands below the depth stays there, unread."""
    reranker = Lengths()
    found = reranking(reranker, depth=2).apply("?", hits("Long text.", "Short.", "A.", "Bb."))
    assert texts(found) == ["Short.", "Long text.", "A.", "Bb."]
    assert len(reranker.seen) == 2
    assert [set(hit.ranks) for hit in found.hits[2:]] == [{"words"}, {"words"}]


def test_many_hits_are_all_scored(reranking: Callable[..., Reranking]) -> None:
    """More hits than one batch holds come out in order, each once."""
    before = hits(*(f"{'long ' * length}text." for length in range(30)))
    found = reranking(Lengths()).apply("?", before[::-1])
    assert texts(found) == texts(Reranked(hits=tuple(before)))


def test_it_reads_title_outlet_and_date(reranking: Callable[..., Reranking]) -> None:
    """The reranker sees what the embedder sees."""
    reranker = Lengths()
    reranking(reranker).apply("?", hits("Norlink sells ships.", "It rains."))
    assert reranker.seen[0] == "Ferry | Coast Courier | 10 April 2025\nNorlink sells ships."


@pytest.mark.parametrize("found", [[], ["Alone."]])
def test_one_hit_needs_no_reranker(reranking: Callable[..., Reranking], found: list[str]) -> None:
    """Nothing is computed where there is only one order."""
    reranker = Lengths()
    assert texts(reranking(reranker).apply("?", hits(*found))) == found
    assert not reranker.seen


def test_a_slow_reranker_changes_nothing(reranking: Callable[..., Reranking], gate: Gate) -> None:
    """After the deadline the order of the search is used, and the reader is told."""
    before = hits("Long text.", "Short.")
    started = time.monotonic()
    found = reranking(gate, deadline_ms=50).apply("?", before)
    assert list(found.hits) == before
    assert found.problem == ("The reranker gate was not done after 50 ms, so the passages stand in the order of the search.")
    assert time.monotonic() - started < 10


def test_a_late_call_is_given_up_after_its_batch(reranking: Callable[..., Reranking], gate: Gate) -> None:
    """Nobody waits for a call that is late, so it scores no further batch, and the next question has its turn."""
    late = reranking(gate, deadline_ms=200)
    assert late.apply("?", hits(*(f"Text {number}." for number in range(30)))).problem is not None
    assert gate.calls == 1
    gate.open.set()
    assert waits_until(lambda: late.apply("?", hits("Long text.", "Short.")).problem is None)
    assert len([text for text in gate.seen if "Text" in text]) < 30


def test_a_stuck_reranker_costs_no_more_time(reranking: Callable[..., Reranking], gate: Gate) -> None:
    """While a late call still computes, further questions do not wait for it, and add no work."""
    stuck = reranking(gate, deadline_ms=1_000)
    stuck.apply("?", hits("Long text.", "Short."))
    started = time.monotonic()
    problems = [stuck.apply("?", hits("Long text.", "Short.")).problem for _ in range(50)]
    assert time.monotonic() - started < 10
    assert problems == ["The reranker gate was busy with other questions, so the passages stand in the order of the search."] * 50
    assert gate.calls == 1


def test_questions_at_once_take_turns(reranking: Callable[..., Reranking], gate: Gate) -> None:
    """A question that finds the reranker at work waits for its turn and is reranked, too."""
    shared = reranking(gate)
    found: list[Reranked] = []
    threads = [threading.Thread(target=lambda: found.append(shared.apply("?", hits("Long text.", "Short.")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert gate.called.wait(30)
    time.sleep(0.05)
    assert gate.calls == 1
    gate.open.set()
    for thread in threads:
        thread.join(30)
    assert [texts(each) for each in found] == [["Short.", "Long text."]] * 4
    assert gate.calls == 4


@pytest.mark.parametrize(
    "outcome", [RuntimeError("out of memory"), TimeoutError(), [1.0], [1.0, math.nan], [math.inf, 0.0]], ids=repr
)
def test_a_broken_reranker_changes_nothing(
    reranking: Callable[..., Reranking], caplog: pytest.LogCaptureFixture, outcome: Sequence[float] | Exception
) -> None:
    """An error, too few scores or one that is no number leave the order of the search, and the log says why."""
    before = hits("Long text.", "Short.")
    broken = Broken(outcome)
    both = reranking(broken)
    found = both.apply("?", before)
    assert list(found.hits) == before
    assert found.problem == ("The reranker broken failed (the log says why), so the passages stand in the order of the search.")
    assert caplog.records[-1].exc_info is not None
    broken.outcome = [0.0, 1.0]
    assert texts(both.apply("?", before)) == ["Short.", "Long text."]


def test_closing_ends_the_work(reranking: Callable[..., Reranking], gate: Gate) -> None:
    """Closing waits for the batch at hand only, and what comes later stands unranked."""
    closing = reranking(gate)
    found: list[Reranked] = []
    asking = threading.Thread(target=lambda: found.append(closing.apply("?", hits(*(f"Text {number}." for number in range(30))))))
    asking.start()
    assert gate.called.wait(30)
    threading.Timer(0.1, gate.open.set).start()
    closing.close()
    asking.join(30)
    assert gate.calls == 1
    assert found[0].problem is not None
    assert closing.apply("?", hits("Long text.", "Short.")).problem is not None


def test_a_cross_encoder_puts_the_answer_first(reranking: Callable[..., Reranking], tmp_path: Path) -> None:
    """With a real model, tiny as it is, the passage that holds the question's words goes to the top."""
    model = CrossEncoderReranker(str(overlap_model(tmp_path / "model")))
    before = hits("The library is closed.", "Hail on the roof of the hospital.", "When is the lighthouse lamp on?", "The apple.")
    found = reranking(model).apply("when is the lighthouse lamp on", before)
    assert found.problem is None
    assert found.hits[0].passage.text == "When is the lighthouse lamp on?"
