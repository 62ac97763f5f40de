"""Which embedding model a name or folder means, what archives call it, and how long its vectors are: read without loading it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ModelError

# So many pieces of a weights file are hashed, spread evenly: all of a large model would take seconds at every start, and
# weights that were trained further differ everywhere.
_PIECES = 64
_PIECE_BYTES = 1 << 16
# What makes other vectors of the same weights: prompts, pooling, lengths.
_CONFIGURATION = ("*.json", "*/*.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """A sentence-transformers model on this machine."""

    folder: Path
    name: str
    """What archives record: the folder's or repository's last name and the first digits of a fingerprint of its files."""
    dimension: int


def find_model(model: str) -> ModelFolder:
    """Return the model in this folder, or with this name on the Hugging Face hub: from its cache, else downloaded.

    Raises:
        ModelError: there is no such folder, or no such model can be had, its weights are pickles, or its files do not say how
            long its vectors are.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        looks_like_path = folder.is_absolute() or model.startswith((".", "~")) or model.count("/") > 1
        if looks_like_path:
            raise ModelError(f"There is no embedding model in {model}: no such folder (setting embedder_model).")
        folder = _from_hub(model)
    refuse_pickles(folder)
    label = model.rstrip("/").rpartition("/")[2] or folder.resolve().name
    return ModelFolder(folder=folder, name=f"{label}@{_fingerprint(folder)}", dimension=_dimension(folder))


def refuse_pickles(folder: Path) -> None:
    """Refuse a model that has some of its weights as a pickle only; beside safetensors the libraries leave pickles alone.

    Unpickling can run whatever the file says. The libraries restrict it, and their restrictions have been got around
    (CVE-2025-32434, CVE-2026-24747).

    Raises:
        ModelError: names the file.
    """
    for pickled in sorted(folder.rglob("pytorch_model*.bin")):
        if not any(pickled.parent.glob("*.safetensors")):
            raise ModelError(
                f"The model in {folder} has weights in {pickled.relative_to(folder)}, which is a pickle and could run code. "
                "Dateline reads safetensors files only: choose a model that has them, or convert it."
            )


def _from_hub(model: str) -> Path:
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - heavy, and only for models that are no folders

    wanted = ["*.json", "*.txt", "*.model", "*.safetensors", "*/*.json", "*/*.safetensors"]
    try:
        return Path(snapshot_download(model, local_files_only=True, allow_patterns=wanted))
    except (OSError, ValueError):
        pass  # not in the cache, or not as a whole
    try:
        return Path(snapshot_download(model, allow_patterns=wanted))
    except Exception as error:  # the hub's client raises many kinds, of its own and of its HTTP library
        raise ModelError(
            f"The embedding model {model!r} is neither a folder nor can it be had from the Hugging Face hub "
            f"({type(error).__name__}: {str(error)[:200]}). Name a folder that holds it (setting embedder_model)."
        ) from error


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    try:
        weights = sorted([*folder.rglob("*.safetensors"), *folder.glob("pytorch_model*.bin")])
        if not weights:
            raise ModelError(f"There is no embedding model in {folder}: no model.safetensors (setting embedder_model).")
        for path in sorted(found for pattern in _CONFIGURATION for found in folder.glob(pattern)):
            digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode() + path.read_bytes())
        for path in weights:
            size = path.stat().st_size
            digest.update(f"{path.relative_to(folder)} {size}\n".encode())
            with path.open("rb") as file:
                for piece in range(_PIECES):
                    file.seek(max(0, size - _PIECE_BYTES) * piece // (_PIECES - 1))
                    digest.update(file.read(_PIECE_BYTES))
    except OSError as error:
        raise ModelError(f"The embedding model {folder} cannot be read ({error.strerror}).") from error
    return digest.hexdigest()[:8]


def _dimension(folder: Path) -> int:
    """Return the length of a vector: what the last layer that changes it says, as sentence-transformers would build it."""
    try:
        modules = json.loads((folder / "modules.json").read_text()) if (folder / "modules.json").exists() else []
        for module in reversed(modules):
            file = folder / module["path"] / "config.json"
            config: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
            kind = str(module["type"]).rpartition(".")[2]
            if kind == "Dense":
                return int(config["out_features"])
            if kind == "Pooling":
                return _pooled(config)
        return int(json.loads((folder / "config.json").read_text())["hidden_size"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"The files of the embedding model {folder} do not say how long its vectors are ({type(error).__name__}: {error}). "
            "Choose a sentence-transformers model with modules.json, or a plain transformer with hidden_size in config.json."
        ) from error


def _pooled(config: dict[str, Any]) -> int:
    """Return the length after pooling; several ways of pooling are put side by side."""
    width = int(config["embedding_dimension"] if "embedding_dimension" in config else config["word_embedding_dimension"])
    ways = config.get("pooling_mode")
    if ways is None:
        ways = [name for name, chosen in config.items() if name.startswith("pooling_mode_") and chosen]
    return width * (1 if isinstance(ways, str) else max(1, len(ways)))
