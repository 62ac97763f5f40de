"""READ THIS FIRST: how a question becomes a cited answer.

understand: a language model, if one is configured, makes a follow-up a question of its own
prepare: embed the question, retrieve passages, choose the evidence, decide whether it can answer at all
write: a generator writes a draft that cites the evidence by key; every sentence is checked against the stored articles as it
comes, and what cannot be verified is dropped
finish: the verified sentences become the answer, or an abstention if there is none

Everything that is read from the archive is read at one generation. `prepare` computes and belongs into a thread; `understand` and
`write` wait, so that a caller who leaves cancels them.
"""

import time
from collections.abc import Sequence
from dataclasses import replace

from index.protocols import Embedder, PassageStore, TokenCounter
from index.types import Hit, QuestionEmbedding
from rag.abstention import ANSWERABLE_FROM, answerable
from rag.anachronism import those_that_can_know
from rag.assembly import assemble
from rag.assessor import Assessor
from rag.bounds import check
from rag.context import choose_evidence
from rag.conversation import standalone
from rag.errors import InvalidQuestion
from rag.parts import interleaved
from rag.parts import parts as question_parts
from rag.premises import Quoting, find_contradiction
from rag.prepared import Prepared
from rag.prompts import NONCE, write_prompt
from rag.protocols import Generator
from rag.question import read_question
from rag.reranking import Reranked, Reranking
from rag.retrieval import allowed_articles, asked_on, retrieve, scope_of
from rag.scope import of_the_outlets
from rag.settings import GeneratorName
from rag.timeline import asks_for_timeline, one_an_article, topic_of
from rag.types import Abstention, Answer, Question, Unsupported
from rag.writing import Draft, Writer, Writing

