"""Asks the same questions under every combination of settings. Compares them; says which is best only if it is."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from eval.errors import SweepError
from eval.report import LOWER_IS_BETTER, METRICS, values_of
from eval.rows import Row
from eval.statistics import Mean, holm, mean_with_interval, paired
from index.protocols import Embedder
from index.settings import IndexSettings
from index.types import QuestionEmbedding, Vectors
from rag.bounds import MAX_K
from rag.settings import RagSettings

_SIGNIFICANT = 0.05
K = "k"
"""Not a setting but a part of each question: how many passages to retrieve."""
# Another archive would be needed for each value of these.
_OF_THE_ARCHIVE = frozenset(IndexSettings.model_fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One combination of settings and what it gave."""

    changed: Mapping[str, Any]
    rows: tuple[Row, ...]

    def mean(self, figure: str) -> Mean:
        """Return the mean of `group.metric` with its interval."""
        return mean_with_interval(self.values(figure))

    def values(self, figure: str) -> list[float]:
        """Return `group.metric` of each question that has it."""
        group, metric = figure.split(".")
        return values_of(self.rows, group, metric)


def read_varied(varied: Sequence[str]) -> dict[str, list[str]]:
    """Return `{setting: [values]}` of arguments such as `recency_strength=0,1,2`.

    Raises:
        SweepError: one is written otherwise, or names what cannot be varied over one archive.
    """
    read: dict[str, list[str]] = {}
    for argument in varied:
        name, _, listed = argument.partition("=")
        values = [value.strip() for value in listed.split(",") if value.strip()]
        if not values:
            raise SweepError(f"--vary {argument}: write a setting and its values, such as recency_strength=0,1,2")
        if name in _OF_THE_ARCHIVE:
            raise SweepError(f"--vary {argument}: {name} belongs to the archive; ingest into another folder and use `compare`")
        if name != K and name not in RagSettings.model_fields:
            known = ", ".join(sorted({*RagSettings.model_fields, K} - _OF_THE_ARCHIVE))
            raise SweepError(f"--vary {argument}: there is no setting {name}; there are {known}")
        if name in read:
            raise SweepError(f"--vary {argument}: {name} is varied twice; list its values once")
        read[name] = values
    if not read:
        raise SweepError("nothing is varied; add --vary SETTING=VALUE,VALUE")
    return read


def combinations(
    varied: Mapping[str, Sequence[str]], settings: RagSettings, k: int
) -> list[tuple[dict[str, Any], RagSettings, int]]:
    """Return every combination as (what changed, the settings with it, k).

    Raises:
        SweepError: a value does not fit its setting.
    """
    made = []
    for values in itertools.product(*varied.values()):
        changed: dict[str, Any] = dict(zip(varied, values, strict=True))
        wanted_k = changed.pop(K, str(k))
        if not wanted_k.isascii() or not wanted_k.isdigit() or not 1 <= int(wanted_k) <= MAX_K:
            raise SweepError(f"--vary {K}={wanted_k}: write a number from 1 to {MAX_K}")
        try:
            combined = RagSettings.model_validate(settings.model_dump() | changed)
        except ValidationError as error:
            raise SweepError(f"--vary: {error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}") from error
        shown = {name: getattr(combined, name) for name in changed}
        made.append((shown | ({K: int(wanted_k)} if K in varied else {}), combined, int(wanted_k)))
    return made


def best_trial(trials: Sequence[Trial], figure: str) -> tuple[Trial, bool]:
    """Return the trial with the best mean of `group.metric`, the earliest of equals, and whether it is significantly the best.

    It is when a paired permutation test against each other trial, over the questions that have the figure in both, shows a
    difference after Holm's correction. A lone trial is never significantly the best.
    """
    sign = -1.0 if figure in LOWER_IS_BETTER else 1.0
    means = [trial.mean(figure).value for trial in trials]
    goodness = [float("-inf") if mean is None else sign * mean for mean in means]
    ranked = sorted(range(len(trials)), key=lambda i: -goodness[i])
    best = trials[ranked[0]]
    tests = [_p(best, trials[i], figure) for i in ranked[1:]]
    return best, bool(tests) and max(holm(tests)) < _SIGNIFICANT


def check_figure(figure: str) -> None:
    """Raise a SweepError unless `figure` is a mean that reports have."""
    group, _, metric = figure.partition(".")
    if metric not in METRICS.get(group, ()):
        known = ", ".join(f"{name}.{metrics[0]}" for name, metrics in METRICS.items())
        raise SweepError(f"--by {figure}: no such figure; write one such as {known} (docs/eval.md lists them)")


class Remembering:
    """An embedder that embeds each question once, however many combinations ask it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._questions: dict[str, QuestionEmbedding] = {}

    @property
    def name(self) -> str:
        """The model and its revision."""
        return self._embedder.name

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text."""
        return self._embedder.embed_passages(texts)

    @property
    def gives_token_signs(self) -> bool:
        """Whether there are signs of tokens."""
        return self._embedder.gives_token_signs

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the same rows, and the signs of each text's tokens."""
        return self._embedder.embed_with_signs(texts)

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return where the tokens of those signs begin."""
        return self._embedder.token_starts(texts)

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Return what the embedder made of the question when it was first asked."""
        if text not in self._questions:
            self._questions[text] = self._embedder.embed_question(text)
        return self._questions[text]


def _p(one: Trial, other: Trial, figure: str) -> float:
    group, metric = figure.split(".")
    others = {row["id"]: row["scores"].get(group, {}).get(metric) for row in other.rows}
    pairs = [
        (row["scores"][group][metric], others[row["id"]])
        for row in one.rows
        if metric in row["scores"].get(group, {}) and others.get(row["id"]) is not None
    ]
    if not pairs:
        return 1.0
    test = paired([own for own, _ in pairs], [its for _, its in pairs])
    sign = -1.0 if figure in LOWER_IS_BETTER else 1.0
    # Over the questions that both have, the better one can be the other.
    return test.p if sign * test.difference < 0 else 1.0
