"""Asks two archives of the same content the same questions: do the embedded store and Milvus find the same articles?

`python -m benchmarks.stores LOCAL MILVUS [--questions FILE] [--count N]`. LOCAL is a data folder, MILVUS a URL or a `.db` file
that `dateline migrate` filled from it. FILE has a JSON object with `question`, and if known `date`, on each line. The sets of
articles in the first ten passages are compared, and with `--answers` what the extractive generator says. Prints one JSON object;
exits 1 when fewer than 95 of 100 sets are equal.
"""

import argparse
import asyncio
import json
import statistics
import sys
import time
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.provenance import provenance
from index.embedder_wiring import build_embedder
from index.wiring import build_store
from rag.pipeline import Pipeline
from rag.settings import RagSettings
from rag.types import Question
from rag.wiring import build_pipeline

ROOT = Path(__file__).parent.parent
# Issue 9.
WANTED = 0.95
K = 10


def main() -> None:
    """Ask both, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("local", type=Path, help="a data folder")
    parser.add_argument("milvus", help="a URL, or a .db file")
    parser.add_argument("--name", default="dateline", help="the archive's name in Milvus")
    parser.add_argument("--questions", type=Path, default=ROOT / "examples/gold.jsonl")
    parser.add_argument("--count", type=int, help="only so many questions, the first ones")
    parser.add_argument("--answers", action="store_true", help="compare answers, too")
    arguments = parser.parse_args()
    lines = [json.loads(line) for line in arguments.questions.read_text(encoding="utf-8").splitlines() if line.strip()]
    questions = [_question(line) for line in lines[: arguments.count]]
    local = RagSettings(data=arguments.local, store="local")
    milvus = RagSettings(data=arguments.local, store="milvus", milvus_url=arguments.milvus, milvus_name=arguments.name)
    embedder = build_embedder(local)
    seen: dict[str, list[dict[str, Any]]] = {}
    for settings in (local, milvus):
        with closing(build_store(settings)) as store:
            pipeline = build_pipeline(settings, store=store, embedder=embedder)
            seen[settings.store] = [_asked(pipeline, question, answers=arguments.answers) for question in questions]
    report = _compared(seen["local"], seen["milvus"])
    print(json.dumps({**provenance("stores"), "k": K, "wanted": WANTED, **report}, indent=2, ensure_ascii=False))
    sys.exit(0 if report["same_articles"] >= WANTED * len(questions) else 1)


def _question(line: dict[str, Any]) -> Question:
    day = line.get("date") or line.get("as_of")
    return Question(text=line["question"], k=K, as_of=date.fromisoformat(day) if day else None)


def _asked(pipeline: Pipeline, question: Question, *, answers: bool) -> dict[str, Any]:
    began = time.perf_counter()
    hits = pipeline.search(question)
    found: dict[str, Any] = {
        "question": question.text,
        "seconds": time.perf_counter() - began,
        "articles": [hit.article.article_id for hit in hits],
        "passages": [hit.passage.passage_id for hit in hits],
    }
    if answers:
        found["answer"] = asyncio.run(pipeline.answer(question)).text
    return found


def _compared(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> dict[str, Any]:
    pairs = list(zip(one, other, strict=True))
    differing = [a["question"] for a, b in pairs if set(a["articles"]) != set(b["articles"])]
    report: dict[str, Any] = {
        "questions": len(pairs),
        "same_articles": len(pairs) - len(differing),
        "same_passages_in_order": sum(a["passages"] == b["passages"] for a, b in pairs),
        "median_ms": {
            "local": 1000 * statistics.median(a["seconds"] for a, _ in pairs),
            "milvus": 1000 * statistics.median(b["seconds"] for _, b in pairs),
        },
        "differing": differing[:20],
    }
    if "answer" in one[0]:
        report["same_answers"] = sum(a["answer"] == b["answer"] for a, b in pairs)
    return report


if __name__ == "__main__":
    main()
