"""Any sentence-transformers model: what archives call it, its prompts, and what is refused."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from index.embedder_wiring import build_embedder
from index.embedding import SentenceTransformerEmbedder
from index.errors import ArchiveMismatch, ModelError
from index.model_folder import find_model
from index.settings import IndexSettings
from index.wiring import build_store

ROOT = Path(__file__).parents[2]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "query", "passage", ":", "harbour", "bees", "bank", "the", "port", "opens"]


@pytest.fixture(scope="module")
def tiny(embedder: SentenceTransformerEmbedder, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001 - loads torch
    """Return the folder of a model with 16 numbers a vector, random weights, and prompts."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - heavy
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer  # noqa: PLC0415
    from transformers import BertConfig, BertModel, BertTokenizerFast  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("models")
    (folder / "vocab.txt").write_text("\n".join(WORDS) + "\n")
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=256,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder / "bert")
    BertTokenizerFast(vocab=str(folder / "vocab.txt"), model_max_length=256).save_pretrained(folder / "bert")
    encoder = Transformer(str(folder / "bert"))
    model = SentenceTransformer(
        modules=[encoder, Pooling(16)], device="cpu", prompts={"query": "query : ", "document": "passage : "}
    )
    model.save(str(folder / "tiny-news"))
    return folder / "tiny-news"


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    """Return a copy of the model that a test may spoil."""
    return Path(shutil.copytree(tiny, tmp_path / "tiny-news"))


def edit(file: Path, **values: object) -> None:
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, **values}))


def test_a_model_is_named_and_measured_without_loading_it(tiny: Path) -> None:
    """What its files say is what the loaded model does."""
    found = find_model(str(tiny))
    assert found.name.startswith("tiny-news@")
    made = SentenceTransformerEmbedder(found)
    assert (made.name, made.dimension) == (found.name, 16)
    assert made.embed_passages(["the harbour opens"]).shape == (1, 16)


def test_questions_and_passages_get_their_own_prompts(tiny: Path) -> None:
    """The prompt before a text decides its vector, as if it had been written there."""
    made = SentenceTransformerEmbedder(find_model(str(tiny)))
    plain = made._model.encode(["query : the harbour", "passage : the harbour"], show_progress_bar=False, prompt="")
    plain = np.asarray(plain, dtype=np.float32) / np.linalg.norm(plain, axis=1, keepdims=True)
    question, (passage,) = made.embed_question("the harbour").vector, made.embed_passages(["the harbour"])
    assert float(question @ plain[0]) > 0.9999
    assert float(passage @ plain[1]) > 0.9999
    assert float(question @ passage) < 0.9999


def test_other_weights_or_prompts_have_another_name(tiny: Path, copy: Path) -> None:
    """What changes the vectors changes the name; the folder's place does not."""
    name = find_model(str(tiny)).name
    assert find_model(str(copy)).name == name
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    other = find_model(str(copy)).name
    edit(copy / "config_sentence_transformers.json", prompts={"query": "find: "})
    assert len({name, other, find_model(str(copy)).name}) == 3


def test_an_archive_belongs_to_its_model(tiny: Path, tmp_path: Path) -> None:
    """Another model's archive is refused, whichever of the two is the packaged one."""
    own = IndexSettings(data=tmp_path / "own", embedder_model=str(tiny))
    build_store(own).close()
    build_store(own).close()
    with pytest.raises(ArchiveMismatch, match=r"was made with embedder 'tiny-news@"):
        build_store(IndexSettings(data=tmp_path / "own"))
    build_store(IndexSettings(data=tmp_path / "packaged")).close()
    with pytest.raises(ArchiveMismatch, match=r"was made with embedder 'all-MiniLM-L6-v2@53aa5117'"):
        build_store(IndexSettings(data=tmp_path / "packaged", embedder_model=str(tiny)))
    assert build_embedder(IndexSettings(embedder_model=str(tiny))).dimension == 16


def test_missing_models_are_named(tmp_path: Path) -> None:
    """A folder that is not there, or holds no model, is told with the setting to change."""
    with pytest.raises(ModelError, match=r"no embedding model in .*gone: no such folder \(setting embedder_model\)"):
        find_model(str(tmp_path / "gone"))
    with pytest.raises(ModelError, match=r"no embedding model in .*: no model.safetensors"):
        find_model(str(tmp_path))


