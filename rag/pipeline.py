"""READ THIS FIRST: how a question becomes a cited answer.

prepare: embed the question, retrieve passages, choose the evidence, decide whether it can answer at all
generate: a generator writes a draft that cites the evidence by key
finish: every sentence of the draft is checked against the stored articles; what cannot be verified is dropped

Everything that is read from the archive is read at one generation. `prepare` and `finish` compute and belong into a thread;
only `generate` waits, so that a caller who leaves cancels it.
"""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date

from index.protocols import Embedder, PassageStore, TokenCounter
from index.types import Copy, Hit, QuestionEmbedding
from rag.abstention import ANSWERABLE_FROM, answerable
from rag.citations import resolve_citations
from rag.context import choose_evidence
from rag.errors import InvalidQuestion
from rag.prompts import REFUSAL
from rag.protocols import Generator
from rag.question import read_question
from rag.relevance import assess
from rag.reranking import Reranked, Reranking
from rag.retrieval import allowed_articles, retrieve, scope_of
from rag.types import Abstention, Answer, Citation, Evidence, Question

MAX_QUESTION_CHARACTERS = 2_000
MAX_K = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A question with everything that an answer may rest on."""

    question: Question
    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    copies: dict[str, list[Copy]]
    generation: int
    confidence: float
    """How likely the evidence holds the answer, 0 to 1 (`rag.abstention`)."""
    abstained: Abstention | None
    """Set when no generator should be called."""
    unranked: str | None
    """Why the hits are not in the reranker's order, for people; None when they are, or when no reranker is configured."""
    started: float
    timings_ms: dict[str, float] = field(default_factory=dict)


