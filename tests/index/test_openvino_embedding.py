"""OpenVINO on the packaged weights: torch's vectors, a checked cache, no network, no torch once converted."""

import json
import logging
import os
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

from index.embedder_wiring import build_embedder
from index.embedding import MOST_TOKENS, SentenceTransformerEmbedder, load_torch, packaged_folder, unit_rows
from index.openvino_embedding import OpenVinoEmbedder, _padded
from index.openvino_model import Graph, OpenVinoUnavailable, import_openvino, load_graph, read_graph, write_graph
from index.settings import IndexSettings

ROOT = Path(__file__).parents[2]
VARIED = [
    "", " \n", ".", "x", "北京港口重新开放,渡轮服务恢复。" * 12,
    "El puerto de Ejemplo reabrió el viernes: «por fin», dijo la alcaldesa.",
    "Q3 revenue rose 50-60% to $4.1bn (GLM-4.5V).", "\U0001f6a2 e\u0301\u200b", "harbour " * 600,
    "The harbour of Example Town reopened on Friday after nine days of repairs. " * 9,
    "Who reopened the harbour of Example Town, and when?", "word\t\tword\u2028word", "[CLS] [SEP] [MASK] <|endoftext|>",
]  # fmt: skip


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the converted model."""
    folder = tmp_path_factory.mktemp("converted")
    load_graph(packaged_folder(), folder)
    return folder


@pytest.fixture
def converted(cache: Path) -> Path:
    return next(cache.iterdir())


def version() -> str:
    return str(import_openvino().__version__)


def test_vectors_are_those_of_torch(cache: Path) -> None:
    """Of empty, long, foreign and odd texts alike, as passages and as questions, on either number of streams."""
    torch = unit_rows(load_torch(packaged_folder()).encode(VARIED, show_progress_bar=False))
    for threads in (None, 1):
        embedder = OpenVinoEmbedder(cache=cache, threads=threads)
        assert (embedder.embed_passages(VARIED) * torch).sum(axis=1).min() >= 0.999
        assert (np.stack([embedder.embed_question(text).vector for text in VARIED]) * torch).sum(axis=1).min() >= 0.999


def test_archives_of_torch_and_openvino_are_of_one_embedder(cache: Path) -> None:
    """The same name and length, so what one made the other opens."""
    made, torch = OpenVinoEmbedder(cache=cache), SentenceTransformerEmbedder()
    assert (made.name, made.dimension) == (torch.name, torch.dimension)


def test_a_question_has_the_same_vector_in_company(cache: Path) -> None:
    """To the last digit: an answer must not depend on who else asks."""
    embedder = OpenVinoEmbedder(cache=cache)
    alone = np.stack([embedder.embed_question(text).vector for text in VARIED])
    for texts, expected in ((VARIED, alone), (VARIED[::-1], alone[::-1])):
        assert np.array_equal([question.vector for question in embedder._embed_questions(texts)], expected)


def test_the_converted_model_is_kept_and_read_again(cache: Path, converted: Path) -> None:
    """The second load reads the file, which is the only one there, and leaves it as it is."""
    before = converted.stat()
    graph = load_graph(packaged_folder(), cache)
    assert list(cache.iterdir()) == [converted]
    after = converted.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)
    assert graph.reference.shape == (3, 384)


def test_a_damaged_or_foreign_file_is_not_read(converted: Path, tmp_path: Path) -> None:
    """One changed bit anywhere, a lost end, another OpenVINO or another model: nothing of it is used."""
    content = converted.read_bytes()
    file = tmp_path / "damaged"
    stamp, _, rest = content.partition(b"\n")
    flipped = bytearray(content)
    flipped[-40_000_000] ^= 1
    structure = bytearray(content)
    structure[len(stamp) + 2_000] ^= 4
    foreign = json.dumps({**json.loads(stamp), "model": "other@12345678"}).encode()
    for damaged in (
        b"", b"\n", stamp, content[:-1], content + b"x", bytes(flipped), bytes(structure), foreign + b"\n" + rest, b"{}\n" + rest,
    ):  # fmt: skip
        file.write_bytes(damaged)
        assert read_graph(file, version()) is None
    file.write_bytes(content)
    assert read_graph(file, version()) is not None
    assert read_graph(file, "2019.1") is None


def test_a_damaged_file_is_made_anew(converted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What is loaded in its place is whole again, and the log says what happened."""
    content = converted.read_bytes()
    copy = tmp_path / converted.name
    copy.write_bytes(content[:-1000])
    with caplog.at_level(logging.WARNING):
        graph = load_graph(packaged_folder(), tmp_path)
    assert "is damaged (its digest is another) and is made anew" in caplog.text
    assert read_graph(copy, version()) is not None
    whole = read_graph(converted, version())
    assert whole is not None
    assert np.abs(graph.reference - whole.reference).max() < 1e-4