def test_files_that_tell_no_length_are_refused(copy: Path) -> None:
    """Without the length no archive can be opened, so the model is refused before it is loaded."""
    (copy / "modules.json").unlink()
    (copy / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"do not say how long its vectors are \(KeyError: 'hidden_size'\)"):
        find_model(str(copy))


def test_a_model_of_another_length_than_its_files_say_is_refused(copy: Path) -> None:
    """The length in the files is checked against the loaded model."""
    found = find_model(str(copy))
    edit(copy / "config.json", hidden_size=32)
    with pytest.raises(ModelError, match=r"cannot be loaded|gives 32 numbers"):
        SentenceTransformerEmbedder(found)


def test_a_models_own_code_is_never_run(copy: Path, tmp_path: Path) -> None:
    """A module of the folder's own is not imported, not even from this machine; nor is one that the config maps to."""
    trace = tmp_path / "was-run"
    (copy / "own.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Own: pass\n")
    modules = json.loads((copy / "modules.json").read_text())
    kept = (copy / "modules.json").read_text()
    modules[0]["type"] = "own.Own"
    (copy / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(ModelError, match="needs code of its own, which Dateline does not run"):
        SentenceTransformerEmbedder(find_model(str(copy)))
    (copy / "modules.json").write_text(kept)
    edit(copy / "config.json", model_type="own", auto_map={"AutoConfig": "own.Own", "AutoModel": "own.Own"})
    with pytest.raises(ModelError, match="needs code of its own, which Dateline does not run"):
        SentenceTransformerEmbedder(find_model(str(copy)))
    assert not trace.exists()


def test_a_model_that_sees_too_little_is_refused(tiny: Path) -> None:
    """Ends of passages are not lost in silence: the message says how short passages must be."""
    with pytest.raises(ModelError, match=r"sees only 256 tokens of a passage\. .*DATELINE_PASSAGE_TOKENS=224"):
        SentenceTransformerEmbedder(find_model(str(tiny)), passage_tokens=240)


HUB = """
import json, sys
from pathlib import Path
from index.errors import ModelError
from index.model_folder import find_model
from huggingface_hub import constants
repository = Path(constants.HF_HUB_CACHE) / "models--example-lab--tiny-news"
(repository / "refs").mkdir(parents=True)
(repository / "refs" / "main").write_text("0" * 40)
(repository / "snapshots").mkdir()
(repository / "snapshots" / ("0" * 40)).symlink_to(sys.argv[1], target_is_directory=True)
found = find_model("example-lab/tiny-news")
try:
    find_model("example-lab/not-there")
except ModelError as error:
    print(json.dumps([found.name, found.dimension, str(error)]))
"""


def test_a_name_is_looked_up_in_the_hubs_cache(tiny: Path, tmp_path: Path) -> None:
    """Offline, a model in the cache of huggingface_hub is found by its name, and another name says what to do."""
    done = subprocess.run(
        [sys.executable, "-c", HUB, str(tiny)], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    name, dimension, message = json.loads(done.stdout)
    assert (name, dimension) == (find_model(str(tiny)).name, 16)
    assert message.startswith("The embedding model 'example-lab/not-there' is neither a folder nor can it be had")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"embedder": "openvino", "embedder_model": "x"}, "embedder openvino, which runs the packaged model"),
        ({"embedder": "openai"}, "needs the base URL of a server"),
        ({"embedder_url": "http://127.0.0.1/v1"}, "needs the name of the server's model in setting embedder_model"),
        ({"embedder_url": "ftp://127.0.0.1", "embedder_model": "x"}, "is no http:// or https:// URL"),
        ({"embedder": "sentence-transformers", "embedder_url": "http://h", "embedder_model": "x"}, "leave one of them out"),
        ({"embedder": "word2vec"}, "Input should be 'auto'"),
    ],
)
def test_choices_that_contradict_each_other_are_refused(given: dict[str, object], message: str) -> None:
    """Half a choice, or two at once, is told when the settings are read."""
    with pytest.raises(ValueError, match=message):
        IndexSettings(**given)  # type: ignore[arg-type]
