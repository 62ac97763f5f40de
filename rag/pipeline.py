"""READ THIS FIRST: how a question becomes a cited answer.

prepare: embed the question, retrieve passages, choose the evidence, decide whether it can answer at all
write: a generator writes a draft that cites the evidence by key; every sentence is checked against the stored articles as it
comes, and what cannot be verified is dropped
finish: the verified sentences become the answer, or an abstention if there is none

Everything that is read from the archive is read at one generation. `prepare` computes and belongs into a thread; only `write`
waits, so that a caller who leaves cancels it.
"""

import time
from dataclasses import dataclass, field, replace
from datetime import date

from index.protocols import Embedder, PassageStore, TokenCounter
from index.types import Copy, Hit, QuestionEmbedding
from rag.abstention import ANSWERABLE_FROM, answerable
from rag.context import choose_evidence
from rag.errors import InvalidQuestion
from rag.prompts import NONCE, REFUSAL, write_prompt
from rag.protocols import Generator
from rag.question import read_question
from rag.relevance import assess
from rag.reranking import Reranked, Reranking
from rag.retrieval import allowed_articles, retrieve, scope_of
from rag.settings import GeneratorName
from rag.types import Abstention, Answer, Citation, Evidence, Question, Unsupported
from rag.writing import Draft, Writer, Writing

MAX_QUESTION_CHARACTERS = 2_000
MAX_K = 100
_UNVERIFIED = Abstention(
    reason="unverified", message="No sentence of the draft could be verified against the archive, so none is shown."
)
_REFUSED = Abstention(
    reason="low_score", message="The nearest passages were read and do not answer the question; they are listed as nearest."
)


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
        kind: GeneratorName = "extractive",
        fallback: Generator | None = None,
        generator_seconds: float = 60.0,
        unsupported: Unsupported = "strict",
        window: int | None = None,
    ) -> None:
        """Take the parts.

        `kind` is what questions call `generator` by; `fallback` writes when it fails, within `generator_seconds`, or when a
        question asks for it. `window` is how many tokens a prompt may have, None where there is no prompt.
        """
        self.store = store
        self._embedder = embedder
        self._writers = {kind: Writer(generator, fallback, seconds=generator_seconds, unsupported=unsupported)}
        if fallback is not None:
            self._writers.setdefault("extractive", Writer(fallback, None, seconds=generator_seconds, unsupported=unsupported))
        self._kind = kind
        self._tokens = tokens
        self._window = window
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
        return self.finish(prepared, await self.write(prepared).whole())

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
        self._writer(question)
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
        evidence = choose_evidence(reranked.hits, self._tokens, self._evidence_tokens, window=self._room(question))
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

    def write(self, prepared: Prepared) -> Writing:
        """Return the answer to be written: iterate over it for verified text as it comes; it stays empty when abstaining."""
        evidence = prepared.evidence if prepared.abstained is None else ()
        return self._writer(prepared.question).write(
            prepared.question.text, evidence, lambda article_id: prepared.copies[article_id]
        )

    def finish(self, prepared: Prepared, draft: Draft) -> Answer:
        """Return the answer that the draft's verified sentences make."""
        cited = draft.cited
        abstained = prepared.abstained
        if abstained is None and not cited.sentences:
            abstained = _REFUSED if cited.refused else _UNVERIFIED
        return Answer(
            question=prepared.question.text,
            text=REFUSAL if abstained else cited.text,
            abstained=abstained,
            sentences=cited.sentences,
            citations=cited.citations,
            nearest=prepared.hits[:3] if abstained else (),
            newest_source=_newest(cited.citations),
            conflicts=(),
            generator=draft.generator,
            generation=prepared.generation,
            hits=prepared.hits,
            completion=draft.completion,
            timings_ms=_timings(prepared),
            degraded=draft.problem,
            unranked=prepared.unranked,
        )

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

    def _writer(self, question: Question) -> Writer:
        name = question.generator or self._kind
        if name not in self._writers:
            raise InvalidQuestion(
                "generator", f"{name} is not set up here; there is {' and '.join(self._writers)} (setting generator)"
            )
        return self._writers[name]

    def _room(self, question: Question) -> int | None:
        """Return how many tokens of a prompt are left for the evidence, None where there is no prompt."""
        if self._window is None or question.generator == "extractive":
            return None
        prompt = write_prompt(question.text, (), NONCE)
        return self._window - self._tokens.count(prompt.system) - self._tokens.count(prompt.user)


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
