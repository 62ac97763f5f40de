"""How figures are rounded and shown."""

from collections.abc import Sequence

import numpy as np


def percentiles(values: Sequence[float], *which: int) -> dict[str, float]:
    """Return percentiles of milliseconds, and the most of them."""
    if not values:
        return {}
    found = {f"p{percent}_ms": round(float(np.percentile(values, percent)), 1) for percent in which}
    return {**found, "most_ms": round(max(values), 1)}
