"""Has a language model write several drafts for one question, and keeps the one that the archive supports best.

Asking several times and keeping the draft with the best citations raised the part of statements that their citations support
more than anything else that was tried in Gao, Yen, Yu and Chen, "Enabling Large Language Models to Generate Text with Citations"
(ALCE), EMNLP 2023. There a model of entailment judged the drafts; here our own verification does.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass

from rag.attempts import Request, attempted
from rag.draft_support import DraftSupport, measure
from rag.errors import GeneratorError
from rag.types import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One of several drafts for a question."""

    pieces: tuple[str, ...]
    """As the model wrote them."""
    problem: GeneratorError | None = None
    """Why it is not whole."""

    @property
    def text(self) -> str:
        """The draft."""
        return "".join(self.pieces)


async def collect(requests: Sequence[Request]) -> list[Sample]:
    """Return what comes of each request, in order; all are asked at once, and each has ended at its deadline.

    A generator that writes one completion at a time has them wait in its own line. Whoever cancels this stops them all.
    """
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_written(request)) for request in requests]
    return [task.result() for task in tasks]


async def _written(request: Request) -> Sample:
    pieces: list[str] = []
    try:
        async with aclosing(attempted(request)) as stream:
            async for piece in stream:
                pieces.append(piece)  # noqa: PERF401 - what came before an error counts
    except GeneratorError as error:
        return Sample(pieces=tuple(pieces), problem=error)
    return Sample(pieces=tuple(pieces))


def best_supported(samples: Sequence[Sample], evidence: Sequence[Evidence]) -> Sample:
    """Return the sample of whose sentences the largest part is supported.

    Of equals it is the one that cites more articles, or the first. One that broke off is kept only where no whole one has a
    supported sentence. Where none has any, one that says that the evidence does not answer comes before one that makes it up.

    Args:
        samples: at least one.
        evidence: what the model was shown.
    """
    measured = [measure(sample.text, evidence, whole=sample.problem is None) for sample in samples]
    best = max(range(len(samples)), key=lambda i: (*_rank(samples[i], measured[i]), -i))
    return samples[best]


def _rank(sample: Sample, found: DraftSupport) -> tuple[bool, bool, float, bool, int]:
    """Return what samples are compared by; the larger one is kept."""
    refused = found.refused and not found.supported
    return found.supported > 0, sample.problem is None, found.share, refused, found.articles
