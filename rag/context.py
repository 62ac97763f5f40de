"""Chooses the evidence that a generator is shown: the best hits, under short keys, within a token budget."""

from collections.abc import Sequence

from index.protocols import TokenCounter
from index.types import Hit
from rag.prompts import NONCE, write_passage
from rag.types import Evidence

# A model's own tokenizer makes more of some texts than cl100k_base, by which we count.
_MARGIN = 0.9


def choose_evidence(hits: Sequence[Hit], tokens: TokenCounter, max_tokens: int, *, window: int | None = None) -> list[Evidence]:
    """Return the first hits that fit the budget together, keyed `S1` … `Sn`; the first is always among them.

    Args:
        hits: best first.
        tokens: counts them.
        max_tokens: the most tokens of the passages alone.
        window: the most tokens of the passages as a prompt shows them (`rag.prompts`); None where there is no prompt.
    """
    chosen: list[Evidence] = []
    used = shown = 0
    for hit in hits:
        evidence = Evidence(key=f"S{len(chosen) + 1}", hit=hit)
        used += tokens.count(hit.passage.text)
        shown += 0 if window is None else tokens.count(write_passage(evidence, NONCE))
        if chosen and (used > max_tokens or (window is not None and shown > window * _MARGIN)):
            break
        chosen.append(evidence)
    return chosen
