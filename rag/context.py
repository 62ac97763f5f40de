"""Chooses the evidence that a generator is shown: the best hits, under short keys, within a token budget."""

from collections.abc import Sequence

from index.protocols import TokenCounter
from index.types import Hit
from rag.types import Evidence


def choose_evidence(hits: Sequence[Hit], tokens: TokenCounter, max_tokens: int) -> list[Evidence]:
    """Return the first hits that fit the budget together, keyed `S1` … `Sn`; the first is always among them."""
    chosen: list[Evidence] = []
    used = 0
    for hit in hits:
        used += tokens.count(hit.passage.text)
        if chosen and used > max_tokens:
            break
        chosen.append(Evidence(key=f"S{len(chosen) + 1}", hit=hit))
    return chosen
