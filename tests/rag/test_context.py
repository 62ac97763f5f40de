"""Choosing evidence within a token budget."""

from collections.abc import Callable

import pytest

from rag.context import choose_evidence
from rag.types import Evidence

EvidenceOf = Callable[..., list[Evidence]]


class Words:
    """Counts words."""

    def count(self, text: str) -> int:
        """Return how many words there are."""
        return len(text.split())


@pytest.mark.parametrize(("budget", "chosen"), [(6, 2), (5, 1), (9, 2), (10, 3), (1_000, 4)])
def test_hits_are_taken_in_order_while_they_fit(evidence_of: EvidenceOf, budget: int, chosen: int) -> None:
    """Passages of 3, 3, 4 and 1 words: the first that does not fit ends the evidence, even if a later one would fit."""
    hits = [item.hit for item in evidence_of("one two three", "four five six", "a b c d", "x")]
    evidence = choose_evidence(hits, Words(), budget)
    assert [item.hit for item in evidence] == hits[:chosen]
    assert [item.key for item in evidence] == ["S1", "S2", "S3", "S4"][:chosen]


def test_the_first_is_shown_even_if_it_is_too_long(evidence_of: EvidenceOf) -> None:
    """An answer needs something to rest on, so the best passage is always shown."""
    hits = [item.hit for item in evidence_of("one two three", "four")]
    assert [item.hit for item in choose_evidence(hits, Words(), 1)] == hits[:1]


def test_no_hits_make_no_evidence() -> None:
    """Without hits nothing is shown."""
    assert choose_evidence([], Words(), 100) == []
