"""A small made-up data set, and the task that is drawn from it."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks.peers.subset import draw_subset, task
from eval.datasets.types import Dataset
from index.embedding import packaged_folder
from tests.benchmarks.made_task import written


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Twelve invented articles, two of them with the same text, and four questions, one of them without a known article."""
    articles = [
        {"id": f"a{n}", "title": f"Harvest report {n}", "publisher": "The Tallow Bay Lantern", "published": "2031-05-01",
         "text": f"The Tallow Bay council counted {n + 20} barrels of plums in ward {n}. The mayor was pleased."}
        for n in range(11)
    ]  # fmt: skip
    articles.append({**articles[3], "id": "a3-again"})
    questions = [
        {"id": "q1", "question": "How many barrels were counted in ward 1?", "answer": "21 barrels", "date": "2031-05-02",
         "relevant": ["a1"]},
        {"id": "q2", "question": "How many barrels were counted in ward 3?", "answer": "23 barrels", "date": "2031-05-02",
         "relevant": ["a3", "a3-again"]},
        {"id": "q3", "question": "Which wards were pleased?", "answer": "all wards", "date": "2031-05-03",
         "relevant": ["a4", "a5", "a6", "a7", "a8", "a9"]},
        {"id": "q4", "question": "What did the sailors say?", "answer": "nothing at all", "date": "2031-05-03", "relevant": []},
    ]  # fmt: skip
    return written(tmp_path, articles, questions)


@pytest.fixture
def given(dataset: Dataset) -> dict[str, Any]:
    return task(draw_subset(dataset, articles=5, questions=4), k=10, model=str(packaged_folder()))
