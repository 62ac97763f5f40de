"""Measuring a real pipeline over a real archive: what counts, what fails, and what is asked at once."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from eval.datasets.loading import load_dataset
from eval.datasets.types import Dataset
from eval.errors import ReportError
from eval.measuring import in_gold_order, measure, only_retrieval, sampled
from eval.report import build_report
from index.ingest import Fallbacks
from index.protocols import Embedder
from index.sources.records import read_records
from index.wiring import build_ingest, build_store
from rag.pipeline import Pipeline
from rag.settings import RagSettings
from rag.tokens import TiktokenCounter
from rag.wiring import build_pipeline
from tests.eval.failing_generators import Broken, FailingEveryThird

Row = dict[str, Any]
ARTICLES = (
    ("Fjord Post", "2025-03-05", "The Sandholm bridge opened on Monday. It cost 640 million crowns and is 2,870 metres long."),
    ("Coast Courier", "2025-04-10", "Norlink has sold its ferries to a yard in Vestby. Director Ida Strand named no price."),
    ("Fjord Post", "2025-05-20", "The Vestby yard cut 85 jobs in May. Its owner blamed the price of steel."),
)
BRIDGE = {"publisher": "Fjord Post", "date": "2025-03-05"}
GOLD = (
    {"id": "cost", "question": "How much did the Sandholm bridge cost?", "kind": "number", "answers": ["640 million crowns"],
     "evidence": ["It cost 640 million crowns"], **BRIDGE},
    {"id": "director", "question": "Who is the director of Norlink?", "kind": "person", "answers": ["Ida Strand"],
     "evidence": ["Director Ida Strand named no price"]},
    {"id": "jobs", "question": "How many jobs did the Vestby yard cut?", "kind": "number", "answers": ["85"],
     "evidence": ["The Vestby yard cut 85 jobs in May"], "as_of": "2025-05-01"},
    {"id": "lost", "question": "How long is the Sandholm bridge?", "kind": "number", "answers": ["2,870 metres"],
     "evidence": ["The bridge measures 2,870 metres"]},
    {"id": "pizza", "question": "Which cheese belongs on a pizza?", "kind": "unanswerable/off-topic",
     "answers": [], "evidence": []},
    {"id": "why", "question": "Why was the yard in Vestby cutting jobs?", "kind": "cause",
     "answers": ["price of steel"], "evidence": []},
)  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> RagSettings:
    made = RagSettings(data=tmp_path_factory.mktemp("archive"))
    store = build_store(made)
    records = [{"publisher": outlet, "published": day, "text": text} for outlet, day, text in ARTICLES]
    lines = [json.dumps(record).encode() for record in records]
    build_ingest(made, store, embedder).run(read_records(lines, "/news/a.jsonl"), Fallbacks())
    store.close()
    return made


@pytest.fixture
def pipeline(settings: RagSettings, embedder: Embedder) -> Iterator[Pipeline]:
    made = build_pipeline(settings, embedder=embedder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    path = tmp_path_factory.mktemp("gold") / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, GOLD)), encoding="utf-8")
    return load_dataset(path)


def asked(pipeline: Pipeline, dataset: Dataset, **more: Any) -> dict[str, Row]:
    rows: list[Row] = []
    measure(pipeline, dataset, k=10, tokens=TiktokenCounter(), keep=rows.append, **more)
    assert len(rows) == len({row["id"] for row in rows})
    return {row["id"]: row for row in rows}


@pytest.fixture
def with_generator(settings: RagSettings, embedder: Embedder) -> Iterator[Callable[[Any], Pipeline]]:
    opened: list[Pipeline] = []

    def make(generator: Any) -> Pipeline:
        parts = {"store": build_store(settings), "embedder": embedder, "generator": generator, "tokens": TiktokenCounter()}
        opened.append(Pipeline(**parts, evidence_tokens=4000, recency_strength=2.0, recency_days=14.0))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_a_right_answer_is_right_in_everything(pipeline: Pipeline, dataset: Dataset) -> None:
    """Retrieval, answer, citation and attribution of a plain question are 1, and the row shows the quote in its passage."""
    row = asked(pipeline, dataset)["cost"]
    assert (row["failure"], row["problems"], row["error"]) == (None, [], None)
    assert row["scores"]["answers"]["contains"] == 1
    assert {row["scores"]["retrieval"][figure] for figure in ("hit@1", "mrr@10", "ndcg@10", "evidence@5")} == {1}
    assert row["scores"]["citations"]["quote_valid"] == row["scores"]["citations"]["attribution"] == 1
    cited = row["citations"][0]
    assert cited["exact"]
    assert cited["passage"][cited["quote_start"] :].startswith(cited["quote"])
    assert row["passages"][0]["evidence"] == [0]
    assert row["passages"][0]["relevant"]
    assert row["tokens"]["evidence"] > row["tokens"]["completion"] > 0


def test_what_as_of_hides_is_asked_as_of_that_day(pipeline: Pipeline, dataset: Dataset) -> None:
    """The article of 20 May is not found on 1 May: the question is not answered from it, and gold is told of it."""
    row = asked(pipeline, dataset)["jobs"]
    assert all(passage["published"] <= "2025-05-01" for passage in row["passages"])
    assert row["scores"]["retrieval"]["hit@10"] == 0
    assert row["failure"] in ("missed answer", "false abstention")
    dated = "this evidence is only in articles dated after 2025-05-01"
    assert row["problems"] == [f"{dated}: “The Vestby yard cut 85 jobs in May”"]


def test_a_follow_up_is_asked_within_its_conversation(pipeline: Pipeline, tmp_path: Path) -> None:
    """What was asked before is asked first; the same words without it cannot be answered rightly."""
    alone = {
        "id": "alone", "question": "And who is its director?", "kind": "follow_up", "answers": ["Ida Strand"],
        "evidence": ["Director Ida Strand named no price"],
    }  # fmt: skip
    gold = tmp_path / "gold.jsonl"
    within = alone | {"id": "within", "history": ["To whom has Norlink sold its ferries?"]}
    gold.write_text("\n".join(map(json.dumps, (alone, within))), encoding="utf-8")
    for retrieval_only in (False, True):
        rows = asked(pipeline, load_dataset(gold), retrieval_only=retrieval_only)
        ranks = [rows[name]["scores"]["retrieval"]["mrr@10"] for name in ("alone", "within")]
        assert ranks[0] <= ranks[1] == 1
        assert rows["within"]["history"] == ["To whom has Norlink sold its ferries?"]
    rows = asked(pipeline, load_dataset(gold))
    assert rows["within"]["scores"]["answers"]["contains"] == 1
    assert rows["within"]["answer"] != rows["alone"]["answer"]


def test_evidence_that_the_archive_lacks_counts_as_not_found(pipeline: Pipeline, dataset: Dataset) -> None:
    """The question stays in the means of retrieval, and its row says why."""
    row = asked(pipeline, dataset)["lost"]
    assert row["problems"] == ["this evidence is not in the archive: “The bridge measures 2,870 metres”"]
    assert set(row["scores"]["retrieval"].values()) == {0.0}
    assert row["scores"]["answers"]["contains"] == 1


def test_an_abstention_keeps_what_it_would_have_said(pipeline: Pipeline, dataset: Dataset) -> None:
    """Abstaining on the unanswerable is right; the withheld words are needed for the curve of risk, where they are wrong."""
    row = asked(pipeline, dataset)["pizza"]
    assert (row["abstained"], row["failure"]) == ("low_score", None)
    assert row["scores"] == {"abstention": {"recall": 1.0, "precision": 1.0}, "risk": {"wrong": 1.0}}
    assert row["withheld"]
    assert 0 <= row["confidence"] < 0.43


def test_without_evidence_in_gold_retrieval_is_not_judged(pipeline: Pipeline, dataset: Dataset) -> None:
    """Nor is a passage called relevant or not."""
    row = asked(pipeline, dataset)["why"]
    assert "retrieval" not in row["scores"]
    assert {passage["relevant"] for passage in row["passages"]} == {None}


def test_a_generator_that_fails_at_every_third_question_costs_those_questions(
    with_generator: Callable[[Any], Pipeline], dataset: Dataset
) -> None:
    """The run finishes; the failures are named, count as wrong in everything, and keep what retrieval found."""
    rows = asked(with_generator(FailingEveryThird()), dataset)
    failed = [row for row in rows.values() if row["error"]]
    assert len(rows) == len(GOLD)
    assert failed
    for row in failed:
        assert row["error"] == "the model's server is away; start it"
        assert row["failure"] == "error"
        assert row["scores"]["answers"] == {"contains": 0.0, "em": 0.0, "f1": 0.0}
        assert row["scores"]["citations"]["recall"] == 0
        assert row["scores"]["abstention"] == {"false_rate": 1.0}
        assert row["passages"]


def test_a_fault_of_a_library_is_one_error_too(with_generator: Callable[[Any], Pipeline], dataset: Dataset) -> None:
    """Whatever is raised on one question, the others are asked."""
    rows = asked(with_generator(Broken()), dataset)
    assert rows["cost"]["error"] == "ZeroDivisionError: division by zero"
    assert rows["pizza"]["abstained"] == "low_score"


def test_a_question_that_cannot_be_asked_is_an_error_of_its_own(pipeline: Pipeline, tmp_path: Path) -> None:
    """One of three thousand characters is refused by the pipeline; retrieval of it scores 0."""
    gold = tmp_path / "gold.jsonl"
    lines = [dict(GOLD[0], question="long " * 600), GOLD[1]]
    gold.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    rows = asked(pipeline, load_dataset(gold))
    assert "at most 2,000 are allowed" in rows["cost"]["error"]
    assert set(rows["cost"]["scores"]["retrieval"].values()) == {0.0}
    assert rows["director"]["error"] is None


def test_what_cannot_be_kept_ends_the_run_as_itself(pipeline: Pipeline, dataset: Dataset) -> None:
    """A full disk is told as such, not as a group of exceptions."""

    def keep(_: Row) -> None:
        raise ReportError(Path("/full"), "No space left on device")

    with pytest.raises(ReportError, match="No space left on device"):
        measure(pipeline, dataset, k=10, tokens=TiktokenCounter(), keep=keep)


def test_a_question_whose_answer_cannot_be_put_in_words_is_not_judged_by_words(pipeline: Pipeline, dataset: Dataset) -> None:
    """Retrieval and abstention still are."""
    bare = replace(dataset, questions=(replace(dataset.questions[0], answers=()),))
    row = asked(pipeline, bare)["cost"]
    assert "answers" not in row["scores"]
    assert row["scores"]["abstention"] == {"false_rate": 0.0}
    assert row["failure"] is None


def test_asked_at_once_the_answers_are_the_same(pipeline: Pipeline, dataset: Dataset) -> None:
    """Only the times differ."""

    def told(rows: dict[str, Row]) -> list[Row]:
        return [{**row, "wall_ms": 0} for row in in_gold_order(list(rows.values()), dataset)]

    assert told(asked(pipeline, dataset)) == told(asked(pipeline, dataset, concurrency=4))


def test_answered_questions_are_not_asked_again(pipeline: Pipeline, dataset: Dataset) -> None:
    """So that a run can be gone on with."""
    assert set(asked(pipeline, dataset, answered={"cost", "why"})) == {"director", "jobs", "lost", "pizza"}


def test_only_passages_can_be_asked_for(pipeline: Pipeline, dataset: Dataset) -> None:
    """Then nothing of answers is judged."""
    rows = asked(pipeline, dataset, retrieval_only=True)
    assert rows["cost"]["scores"]["retrieval"]["hit@1"] == 1
    assert {group for row in rows.values() for group in row["scores"]} == {"retrieval"}
    assert rows["pizza"]["failure"] is None


@pytest.mark.parametrize("retrieval_only", [False, True])
def test_in_an_empty_archive_every_question_fails(
    tmp_path: Path, embedder: Embedder, dataset: Dataset, *, retrieval_only: bool
) -> None:
    """Each says how to fill it and is wrong in all that it is judged on, also where abstaining would have been right."""
    empty = build_pipeline(RagSettings(data=tmp_path), embedder=embedder)
    rows = asked(empty, dataset, retrieval_only=retrieval_only)
    empty.close()
    assert set(rows) == {line["id"] for line in GOLD}
    assert all("holds no articles. Fill it with: dateline ingest" in row["error"] for row in rows.values())
    assert {row["failure"] for row in rows.values()} == {"error"}
    assert set(rows["cost"]["scores"]["retrieval"].values()) == {0.0}
    assert retrieval_only or rows["pizza"]["scores"] == {"abstention": {"recall": 0.0}, "risk": {"wrong": 1.0}}
    report = build_report(list(rows.values()), {})
    assert (report["errors"], report["latency_ms"]["p50"]) == (len(GOLD), None)


def test_lines_of_gold_that_cannot_be_used_count_as_wrong(pipeline: Pipeline, tmp_path: Path) -> None:
    """A broken line and a doubled id are reported like questions that failed; the others are asked, and only they are timed."""
    gold = tmp_path / "gold.jsonl"
    gold.write_text("\n".join([json.dumps(GOLD[0]), '{"id": ', json.dumps(GOLD[0]), json.dumps(GOLD[4])]), encoding="utf-8")
    rows = asked(pipeline, load_dataset(gold))
    assert list(rows) == ["line 2", "line 3", "cost", "pizza"]
    assert rows["line 2"]["error"].startswith("line 2 of the gold file: is not JSON")
    assert rows["line 3"]["error"] == "line 3 of the gold file: the id 'cost' is that of line 1. Give each its own."
    assert rows["line 3"]["question"] == GOLD[0]["question"]
    for row in (rows["line 2"], rows["line 3"]):
        scores = row["scores"]
        assert (row["failure"], row["wall_ms"]) == ("error", None)
        assert set(scores) == {"retrieval", "answers", "citations", "abstention", "risk"}
        assert set(scores["retrieval"]) == set(rows["cost"]["scores"]["retrieval"])
        assert {*scores["retrieval"].values(), *scores["answers"].values(), *scores["citations"].values()} == {0.0}
        assert (scores["abstention"], scores["risk"]) == ({"false_rate": 1.0}, {"wrong": 1.0})
    report = build_report(list(rows.values()), {})
    assert report["errors"] == 2
    assert report["answers"]["contains"]["n"] == 3
    assert report["retrieval"]["hit@1"]["value"] == pytest.approx(1 / 3)


def test_a_sample_is_spread_over_the_file(dataset: Dataset) -> None:
    """Every third question of six for two; all of them when more are wanted."""
    assert [question.id for question in sampled(dataset, 2).questions] == ["cost", "lost"]
    assert sampled(dataset, 99) is dataset
    assert not only_retrieval(dataset)
    assert dataset.questions[2].as_of == date(2025, 5, 1)
