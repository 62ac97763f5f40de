"""The pipeline as every transport gets it: what it does is counted, timed, traced and noted for the log, whoever asks.

Adds nothing to answers and takes nothing from them.
"""

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog
from anyio import to_thread
from opentelemetry.trace import Span, Status, StatusCode, Tracer

from api.logs import note
from api.metrics import Metrics
from index.protocols import Embedder, PassageStore
from index.types import Hit
from rag.citations import CitedText
from rag.draft_support import measure
from rag.errors import GeneratorError
from rag.pipeline import Pipeline
from rag.prepared import Prepared
from rag.prompts import NONCE, write_prompt
from rag.types import EXTRACTIVE, Answer, Question
from rag.writing import Draft, Writing

logger = structlog.get_logger()


class Observed:
    """A pipeline under observation; its methods are those of `rag.pipeline.Pipeline`."""

    def __init__(self, pipeline: Pipeline, metrics: Metrics, tracer: Tracer, *, log_questions: bool) -> None:
        self._pipeline, self._metrics, self._tracer = pipeline, metrics, tracer
        self._log_questions = log_questions

    @property
    def store(self) -> PassageStore:
        """The archive."""
        return self._pipeline.store

    @property
    def embedder(self) -> Embedder:
        """What embeds questions and passages."""
        return self._pipeline.embedder

    def search(self, question: Question) -> list[Hit]:
        """Return the passages for a question, best first, without answering it.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        started = time.perf_counter()
        with self._tracer.start_as_current_span("retrieve") as span:
            hits = self._pipeline.search(question)
            span.set_attribute("dateline.hits", len(hits))
        self._retrieved("search", started, question)
        note(hits=len(hits))
        return hits

    async def understand(self, question: Question) -> Question:
        """Return a follow-up with what the language model says that it asks; any other question as it is.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        if not question.earlier:
            return await self._pipeline.understand(question)
        started = time.perf_counter()
        with self._tracer.start_as_current_span("understand"):
            understood = await self._pipeline.understand(question)
        note(understanding_ms=_ms(time.perf_counter() - started))
        return understood

    def prepare(self, question: Question) -> Prepared:
        """Retrieve and choose the evidence, and decide whether to answer.

        Raises:
            InvalidQuestion: the question or one of its limits cannot be used.
        """
        started = time.perf_counter()
        with self._tracer.start_as_current_span("retrieve") as span:
            prepared = self._pipeline.prepare(question)
            span.set_attributes({
                "dateline.hits": len(prepared.hits), "dateline.evidence": len(prepared.evidence),
                "dateline.generation": prepared.generation,
            })  # fmt: skip
        self._retrieved("answer", started, question)
        return prepared

    def write(self, prepared: Prepared) -> "ObservedWriting":
        """Return the answer to be written: iterate over it for verified text as it comes; it stays empty when abstaining."""
        return ObservedWriting(self._pipeline.write(prepared), prepared, self._metrics, self._tracer)

    def finish(self, prepared: Prepared, draft: Draft) -> Answer:
        """Return the answer that the draft's verified sentences make."""
        answer = self._pipeline.finish(prepared, draft)
        if answer.abstained is None:
            self._metrics.answers.labels(answer.generator).inc()
        else:
            self._metrics.abstentions.labels(answer.abstained.reason).inc()
        if answer.degraded is not None:
            self._metrics.degraded.inc()
        if answer.unranked is not None:
            self._metrics.unranked.inc()
        fields: dict[str, object] = {
            "abstained": answer.abstained.reason if answer.abstained else None, "generator": answer.generator,
            "citations": len(answer.citations), "generation": answer.generation,
        }  # fmt: skip
        if not note(**fields):
            # Over standard input and output there is no request whose line could have it.
            asked = {"question": prepared.asked} if self._log_questions else {}
            logger.info("question", **fields, retrieval_ms=round(sum(prepared.timings_ms.values()), 1), **asked)
        return answer

    def _retrieved(self, purpose: str, started: float, question: Question) -> None:
        seconds = time.perf_counter() - started
        self._metrics.retrieval_seconds.labels(purpose).observe(seconds)
        note(retrieval_ms=_ms(seconds))
        if self._log_questions:
            note(question=question.text)


class ObservedWriting:
    """One answer while it is written. Iterate over it for verified text as it comes; then `draft` is whole."""

    def __init__(self, writing: Writing, prepared: Prepared, metrics: Metrics, tracer: Tracer) -> None:
        self._writing, self._prepared, self._metrics, self._tracer = writing, prepared, metrics, tracer

    @property
    def draft(self) -> Draft:
        """What was written."""
        return self._writing.draft

    @property
    def cited(self) -> CitedText:
        """What was shown so far, with its citations."""
        return self._writing.cited

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        """Yield verified sentences with their numbers.

        Raises:
            GeneratorError: nothing was written, and there is no fallback.
        """
        # Not made the current one: the parts of a generator may run in different contexts.
        span = self._tracer.start_span("generate")
        seconds = 0.0
        try:
            async with aclosing(aiter(self._writing)) as pieces:
                while True:
                    started = time.perf_counter()
                    try:
                        piece = await anext(pieces, None)
                    finally:
                        seconds += time.perf_counter() - started
                    if piece is None:
                        break
                    yield piece
            await self._written(span, seconds)
        except GeneratorError as error:
            self._metrics.generator_failures.inc()
            note(generation_ms=_ms(seconds), generator_error=str(error))
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            span.end()

    async def whole(self) -> Draft:
        """Return the draft when all of it is written.

        Raises:
            GeneratorError: nothing was written, and there is no fallback.
        """
        async with aclosing(aiter(self)) as pieces:
            async for _ in pieces:
                pass
        return self.draft

    async def _written(self, span: Span, seconds: float) -> None:
        """Count what a whole draft cost and how much of it stands."""
        if self._prepared.abstained is not None:
            return  # nobody was asked
        draft, metrics = self.draft, self._metrics
        metrics.generation_seconds.labels(draft.generator).observe(seconds)
        metrics.drafts.labels(draft.generator).inc(draft.samples)
        note(generation_ms=_ms(seconds))
        span.set_attributes({"gen_ai.request.model": draft.generator, "dateline.sentences": len(draft.cited.sentences)})
        if draft.repair is not None:
            metrics.repairs.labels(draft.repair).inc()
        if draft.generator != EXTRACTIVE and draft.completion:
            await to_thread.run_sync(self._count, draft)

    def _count(self, draft: Draft) -> None:
        """Count what a language model read and wrote, and what was dropped of it: some milliseconds, so call it in a thread."""
        from rag.tokens import TiktokenCounter  # noqa: PLC0415 - reading its vocabulary takes a moment

        counter = TiktokenCounter()
        # What servers count themselves differs by tokenizer, and most say nothing while they stream.
        prompt = write_prompt(self._prepared.question.text, self._prepared.evidence, NONCE)
        read = sum(counter.count(text) for text in (prompt.system, *(turn["content"] for turn in prompt.turns)))
        self._metrics.prompt_tokens.labels(draft.generator).inc(read * draft.samples)
        self._metrics.completion_tokens.labels(draft.generator).inc(counter.count(draft.completion))
        dropped = len(measure(draft.completion, self._prepared.evidence).rejected)
        self._metrics.sentences_dropped.labels(draft.generator).inc(dropped)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
