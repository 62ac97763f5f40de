"""What numbers of so many questions show: means with intervals, and differences of two runs. Knows only numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_Floats = npt.NDArray[np.float64]

_RESAMPLES = 10_000
_SEED = 20_250_919
_PERCENTILES = (2.5, 97.5)
# Above so many distinct values, drawing each value is quicker than drawing how often each comes up.
_FEW_DISTINCT = 100
# How many numbers to draw at once: 16 MB of them.
_DRAWN_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean with its 95 % interval; all three are None when there was nothing to average."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """How much a second run differs from a first on the same questions."""

    difference: float
    """The mean of second - first."""
    low: float
    high: float
    """The ends of the 95 % interval of the difference."""
    p: float
    """How probable a difference at least as large, in either direction, is if it never mattered which run was which."""
    n: int


def mean_with_interval(values: Sequence[float]) -> Mean:
    """Return the mean and its 95 % percentile bootstrap interval over 10,000 resamples; the seed is fixed.

    Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. When all values are equal, so are the
    ends of the interval: look at `n` then.
    """
    if not values:
        return Mean(value=None, low=None, high=None, n=0)
    value, low, high = _interval(np.asarray(values, dtype=np.float64))
    return Mean(value=value, low=low, high=high, n=len(values))


def paired(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Compare two runs by their values of one metric on the same questions, in the same order; the seed is fixed.

    The interval is the percentile bootstrap of the questions' differences (Efron & Tibshirani 1993, chapter 13; 10,000
    resamples). `p` is Fisher's randomisation test, two-sided: the sign of each difference is flipped at random
    (Smucker, Allan & Carterette, "A Comparison of Statistical Significance Tests for Information Retrieval Evaluation",
    CIKM 2007). All flips are tried if no more than 10,000 exist, which makes `p` exact; else 10,000 are drawn, and the
    given signs count as one more (Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9(1), 2010), so `p` is never 0.

    Several metrics tested at once need `holm`.

    Raises:
        ValueError: there is nothing to compare, or one run has more values than the other.
    """
    if len(first) != len(second):
        raise ValueError(f"{len(first)} values cannot be paired with {len(second)}; give the same questions of both runs")
    if not first:
        raise ValueError("no question has a value in both runs; there is nothing to compare")
    differences = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    difference, low, high = _interval(differences)
    return Paired(difference=difference, low=low, high=high, p=_sign_flip_p(differences), n=len(first))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values adjusted for being tested together, in the given order; any dependence is allowed.

    An adjusted value below 0.05 keeps the chance of even one false finding among all below 5 % (Holm, "A Simple
    Sequentially Rejective Multiple Test Procedure", Scand. J. Statist. 6, 1979).
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _interval(values: _Floats) -> tuple[float, float, float]:
    """Return the mean and the ends of its interval."""
    n = len(values)
    distinct, counts = np.unique(values, return_counts=True)
    random = np.random.default_rng(_SEED)
    few = len(distinct) <= _FEW_DISTINCT
    # In order, so that the interval does not depend on the order of the questions.
    in_order = np.repeat(distinct, counts)
    means = []
    for size in _batches(_RESAMPLES, len(distinct) if few else n):
        if few:
            means.append(random.multinomial(n, counts / n, size=size) @ distinct / n)
        else:
            means.append(in_order[random.integers(n, size=(size, n), dtype=np.int32)].mean(axis=1))
    low, high = np.percentile(np.concatenate(means), _PERCENTILES)
    return float(counts @ distinct / n), float(low), float(high)


def _sign_flip_p(differences: _Floats) -> float:
    moved = differences[differences != 0]
    if not moved.size:
        return 1.0
    # Differences are taken eight at a time: a random byte is eight signs, and the sum of eight differences under each of
    # the 256 bytes is looked up. scipy.stats.permutation_test takes seconds for 6,000 questions.
    octets = np.pad(moved, (0, -moved.size % 16)).reshape(-1, 8)
    signs = 1.0 - 2.0 * np.unpackbits(np.arange(256, dtype=np.uint8)[:, np.newaxis], axis=1, bitorder="little")
    sums = octets @ signs.T
    exact = 2**moved.size <= _RESAMPLES
    flips = 2**moved.size if exact else _RESAMPLES
    # Sums of the same numbers in another order differ in their last digits.
    at_least = abs(moved.sum()) - 1e-12 * np.abs(moved).sum()
    random = np.random.default_rng(_SEED)
    as_large, tried = 0, 0
    for size in _batches(flips, len(octets)):
        if exact:
            patterns = np.arange(tried, tried + size, dtype="<u2")[:, np.newaxis].view(np.uint8)
        else:
            patterns = random.integers(256, size=(size, len(octets)), dtype=np.uint8)
        as_large += int(np.count_nonzero(np.abs(sums[np.arange(len(octets)), patterns].sum(axis=1)) >= at_least))
        tried += size
    return as_large / flips if exact else (as_large + 1) / (flips + 1)


def _batches(rows: int, columns: int) -> list[int]:
    """Divide the rows into as few parts as memory allows; return their sizes."""
    size = max(1, _DRAWN_AT_ONCE // columns)
    return [min(size, rows - start) for start in range(0, rows, size)]
