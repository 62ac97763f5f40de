"""Has an answer written: within a deadline, verified as it comes, by another generator if the first one fails.

One layer retries, and only before the first word. What was verified before a generator broke off stays; if there was nothing,
the fallback writes, and the answer says so.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

import stamina
import stamina.instrumentation

from index.types import Copy
from rag.circuit import Circuit
from rag.citations import CitationReader, CitedText
from rag.errors import GeneratorBusy, GeneratorError
from rag.protocols import Generator
from rag.timeline import asks_for_timeline
from rag.types import EXTRACTIVE, Evidence, Unsupported

# Left to itself it logs through structlog, which prints to stdout where nobody has configured it, between results.
stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
_ATTEMPTS = 3
_FIRST_PAUSE, _LONGEST_PAUSE, _JITTER = 0.2, 2.0, 0.1
# A model that has no end in sight: the longest useful answers have some 2,000 characters.
_MOST_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was written for a question."""

    completion: str
    """As the generator wrote it, unverified."""
    cited: CitedText
    generator: str
    """The name of who wrote it."""
    problem: str | None = None
    """Why it is not what was asked for: the configured generator failed or broke off. For people."""


class Writer:
    """Has answers written by one generator, with another to fall back on."""

    def __init__(
        self, generator: Generator, fallback: Generator | None, *, seconds: float, unsupported: Unsupported = "strict"
    ) -> None:
        self._generator, self._fallback = generator, fallback
        self._seconds, self._unsupported = seconds, unsupported
        self._circuit = Circuit()

    def write(self, question: str, evidence: Sequence[Evidence], copies: Callable[[str], Sequence[Copy]]) -> "Writing":
        """Return an answer to be written; nothing happens before its pieces are asked for."""
        # The archive's own sentences need their days to tell a course of events; a model writes them where it wants them.
        timeline = asks_for_timeline(question)
        reader, again = (
            CitationReader(
                evidence,
                copies,
                unsupported=self._unsupported,
                dated=timeline and generator is not None and generator.name == EXTRACTIVE,
            )
            for generator in (self._generator, self._fallback)
        )
        return Writing(self, question, evidence, reader, again)

    async def pieces(self, question: str, evidence: Sequence[Evidence]) -> AsyncGenerator[str, None]:
        """Yield what the generator writes.

        Raises:
            GeneratorError: it failed, was too slow or wrote without end; or failed so often before that it is not asked now.
        """
        if not self._circuit.may_ask():
            raise GeneratorError(f"{self._generator.name} failed several times in a row and is not asked for some seconds")
        written, known = 0, False
        try:
            async with aclosing(self._in_time(question, evidence)) as stream:
                async for piece in stream:
                    written += len(piece)
                    yield piece
                    if written > _MOST_CHARACTERS:
                        raise GeneratorError(
                            f"{self._generator.name} wrote more than {_MOST_CHARACTERS:,} characters without an end"
                        )
            known = True
            self._circuit.went_well()
        except GeneratorError as error:
            known = True
            # A model that answers, only too much, is not down.
            if written and not isinstance(error, GeneratorBusy):
                self._circuit.went_well()
            else:
                self._circuit.failed()
            raise
        finally:
            if not known:
                self._circuit.gave_up()

    async def _in_time(self, question: str, evidence: Sequence[Evidence]) -> AsyncGenerator[str, None]:
        """Yield the pieces of one attempt that began; the attempts together and the whole text share one deadline."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._seconds
        late = f"{self._generator.name} did not finish within {self._seconds:g} seconds"

        async def following(stream: AsyncIterator[str]) -> str | None:
            try:
                async with asyncio.timeout_at(deadline):
                    return await anext(stream, None)
            except TimeoutError as error:
                raise GeneratorError(late) from error

        def pause(error: Exception) -> bool | float:
            """Return whether, or after how many seconds, to ask again."""
            if not isinstance(error, GeneratorBusy):
                return False
            if error.wait is not None and clock() + error.wait >= deadline:
                return False  # when it may be asked again, nobody waits any more
            return True if error.wait is None else error.wait

        attempts = stamina.retry_context(
            on=pause, attempts=_ATTEMPTS, timeout=self._seconds, wait_initial=_FIRST_PAUSE, wait_max=_LONGEST_PAUSE,
            wait_jitter=_JITTER,
        )  # fmt: skip
        async for attempt in attempts:
            with attempt:
                # Generators are async generator functions; the protocol promises less.
                stream = cast("AsyncGenerator[str, None]", self._generator.stream(question, evidence))
                try:
                    piece = await following(stream)
                except BaseException:
                    await stream.aclose()
                    raise
        async with aclosing(stream):
            while piece is not None:
                yield piece
                piece = await following(stream)

    async def fallback_pieces(self, question: str, evidence: Sequence[Evidence]) -> AsyncGenerator[str, None]:
        """Yield what the fallback writes; it computes here and needs no deadline."""
        if self._fallback is not None:
            async for piece in self._fallback.stream(question, evidence):
                yield piece

    @property
    def name(self) -> str:
        """The generator's name."""
        return self._generator.name

    @property
    def fallback_name(self) -> str | None:
        """The fallback's name, if there is one."""
        return None if self._fallback is None else self._fallback.name


class Writing:
    """One answer while it is written. Iterate over it for verified text as it comes; then `draft` is whole."""

    def __init__(
        self, writer: Writer, question: str, evidence: Sequence[Evidence], reader: CitationReader, again: CitationReader
    ) -> None:
        self._writer, self._question, self._evidence = writer, question, evidence
        self._reader, self._again = reader, again
        self.draft = Draft(completion="", cited=reader.cited, generator=writer.name)

    @property
    def cited(self) -> CitedText:
        """What was shown so far, with its citations."""
        return self._again.cited if self._again.cited.sentences else self._reader.cited

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        """Yield verified sentences with their numbers.

        Raises:
            GeneratorError: nothing was written, and there is no fallback.
        """
        if not self._evidence:
            return  # nobody is asked what nothing could verify
        completion, problem = "", None
        try:
            async with aclosing(self._writer.pieces(self._question, self._evidence)) as pieces:
                async for piece in pieces:
                    completion += piece
                    if shown := self._reader.feed(piece):
                        yield shown
        except GeneratorError as error:
            problem = error
        if shown := self._reader.end(whole=problem is None):
            yield shown
        cited = self._reader.cited
        if problem is None or cited.sentences:
            broke_off = None if problem is None else f"The answer may be incomplete: {problem}."
            self.draft = Draft(completion=completion, cited=cited, generator=self._writer.name, problem=broke_off)
            return
        async with aclosing(self._from_fallback(problem)) as pieces:
            async for shown in pieces:
                yield shown

    async def _from_fallback(self, problem: GeneratorError) -> AsyncGenerator[str, None]:
        """Yield what the fallback writes instead."""
        if self._writer.fallback_name is None:
            raise problem
        completion = ""
        async with aclosing(self._writer.fallback_pieces(self._question, self._evidence)) as pieces:
            async for piece in pieces:
                completion += piece
                if shown := self._again.feed(piece):
                    yield shown
        if shown := self._again.end():
            yield shown
        self.draft = Draft(
            completion=completion, cited=self._again.cited, generator=self._writer.fallback_name,
            problem=f"Sentences of the archive instead of a written answer: {problem}.",
        )  # fmt: skip

    async def whole(self) -> Draft:
        """Return the draft when all of it is written."""
        async with aclosing(self.__aiter__()) as pieces:
            async for _ in pieces:
                pass
        return self.draft
