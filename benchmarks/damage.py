"""Damages the pipeline on purpose, in ways that have happened to others, and shows what the gate says of it.

`python -m benchmarks.damage [--gold FILE] [--data DIR] [--gate FILE]`: without `--data` the sample articles are ingested into a
temporary archive. Prints one JSON object with the gate's words for each damage, the commit and the date; exits 1 when the whole
pipeline does not pass or a damaged one does.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from eval.conditions import commit, conditions
from eval.datasets.loading import load_dataset
from eval.datasets.types import Dataset
from eval.gate import Gate, load_gate, misses
from eval.measuring import in_gold_order, measure
from eval.report import build_report
from eval.runner import Answering
from index.embedder_wiring import build_embedder
from index.ingest import Fallbacks
from index.protocols import Embedder, PassageStore
from index.sources.files import find_files, read_file
from index.types import Hit
from index.wiring import build_ingest, build_store
from rag.prepared import Prepared
from rag.settings import RagSettings
from rag.tokens import TiktokenCounter
from rag.types import Answer, Question
from rag.wiring import build_pipeline
from rag.writing import Draft, Writing

EXAMPLES = Path(__file__).parent.parent / "examples"
K = 10


class Damaged:
    """Answers as the pipeline that it is given; what is broken is overridden."""

    def __init__(self, pipeline: Answering) -> None:
        self.store = pipeline.store
        self._whole = pipeline

    async def understand(self, question: Question) -> Question:
        """Return the question."""
        return await self._whole.understand(question)

    def prepare(self, question: Question) -> Prepared:
        """Retrieve and decide."""
        return self._whole.prepare(question)

    def write(self, prepared: Prepared) -> Writing:
        """Return the answer to be written."""
        return self._whole.write(prepared)

    def finish(self, prepared: Prepared, draft: Draft) -> Answer:
        """Return the answer."""
        return self._whole.finish(prepared, draft)

    def search(self, question: Question) -> list[Hit]:
        """Return the passages alone."""
        return self._whole.search(question)


class Remembering(Damaged):
    """Retrieves once for each question, however many damaged pipelines rest on it."""

    def __init__(self, pipeline: Answering) -> None:
        super().__init__(pipeline)
        self.prepare = cache(pipeline.prepare)  # type: ignore[method-assign]
        self.search = cache(pipeline.search)  # type: ignore[method-assign]


class ShuffledCitations(Damaged):
    """The numbers in the text point at the wrong sources: each at the next one's, a lone one at another passage."""

    def finish(self, prepared: Prepared, draft: Draft) -> Answer:
        """Return the answer with its sources in another order."""
        answer = super().finish(prepared, draft)
        cited = answer.citations
        if len(cited) == 1:
            strange = [hit for hit in prepared.hits if hit.article.article_id != cited[0].article.article_id][:1]
            moved = [
                replace(cited[0], article=h.article, quote=h.passage.text, start=h.passage.start, end=h.passage.end)
                for h in strange
            ]
        else:
            moved = [replace(source, number=place.number) for place, source in zip(cited, cited[1:] + cited[:1], strict=True)]
        return replace(answer, citations=tuple(moved) or cited)


class NeverAbstains(Damaged):
    """Answers whatever is asked."""

    def prepare(self, question: Question) -> Prepared:
        """Retrieve, and decide to answer."""
        return replace(super().prepare(question), abstained=None)


class FirstDropped(Damaged):
    """Loses the best passage on the way."""

    def prepare(self, question: Question) -> Prepared:
        """Retrieve, and lose the first."""
        prepared = super().prepare(question)
        evidence = tuple(item for item in prepared.evidence if item.hit not in prepared.hits[:1])
        return replace(prepared, hits=prepared.hits[1:], evidence=evidence)

    def search(self, question: Question) -> list[Hit]:
        """Return the passages but the first."""
        return super().search(question)[1:]


def damaged_pipelines(settings: RagSettings, store: PassageStore, embedder: Embedder) -> Mapping[str, Answering]:
    """Return the whole pipeline and the damaged ones, by what is wrong with them."""
    whole = Remembering(build_pipeline(settings, store=store, embedder=embedder))
    without_recency = settings.model_copy(update={"recency_strength": 0.0})
    return {
        "nothing": whole,
        "citations shuffled": ShuffledCitations(whole),
        "recency off": build_pipeline(without_recency, store=store, embedder=embedder),
        "abstention off": NeverAbstains(whole),
        "first passage dropped": FirstDropped(whole),
    }


def measured(pipeline: Answering, dataset: Dataset, settings: RagSettings) -> dict[str, Any]:
    """Return the report of asking the pipeline."""
    rows: list[dict[str, Any]] = []
    measure(pipeline, dataset, k=K, tokens=TiktokenCounter(), keep=rows.append)
    made = conditions(
        gold=dataset.name, questions=dataset.questions, k=K, concurrency=1, retrieval_only=False, price=None,
        store=pipeline.store, settings=settings,
    )  # fmt: skip
    return build_report(in_gold_order(rows, dataset), made)


def ingest_samples(settings: RagSettings, store: PassageStore, embedder: Embedder) -> None:
    """Put the sample articles into the archive."""
    files, _ = find_files([str(EXAMPLES / "articles")])
    items = (item for file in files for item in read_file(file, embedder.embed_passages))
    build_ingest(settings, store, embedder).run(items, Fallbacks(publisher="Dateline Sample Desk"))


def main() -> None:
    """Damage, measure, print what the gate says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--gold", type=Path, default=EXAMPLES / "gold.jsonl")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--gate", type=Path, default=EXAMPLES / "gate.toml")
    options = parser.parse_args()
    gate, dataset = load_gate(options.gate), load_dataset(options.gold)
    with tempfile.TemporaryDirectory(prefix="dateline-damage-") as scratch:
        settings = RagSettings(data=options.data or Path(scratch))
        embedder = build_embedder(settings)
        with closing(build_store(settings)) as store:
            if options.data is None:
                ingest_samples(settings, store, embedder)
            said = _said(gate, dataset, settings, damaged_pipelines(settings, store, embedder))
    print(json.dumps({"gate": said, "commit": commit(), "date": datetime.now(UTC).isoformat(timespec="seconds")}, indent=2))
    sys.exit(bool(said.pop("nothing")) or not all(said.values()))


def _said(gate: Gate, dataset: Dataset, settings: RagSettings, pipelines: Mapping[str, Answering]) -> dict[str, list[str]]:
    said = {}
    for damage, pipeline in pipelines.items():
        said[damage] = misses(gate, measured(pipeline, dataset, settings))
        print(f"{damage}: {len(said[damage])} misses", file=sys.stderr)
    return said


if __name__ == "__main__":
    main()
