"""Scores question and text together with a cross-encoder of sentence-transformers. Opens no socket, runs no code of a model.

Everything that is wrong with a model is found when it is loaded, so that no question meets it first.
"""

import json
import math
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ModelError
from index.model_folder import refuse_pickles

# What the Hugging Face hub allows as `owner/name` (huggingface_hub.utils.validate_repo_id), less names without an owner.
_HUB_NAME = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)
# What is loaded of a repository: many hold the same weights several times, in formats that are not used here.
_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
_CODE = "needs code of its own to be run, which Dateline never does. Choose a model that transformers supports itself"


class CrossEncoderReranker:
    """A cross-encoder from a folder, or by its name (`owner/name`) from the local Hugging Face cache; computes in float32.

    `cache` is that cache's folder, None for the usual one.

    Raises:
        ModelError: the model is not on this machine, is no cross-encoder with one score, has its weights as a pickle, or
            needs code of its own.
    """

    def __init__(self, model: str, *, cache: Path | None = None) -> None:
        # huggingface_hub and transformers read these when first imported: nothing is ever looked up on a hub.
        os.environ.update(HF_HUB_OFFLINE="1", HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")
        folder, self._name = _find(model, cache)
        refuse_pickles(folder)
        architecture = _check(folder)
        # Imported here because it takes seconds: a mistyped folder is told at once.
        import torch  # noqa: PLC0415
        from sentence_transformers import CrossEncoder  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            missing = _missing_weights(folder, architecture)
            # Not in the type that the file was saved in: half precision is slower than float32 on most processors.
            # Identity keeps the logits: a sigmoid would round the best ones to the same 1.0.
            self._model = CrossEncoder(
                str(folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": torch.float32},
                activation_fn=torch.nn.Identity(),
            )
            labels = self._model.num_labels
            # Two lengths, so that a tokenizer that cannot pad is found, too.
            probe = (
                self.scores("Is it a reranker?", ["It is.", "It is a reranker that puts passages into order."])
                if labels == 1
                else ()
            )
        except Exception as error:  # the libraries raise whatever they like over a file that is not as they expect
            raise ModelError(f"The reranker {folder} cannot be loaded ({type(error).__name__}: {error}).") from error
        if missing:
            raise ModelError(
                f"The reranker {folder} lacks {len(missing)} of its weights, among them {missing[0]}; they would be random."
                " Fetch it again."
            )
        if labels != 1:
            raise ModelError(
                f"The reranker {folder} gives {labels} numbers for a text, not one score. Choose one made for ranking."
            )
        if not all(map(math.isfinite, probe)):
            raise ModelError(f"The reranker {folder} does not compute: its score of a short text is no number.")

    @property
    def name(self) -> str:
        """The folder's name, or the name on the hub with the first digits of its revision."""
        return self._name

    def scores(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Return the model's logit for each text; what exceeds the model's length is not seen."""
        if not texts:
            return []
        pairs = [(question, text) for text in texts]
        found: list[float] = np.asarray(
            self._model.predict(pairs, batch_size=len(pairs), show_progress_bar=False), dtype=np.float64
        ).tolist()
        return found


def _find(model: str, cache: Path | None) -> tuple[Path, str]:
    """Return the model's folder and what to call it."""
    folder = Path(model).expanduser()
    if folder.is_dir():
        return folder, re.sub(r"\s+", "-", folder.resolve().name)
    if not _HUB_NAME.fullmatch(model):
        raise ModelError(f"The reranker {model} is no folder. Give a model's folder, or its name on the hub as owner/name.")
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - takes a while, and a folder does not need it

    try:
        cached = Path(snapshot_download(model, cache_dir=cache, local_files_only=True, allow_patterns=list(_FILES)))
    except (OSError, ValueError) as error:  # LocalEntryNotFoundError, HFValidationError
        wanted = " ".join(f"--include '{pattern}'" for pattern in _FILES)
        raise ModelError(
            f"The reranker {model} is neither a folder nor, as a whole, in the Hugging Face cache of this machine. Dateline"
            f" downloads no models; do it once with: .venv/bin/hf download {model} {wanted}"
        ) from error
    return cached, f"{model}@{cached.name[:8]}"


def _check(folder: Path) -> str:
    """Return the name of the model's class; refuse what sentence-transformers would load all the same, or refuse unclearly.

    It turns an embedding model into a cross-encoder with random weights, and follows `auto_map` where it may.
    """
    config = _read(folder / "config.json")
    if not isinstance(config, Mapping):
        raise ModelError(f"The reranker {folder} is no model: it has no readable config.json.")
    modules = _read(folder / "modules.json")
    types = [str(module.get("type")) for module in modules if isinstance(module, Mapping)] if isinstance(modules, list) else []
    words = _read(folder / "tokenizer_config.json")
    mapped = config.get("auto_map") or (isinstance(words, Mapping) and words.get("auto_map"))
    if mapped or not all(kind.startswith("sentence_transformers.") for kind in types):
        raise ModelError(f"The reranker {folder} {_CODE}.")
    described = _read(folder / "config_sentence_transformers.json")
    kind = described.get("model_type") if isinstance(described, Mapping) else None
    architecture = str((config.get("architectures") or ["model of no known kind"])[0])
    if kind != "CrossEncoder" and not (kind is None and architecture.endswith("ForSequenceClassification")):
        raise ModelError(
            f"The reranker {folder} is no cross-encoder but a {kind or architecture}. Embedding models cannot rerank."
        )
    return architecture


def _missing_weights(folder: Path, architecture: str) -> list[str]:
    """Return the names of weights that the files lack; transformers fills them with random numbers and only logs it."""
    import transformers  # noqa: PLC0415 - takes seconds

    _, report = getattr(transformers, architecture).from_pretrained(
        folder, output_loading_info=True, local_files_only=True, trust_remote_code=False
    )
    return sorted(report["missing_keys"])


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
