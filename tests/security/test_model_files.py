"""Models are read from safetensors files only: a pickle among a model's files is never opened."""

import json
import pickle
from pathlib import Path

import pytest

from index.embedding import SentenceTransformerEmbedder
from index.errors import ModelError
from index.model_folder import find_model
from rag.rerankers.cross_encoder import CrossEncoderReranker


class Attack:
    """What writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.write_text, (self._marker, "it ran"))


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """Where the attack shows that it ran."""
    return tmp_path / "marker"


@pytest.fixture
def folder(tmp_path: Path, marker: Path) -> Path:
    """A model whose weights are a pickle that attacks."""
    made = tmp_path / "model"
    (made / "2_Dense").mkdir(parents=True)
    config = {"model_type": "bert", "hidden_size": 16, "num_labels": 1, "architectures": ["BertForSequenceClassification"]}
    (made / "config.json").write_text(json.dumps(config))
    (made / "pytorch_model.bin").write_bytes(pickle.dumps(Attack(marker)))
    return made


def test_the_attack_would_run(folder: Path, marker: Path) -> None:
    """Otherwise the tests below prove nothing."""
    with (folder / "pytorch_model.bin").open("rb") as file:
        pickle.load(file)  # noqa: S301 - written by this test
    assert marker.read_text() == "it ran"


@pytest.mark.parametrize("beside", [None, "model.safetensors"])
def test_an_embedding_model_of_pickles_is_refused(folder: Path, marker: Path, beside: str | None) -> None:
    """Also where only one of its parts is one; the message says what to do, and nothing was unpickled."""
    if beside:
        (folder / beside).write_bytes(b"\0" * 8)
        (folder / "pytorch_model.bin").rename(folder / "2_Dense" / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin, which is a pickle .* safetensors"):
        find_model(str(folder))
    assert not marker.exists()


def test_a_reranker_of_pickles_is_refused(folder: Path, marker: Path) -> None:
    """Before any library looks at the folder."""
    with pytest.raises(ModelError, match=r"pytorch_model\.bin, which is a pickle .* safetensors"):
        CrossEncoderReranker(str(folder))
    assert not marker.exists()


def test_pickles_beside_their_safetensors_are_not_loaded(folder: Path, marker: Path) -> None:
    """Hubs often hold both. The error is about the other file, which is broken here: the pickle is no substitute for it."""
    (folder / "model.safetensors").write_bytes(b"\0" * 8)
    found = find_model(str(folder))
    with pytest.raises(ModelError, match=r"cannot be loaded \(.*header"):
        SentenceTransformerEmbedder(found)
    assert not marker.exists()
