"""Draws the same articles and questions every time: questions, all articles known to answer them, and others beside."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from benchmarks.peers.session import Record
from eval.datasets.types import Dataset
from eval.gold import GoldQuestion

SEED = 5
# One article in eleven of RealTimeQA is longer: logs of whole days, which would take half of the time to embed.
MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Subset:
    """What every system is given."""

    records: tuple[Record, ...]
    """In the order of the file; no two have the same text."""
    questions: tuple[GoldQuestion, ...]
    """`relevant` names articles of `records` only."""


def draw_subset(dataset: Dataset, *, articles: int, questions: int, seed: int = SEED) -> Subset:
    """Return up to so many questions, and so many articles if the dataset has them; none longer than `MOST_CHARACTERS`.

    A question whose known articles have no room beside those drawn before is passed over, so that what is relevant is always
    there. Of articles with the same text one is kept, under whose id the questions know all of them.

    Raises:
        ValueError: no question with known articles fits.
    """
    documents = dataset.documents() if dataset.documents else ()
    records = {d.document_id: d.record for d in documents if 0 < len(str(d.record.get("text") or "")) <= MOST_CHARACTERS}
    same_as = _first_of_text(records)
    judged = [question for question in dataset.questions if not same_as.keys().isdisjoint(question.relevant)]
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    chance.shuffle(judged)
    wanted: set[str] = set()
    drawn: list[GoldQuestion] = []
    for question in judged:
        known = {same_as[document]: grade for document, grade in question.relevant.items() if document in same_as}
        if len(drawn) < questions and len(wanted | known.keys()) <= articles:
            wanted |= known.keys()
            drawn.append(replace(question, relevant=known))
    if not drawn:
        raise ValueError(f"of {len(judged)} questions with known articles none fits into {articles} articles; allow more")
    others = sorted(set(same_as.values()) - wanted)
    chance.shuffle(others)
    kept = wanted.union(others[: articles - len(wanted)])
    return Subset(records=tuple(record for name, record in records.items() if name in kept), questions=tuple(drawn))


def task(subset: Subset, *, k: int, model: str) -> dict[str, object]:
    """Return what a system's script is told: no answers, and not which articles hold them."""
    asked = [
        {"id": question.id, "question": question.question, "date": question.as_of.isoformat() if question.as_of else ""}
        for question in subset.questions
    ]
    return {"articles": subset.records, "questions": asked, "k": k, "model": model}


def _first_of_text(records: Mapping[str, Record]) -> dict[str, str]:
    first: dict[object, str] = {}
    return {name: first.setdefault(record.get("text"), name) for name, record in records.items()}
