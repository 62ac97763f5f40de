"""A question with everything that an answer may rest on: what the pipeline's first half hands to its second."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.types import Copy, Hit
from rag.premises import Contradiction
from rag.types import Abstention, Evidence, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A question with everything that an answer may rest on."""

    question: Question
    """As it was understood: a follow-up stands alone here."""
    asked: str
    """As it was asked."""
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    copies: dict[str, list[Copy]]
    rarity: Mapping[str, float]
    """The inverse document frequency of the question's words."""
    stories: Mapping[str, int]
    """For each article that was found, the number of its story."""
    generation: int
    confidence: float
    """How likely the evidence holds the answer, 0 to 1 (`rag.abstention`)."""
    abstained: Abstention | None
    """Set when no generator should be called."""
    contradiction: Contradiction | None
    """The sentence of the evidence that contradicts the question's premise: it is the answer, whatever generator is asked for."""
    unranked: str | None
    """Why the hits are not in the reranker's order, for people; None when they are, or when no reranker is configured."""
    started: float
    timings_ms: dict[str, float] = field(default_factory=dict)
