"""Means with the uncertainty that comes from having asked only so many questions. Knows only numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 10_000
_SEED = 20_250_919
_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A mean with its 95 % interval; all three are None when there was nothing to average."""

    value: float | None
    low: float | None
    high: float | None
    n: int


def mean_with_interval(values: Sequence[float]) -> Mean:
    """Return the mean and its 95 % percentile bootstrap interval over 10,000 resamples; the seed is fixed.

    Efron & Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13. When all values are equal, so are the
    ends of the interval: look at `n` then.
    """
    if not values:
        return Mean(value=None, low=None, high=None, n=0)
    # Drawing n values with replacement is drawing how often each distinct value comes up: the same, in far less memory.
    distinct, counts = np.unique(np.asarray(values, dtype=np.float64), return_counts=True)
    drawn = np.random.default_rng(_SEED).multinomial(len(values), counts / len(values), size=_RESAMPLES)
    low, high = np.percentile(drawn @ distinct / len(values), _PERCENTILES)
    return Mean(value=float(counts @ distinct / len(values)), low=float(low), high=float(high), n=len(values))