class Pipeline:
    """Answers questions from one archive."""

    def __init__(
        self,
        *,
        store: PassageStore,
        embedder: Embedder,
        generator: Generator,
        tokens: TokenCounter,
        evidence_tokens: int,
        recency_strength: float,
        recency_days: float,
        reranking: Reranking | None = None,
    ) -> None:
        self.store = store
        self._embedder = embedder
        self._generator = generator
        self._tokens = tokens
        self._evidence_tokens = evidence_tokens
        self._reranking = reranking
        self._recency = {"recency_strength": recency_strength, "recency_days": recency_days}

    async def answer(self, question: Question) -> Answer:
        """Return the cited answer, or an abstention.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
            GeneratorError: the generator cannot be used now.
        """
        prepared = self.prepare(question)
        return self.finish(prepared, "".join([piece async for piece in self.generate(prepared)]))

    def search(self, question: Question) -> list[Hit]:
        """Return the passages for a question, best first, without answering it.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        _check(question)
        embedded = self._embedder.embed_question(question.text)
        with self.store.consistent():
            candidates = self._candidates(question, embedded)
        return list(self._reranked(question, candidates).hits)

    def prepare(self, question: Question) -> Prepared:
        """Retrieve and choose the evidence, and decide whether to answer.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        _check(question)
        started = time.perf_counter()
        embedded = self._embedder.embed_question(question.text)
        embedding_done = time.perf_counter()
        with self.store.consistent() as generation:
            candidates = self._candidates(question, embedded)
            copies = {hit.article.article_id: self.store.also_in(hit.article.article_id) for hit in candidates}
            words = read_question(question.text).words
            rarity = dict(zip(words, self.store.rarity(words), strict=True))
            abstained = self._why_nothing(question, candidates)
        # Everything was read at one generation, and nobody else waits for the archive while the rest computes.
        found = time.perf_counter()
        reranked = self._reranked(question, candidates)
        ordered = time.perf_counter()
        evidence = choose_evidence(reranked.hits, self._tokens, self._evidence_tokens)
        confidence = answerable(assess(question.text, evidence, lambda asked: [rarity[word] for word in asked]))
        if abstained is None and confidence < ANSWERABLE_FROM:
            abstained = Abstention(
                reason="low_score",
                message="The nearest passages do not answer the question; they are listed as nearest.",
            )
        timings = {
            "embed": _ms(started, embedding_done),
            "retrieve": round(_ms(embedding_done, found) + _ms(ordered, time.perf_counter()), 1),
        }
        if self._reranking is not None:
            timings["rerank"] = _ms(found, ordered)
        return Prepared(
            question=question, hits=reranked.hits, evidence=tuple(evidence), copies=copies, generation=generation,
            confidence=confidence, abstained=abstained, unranked=reranked.problem, started=started, timings_ms=timings,
        )  # fmt: skip

    async def generate(self, prepared: Prepared) -> AsyncIterator[str]:
        """Yield the generator's draft as it is written; nothing when abstaining."""
        if prepared.abstained is None:
            async for piece in self._generator.stream(prepared.question.text, prepared.evidence):
                yield piece

    def finish(self, prepared: Prepared, completion: str) -> Answer:
        """Return the answer that the draft's verified sentences make."""
        if prepared.abstained is not None:
            return self._abstain(prepared, prepared.abstained, completion)
        cited = resolve_citations(completion, prepared.evidence, lambda article_id: prepared.copies[article_id])
        if not cited.sentences:
            unverified = Abstention(
                reason="unverified",
                message="No sentence of the draft could be verified against the archive, so none is shown.",
            )
            return self._abstain(prepared, unverified, completion)
        return Answer(
            question=prepared.question.text, text=cited.text, abstained=None, sentences=cited.sentences,
            citations=cited.citations, nearest=(), newest_source=_newest(cited.citations), conflicts=(),
            generator=self._generator.name, generation=prepared.generation, hits=prepared.hits, completion=completion,
            timings_ms=_timings(prepared), unranked=prepared.unranked,
        )  # fmt: skip

    def close(self) -> None:
        """Close the archive."""
        if self._reranking is not None:
            self._reranking.close()
        self.store.close()

    def _candidates(self, question: Question, embedded: QuestionEmbedding) -> list[Hit]:
        """Return what the hits are chosen from. Call it inside `store.consistent()`."""
        at_least = 0 if self._reranking is None else self._reranking.depth
        return retrieve(question, embedded, self.store, at_least=at_least, **self._recency)

    def _reranked(self, question: Question, candidates: list[Hit]) -> Reranked:
        """Return the best `question.k` of them. Call it outside `store.consistent()`: it may take as long as its deadline."""
        if self._reranking is None:
            return Reranked(hits=tuple(candidates))
        found = self._reranking.apply(question.text, candidates)
        return replace(found, hits=found.hits[: question.k])

    def _why_nothing(self, question: Question, hits: list[Hit]) -> Abstention | None:
        """Return why nothing can answer, None if something may. Call it inside `store.consistent()`."""
        stats = self.store.stats()
        if stats.articles == 0:
            return Abstention(
                reason="no_match", message="The archive is empty. Add articles with: dateline ingest FILE_OR_FOLDER"
            )
        if not read_question(question.text).words:
            return Abstention(reason="no_match", message="The question holds no word to look for. Ask a whole question.")
        if not hits:
            scope = scope_of(question, self.store)
            where = allowed_articles(scope.question)
            own = f" The question itself limits the search: {', '.join(scope.limited_by)}." if scope.limited_by else ""
            if (where.since or where.until) and self.store.holds(where.publishers):
                return Abstention(
                    reason="date_window_empty",
                    message=f"No article is dated inside the asked time. Widen as_of, from or to.{own}",
                )
            return Abstention(
                reason="no_match", message=f"No article of the archive matches. Check the publishers asked for.{own}"
            )
        return None

    def _abstain(self, prepared: Prepared, abstained: Abstention, completion: str) -> Answer:
        return Answer(
            question=prepared.question.text, text=REFUSAL, abstained=abstained, sentences=(), citations=(),
            nearest=prepared.hits[:3], newest_source=None, conflicts=(), generator=self._generator.name,
            generation=prepared.generation, hits=prepared.hits, completion=completion, timings_ms=_timings(prepared),
            unranked=prepared.unranked,
        )  # fmt: skip


def _check(question: Question) -> None:
    text = question.text
    if not text.strip():
        raise InvalidQuestion("question", "is empty; ask something")
    if len(text) > MAX_QUESTION_CHARACTERS:
        raise InvalidQuestion("question", f"has {len(text):,} characters; at most {MAX_QUESTION_CHARACTERS:,} are allowed")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidQuestion("question", "holds half of a character (a lone surrogate); send valid Unicode")
    if not 1 <= question.k <= MAX_K:
        raise InvalidQuestion("k", f"is {question.k}; it must be between 1 and {MAX_K}")
    if question.since and question.until and question.since > question.until:
        raise InvalidQuestion("from", f"{question.since} is after to, {question.until}; swap them")


def _newest(citations: tuple[Citation, ...]) -> date | None:
    return max((c.article.dated.day for c in citations if c.article.dated), default=None)


def _timings(prepared: Prepared) -> dict[str, float]:
    total = _ms(prepared.started, time.perf_counter())
    spent = sum(prepared.timings_ms.values())
    return {**prepared.timings_ms, "generate": round(total - spent, 1), "total": total}


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