@pytest.mark.long
def test_without_a_place_for_the_cache_it_still_works(converted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A folder that cannot be made costs time at the next start and nothing else."""
    assert converted.exists()
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        graph = load_graph(packaged_folder(), tmp_path / "file" / "cache")
    assert graph.weights.size > 40_000_000
    assert "each start converts it anew" in caplog.text


@pytest.mark.long
def test_a_processor_that_computes_otherwise_falls_back_to_torch(
    converted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Vectors that are not torch's are never used: named explicitly it is an error, chosen by itself it is torch."""
    graph = read_graph(converted, version())
    assert graph is not None
    other = Graph(structure=graph.structure, weights=graph.weights, reference=-graph.reference)
    write_graph(tmp_path / converted.name, version(), other)
    with pytest.raises(OpenVinoUnavailable, match=r"differ from torch's on this processor \(cosine -"):
        build_embedder(IndexSettings(data=tmp_path, embedder="openvino", embedder_cache=tmp_path))
    with caplog.at_level(logging.WARNING):
        made = build_embedder(IndexSettings(data=tmp_path, embedder_cache=tmp_path))
    assert isinstance(made, SentenceTransformerEmbedder)
    assert "embedding with torch, which is slower" in caplog.text


SCRIPT = """
import json, sys
sockets = []
sys.addaudithook(lambda event, arguments: sockets.append(event) if event.startswith("socket.") else None)
import socket
socket.socket().close()
noticed = len(sockets)
sockets.clear()
from pathlib import Path
from index.settings import IndexSettings
from index.embedder_wiring import build_embedder
embedder = build_embedder(IndexSettings(data=Path(sys.argv[1]), embedder_cache=Path(sys.argv[2])))
embedder.embed_passages(["The harbour reopened."])
embedder.embed_question("Who reopened the harbour?")
loaded = [name for name in ("torch", "transformers", "sentence_transformers", "openvino_telemetry") if sys.modules.get(name)]
print(json.dumps({"noticed": noticed > 0, "sockets": sockets, "loaded": loaded, "made": type(embedder).__name__}))
"""


@pytest.mark.long
@pytest.mark.parametrize("converted_before", [True, False])
def test_no_socket_is_opened_and_torch_only_to_convert(cache: Path, tmp_path: Path, converted_before: bool) -> None:  # noqa: FBT001
    """Neither importing, nor converting, nor embedding creates a single socket; what reports use is never imported."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATELINE_", "HF_"))}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(cache if converted_before else tmp_path / "new")],
        cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    loaded = [] if converted_before else ["torch", "transformers", "sentence_transformers"]
    assert json.loads(done.stdout) == {"noticed": True, "sockets": [], "loaded": loaded, "made": "OpenVinoEmbedder"}


def test_an_embedder_that_is_no_longer_used_is_freed(cache: Path) -> None:
    """Nothing keeps it, not even what ends it with Python: it holds some 200 MB."""
    embedder = OpenVinoEmbedder(cache=cache)
    embedder.embed_question("Who reopened the harbour?")
    embedder.embed_passages(["The harbour reopened."])
    gone = weakref.ref(embedder)
    del embedder
    assert gone() is None


def test_texts_of_all_lengths_have_few_shapes() -> None:
    """OpenVINO keeps half a megabyte for each shape that it has seen, so a service grew with every length of passage."""
    shapes = set()
    for tokens in range(1, MOST_TOKENS + 1):
        ids, mask = _padded([[7] * tokens, [7]])
        assert ids.shape == mask.shape
        assert mask.sum(axis=1).tolist() == [tokens, 1]
        shapes.add(ids.shape)
    assert len(shapes) == MOST_TOKENS / 8


BUSY = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import numpy as np
from index.openvino_embedding import OpenVinoEmbedder

embedder = OpenVinoEmbedder(cache=Path(sys.argv[1]), threads=1)
alone = embedder.embed_passages(["The harbour reopened."])
with ThreadPoolExecutor(6) as threads:
    for _ in range(6):
        list(threads.map(lambda number: embedder.embed_question("word " * (150 + number % 2)), range(24)))
        kept = [np.full((1, tokens), -1, dtype=np.int64) for tokens in (152, 160) for _ in range(300)]
        for _ in range(4):
            made = embedder.embed_passages(["The harbour reopened."] * 2 + ["x"] * 2)
            assert (made[:2] @ alone[0]).min() > 0.999, "a wrong vector"
        assert all((array == -1).all() for array in kept), "memory of others was written to"
"""


@pytest.mark.long
def test_busy_programs_keep_their_memory_and_end_well(cache: Path) -> None:
    """Questions of many threads between passages neither end a program nor change a vector, nor does the end of Python.

    OpenVINO was left the address of questions' memory, and wrote passages there; its threads outlived Python in one of three.
    """
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", BUSY, str(cache)], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
        )
        assert (done.returncode, done.stderr) == (0, "")
