"""How well the ranked passages hold a question's evidence. Knows passages as texts in order: no scores, no answers.

A passage is relevant when it holds at least one of the question's evidence strings (`matching.contains`). An evidence
string that no single passage holds, because two passages share it, is not found.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import log2

from eval.matching import contains

_CUT_OFF = 10


def ranking_scores(passages: Sequence[str], evidence: Sequence[str]) -> Mapping[str, float]:
    """Return the retrieval metrics of one question. `passages` are the texts, best first; no passages score 0.

    - `hit@k`: 1 if a relevant passage is among the first k.
    - `mrr@10`: 1 / rank of the first relevant passage among the first 10 (Voorhees, TREC-8, 1999).
    - `ndcg@10`: DCG / ideal DCG, DCG = Σ gain / log2(rank + 1) over the first 10 (Järvelin & Kekäläinen, TOIS 2002).
      The gain is 1 for a passage that holds an evidence string which no passage above it holds, else 0. Ideal: all
      gaining passages of the list, and one more for each evidence string that none of them holds, from rank 1 on.
      So a repeated piece of evidence neither gains nor costs, and one passage that holds everything is enough for 1.
    - `evidence@k`: the share of the evidence strings held by the first k passages.

    Raises:
        ValueError: there is no evidence, so nothing can be judged.
    """
    if not evidence:
        raise ValueError("a question without evidence has no retrieval scores; leave it out")
    held = [frozenset(i for i, sought in enumerate(evidence) if contains(text, sought)) for text in passages]
    first = next((rank for rank, found in enumerate(held, start=1) if found), None)
    scores = {f"hit@{k}": float(first is not None and first <= k) for k in (1, 5, _CUT_OFF)}
    scores[f"mrr@{_CUT_OFF}"] = 1 / first if first is not None and first <= _CUT_OFF else 0.0
    scores[f"ndcg@{_CUT_OFF}"] = _ndcg(held, len(evidence))
    for k in (5, _CUT_OFF):
        scores[f"evidence@{k}"] = len(frozenset().union(*held[:k])) / len(evidence)
    return scores


def _ndcg(held: Sequence[frozenset[int]], evidence: int) -> float:
    seen: frozenset[int] = frozenset()
    gaining: list[int] = []
    for rank, found in enumerate(held, start=1):
        if found - seen:
            gaining.append(rank)
            seen |= found
    ideal = min(len(gaining) + evidence - len(seen), _CUT_OFF)
    return _dcg(rank for rank in gaining if rank <= _CUT_OFF) / _dcg(range(1, ideal + 1))


def _dcg(ranks: Iterable[int]) -> float:
    return sum(1 / log2(rank + 1) for rank in ranks)
