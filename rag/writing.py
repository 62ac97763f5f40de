"""Has an answer written: within a deadline, verified as it comes, by another generator if the first one fails.

One layer retries (`rag.attempts`), and only before the first word. What was verified before a generator broke off stays; if there
was nothing, the fallback writes, and the answer says so. A language model is asked once more for what could not be verified
(`rag.repair`), or writes several drafts of which the best supported is kept (`rag.sampling`).
"""

import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from index.types import Copy
from rag.attempts import Deadline, Request, attempted
from rag.circuit import Circuit
from rag.citations import CitationReader, CitedText
from rag.errors import GeneratorBusy, GeneratorError
from rag.prompts import Prompt, write_prompt, write_repair, write_standalone
from rag.protocols import Generator, LanguageModel
from rag.repair import MOST_CHARACTERS, Repair, RepairOutcome, worth_repairing
from rag.rewriting import MOST_CHARACTERS as LONGEST_REWRITING
from rag.rewriting import PART_OF_DEADLINE, accepted, shown_turns
from rag.sampling import Sample, best_supported, collect
from rag.timeline import asks_for_timeline
from rag.types import EXTRACTIVE, Evidence, Turn, Unsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was written for a question."""

    completion: str
    """As the generator wrote it, unverified; a repair stands on a line of its own behind it."""
    cited: CitedText
    generator: str
    """The name of who wrote it."""
    problem: str | None = None
    """Why it is not what was asked for: the configured generator failed or broke off. For people."""
    samples: int = 1
    """How many completions were asked for, of which this is the best supported."""
    repair: RepairOutcome | None = None
    """How it went when the model was asked once more for what could not be verified; None where it was not."""


class Writer:
    """Has answers written by one generator, with another to fall back on."""

    def __init__(
        self,
        generator: Generator,
        fallback: Generator | None,
        *,
        seconds: float,
        unsupported: Unsupported = "strict",
        samples: int = 1,
    ) -> None:
        """Take the generators, the deadline of one answer, what becomes of unsupported sentences, and how many drafts to have.

        Only language models (`rag.protocols.LanguageModel`) write more than one, or are asked to repair.
        """
        self._generator, self._fallback = generator, fallback
        self._seconds, self._unsupported = seconds, unsupported
        self.model = generator if isinstance(generator, LanguageModel) else None
        """The generator, if it can be told more than a question."""
        self.samples = samples if self.model else 1
        """How many drafts it writes."""
        self._circuit = Circuit()

    def write(self, question: str, evidence: Sequence[Evidence], copies: Callable[[str], Sequence[Copy]]) -> "Writing":
        """Return an answer to be written; nothing happens before its pieces are asked for."""
        # The archive's own sentences need their days to tell a course of events; a model writes them where it wants them.
        timeline = asks_for_timeline(question)
        extractive = (generator is not None and generator.name == EXTRACTIVE for generator in (self._generator, self._fallback))
        reader, again = (
            CitationReader(evidence, copies, unsupported=self._unsupported, dated=timeline and quoting, titled=quoting)
            for quoting in extractive
        )
        return Writing(self, question, evidence, reader, again)

    async def standalone(self, question: str, earlier: Sequence[Turn]) -> str | None:
        """Return a follow-up as a question of its own, as the model wrote it (`rag.rewriting`).

        None where there is no model, where it is down or too slow, and where what it wrote cannot be asked instead.
        """
        if self.model is None or not self._circuit.may_ask():
            return None
        # A model that is too slow for this may be quick enough for an answer: the circuit is not told how it went.
        self._circuit.gave_up()
        turns = shown_turns(earlier)
        request = Request(
            name=self._generator.name, begin=partial(self.model.ask, write_standalone(question, turns, secrets.token_hex(8))),
            deadline=Deadline.within(PART_OF_DEADLINE * self._seconds), attempts=1, most=LONGEST_REWRITING,
        )  # fmt: skip
        try:
            async with aclosing(attempted(request)) as pieces:
                completion = "".join([piece async for piece in pieces])
        except GeneratorError:
            return None
        return accepted(completion, question, turns)

    def deadline(self) -> Deadline:
        """Return the deadline of an answer that begins to be written now."""
        return Deadline.within(self._seconds)

    def plainly(self, question: str, evidence: Sequence[Evidence]) -> Callable[[], AsyncIterator[str]]:
        """Return what asks a generator that takes no prompt."""
        return partial(self._generator.stream, question, evidence)

    async def pieces(self, request: Request) -> AsyncGenerator[str, None]:
        """Yield what the generator writes.

        Raises:
            GeneratorError: it failed, was too slow or wrote without end; or failed so often before that it is not asked now.
        """
        self._check_circuit()
        written, known = False, False
        try:
            async with aclosing(attempted(request)) as stream:
                async for piece in stream:
                    written = True
                    yield piece
            known = True
            self._circuit.went_well()
        except GeneratorError as error:
            known = True
            self._tell_circuit(error, written=written)
            raise
        finally:
            if not known:
                self._circuit.gave_up()

    async def best_of(self, requests: Sequence[Request], evidence: Sequence[Evidence]) -> Sample:
        """Return the best supported of what comes of the requests; for the circuit they are one.

        Raises:
            GeneratorError: the model failed so often before that it is not asked now.
        """
        self._check_circuit()
        samples: list[Sample] = []
        try:
            samples = await collect(requests)
        finally:
            if not samples:
                self._circuit.gave_up()
        # The one that went best says how the model is.
        well = min(samples, key=lambda sample: (sample.problem is not None, not sample.pieces))
        self._tell_circuit(well.problem, written=bool(well.pieces))
        return best_supported(samples, evidence)

    def _check_circuit(self) -> None:
        if not self._circuit.may_ask():
            raise GeneratorError(f"{self._generator.name} failed several times in a row and is not asked for some seconds")

    def _tell_circuit(self, problem: GeneratorError | None, *, written: bool) -> None:
        # A model that answers, only too much, is not down.
        if problem is None or (written and not isinstance(problem, GeneratorBusy)):
            self._circuit.went_well()
        else:
            self._circuit.failed()

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
    def repairs(self) -> bool:
        """Whether what could not be verified is worth asking for again: where it is shown with a mark, it is not."""
        return self.model is not None and self._unsupported == "strict"

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
        self._prompt = write_prompt(question, evidence, secrets.token_hex(8))
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
        completion, problem, repair = "", None, None
        deadline = self._writer.deadline()
        try:
            async with aclosing(self._first(deadline)) as pieces:
                async for piece in pieces:
                    completion += piece
                    if shown := self._reader.feed(piece):
                        yield shown
        except GeneratorError as error:
            problem = error
        if shown := self._reader.end(whole=problem is None):
            yield shown
        if problem is None and (repair := self._repair(completion, deadline)):
            async with aclosing(aiter(repair)) as more:
                async for shown in more:
                    yield shown
        cited = self._reader.cited
        if problem is None or cited.sentences:
            self.draft = Draft(
                completion=f"{completion}\n{repair.completion}" if repair and repair.completion else completion,
                cited=cited, generator=self._writer.name, samples=self._writer.samples, repair=repair.outcome if repair else None,
                problem=None if problem is None else f"The answer may be incomplete: {problem}.",
            )  # fmt: skip
            return
        async with aclosing(self._from_fallback(problem)) as pieces:
            async for shown in pieces:
                yield shown

    async def _first(self, deadline: Deadline) -> AsyncGenerator[str, None]:
        """Yield what the generator writes when it is asked for the first time, or the best of several drafts."""
        model = self._writer.model
        if self._writer.samples == 1 or model is None:
            ask = partial(model.ask, self._prompt) if model else self._writer.plainly(self._question, self._evidence)
            async with aclosing(self._writer.pieces(self._request(ask, deadline))) as pieces:
                async for piece in pieces:
                    yield piece
            return
        # The first is what would be written without the others.
        asks = [partial(model.ask, self._prompt, varied=number > 0) for number in range(self._writer.samples)]
        best = await self._writer.best_of([self._request(ask, deadline) for ask in asks], self._evidence)
        for piece in best.pieces:
            yield piece
        if best.problem is not None:
            raise best.problem

    def _repair(self, completion: str, deadline: Deadline) -> Repair | None:
        """Return the repair of a whole draft, None where none is worth it; of several drafts only one with nothing left is."""
        model, shown = self._writer.model, self._reader.cited.sentences
        if model is None or not self._writer.repairs or (self._writer.samples > 1 and shown):
            return None
        rejected = worth_repairing(completion, shown, self._evidence, deadline)
        if not rejected:
            return None
        prompt: Prompt = write_repair(self._prompt, completion, rejected)
        request = Request(
            name=self._writer.name, begin=partial(model.ask, prompt), deadline=deadline, attempts=1, most=MOST_CHARACTERS
        )
        return Repair(self._writer.pieces(request), self._reader, self._evidence)

    def _request(self, begin: Callable[[], AsyncIterator[str]], deadline: Deadline) -> Request:
        return Request(name=self._writer.name, begin=begin, deadline=deadline)

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
            completion=completion, cited=self._again.cited, generator=self._writer.fallback_name, samples=self._writer.samples,
            problem=f"Sentences of the archive instead of a written answer: {problem}.",
        )  # fmt: skip

    async def whole(self) -> Draft:
        """Return the draft when all of it is written."""
        async with aclosing(self.__aiter__()) as pieces:
            async for _ in pieces:
                pass
        return self.draft
