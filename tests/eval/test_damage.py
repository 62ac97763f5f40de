"""The gate that CI runs passes the pipeline as it is and stops each of four damaged ones. All parts are real."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from benchmarks.damage import EXAMPLES, damaged_pipelines, ingest_samples, measured
from eval.datasets.loading import load_dataset
from eval.gate import load_gate, misses
from eval.runner import Answering
from index.protocols import Embedder
from index.wiring import build_store
from rag.settings import RagSettings

GATE = EXAMPLES / "gate.toml"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> RagSettings:
    return RagSettings(data=tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="module")
def pipelines(settings: RagSettings, embedder: Embedder) -> Iterator[Mapping[str, Answering]]:
    store = build_store(settings)
    ingest_samples(settings, store, embedder)
    yield damaged_pipelines(settings, store, embedder)
    store.close()


def said(pipelines: Mapping[str, Answering], damage: str, settings: RagSettings) -> list[str]:
    report = measured(pipelines[damage], load_dataset(EXAMPLES / "gold.jsonl"), settings)
    assert report["errors"] == 0
    return misses(load_gate(GATE), report)


def test_the_pipeline_as_it_is_passes(pipelines: Mapping[str, Answering], settings: RagSettings) -> None:
    """On the shipped articles and questions."""
    assert said(pipelines, "nothing", settings) == []


@pytest.mark.long
@pytest.mark.parametrize(
    ("damage", "figure"),
    [
        ("citations shuffled", "citations."),
        ("recency off", "retrieval.hit@1 of latest"),
        ("abstention off", "abstention.recall"),
        ("first passage dropped", "retrieval."),
    ],
)
def test_damage_is_stopped(pipelines: Mapping[str, Answering], settings: RagSettings, damage: str, figure: str) -> None:
    """Each kind of damage is named by a figure that it hurts."""
    assert any(miss.startswith(figure) for miss in said(pipelines, damage, settings))


def test_the_gate_of_the_samples_compares_with_a_committed_run() -> None:
    """Its baseline is a file of the project, without anything of the machine it was made on."""
    gate = load_gate(GATE)
    assert gate.baseline is not None
    assert Path(gate.baseline).is_relative_to(EXAMPLES)
    assert str(Path.home()) not in gate.baseline.read_text(encoding="utf-8")
