"""Ingest: which passages are embedded, and which are taken from the archive."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedding import SentenceTransformerEmbedder
from index.local.store import LocalStore
from index.types import QuestionEmbedding, Vectors, Where
from tests.index.small_news import HARBOUR, HIVES, ROAD, Run, Write, outcomes, page


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
