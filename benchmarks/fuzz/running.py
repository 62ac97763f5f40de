"""Runs one input through a target with a limit of time, and reads saved corpora."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.fuzz.targets import TARGETS
from benchmarks.provenance import ROOT

CORPUS = ROOT / "tests" / "fuzz" / "corpus"
"""A folder for each target, a file for each input."""
MOST_SECONDS = 5.0
"""What an input of up to 200 kB may take of computing time."""

# What is damaged is said in the log, hundreds of times a second here.
logging.getLogger("index").addHandler(logging.NullHandler())


class TooSlow(AssertionError):  # noqa: N818
    """An input took more computing time than any may."""


def run(target: str, data: bytes, most_seconds: float = MOST_SECONDS) -> float:
    """Run an input through a target and return the computing time it took, in seconds.

    Raises:
        TooSlow: it took too much.
        Exception: whatever the target found.
    """
    started = time.process_time()
    TARGETS[target](data)
    seconds = time.process_time() - started
    if seconds > most_seconds:
        raise TooSlow(f"{len(data):,} bytes took {seconds:.1f} s")
    return seconds


def saved(target: str, corpus: Path = CORPUS) -> Sequence[bytes]:
    """Return the saved inputs of a target, in the order of their names."""
    return [path.read_bytes() for path in sorted((corpus / target).iterdir())]
