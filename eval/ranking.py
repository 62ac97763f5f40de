"""How well the ranked articles and passages hold what a question needs. Knows no answers.

Two units are judged. Articles, by the dataset's judgements: the standard measures, computed by trec_eval's own code
through ir_measures, so that they compare with published numbers. Passages, by the evidence strings they hold.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING

from eval.matching import contained

if TYPE_CHECKING:
    from ir_measures import Measure, Provider


def article_scores(ranked: Sequence[str], judged: Mapping[str, int]) -> Mapping[str, float]:
    """Return the retrieval metrics of one question; all are 0 when nothing was found.

    An article is relevant when its grade is above 0; what is not judged is not relevant.

    - `hit@k`: 1 if a relevant article is among the first k (trec_eval's success).
    - `mrr@10`: 1 / rank of the first relevant article among the first 10, else 0 (Voorhees, TREC-8, 1999).
    - `ndcg@10`: DCG / ideal DCG over the first 10, DCG = Σ grade / log2(rank + 1): the gain is the grade itself, as in
      trec_eval, not 2^grade - 1 (Järvelin & Kekäläinen, TOIS 2002). Ideal: the judged articles by falling grade.
    - `recall@k`: the share of all relevant articles that is among the first k.

    Args:
        ranked: the ids of the articles in the order of their best passage; of articles that tie, the first ranks first.
        judged: the grades of the judged articles by id.

    Raises:
        ValueError: an article is ranked twice, or no article is relevant, so that nothing can be judged.
    """
    relevant = _relevant(ranked, judged)
    provider, names = _trec_eval()
    if not ranked:
        # Not left to the evaluator: pytrec_eval, below ir_measures, drops a question without results from its means.
        return dict.fromkeys(names.values(), 0.0)
    # trec_eval sorts by score and breaks ties by id, so the scores fall strictly.
    run = {article: float(-rank) for rank, article in enumerate(ranked[:10], start=1)}
    values = {metric.measure: metric.value for metric in provider.evaluator(names, {"q": relevant}).iter_calc({"q": run})}
    return {name: float(values[measure]) for measure, name in names.items()}


def recall_by_k(ranked: Sequence[str], judged: Mapping[str, int], depth: int) -> list[float]:
    """Return the recall at each rank from 1 to `depth`, as `recall@k` of `article_scores`; flat where the list has ended.

    Raises:
        ValueError: `depth` is below 1, or as in `article_scores`.
    """
    if depth < 1:
        raise ValueError(f"recall is measured from rank 1 on, not to rank {depth}; name a depth of at least 1")
    relevant = _relevant(ranked, judged)
    found = [article in relevant for article in ranked[:depth]]
    found += [False] * (depth - len(found))
    return [count / len(relevant) for count in accumulate(found)]


def evidence_held(passages: Sequence[str], evidence: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Return for each passage the indexes of the evidence strings that it holds (`matching.contains`).

    An evidence string that no single passage holds, because two passages share it, is not found.
    """
    held = (contained(passage, evidence) for passage in passages)
    return tuple(tuple(index for index, found in enumerate(holds) if found) for holds in held)


def evidence_scores(passages: Sequence[str], evidence: Sequence[str]) -> Mapping[str, float]:
    """Return `evidence@5` and `evidence@10` of one question: the share of evidence strings held by the first k passages.

    `passages` are the texts, best first; no passages score 0.

    Raises:
        ValueError: there is no evidence, so nothing can be judged.
    """
    if not evidence:
        raise ValueError("a question without evidence has no evidence scores; leave it out")
    held = evidence_held(passages[:10], evidence)
    return {f"evidence@{k}": len(frozenset().union(*held[:k])) / len(evidence) for k in (5, 10)}


def _relevant(ranked: Sequence[str], judged: Mapping[str, int]) -> Mapping[str, int]:
    """Return the grades above 0, after checking that the ranking and the judgements can be used."""
    repeated = next((article for article, times in Counter(ranked).items() if times > 1), None)
    if repeated is not None:
        raise ValueError(f"article {repeated!r} is ranked twice; rank each article once, where its best passage stands")
    relevant = {article: grade for article, grade in judged.items() if grade > 0}
    if not relevant:
        raise ValueError("a question without relevant articles has no retrieval scores; leave it out")
    return relevant


@cache
def _trec_eval() -> tuple["Provider", Mapping["Measure", str]]:
    """Return trec_eval as ir_measures offers it, and the measures with the names that they have here."""
    import ir_measures as ir  # noqa: PLC0415 - heavy: 0.1 s, which a report without judged articles need not wait for

    names = {
        ir.Success @ 1: "hit@1",
        ir.Success @ 5: "hit@5",
        ir.Success @ 10: "hit@10",
        # trec_eval knows no cut-off here; of a ranking that ends at rank 10, this is the measure at 10.
        ir.RR: "mrr@10",
        ir.nDCG @ 10: "ndcg@10",
        ir.R @ 5: "recall@5",
        ir.R @ 10: "recall@10",
    }
    return ir.pytrec_eval, names
