"""Weighs articles by their age on the day the question is asked for. Undated articles are neither fresh nor old."""

import math
from collections.abc import Sequence
from datetime import date


def recency_factors(days: Sequence[date | None], asked_on: date, *, strength: float, decay_days: float) -> list[float]:
    """Return one factor for each article date: 1 + strength · exp(-age / decay_days), measured in docs/adr/0006.

    An undated article gets the mean factor of the dated ones beside it, so that it is moved neither up nor down. An article
    dated after `asked_on` counts as of that day.
    """
    dated = [None if day is None else 1.0 + strength * math.exp(-max(0, (asked_on - day).days) / decay_days) for day in days]
    known = [factor for factor in dated if factor is not None]
    middle = sum(known) / len(known) if known else 1.0
    return [middle if factor is None else factor for factor in dated]
