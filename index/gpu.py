"""Whether there is an NVIDIA GPU that torch can compute on, found out without loading torch; and moving a model onto it."""

import logging
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ModelError
from index.probes import LEAST_COSINE, PROBES

logger = logging.getLogger(__name__)

_CUDA = re.compile(r"^cuda\b[^=\n]*=\s*['\"]\d", re.MULTILINE)


class GpuUnavailable(ModelError):  # noqa: N818 - reads as what it is
    """There is no GPU that torch can use, or it does not compute what the processor computes."""


def gpu_expected(devices: Path = Path("/dev"), torch: Path | None = None) -> bool:
    """Return whether there seem to be an NVIDIA GPU and a torch that was built for it; takes a millisecond, loads nothing.

    Args:
        devices: where the system shows its devices.
        torch: the folder of the installed torch; None looks for it.
    """
    # The second is a GPU under Windows' Linux.
    if not any(devices.glob("nvidia[0-9]*")) and not (devices / "dxg").exists():
        return False
    if os.environ.get("CUDA_VISIBLE_DEVICES", "0").strip() in {"", "-1", "NoDevFiles"}:
        return False
    folder = torch or _torch_folder()
    try:
        built = folder is not None and _CUDA.search((folder / "version.py").read_text(encoding="utf-8")) is not None
    except (OSError, ValueError):
        return False
    if not built:
        logger.info("there is a GPU, and the installed torch is not built for it (docs/operations.md)")
    return built


def move_to(device: str, model: Any) -> None:
    """Move a model that is on the processor in float32 to a device, and have it compute in float16 there.

    Args:
        device: as torch calls it: `cuda`, `cuda:1`, or `cpu`.
        model: a `SentenceTransformer`.

    Raises:
        GpuUnavailable: the device is not there, has no room, or gives other vectors.
    """
    import torch  # noqa: PLC0415 - loaded with the model

    if device.startswith("cuda") and not torch.cuda.is_available():
        raise GpuUnavailable("torch finds no GPU that it can use; see to the driver, or set DATELINE_EMBEDDER_DEVICE=cpu")
    before = _rows(model)
    try:
        model.to(device).half()
        after = _rows(model)
    except RuntimeError as error:  # what torch raises for all that goes wrong on a device, too little memory included
        raise GpuUnavailable(f"the GPU cannot run the embedding model ({str(error)[:300]})") from error
    cosine = float((before * after).sum(axis=1).min())
    if not cosine >= LEAST_COSINE:
        raise GpuUnavailable(f"the GPU's vectors differ from the processor's (cosine {cosine:.4f})")


def _rows(model: Any) -> Any:
    rows = np.asarray(model.encode(list(PROBES), show_progress_bar=False), dtype=np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _torch_folder() -> Path | None:
    found = find_spec("torch")
    return Path(found.origin).parent if found is not None and found.origin else None
