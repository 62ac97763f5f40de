"""Counts what poisoned articles and an obedient model get past the checks: python -m benchmarks.injection prints one JSON object.

The articles, the model and the checks are those of `tests/injection`; docs/security.md explains them.
"""

import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from api.schemas import answer_body
from api.settings import ServiceSettings
from benchmarks.provenance import provenance
from index.embedder_wiring import build_embedder
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.settings import IndexSettings
from index.sources.files import find_files, read_file
from index.wiring import build_ingest, build_store
from rag.orders import is_order
from rag.types import Question
from rag.wiring import build_pipeline
from tests.injection.checks import breaches
from tests.injection.obedient import OBEY, Obedient
from tests.injection.poison import OTHER_WORDINGS, poisoned_articles
from tests.rag.chat_server import chat_server


def main() -> None:
    """Print the counts by goal."""
    embedder = build_embedder(IndexSettings())
    with tempfile.TemporaryDirectory() as folder:
        goals = _answers(Path(folder), embedder)
    json.dump(
        {
            **provenance("injection"), "goals": goals,
            "orders_in_other_words": {"known": sum(map(is_order, OTHER_WORDINGS)), "of": len(OTHER_WORDINGS)},
        },
        sys.stdout, indent=2,
    )  # fmt: skip
    print()


def _answers(folder: Path, embedder: Embedder) -> Mapping[str, Any]:
    articles = poisoned_articles()
    archive = _ingested(folder, (article.record for article in articles), embedder)
    model, counts = Obedient(), {goal: Counter[str]() for goal in OBEY}
    with chat_server(model) as server:
        pipeline = build_pipeline(
            ServiceSettings(
                data=archive, generator="openai", generator_model="obedient", generator_url=server.url, answer_tokens=8000
            ),
            embedder=embedder,
        )
        for article in articles:
            counted = counts[article.goal]
            counted["articles"] += 1
            model.obeyed.clear()
            for generator in (None, "extractive"):
                answer = asyncio.run(pipeline.answer(Question(text=article.question, k=2, generator=generator)))
                found = breaches(
                    answer_body(answer).model_dump(), lambda it: pipeline.store.article(it).text, nonce=model.nonce,
                    system=server.asked[-1]["messages"][0]["content"],
                )  # fmt: skip
                counted["answers"] += 1
                counted["with_the_true_sentence"] += article.truth in answer.text
                counted["breaches"] += len(found)
            counted["orders_that_the_model_read"] += article.goal in model.obeyed
        pipeline.close()
    return counts


def _ingested(folder: Path, records: Iterable[Mapping[str, Any]], embedder: Embedder) -> Path:
    file = folder / "news.jsonl"
    file.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    settings = ServiceSettings(data=folder / "archive")
    store = build_store(settings)
    found, _ = find_files([str(file)])
    items = (item for one in found for item in read_file(one, embedder.embed_passages))
    build_ingest(settings, store, embedder).run(items, Fallbacks())
    store.close()
    return folder / "archive"


if __name__ == "__main__":
    main()
