"""The queue between deciding and storing: order, windows, and that nothing is embedded that is known."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.articles import build_article
from index.embedding import DIMENSION
from index.local.store import LocalStore
from index.steps import Step, Steps
from index.types import LedgerEntry, Origin, Passage, Prepared, QuestionEmbedding, Vectors


class Marking:
    """An embedder whose vectors say which text they are of, and that notes in which thread it worked."""

    name, dimension, gives_token_signs = "marking@00000000", DIMENSION, True

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.threads: set[str] = set()

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Give each text the number that it ends with."""
        self.batches.append(list(texts))
        self.threads.add(threading.current_thread().name)
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        rows[:, 0] = [int(text.rsplit(" ", 1)[1]) for text in texts]
        return rows

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Give each text itself as its signs."""
        return self.embed_passages(texts), [text.encode() for text in texts]

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Know no tokens."""
        return [np.zeros(0, np.intp) for _ in texts]

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Embed one text."""
        return QuestionEmbedding(vector=self.embed_passages([text])[0], tokens=np.zeros((0, DIMENSION), np.float32), spans=())


def storing(number: int) -> Step:
    article = build_article(text=f"Ferry {number}", origin=Origin(source="/n", position=str(number)), title="News")
    passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
    entry = LedgerEntry(source="/n", position=str(number), outcome="accepted", article_id=article.article_id)
    return Step(entry=entry, article=article, prepared=Prepared(passages=(passage,), sketch=()))


def saying(number: int) -> Step:
    return Step(entry=LedgerEntry(source="/n", position=str(number), outcome="unchanged"))


@pytest.fixture
def marking() -> Marking:
    return Marking()


@pytest.fixture
def steps(marking: Marking, store: LocalStore) -> Iterator[Steps]:
    with Steps(marking, store) as queue:
        yield queue


def test_steps_come_back_in_order_with_their_vectors(steps: Steps, marking: Marking) -> None:
    """Whatever is stored or only said, the order stays, and each article has the vectors of its own passages."""
    put = [storing(n) if n % 3 else saying(n) for n in range(1000)]
    ready = [done for step in put for done in steps.add(step)]
    ready += steps.flush()
    assert [done.step for done in ready] == put
    assert all(done.vectors.shape == ((1 if done.step.prepared else 0), DIMENSION) for done in ready)
    numbers = [int(done.vectors[0, 0]) for done in ready if done.step.prepared]
    assert [done.signs for done in ready if done.step.prepared] == [[f"News\nFerry {n}".encode()] for n in numbers]
    assert numbers == [n for n in range(1000) if n % 3]
    assert all(name.startswith("embedding") for name in marking.threads)


def test_two_windows_wait_at_most(steps: Steps, marking: Marking) -> None:
    """While one window is embedded the next is filled; what waits is listed, oldest first."""
    returned = 0
    for n in range(700):
        returned += len(steps.add(storing(n)))
    waiting = [article.text for article, _ in steps.pending]
    assert waiting == [f"Ferry {n}" for n in range(returned, 700)]
    assert len(waiting) <= 2 * 256
    assert max(len(batch) for batch in marking.batches) <= 256
    assert len(steps.flush()) == 700 - returned
    assert list(steps.pending) == []


def test_what_only_says_something_does_not_wait_for_ever(steps: Steps) -> None:
    """A run that stores nothing hands its rows back in windows, too, and embeds nothing."""
    ready = [done for n in range(600) for done in steps.add(saying(n))]
    assert len(ready) >= 256


def test_the_same_passage_is_embedded_once(steps: Steps, marking: Marking) -> None:
    """Two articles that share a passage and its context line share the vector."""
    for _ in range(3):
        steps.add(storing(7))
    ready = steps.flush()
    assert marking.batches == [["News\nFerry 7"]]
    assert [int(done.vectors[0, 0]) for done in ready] == [7, 7, 7]


def test_an_embedder_that_fails_is_heard(store: LocalStore) -> None:
    """Its error comes out of the queue; nothing is stored without vectors."""

    class Broken(Marking):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            """Fail."""
            raise RuntimeError(f"no vectors for {len(texts)} texts")

    with Steps(Broken(), store) as queue:
        queue.add(storing(1))
        with pytest.raises(RuntimeError, match="no vectors for 1 texts"):
            queue.flush()
