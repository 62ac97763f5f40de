"""What every `Embedder` must do, against every implementation."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from index.embedding import SentenceTransformerEmbedder
from index.openvino_embedding import OpenVinoEmbedder
from index.protocols import Embedder
from index.remote_embedding import RemoteEmbedder
from index.settings import IndexSettings

TEXTS = [
    "The harbour of Example Town reopened on Friday after nine days of repairs.",
    "Beekeepers counted 4,100 hives in the valley this summer.",
    "北京港口重新开放。",
    "x",
    "word " * 120,
    "The central bank lowered its policy rate by a quarter of a percentage point.",
]


@pytest.fixture(scope="module")
def torch_embedder() -> SentenceTransformerEmbedder:
    """Not the session's `embedder`, which is OpenVINO's where it can be used."""
    return SentenceTransformerEmbedder()


@pytest.fixture(scope="module")
def openvino() -> OpenVinoEmbedder:
    return OpenVinoEmbedder(cache=IndexSettings().embedder_cache)


@pytest.fixture(scope="module")
def remote(embedder: Embedder) -> Iterator[RemoteEmbedder]:
    """A server with OpenAI's embeddings API and a real model behind it."""

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            rows = embedder.embed_passages(asked["input"])
            data = [{"index": number, "embedding": row.tolist()} for number, row in enumerate(rows)]
            body = json.dumps({"data": data}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield RemoteEmbedder(f"http://127.0.0.1:{server.server_port}/v1", "made-up-model")
        server.shutdown()


@pytest.fixture(params=["sentence-transformers", "openvino", "openai"])
def any_embedder(
    request: pytest.FixtureRequest,
    torch_embedder: SentenceTransformerEmbedder,
    openvino: OpenVinoEmbedder,
    remote: RemoteEmbedder,
) -> Embedder:
    """Return each implementation in turn; add a name here with a new one."""
    implementations: dict[str, Embedder] = {"sentence-transformers": torch_embedder, "openvino": openvino, "openai": remote}
    return implementations[request.param]


def test_rows_are_unit_vectors_in_order(any_embedder: Embedder) -> None:
    """There is one row of length 1 for each text, in float32, and it belongs to that text."""
    rows = any_embedder.embed_passages(TEXTS)
    assert rows.shape == (len(TEXTS), any_embedder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)
    backwards = any_embedder.embed_passages(TEXTS[::-1])[::-1]
    assert np.abs(rows - backwards).max() < 1e-4


def test_no_texts_give_no_rows(any_embedder: Embedder) -> None:
    """An empty batch is allowed and keeps its width."""
    rows = any_embedder.embed_passages([])
    assert rows.shape == (0, any_embedder.dimension)
    assert rows.dtype == np.float32


def test_the_batch_does_not_change_rows(any_embedder: Embedder) -> None:
    """A text has the same vector alone, beside a much longer one, and in a batch that the implementation must divide."""
    alone = np.concatenate([any_embedder.embed_passages([text]) for text in TEXTS])
    together = any_embedder.embed_passages(TEXTS + TEXTS[:3] * 10)
    cosines = (np.concatenate([alone, np.tile(alone[:3], (10, 1))]) * together).sum(axis=1)
    # In bfloat16 the order of additions shows in the third digit of a component.
    assert cosines.min() > 0.9999


def test_questions_and_passages_share_a_space(any_embedder: Embedder) -> None:
    """A question is nearest to the passage that answers it, and the same words are the same vector either way."""
    rows = any_embedder.embed_passages(TEXTS)
    for question, answer in (
        ("When did the port open again?", 0), ("How many hives are there?", 1), ("What did the central bank decide?", 5),
    ):  # fmt: skip
        vector = any_embedder.embed_question(question).vector
        assert vector.shape == (any_embedder.dimension,)
        assert vector.dtype == np.float32
        assert int(np.argmax(rows @ vector)) == answer
    assert float(any_embedder.embed_question(TEXTS[0]).vector @ rows[0]) == pytest.approx(1, abs=1e-5)


def test_the_name_names_a_revision(any_embedder: Embedder) -> None:
    """The name tells one set of weights from another, because archives are refused by it."""
    model, _, revision = any_embedder.name.partition("@")
    assert model
    assert len(revision) >= 8


def test_questions_asked_at_the_same_time_get_their_own_vectors(any_embedder: Embedder) -> None:
    """Whatever is embedded together with a question, its vector is the one that it has alone."""
    questions = [f"{text[:60]} {number}?" for number, text in enumerate(TEXTS * 3)]
    alone = [any_embedder.embed_question(question).vector for question in questions]
    found: dict[int, float] = {}

    def ask(number: int) -> None:
        found[number] = float(any_embedder.embed_question(questions[number]).vector @ alone[number])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(len(questions)))
    assert min(found.values()) > 0.9999


def test_token_vectors_come_for_questions_and_passages_or_for_neither(any_embedder: Embedder) -> None:
    """An embedder that gives signs gives as long vectors for a question's tokens, with their places; another gives nothing."""
    vectors, signs = any_embedder.embed_with_signs(TEXTS)
    assert (vectors * any_embedder.embed_passages(TEXTS)).sum(axis=1).min() > 0.9999
    assert [bool(blob) for blob in signs] == [any_embedder.gives_token_signs] * len(TEXTS)
    question = any_embedder.embed_question(" Who reopened the harbour?")
    assert question.tokens.shape == (len(question.spans), any_embedder.dimension)
    assert question.tokens.dtype == np.float32
    assert bool(question.spans) == any_embedder.gives_token_signs
    if any_embedder.gives_token_signs:
        assert question.spans[:2] == ((1, 4), (5, 13))
        assert all(len(blob) % (any_embedder.dimension // 8) == 0 for blob in signs)
    starts = any_embedder.token_starts(TEXTS)
    assert [len(places) for places in starts] == [len(blob) * 8 // any_embedder.dimension for blob in signs]
    assert all((np.diff(places) > 0).all() for places in starts)
    assert any_embedder.token_starts([]) == []
    assert any_embedder.embed_with_signs([])[1] == []
    assert any_embedder.embed_question("").tokens.shape == (0, any_embedder.dimension)
