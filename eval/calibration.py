"""Tells what each bound on the confidence would cost: how many answerable questions refused, how many others caught.

The confidence is that of the pipeline before it writes; no generator is called.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.datasets.types import Dataset
from eval.judgements import Judge
from eval.risk_coverage import auroc
from eval.withholding import Withholding
from rag.errors import AnsweringError
from rag.pipeline import Pipeline
from rag.types import Question, Turn

BOUNDS = tuple(round(number / 20, 2) for number in range(1, 20))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question to the archive, whole or without what answers it."""

    question_id: str
    confidence: float
    answerable: bool
    """False for questions that nothing answers, and for others when what answers them is withheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a bound would do."""

    bound: float
    false_rate: float | None
    """The share of answerable questions below it."""
    recall: float | None
    """The share of the others below it."""
    precision: float | None
    """The share of those below it that are not answerable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How well the confidence tells answerable questions from others."""

    answerable: int
    others: int
    auroc: float | None
    """How often an answerable one has the higher confidence."""
    bounds: tuple[Bound, ...]
    bins: tuple[tuple[float, float, int], ...]
    """(mean confidence, share of answerable ones, how many) for each tenth of the scale that holds any."""
    unjudged: int
    """Questions left out: nobody knows whether the archive answers them, or they could not be asked."""


def ask_for_confidence(
    pipeline: Pipeline, held: Withholding | None, dataset: Dataset, *, k: int, advance: Callable[[], None] = lambda: None
) -> tuple[list[Asked], int]:
    """Return the confidence for every question that can be judged, and how many cannot.

    Args:
        pipeline: over the archive, or over `held`.
        held: if given, each question whose articles are known is asked once more without them.
        dataset: the questions.
        k: how many passages to retrieve.
        advance: called for each question.
    """
    store = pipeline.store
    judge = Judge(store, dataset)
    with store.consistent():
        judgements = {question.id: judge.judge(question) for question in dataset.questions}
    asked: list[Asked] = []
    unjudged = 0
    for gold in dataset.questions:
        advance()
        relevant = judgements[gold.id].relevant
        earlier = tuple(Turn("user", text) for text in gold.history)
        question = Question(text=gold.question, as_of=gold.as_of, k=k, earlier=earlier)
        if gold.fault or (gold.answerable is not False and not relevant):
            unjudged += 1
            continue
        try:
            if held is not None:
                held.withheld = ()
            whole = pipeline.prepare(question).confidence
            asked.append(Asked(question_id=gold.id, confidence=whole, answerable=gold.answerable is not False))
            if held is not None and relevant:
                held.withheld = frozenset(relevant)
                without = pipeline.prepare(question).confidence
                asked.append(Asked(question_id=gold.id, confidence=without, answerable=False))
        except AnsweringError:
            unjudged += 1
    return asked, unjudged


def calibrate(asked: Sequence[Asked], unjudged: int = 0) -> Calibration:
    """Return what is to be known for choosing a bound."""
    confidences = [item.confidence for item in asked]
    answerable = [item.confidence for item in asked if item.answerable]
    others = [item.confidence for item in asked if not item.answerable]
    bounds = []
    for bound in BOUNDS:
        refused, caught = (sum(value < bound for value in values) for values in (answerable, others))
        bounds.append(
            Bound(
                bound=bound,
                false_rate=refused / len(answerable) if answerable else None,
                recall=caught / len(others) if others else None,
                precision=caught / (caught + refused) if caught + refused else None,
            )
        )
    bins = []
    for tenth in range(10):
        inside = [item for item in asked if min(9, int(item.confidence * 10)) == tenth]
        if inside:
            mean = sum(item.confidence for item in inside) / len(inside)
            bins.append((mean, sum(item.answerable for item in inside) / len(inside), len(inside)))
    return Calibration(
        answerable=len(answerable), others=len(others), auroc=auroc(confidences, [item.answerable for item in asked]),
        bounds=tuple(bounds), bins=tuple(bins), unjudged=unjudged,
    )  # fmt: skip
