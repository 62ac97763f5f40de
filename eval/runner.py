"""Asks the gold questions as a user would and keeps what came back, failures too. Judges nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Protocol, TypeVar

from eval.errors import EvalError
from eval.gold import GoldQuestion
from index.protocols import PassageStore, TokenCounter
from index.types import Hit
from rag.errors import AnsweringError
from rag.prepared import Prepared
from rag.types import Answer, Question, Turn
from rag.writing import Draft, Writing

_Result = TypeVar("_Result")
# Generators that cost nothing: only they are asked for answers that were withheld.
_FREE = ("extractive",)


class Answering(Protocol):
    """What is measured: `rag.pipeline.Pipeline`, or something that answers like it."""

    store: PassageStore

    async def understand(self, question: Question) -> Question:
        """Return a follow-up with what a language model says that it asks."""
        ...

    def prepare(self, question: Question) -> Prepared:
        """Retrieve, choose the evidence, decide whether to answer."""
        ...

    def write(self, prepared: Prepared) -> Writing:
        """Return the answer to be written."""
        ...

    def finish(self, prepared: Prepared, draft: Draft) -> Answer:
        """Return the verified answer."""
        ...

    def search(self, question: Question) -> list[Hit]:
        """Return the passages alone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A gold question and what came of asking it."""

    gold: GoldQuestion
    hits: tuple[Hit, ...]
    """What was retrieved, best first."""
    answer: Answer | None
    """None when only passages were asked for, or when asking failed."""
    withheld: Answer | None
    """What would have been said had the pipeline not abstained; None if it did not, or had nothing to say."""
    confidence: float | None
    """How likely the pipeline took it that the evidence holds the answer; None when it did not get that far."""
    error: str | None
    """Why there is no result."""
    wall_ms: float | None
    """From asking to the whole result; with several questions at once this includes waiting for the processor. None when it was
    not asked."""
    evidence_tokens: int = 0
    """What a generator was given to read (cl100k_base), 0 when none was called."""
    completion_tokens: int = 0
    """What it wrote."""


def not_asked(gold: GoldQuestion, error: str) -> Record:
    """Return the record of a question that could not even be asked."""
    return Record(gold=gold, hits=(), answer=None, withheld=None, confidence=None, error=error, wall_ms=None)


class Runner:
    """Asks questions of one pipeline, up to `concurrency` at once."""

    def __init__(
        self,
        pipeline: Answering,
        *,
        k: int,
        tokens: TokenCounter,
        concurrency: int = 1,
        retrieval_only: bool = False,
    ) -> None:
        self._pipeline = pipeline
        self._k = k
        self._tokens = tokens
        self._concurrency = concurrency
        self._retrieval_only = retrieval_only
        # One thread computes: what runs at once is the waiting for hosted models, and times stay comparable.
        self._computing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="eval")

    async def run(self, questions: Sequence[GoldQuestion], keep: Callable[[Record], None]) -> None:
        """Ask every question; `keep` gets each record as soon as it is there, in any order when several run at once.

        A question that fails becomes a record with an error; the others go on.

        Raises:
            EvalError: `keep` could not keep a record.
        """
        if questions:
            await self._warm_up(questions[0])
        turns = asyncio.Semaphore(self._concurrency)

        async def ask(gold: GoldQuestion) -> None:
            async with turns:
                keep(await self._ask(gold))

        try:
            async with asyncio.TaskGroup() as group:
                for gold in questions:
                    group.create_task(ask(gold))
        except* EvalError as failed:
            # What cannot be kept ends the run, as itself and not as a group.
            raise failed.exceptions[0] from None

    def close(self) -> None:
        """End the computing thread."""
        self._computing.shutdown()

    async def _ask(self, gold: GoldQuestion) -> Record:
        question = replace(self._question(gold), earlier=await self._earlier(gold))
        started = perf_counter()
        prepared: Prepared | None = None
        hits: tuple[Hit, ...] = ()
        answer = withheld = error = None
        try:
            if self._retrieval_only:
                hits = tuple(await self._compute(lambda: self._pipeline.search(question)))
            else:
                understood = await self._pipeline.understand(question)
                prepared = await self._compute(lambda: self._pipeline.prepare(understood))
                hits = prepared.hits
                answer = await self._answer(prepared)
                hits = answer.hits
        except AnsweringError as problem:
            error = str(problem)
        except Exception as problem:  # noqa: BLE001 - a run of hours must not end because a library failed on one question
            error = f"{type(problem).__name__}: {problem}"
        wall_ms = (perf_counter() - started) * 1000
        if prepared and answer and answer.abstained and answer.abstained.reason == "low_score" and answer.generator in _FREE:
            withheld = await self._withheld(prepared)
        called = prepared is not None and prepared.abstained is None
        return Record(
            gold=gold, hits=hits, answer=answer, withheld=withheld, confidence=prepared.confidence if prepared else None,
            error=error, wall_ms=wall_ms,
            evidence_tokens=sum(self._tokens.count(e.hit.passage.text) for e in prepared.evidence) if prepared and called else 0,
            completion_tokens=self._tokens.count(answer.completion) if answer else 0,
        )  # fmt: skip

    async def _earlier(self, gold: GoldQuestion) -> tuple[Turn, ...]:
        """Return the conversation before the question: what was asked, with the answers that the pipeline gives to it."""
        turns: tuple[Turn, ...] = ()
        for text in gold.history:
            asked = replace(self._question(gold), text=text, earlier=turns)
            turns = (*turns, Turn("user", text))
            # Who asks a follow-up after an error has seen no answer either.
            with suppress(Exception):
                if not self._retrieval_only:
                    understood = await self._pipeline.understand(asked)
                    answer = await self._answer(await self._compute(partial(self._pipeline.prepare, understood)))
                    turns = (*turns, Turn("assistant", answer.text))
        return turns

    async def _answer(self, prepared: Prepared) -> Answer:
        return self._pipeline.finish(prepared, await self._pipeline.write(prepared).whole())

    async def _withheld(self, prepared: Prepared) -> Answer | None:
        """Return the answer without abstaining: only with it is the risk at every coverage known."""
        unbound = replace(prepared, abstained=None)
        try:
            answer = await self._answer(unbound)
        except Exception:  # noqa: BLE001 - nobody asked for this answer; without it the question counts as wrong there
            return None
        return None if answer.abstained else answer

    async def _warm_up(self, gold: GoldQuestion) -> None:
        """Load what is loaded at first use; what is wrong with the question shows when it is asked."""
        with suppress(Exception):
            await self._compute(lambda: self._pipeline.search(self._question(gold)))

    def _question(self, gold: GoldQuestion) -> Question:
        return Question(text=gold.question, as_of=gold.as_of, k=self._k)

    async def _compute(self, work: Callable[[], _Result]) -> _Result:
        waiting: Awaitable[_Result] = asyncio.get_running_loop().run_in_executor(self._computing, work)
        return await waiting
