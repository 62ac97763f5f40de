"""Asks ten questions over the samples, one of each kind that answers differ in, and prints what came as Markdown.

`python -m benchmarks.transcript [--data ARCHIVE]`, with the generator of the settings (`DATELINE_GENERATOR` …). ARCHIVE holds
the samples; without it they are ingested into a temporary folder. Beside each answer stands what the generator wrote before
anything was verified.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from api.settings import ServiceSettings
from benchmarks.provenance import commit
from rag.types import Answer, Question, Turn
from rag.wiring import build_pipeline

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and why it is among the ten."""

    kind: str
    text: str
    as_of: date | None = None
    follows: bool = False
    """Asked in the conversation of the one before."""


QUESTIONS = (
    Asked("a fact", "How long did the final of the French Open last in 2025?"),
    Asked("a follow-up, by its pronoun", "Who won it?", follows=True),
    Asked("the latest", "What is the ECB's deposit rate now?", as_of=date(2025, 7, 10)),
    Asked("as it stood on a day", "Who is the prime minister of France?", as_of=date(2024, 10, 15)),
    Asked("a comparison", "Which tokamak held its plasma longer in early 2025, EAST or WEST?"),
    Asked("two parts", "When was mpox declared an international emergency by the WHO, and who ended it?"),
    Asked("a course of events", "What happened with asteroid 2024 YR4 in 2025?"),
    Asked("a corrected figure", "How many megapixels does the Rubin camera have?"),
    Asked("a false premise", "Why did the ECB raise its deposit rate in October 2024?"),
    Asked("not in the archive", "Who coaches the national handball team of Iceland?"),
)


def main() -> None:
    """Ask, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="an archive of the samples; they are ingested if absent")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = arguments.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if arguments.data is None:
            command = [sys.executable, "-m", "api.cli", "ingest", "examples/articles", "--data", str(folder)]
            subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        settings = ServiceSettings(data=folder)
        pipeline = stack.enter_context(closing(build_pipeline(settings)))
        name = f"{settings.generator} {Path(settings.generator_model).name}".strip()
        print(f"## {name}\n\n`python -m benchmarks.transcript`, {commit()}, {datetime.now(UTC):%Y-%m-%d}\n")
        earlier: tuple[Turn, ...] = ()
        for asked in QUESTIONS:
            question = Question(text=asked.text, as_of=asked.as_of, earlier=earlier if asked.follows else ())
            answer = asyncio.run(pipeline.answer(question))
            earlier = (Turn("user", asked.text), Turn("assistant", answer.text))
            print("\n".join(_shown(asked, answer)), flush=True)


def _shown(asked: Asked, answer: Answer) -> Iterator[str]:
    yield f"**{asked.text}** ({asked.kind}{f', as of {asked.as_of}' if asked.as_of else ''})\n"
    if answer.standalone:
        yield f"- understood as: {answer.standalone}"
    yield f"- answer: {' / '.join(answer.text.splitlines())}"
    if answer.abstained:
        yield f"- abstained: {answer.abstained.reason}"
    notes = (answer.premise, answer.conclusion, answer.newest_note, answer.degraded, *answer.conflicts)
    yield from (f"- note: {note}" for note in notes if note)
    for citation in answer.citations:
        dated = citation.article.dated
        yield (
            f"- [{citation.number}] {citation.article.publisher}, {dated.value[:10] if dated else 'undated'}, "
            f"*{citation.article.title}*: “{citation.quote}”"
        )
    if answer.generator != "extractive":
        yield f"- as written: {' '.join(answer.completion.split())[:600]}"
    yield f"- {answer.timings_ms['total']:,.0f} ms\n"


if __name__ == "__main__":
    main()