# One article gives several passages: among so many times as many there are as many articles as lines.
_TIMELINE_DEPTH = 3


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
        samples: int = 1,
        window: int | None = None,
        assessor: Assessor | None = None,
    ) -> None:
        """Take the parts.

        `kind` is what questions call `generator` by; `fallback` writes when it fails, within `generator_seconds`, or when a
        question asks for it. `samples` is how many drafts a language model writes (`rag.sampling`), `window` how many
        tokens a prompt may have, None where there is no prompt.
        """
        self.store = store
        self._embedder = embedder
        self._writers = {kind: Writer(generator, fallback, seconds=generator_seconds, unsupported=unsupported, samples=samples)}
        if fallback is not None:
            self._writers.setdefault("extractive", Writer(fallback, None, seconds=generator_seconds, unsupported=unsupported))
        self._kind = kind
        self._generator_seconds = generator_seconds
        self._assessor = assessor or Assessor(embedder, store.rarity, store.known_embeddings)
        self._tokens = tokens
        self._window = window
        self._evidence_tokens = evidence_tokens
        self._reranking = reranking
        self._recency = {"recency_strength": recency_strength, "recency_days": recency_days}

    @property
    def embedder(self) -> Embedder:
        """What embeds questions, for passages that are added while questions are answered: one model in memory is enough."""
        return self._embedder

    async def answer(self, question: Question) -> Answer:
        """Return the cited answer, or an abstention.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
            GeneratorError: the generator cannot be used now.
        """
        prepared = self.prepare(await self.understand(question))
        return self.finish(prepared, await self.write(prepared).whole())

    async def understand(self, question: Question) -> Question:
        """Return a follow-up with what the language model says that it asks; any other question, and without one, as it is.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        check(question)
        if not question.earlier:
            return question
        return replace(question, standalone=await self._writer(question).standalone(question.text, question.earlier))

    def search(self, question: Question) -> list[Hit]:
        """Return the passages for a question, best first, without answering it.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        check(question)
        question = self._of_its_outlets(_standalone(question))
        parts = self._searches(question, self._embedder.embed_question(question.text))
        with self.store.consistent():
            candidates = self._candidates(question, parts)
        return list(self._reranked(question, candidates).hits)

    def prepare(self, question: Question) -> Prepared:
        """Retrieve and choose the evidence, and decide whether to answer.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        check(question)
        self._writer(question)
        started = time.perf_counter()
        asked, whole = question.text, _standalone(question)
        question = self._of_its_outlets(whole)
        embedded = self._embedder.embed_question(question.text)
        parts = self._searches(question, embedded)
        embedding_done = time.perf_counter()
        with self.store.consistent() as generation:
            candidates = self._candidates(question, parts)
            copies = {hit.article.article_id: self.store.also_in(hit.article.article_id) for hit in candidates}
            words = read_question(question.text).words
            rarity = dict(zip(words, self.store.rarity(words), strict=True))
            stories = self.store.clusters(list(copies))
            abstained = self._why_nothing(whole, candidates)
        # Everything was read at one generation, and nobody else waits for the archive while the rest computes.
        found = time.perf_counter()
        reranked = self._reranked(question, candidates)
        ordered = time.perf_counter()
        knowing = those_that_can_know(question.text, asked_on(question), reranked.hits)
        evidence = choose_evidence(knowing, self._tokens, self._evidence_tokens, window=self._room(question))
        assessed = self._assessor.assess(question.text, evidence, embedded, lambda asked: [rarity[word] for word in asked])
        confidence = answerable(assessed)
        contradiction = None if abstained else find_contradiction(question.text, evidence, rarity)
        if abstained is None and contradiction is None and confidence < ANSWERABLE_FROM:
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
            question=question, asked=asked, hits=reranked.hits, evidence=tuple(evidence), copies=copies, rarity=rarity,
            stories=stories, generation=generation,
            confidence=confidence, abstained=abstained, contradiction=contradiction,
            unranked=reranked.problem, started=started, timings_ms=timings,
        )  # fmt: skip

    def write(self, prepared: Prepared) -> Writing:
        """Return the answer to be written: iterate over it for verified text as it comes; it stays empty when abstaining."""
        evidence = prepared.evidence if prepared.abstained is None else ()
        # What contradicts the question is quoted, not told: a model asked why something happened is apt to say why.
        told = prepared.contradiction
        writer = self._writer(prepared.question) if told is None else Writer(Quoting(told), None, seconds=self._generator_seconds)
        return writer.write(prepared.question.text, evidence, lambda article_id: prepared.copies[article_id])

    def finish(self, prepared: Prepared, draft: Draft) -> Answer:
        """Return the answer that the draft's verified sentences make."""
        return assemble(prepared, draft)

    def close(self) -> None:
        """Close the archive."""
        if self._reranking is not None:
            self._reranking.close()
        self.store.close()

    def _searches(self, question: Question, embedded: QuestionEmbedding) -> list[tuple[Question, QuestionEmbedding]]:
        """Return what is searched for a question, most often itself alone, each embedded."""
        texts = (topic_of(question.text),) if asks_for_timeline(question.text) else question_parts(question.text)
        if texts == (question.text,):
            return [(question, embedded)]
        return [(replace(question, text=text), self._embedder.embed_question(text)) for text in texts]

    def _of_its_outlets(self, question: Question) -> Question:
        return of_the_outlets(question, asked_on(question), self.store.outlets)

    def _candidates(self, question: Question, parts: Sequence[tuple[Question, QuestionEmbedding]]) -> list[Hit]:
        """Return what the hits are chosen from. Call it inside `store.consistent()`."""
        timeline = asks_for_timeline(question.text)
        at_least = max(0 if self._reranking is None else self._reranking.depth, _TIMELINE_DEPTH * question.k if timeline else 0)
        found = [retrieve(part, embedded, self.store, at_least=at_least, **self._recency) for part, embedded in parts]
        hits = found[0] if len(found) == 1 else interleaved(found, max(question.k, at_least))
        if timeline:
            hits = one_an_article(hits, len(hits))
        return hits if self._reranking else hits[: question.k]

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


def _standalone(question: Question) -> Question:
    """Return a follow-up as a question of its own, and any other as it is."""
    if not question.earlier:
        return question
    return replace(question, text=question.standalone or standalone(question.text, question.earlier))


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
