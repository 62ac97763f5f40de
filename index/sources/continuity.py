"""Decides which column fragment of a newspaper page continues which: sentence, names, subject and place on the page.

Each fragment that stops in mid-sentence gets at most one continuation and each continuation at most one beginning; the best
assignment over the whole page wins (Hungarian algorithm, scipy), and chains of fragments must start at a story.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from index.types import Vectors

Embed = Callable[[Sequence[str]], Vectors]

# The weights are plain judgement, checked on pages that were not used to choose them (docs/adr/0008).
_ADJACENT = 0.15
_NAME = 0.10
_NAMES_AT_MOST = 0.30
_GRAMMAR = 0.25
_CAPITAL = -0.15
_LEAST = 0.22
_NEVER = -10.0
_CONTEXT = 500

_SUBJECTS = frozenset("it he she they we who which that there this these i you".split())
_AUXILIARIES = frozenset(
    "is are was were has have had can could will would may might must should do does did not also then never now"
    " became began brought built came cut fell felt found gave got grew held kept knew led left let lost made met paid put"
    " ran rose said sat saw sent set showed sold spent spoke stood told took went won wrote".split()
)
_CONJUNCTIONS = frozenset("and or but nor".split())
_NEEDS_MORE = frozenset(
    "the a an of in on at to for from by with as than into between its their his her our this more most very such"
    " including several some many two three four five".split()
)
_PREPOSITIONS = frozenset("of in on at to for from by with as than into between".split())
_NAME_PATTERN = re.compile(r"\b(?:[A-Z][\w'’-]+|[A-Z]{2,}[\w-]*|\d[\d,.]*\d)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A run of blocks that were printed together."""

    text: str
    """Its paragraphs, and its headline if it has one."""
    head: str
    """Its first paragraph."""
    tail: str
    """Its last paragraph."""
    starts_story: bool
    open_head: bool
    open_tail: bool
    joinable: bool
    """False when a heading stands before its first paragraph, so that it cannot continue a sentence."""


def continuations(fragments: Sequence[Fragment], embed: Embed) -> dict[int, int]:
    """Return, for each fragment that is continued elsewhere, the number of the fragment that continues it."""
    tails = [i for i, f in enumerate(fragments) if f.open_tail]
    heads = [j for j, f in enumerate(fragments) if not f.starts_story and f.joinable and _may_continue(fragments, j)]
    if not tails or not heads:
        return {}
    scores = _scores(fragments, tails, heads, embed)
    while True:
        joins = _assign(scores, tails, heads)
        loop = _loop(joins, fragments)
        if not loop:
            return joins
        weakest = min(loop, key=lambda i: float(scores[tails.index(i), heads.index(joins[i])]))
        scores[tails.index(weakest), heads.index(joins[weakest])] = _NEVER


def subject_similarity(fragments: Sequence[Fragment], embed: Embed) -> NDArray[np.float32]:
    """Return the cosine similarity of every pair of fragments, shape (count, count)."""
    vectors = embed([f.text[: 2 * _CONTEXT] for f in fragments])
    return np.asarray(vectors @ vectors.T, dtype=np.float32)


def _may_continue(fragments: Sequence[Fragment], j: int) -> bool:
    return fragments[j].open_head or (j > 0 and fragments[j - 1].open_tail)


def _scores(
    fragments: Sequence[Fragment], tails: Sequence[int], heads: Sequence[int], embed: Embed
) -> NDArray[np.float64]:
    before = embed([fragments[i].tail[-_CONTEXT:] for i in tails])
    after = embed([fragments[j].head[:_CONTEXT] for j in heads])
    whole = subject_similarity(fragments, embed)
    names = [_names(f.text) for f in fragments]
    spread = Counter(name for found in names for name in found)
    scores = np.full((len(tails), len(heads)), _NEVER)
    for row, i in enumerate(tails):
        for column, j in enumerate(heads):
            if i == j:
                continue
            # A name that every story of the page mentions says nothing.
            shared = sum(_NAME for name in names[i] & names[j] if spread[name] <= max(2, len(fragments) // 2))
            scores[row, column] = (
                0.5 * float(before[row] @ after[column])
                + 0.5 * float(whole[i, j])
                + min(shared, _NAMES_AT_MOST)
                + _grammar(fragments[i].tail, fragments[j].head)
                + (_ADJACENT if j == i + 1 else 0.0)
                + (0.0 if fragments[j].open_head else _CAPITAL)
            )
    return scores


def _assign(scores: NDArray[np.float64], tails: Sequence[int], heads: Sequence[int]) -> dict[int, int]:
    """Return the best one-to-one joins; a join below the least score is worse than none."""
    gain = np.maximum(scores - _LEAST, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    return {tails[r]: heads[c] for r, c in zip(rows, columns, strict=True) if gain[r, c] > 0}


def _loop(joins: dict[int, int], fragments: Sequence[Fragment]) -> list[int]:
    """Return fragments that continue each other in a circle, if there are any."""
    for first in joins:
        seen = [first]
        while seen[-1] in joins and joins[seen[-1]] != first and len(seen) <= len(fragments):
            seen.append(joins[seen[-1]])
        if joins.get(seen[-1]) == first:
            return seen
    return []


def _grammar(tail: str, head: str) -> float:
    """Return a bonus or malus for the two words that meet: what may follow `It`, `the`, a list, a comma."""
    words = tail.split()
    last = words[-1].strip("\"'“”‘’").casefold() if words else ""
    first = head.split()[0].strip("\"'“”‘’,;").casefold() if head.split() else ""
    verb = first in _AUXILIARIES or first.endswith("ed")
    if last in _SUBJECTS:
        return _GRAMMAR if verb else -_GRAMMAR if first in _CONJUNCTIONS | _PREPOSITIONS else 0.0
    if last in _NEEDS_MORE:
        return -_GRAMMAR if first in _CONJUNCTIONS or (first in _PREPOSITIONS and last in _PREPOSITIONS) else 0.0
    if last in _CONJUNCTIONS:
        return -_GRAMMAR if first in _CONJUNCTIONS else 0.0
    if first in _CONJUNCTIONS and re.search(r"\w+, [\w -]{3,30}$", tail):
        return _GRAMMAR / 2  # `exhibitors, purchasers, visitors` waits for `or conference attendees`
    return 0.0


def _names(text: str) -> set[str]:
    """Return capitalised words and numbers, without those that only open a sentence."""
    found = set()
    for match in _NAME_PATTERN.finditer(text):
        before = text[: match.start()].rstrip(" \n\"'“‘(")
        if before and before[-1] not in ".!?:":
            found.add(match[0].removesuffix("'s").removesuffix("’s"))
    return found
