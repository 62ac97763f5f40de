"""Turns text into vectors with OpenVINO, on the all-MiniLM-L6-v2 weights inside an installed package. Loads no torch.

The vectors are those of `SentenceTransformerEmbedder` (cosine at least .999, checked at every start), so both share a name
and archives made with one open with the other.
"""

import os
import threading
import weakref
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from index.embedding import DIMENSION, EMBEDDER_NAME, MOST_TOKENS, load_tokenizer, packaged_folder, unit_rows
from index.openvino_model import Graph, OpenVinoUnavailable, import_openvino, load_graph
from index.probes import LEAST_COSINE, PROBES
from index.question_batches import QuestionBatches
from index.token_signs import ContentTokens, sign_codes
from index.types import QuestionEmbedding, Vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

# Small batches of like length waste little on padding, and their activations stay in the processor's own memory.
_BATCH = 16
# OpenVINO prepares and keeps what each new shape needs, half a megabyte and some milliseconds: texts are padded to few lengths.
_STEP = 8


class OpenVinoEmbedder:
    """all-MiniLM-L6-v2 in OpenVINO: in bfloat16 where the processor computes with it, else in float32 (docs/adr/0017).

    `cache` is the folder that keeps the converted model; None keeps nothing. `threads` are the cores that one question uses;
    passages use all `cores`, one text batch a core. None: all that this process may use.

    Raises:
        ModelError: the packaged weights or tokenizer are missing or are not the published ones.
        OpenVinoUnavailable: OpenVINO is not installed, or does not compute here what torch computes.
    """

    def __init__(
        self, folder: Path | None = None, *, cache: Path | None = None, threads: int | None = None, cores: int | None = None
    ) -> None:
        folder = folder or packaged_folder()
        self._tokenizer = load_tokenizer(folder)
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._content = ContentTokens(self._tokenizer.get_vocab())
        self._graph = load_graph(folder, cache)  # kept: the compiled model may point into its weights
        cores = cores or _cores()
        streams = max(1, cores // (threads or 1))
        self._compiled = _compile(self._graph, cores=cores, streams=streams)
        self._openvino = import_openvino()
        self._bulk = threading.Lock()
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(streams):
            self._requests.put(self._compiled.create_infer_request())
        probed = np.stack([question.vector for question in self._embed_questions(PROBES)])
        cosine = float((probed * self._graph.reference).sum(axis=1).min())
        if not cosine >= LEAST_COSINE:
            raise OpenVinoUnavailable(f"OpenVINO's vectors differ from torch's on this processor (cosine {cosine:.4f})")
        self._questions = QuestionBatches[QuestionEmbedding](at_once=streams)
        # OpenVINO's threads must have ended when Python does, or now and then the process is aborted (status 134).
        weakref.finalize(self, self.__dict__.clear)

    @property
    def name(self) -> str:
        """The model and the first digits of its weights' digest."""
        return EMBEDDER_NAME

    @property
    def dimension(self) -> int:
        """The length of a vector: 384."""
        return DIMENSION

    @property
    def gives_token_signs(self) -> bool:
        """True: `embed_with_signs` gives the signs of tokens."""
        return True

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in order; what exceeds the model's 256 tokens is not seen."""
        return self._embed_passages(texts, None)

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the same rows, and for each text the signs of its tokens that carry meaning."""
        signs = [b""] * len(texts)
        return self._embed_passages(texts, signs), signs

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return for each text where each token begins that `embed_with_signs` gives the signs of."""
        # A batch would wake the tokenizer's threads, which cost more than the few texts of one question.
        return [self._content.starts(self._tokenizer.encode(text)) for text in texts]

    def _embed_passages(self, texts: Sequence[str], signs: list[bytes] | None) -> Vectors:
        """Return the rows and put the signs into `signs`, if they are wanted."""
        rows = np.zeros((len(texts), DIMENSION), dtype=np.float32)
        if not texts:
            return rows
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        # Longest first: too little memory shows at once, and the last batches, where cores fall idle, are the short ones.
        order = sorted(range(len(ids)), key=lambda number: -len(ids[number]))

        content = self._content  # not self: OpenVINO's thread lets go of `take` last, and must not be the one that ends the model

        def take(request: Any, numbers: list[int]) -> None:
            rows[numbers] = request.get_output_tensor(0).data
            if signs is not None:
                states = request.get_output_tensor(1).data
                for number, state in zip(numbers, states, strict=True):
                    signs[number] = sign_codes(state[content.of(ids[number])])

        # One at a time, which uses all cores; a second would only hold more memory.
        with self._bulk:
            queue = self._openvino.AsyncInferQueue(self._compiled)
            queue.set_callback(take)
            for first in range(0, len(order), _BATCH):
                numbers = order[first : first + _BATCH]
                queue.start_async(_padded([ids[number] for number in numbers]), numbers)
            queue.wait_all()
        return unit_rows(rows)

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Return one unit vector, and those of the tokens. Questions that several threads ask at the same time share a batch."""
        return self._questions(text, self._embed_questions)

    def _embed_questions(self, texts: Sequence[str]) -> list[QuestionEmbedding]:
        """Embed a few texts in this thread; those of like length together."""
        encodings = self._tokenizer.encode_batch(list(texts))
        groups: dict[int, list[int]] = {}
        for number, encoding in enumerate(encodings):
            groups.setdefault(_padded_length(encoding.ids), []).append(number)
        embedded: dict[int, QuestionEmbedding] = {}
        with self._request() as request:
            for numbers in groups.values():
                # The inputs are copied. Were they shared, OpenVINO would keep their address after they are gone, and a later
                # batch of passages, whose inputs the queue copies, would be written there: wrong vectors, or a crash.
                made = request.infer(_padded([encodings[number].ids for number in numbers]), share_inputs=False)
                for number, row, states in zip(numbers, unit_rows(made[0]), made[1], strict=True):
                    # The first and the last token only mark the ends.
                    spans = tuple(encodings[number].offsets[1:-1])
                    embedded[number] = QuestionEmbedding(vector=row, tokens=unit_rows(states[1 : len(spans) + 1]), spans=spans)
        return [embedded[number] for number in range(len(texts))]

    @contextmanager
    def _request(self) -> "Iterator[Any]":
        """Hold one of OpenVINO's requests, which serve one thread at a time."""
        request = self._requests.get()
        try:
            yield request
        finally:
            self._requests.put(request)


def _padded_length(ids: list[int]) -> int:
    return -(-len(ids) // _STEP) * _STEP


def _padded(ids: list[list[int]]) -> list[NDArray[np.int64]]:
    """Return token ids and attention mask, each row filled up to the length that the longest is padded to."""
    length = max(_padded_length(row) for row in ids)
    tokens = np.zeros((len(ids), length), dtype=np.int64)
    mask = np.zeros((len(ids), length), dtype=np.int64)
    for number, row in enumerate(ids):
        tokens[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return [tokens, mask]


def _compile(graph: Graph, *, cores: int, streams: int) -> Any:
    openvino = import_openvino()
    try:
        core = openvino.Core()
        precision = "bf16" if "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES") else "f32"
        model = core.read_model(graph.structure, openvino.Tensor(graph.weights))
        # Not pinned: other processes of this service, or of others, would be pinned to the same cores.
        options = {
            "INFERENCE_PRECISION_HINT": precision, "NUM_STREAMS": str(streams), "INFERENCE_NUM_THREADS": str(cores),
            "ENABLE_CPU_PINNING": False,
        }  # fmt: skip
        return core.compile_model(model, "CPU", options)
    except RuntimeError as error:
        raise OpenVinoUnavailable(f"OpenVINO cannot run the embedding model ({str(error)[:300]})") from error


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
