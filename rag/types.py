"""The values of answering: a question, its evidence, and the answer with its citations. No behaviour, no libraries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from index.types import Article, Copy, Hit

AbstainReason = Literal["no_match", "low_score", "date_window_empty", "unverified"]
Verified = Literal["exact", "normalised"]
Unsupported = Literal["strict", "flag"]
EXTRACTIVE = "extractive"
"""The name of the generator that copies the archive's own sentences."""
AnswerType = Literal["number", "date", "person", "name", "place", "other"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, and of which part of the archive."""

    text: str
    as_of: date | None = None
    """Answer as the archive stood on this day: nothing dated later is used."""
    since: date | None = None
    until: date | None = None
    publishers: tuple[str, ...] = ()
    """Only articles of these outlets or wire services; empty for all."""
    k: int = 8
    """How many passages to retrieve."""
    generator: str | None = None
    """What is to write the answer; None for what is configured."""
    earlier: tuple[Turn, ...] = ()
    """The conversation before the question, oldest first: a follow-up is understood from it."""
    standalone: str | None = None
    """The follow-up as a question of its own, where a language model made it one; None where rules are to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A hit as shown to the generator, under the key that it cites."""

    key: str
    """`S1` … `Sn`."""
    hit: Hit


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One numbered source of an answer. `article.text[start:end] == quote`, always."""

    number: int
    article: Article
    quote: str
    start: int
    end: int
    verified: Verified
    """How the quote was found: `exact` when it is a slice of the article letter by letter as the draft (or, for a paraphrase,
    the archive) has it; `normalised` when the draft's words differ from it in case, spacing or punctuation."""
    also_in: tuple[Copy, ...] = ()
    """Where else the same article was carried; copies are not sources of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One sentence of an answer and what it rests on."""

    text: str
    citations: tuple[int, ...]
    unsupported: tuple[str, ...] = ()
    """Facts of the sentence that none of its quotes holds (`rag.verification.unsupported_facts`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Abstention:
    """Why there is no answer."""

    reason: AbstainReason
    message: str
    """For people; says what to do where something can be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer that every interface renders."""

    question: str
    """As asked."""
    standalone: str | None = None
    """What a follow-up was understood to ask; None for a question that stands alone."""
    text: str
    """The sentences with their `[n]` markers; or the one refusal sentence."""
    abstained: Abstention | None
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    nearest: tuple[Hit, ...]
    """When abstaining: the closest passages; else empty."""
    newest_source: date | None
    """The date of the newest cited article."""
    newest_note: str | None = None
    """Where the question asks how things stand: a sentence that says how new the newest source is."""
    conclusion: str | None = None
    """Where the question compares and the quotes leave no doubt: which figure is more. Computed from the quotes, not quoted."""
    premise: str | None = None
    """Where the evidence contradicts what the question takes for granted: what it says otherwise, for people; it is cited."""
    conflicts: tuple[str, ...]
    """Where independent sources give different figures for what is asked, for people; each side is cited in the text."""
    generator: str
    generation: int
    """The archive's generation that the answer was made from."""
    hits: tuple[Hit, ...]
    """Everything that was retrieved, best first."""
    completion: str
    """What the generator wrote, before citations were resolved."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    degraded: str | None = None
    """Why the answer is not whole, or not by the configured generator, for people; None when it is."""
    unranked: str | None = None
    """Why the configured reranker did not order the hits, for people; None when it did, or when there is none."""
