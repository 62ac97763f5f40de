"""all-MiniLM-L6-v2 as an OpenVINO graph: converted once from the torch module, then read from a cache file that is checked.

Opens no socket: OpenVINO reports its use through a package of its own, which is never imported here.
"""

import hashlib
import json
import logging
import os
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding import EMBEDDER_NAME, load_torch
from index.errors import ModelError
from index.probes import PROBES
from index.types import Vectors

logger = logging.getLogger(__name__)

_FORMAT = 2


class OpenVinoUnavailable(ModelError):  # noqa: N818 - reads as what it is
    """OpenVINO is not installed, or does not compute here what torch computes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """A converted model: token ids and attention mask in, one mean vector for each text and one vector for each token out."""

    structure: bytes
    """OpenVINO's XML."""
    weights: NDArray[np.uint8]
    reference: Vectors
    """What torch gives for `PROBES` in float32, as unit rows."""


def import_openvino() -> Any:
    """Return OpenVINO, imported without what reports its use.

    `import openvino` alone sends an event over the network when `openvino_telemetry`, which pip installs with it, can be
    imported; when it cannot, OpenVINO takes an empty one of its own.

    Raises:
        OpenVinoUnavailable: OpenVINO is not installed or cannot be loaded on this machine.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # how Python is told not to import a module
    try:
        import openvino  # noqa: PLC0415 - a quarter of a second, and one arm of a choice
    except (ImportError, OSError) as error:
        raise OpenVinoUnavailable(f"OpenVINO cannot be loaded ({error}). Install it with: make setup") from error
    return openvino


def load_graph(folder: Path, cache: Path | None) -> Graph:
    """Return the graph of the model in `folder`, from the file in `cache` if that is whole and made from the same model.

    Else it is converted, which loads torch and takes seconds, and written there for the next time.

    Raises:
        ModelError: the packaged weights are missing or are not the published ones.
        OpenVinoUnavailable: OpenVINO is not installed, or cannot convert the model.
    """
    version = str(import_openvino().__version__)
    file = None if cache is None else cache / f"{EMBEDDER_NAME}.openvino"
    if file is not None and (graph := read_graph(file, version)) is not None:
        return graph
    graph = _convert(folder)
    if file is not None:
        try:
            write_graph(file, version, graph)
        except OSError as error:
            logger.warning("the converted embedding model cannot be kept in %s (%s); each start converts it anew", cache, error)
    return graph


def read_graph(file: Path, version: str) -> Graph | None:
    """Return the graph of a cache file; None if there is none, or a damaged or foreign one."""
    try:
        content = np.memmap(file, dtype=np.uint8, mode="r")
        with file.open("rb") as opened:
            line = opened.readline(1 << 20)
        stamp = json.loads(line)
        if (stamp["format"], stamp["model"], stamp["openvino"]) != (_FORMAT, EMBEDDER_NAME, version):
            return None
        middle = len(line) + int(stamp["structure"])
        if hashlib.sha256(content[len(line) :].data).hexdigest() != stamp["sha256"]:
            raise ValueError("its digest is another")
        reference = np.asarray(stamp["reference"], dtype=np.float32)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s is damaged (%s) and is made anew", file, error)
        return None
    return Graph(structure=bytes(content[len(line) : middle]), weights=np.asarray(content[middle:]), reference=reference)


def write_graph(file: Path, version: str, graph: Graph) -> None:
    """Write the cache file aside and let it appear whole, whoever else does the same at this moment."""
    digest = hashlib.sha256(graph.structure)
    digest.update(graph.weights.data)
    stamp = {
        "format": _FORMAT, "model": EMBEDDER_NAME, "openvino": version, "structure": len(graph.structure),
        "sha256": digest.hexdigest(), "reference": np.round(graph.reference.astype(np.float64), 6).tolist(),
    }  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix="new-", delete=False) as aside:
        try:
            aside.write(json.dumps(stamp).encode() + b"\n")
            aside.write(graph.structure)
            aside.write(graph.weights.data)
            aside.flush()
            os.fsync(aside.fileno())
            Path(aside.name).replace(file)
        except BaseException:
            Path(aside.name).unlink(missing_ok=True)
            raise


def _convert(folder: Path) -> Graph:
    """Convert the model with OpenVINO's own converter, which traces the torch module."""
    openvino = import_openvino()
    model = load_torch(folder)
    import torch  # noqa: PLC0415 - loaded by the line above

    class Mean(torch.nn.Module):
        """The mean over the encoder's tokens, and these; lengths are made 1 outside, in float32."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = model[0].auto_model

        def forward(self, ids: Any, mask: Any) -> Any:
            states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            return (states * weights).sum(1) / weights.sum(1), states

    ids = torch.ones((2, 9), dtype=torch.int64)
    mask = torch.ones((2, 9), dtype=torch.int64)
    mask[1, 6:] = 0
    try:
        with torch.no_grad(), warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="dateline-") as scratch:
            warnings.simplefilter("ignore")  # the tracer tells of branches that depend on nothing but the model
            reference = np.asarray(model.encode(list(PROBES), show_progress_bar=False), dtype=np.float32)
            graph = openvino.convert_model(Mean().eval(), example_input=(ids, mask))
            graph.reshape({0: [-1, -1], 1: [-1, -1]})
            openvino.save_model(graph, Path(scratch) / "model.xml", compress_to_fp16=False)
            structure = (Path(scratch) / "model.xml").read_bytes()
            weights = np.fromfile(Path(scratch) / "model.bin", dtype=np.uint8)
    except Exception as error:  # the converter raises many kinds, of its own and of torch
        raise OpenVinoUnavailable(f"OpenVINO cannot convert the embedding model ({str(error)[:300]})") from error
    return Graph(structure=structure, weights=weights, reference=reference)
