"""A GPU is looked for without loading torch; what computes there is the same class, here on the processor in float16."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from index.batch_size import BatchSize
from index.embedder_wiring import build_embedder
from index.embedding import SentenceTransformerEmbedder, load_torch, packaged_folder, unit_rows
from index.errors import ModelError
from index.gpu import gpu_expected, move_to
from index.protocols import Embedder
from index.settings import IndexSettings

ROOT = Path(__file__).parents[2]
TEXTS = [
    "", "x", "北京港口重新开放。", "word " * 400, "The harbour of Example Town reopened on Friday after nine days of repairs.",
    "Beekeepers counted 4,100 hives in the valley this summer.", "The central bank lowered its rate in June.",
    "Norlink will sell 14 of its 23 ships, said its director.", "The council of Varby wants a glass roof. " * 3,
]  # fmt: skip
WITHOUT = pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")


@pytest.fixture(scope="module")
def halved() -> SentenceTransformerEmbedder:
    """The embedder as it computes on a GPU: float16, and a search for the size of batches."""
    made = SentenceTransformerEmbedder(batch=BatchSize(first=1, most=4))
    made._model = load_torch(packaged_folder())
    move_to("cpu", made._model)
    return made


def build(folder: Path, cuda: str) -> Path:
    """Write what torch says about how it was built."""
    folder.mkdir()
    (folder / "version.py").write_text(f"__version__ = '2.13.0'\ncuda: Optional[str] = {cuda}\nhip: Optional[str] = None\n")
    return folder


def test_a_gpu_is_expected_where_the_system_shows_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And torch is built for it, and it is not hidden from this process."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    built, plain = build(tmp_path / "built", "'12.8'"), build(tmp_path / "plain", "None")
    nothing, one, windows = tmp_path / "nothing", tmp_path / "one", tmp_path / "windows"
    for folder, device in ((nothing, "nvidiactl"), (one, "nvidia0"), (windows, "dxg")):
        folder.mkdir()
        (folder / device).touch()
    assert gpu_expected(one, built)
    assert gpu_expected(windows, built)
    assert not gpu_expected(nothing, built)
    assert not gpu_expected(one, plain)
    assert not gpu_expected(one, tmp_path / "no torch")
    for hidden in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
        assert not gpu_expected(one, built)


@WITHOUT
def test_looking_for_a_gpu_loads_nothing() -> None:
    """A machine without one starts as quickly as before."""
    program = "import sys; from index.gpu import gpu_expected; assert not gpu_expected(); assert 'torch' not in sys.modules"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", program], env=environment, timeout=60, check=False).returncode == 0


@WITHOUT
def test_a_gpu_that_is_asked_for_and_not_there_is_an_error() -> None:
    """With what to do."""
    with pytest.raises(ModelError, match="DATELINE_EMBEDDER_DEVICE=cpu"):
        build_embedder(IndexSettings(embedder_device="cuda"))


def test_a_gpu_is_for_models_of_this_process() -> None:
    """Neither OpenVINO nor a server computes on it."""
    for embedder, url in (("openvino", ""), ("auto", "http://127.0.0.1/v1")):
        with pytest.raises(ValueError, match="is for sentence-transformers"):
            IndexSettings(embedder=embedder, embedder_model="m" if url else "", embedder_url=url, embedder_device="cuda")  # type: ignore[arg-type]


@pytest.mark.long
def test_vectors_in_float16_are_those_of_float32(halved: SentenceTransformerEmbedder) -> None:
    """As near as the other ways of computing them, so all have one name; and in order, whatever sizes were tried."""
    exact = unit_rows(load_torch(packaged_folder()).encode(TEXTS, show_progress_bar=False))
    rows, signs = halved.embed_with_signs(TEXTS)
    assert (rows * exact).sum(axis=1).min() >= 0.9999
    assert (halved.embed_passages(TEXTS[4:8]) * exact[4:8]).sum(axis=1).min() >= 0.9999
    assert float(halved.embed_question(TEXTS[4]).vector @ exact[4]) >= 0.9999
    assert [bool(blob) for blob in signs[1:]] == [True] * (len(TEXTS) - 1)


def test_an_archive_of_the_processor_is_asked_on_a_gpu(halved: SentenceTransformerEmbedder, embedder: Embedder) -> None:
    """The same name, nearly the same signs of tokens, and the same passage nearest to each question."""
    assert (halved.name, halved.dimension) == (embedder.name, embedder.dimension)
    here, signs_here = embedder.embed_with_signs(TEXTS[4:])
    there, signs_there = halved.embed_with_signs(TEXTS[4:])
    assert [len(blob) for blob in signs_here] == [len(blob) for blob in signs_there]
    pairs = [np.frombuffer(b"".join(signs), np.uint8) for signs in (signs_here, signs_there)]
    differing = int(np.unpackbits(pairs[0] ^ pairs[1]).sum()) / (8 * len(pairs[0]))
    assert differing < 0.05  # where OpenVINO computes in bfloat16
    assert ((here @ there.T).argmax(axis=1) == np.arange(len(here))).all()
    question = "Who reopened the harbour?"
    assert (here @ halved.embed_question(question).vector).argmax() == (there @ embedder.embed_question(question).vector).argmax()


def test_a_model_that_another_precision_spoils_is_not_used() -> None:
    """Numbers above 65,504 are no numbers in float16."""
    model = load_torch(packaged_folder())
    with torch.no_grad():
        model[0].auto_model.embeddings.word_embeddings.weight.mul_(1e6)
    with pytest.raises(ModelError, match="vectors differ"):
        move_to("cpu", model)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU that torch can use")
def test_on_a_real_gpu() -> None:
    """The same, where there is one."""
    made = build_embedder(IndexSettings())
    assert isinstance(made, SentenceTransformerEmbedder)
    assert made._model.device.type == "cuda"
    exact = unit_rows(load_torch(packaged_folder()).encode(TEXTS, show_progress_bar=False))
    assert (made.embed_passages(TEXTS * 40) * np.tile(exact, (40, 1))).sum(axis=1).min() >= 0.999
    assert [bool(blob) for blob in made.embed_with_signs(TEXTS[1:])[1]] == [True] * (len(TEXTS) - 1)
