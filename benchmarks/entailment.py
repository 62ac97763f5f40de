"""Calibrates and measures `eval.entailment` on pairs of premise and sentence: `python -m benchmarks.entailment [PAIRS ...]`.

A line of a file is `{"premise", "sentence", "supported": true or false, "why"}`; `why` opens with the kind of pair (`number: …`).
The first file, by default `benchmarks/entailment_pairs.jsonl`, chooses the threshold; the others, by default
`benchmarks/entailment_held.jsonl`, only measure it. For each file: accuracy, balanced accuracy, and precision and recall of
`supported`, with 95 % percentile intervals over 2,000 resamples of the premises (pairs of one premise are not independent);
the curve over thresholds; the share judged right of each kind. `--misses` lists the pairs of the first file judged wrongly.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.provenance import commit
from eval.entailment import THRESHOLD, support

OWN = Path(__file__).parent / "entailment_pairs.jsonl"
HELD = Path(__file__).parent / "entailment_held.jsonl"
_THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(6, 21))
_FOLDS, _RESAMPLES, _SEED, _PERCENTILES = 5, 2_000, 20_251_122, (2.5, 97.5)


class Pair(NamedTuple):
    """A premise and a sentence, whether the one supports the other, and what `support` says."""

    premise: str
    sentence: str
    supported: bool
    why: str
    support: float


class Figures(NamedTuple):
    """How well a threshold tells supported from unsupported."""

    accuracy: float
    balanced: float
    precision: float
    recall: float


def main() -> None:
    """Choose on the first file, measure on all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("pairs", nargs="*", type=Path, default=[OWN, *([HELD] if HELD.exists() else [])])
    parser.add_argument("--misses", action="store_true")
    options = parser.parse_args()
    print(f"commit {commit()}, {datetime.now(UTC):%Y-%m-%d}, threshold in use {THRESHOLD}")
    for number, path in enumerate(options.pairs):
        pairs = read_pairs(path)
        print(
            f"\n{path.name}: {len(pairs)} pairs, {sum(p.supported for p in pairs)} supported, {len(_by_premise(pairs))} premises"
        )
        if number == 0:
            print(f"best threshold {best_threshold(pairs)}; over {_FOLDS} folds, each with the best of the others:")
            print(_line("folds", _arrays(pairs, [pair.support >= bound for pair, bound in _cross_validated(pairs)])))
        print(_line("in use", _arrays(pairs, [pair.support >= THRESHOLD for pair in pairs])))
        print("threshold  accuracy  balanced  precision  recall")
        for bound in _THRESHOLDS:
            print(f"{bound:9}", *(f"{value:9.3f}" for value in figures(*_arrays(pairs, [p.support >= bound for p in pairs])[:2])))
        for kind, (right, total) in _kinds(pairs).items():
            print(f"{right:4} of {total:3} right: {kind}")
        if options.misses and number == 0:
            for pair in pairs:
                if pair.supported != (pair.support >= THRESHOLD):
                    print(f"{pair.support:.2f} {'supported' if pair.supported else 'not'} ({pair.why}): {pair.sentence}")


def read_pairs(path: Path) -> list[Pair]:
    """Return the pairs of a file, judged."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Pair(row["premise"], row["sentence"], row["supported"], row["why"], support(row["premise"], row["sentence"]))
        for row in rows
    ]


def figures(supported: NDArray[np.bool_], said: NDArray[np.bool_]) -> Figures:
    """Return the figures of judgements `said` where `supported` is right; a share of nothing is 0."""

    def share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
        return float((part & whole).sum() / max(1, whole.sum()))

    recall, specificity = share(said, supported), share(~said, ~supported)
    return Figures(float((said == supported).mean()), (recall + specificity) / 2, share(supported, said), recall)


def best_threshold(pairs: Sequence[Pair]) -> float:
    """Return the threshold with the best balanced accuracy; of equal ones that stand in a row, the middle."""
    reached = [figures(*_arrays(pairs, [p.support >= bound for p in pairs])[:2]).balanced for bound in _THRESHOLDS]
    best = [bound for bound, value in zip(_THRESHOLDS, reached, strict=True) if value == max(reached)]
    return best[len(best) // 2]


def _cross_validated(pairs: Sequence[Pair]) -> list[tuple[Pair, float]]:
    """Return every pair with the threshold chosen on the folds without its premise, in the order of `pairs`."""
    fold = {premise: number % _FOLDS for number, premise in enumerate(_by_premise(pairs))}
    bounds = [best_threshold([pair for pair in pairs if fold[pair.premise] != left_out]) for left_out in range(_FOLDS)]
    return [(pair, bounds[fold[pair.premise]]) for pair in pairs]


def _line(name: str, arrays: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int_]]) -> str:
    supported, said, premise = arrays
    rng = np.random.default_rng(_SEED)
    rows = [np.flatnonzero(premise == number) for number in range(premise.max() + 1)]
    drawn = [np.concatenate([rows[i] for i in rng.integers(len(rows), size=len(rows))]) for _ in range(_RESAMPLES)]
    spread = np.percentile([figures(supported[rows_], said[rows_]) for rows_ in drawn], _PERCENTILES, axis=0)
    named = zip(Figures._fields, figures(supported, said), *spread, strict=True)
    return f"{name:8}" + ", ".join(f"{field} {value:.3f} [{low:.3f}, {high:.3f}]" for field, value, low, high in named)


def _arrays(pairs: Sequence[Pair], said: Sequence[bool]) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int_]]:
    numbers = _by_premise(pairs)
    return np.array([p.supported for p in pairs]), np.array(said), np.array([numbers[p.premise] for p in pairs])


def _by_premise(pairs: Sequence[Pair]) -> Mapping[str, int]:
    """Number the premises in the order of the file."""
    return {premise: number for number, premise in enumerate(dict.fromkeys(pair.premise for pair in pairs))}


def _kinds(pairs: Sequence[Pair]) -> Mapping[str, tuple[int, int]]:
    """Return how many pairs of each kind are judged right, and how many there are."""
    kinds: dict[str, tuple[int, int]] = {}
    for pair in sorted(pairs, key=lambda p: (not p.supported, p.why)):
        name = f"{'supported' if pair.supported else 'not'}, {pair.why.partition(':')[0]}"
        right, total = kinds.get(name, (0, 0))
        kinds[name] = (right + (pair.supported == (pair.support >= THRESHOLD)), total + 1)
    return kinds


if __name__ == "__main__":
    main()
