"""Decides which column fragment of a newspaper page continues which: grammar, names, subject, place on the page.

The surest join is made first; the two fragments then count as one, and everything else is weighed again. How sure a
join is depends on its rivals: each broken-off sentence has at most one continuation and each continuation at most one
beginning. A join that is not clearly better than its rivals is not made.
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

# Weights of evidence, in natural logarithms of odds; chosen on generated pages and checked on others (docs/adr/0008).
_ADJACENT = 2.0
_LOCAL_SUBJECT = 3.0
_WHOLE_SUBJECT = 8.0
_NAME = 0.3
_NAMES_AT_MOST = 2.5
_FITS, _CLASHES = 1.0, -2.5
_QUOTE = 2.0
_CAPITAL = -1.0
# What a sentence left without its other half is worth on this scale, and how likely a join must be to be made.
_UNJOINED = 2.5
_SURE = 0.5
_ROUNDS = 40
# Every join weighs all pairs anew. No page of a newspaper breaks off so many sentences; where more do, none are joined.
_MOST_PAIRS = 22_500
_CONTEXT = 500

# Parts of speech that can be told without a dictionary: closed classes by their words, open ones by their endings.
_CLASSES = {
    word: name
    for name, words in {
        "determiner": "the a an this these those every each no its their his my your our another",
        "preposition": "of in on at for from by with as than into between among under over after before during against"
        " through about since without within per toward towards across until like near behind",
        "to": "to",
        "and": "and or but nor",
        "that": "that which who whose where when while because if whether what how although though",
        "it": "it he she they we i there",
        "them": "him them us me",
        "can": "can could will would may might must should cannot",
        "is": "is are was were am",
        "been": "be been being",
        "has": "has have had",
        "does": "do does did",
        "not": "not also never only just still even already very so too then now more most less",
        "ed": "became began brought built came fell felt found gave got grew held kept knew led left lost made met paid"
        " ran rose said sat saw sent sold spent spoke stood told took went won wrote known given taken seen shown done",
        "number": "two three four five six seven eight nine ten several some many few",
    }.items()
    for word in words.split()
}
_ENDINGS = (
    ("number", re.compile(r"^[$€£]?\d")),
    ("adverb", re.compile(r"ly$")),
    ("ing", re.compile(r"ing$")),
    ("ed", re.compile(r"ed$")),
    ("plural", re.compile(r"[^s]s$")),
)
# For each class before the break: the classes that follow it clearly more often, and clearly less often, than others.
# Counted over half a million word pairs of general news (docs/adr/0008); ordinary English, nothing about one page.
_FOLLOWERS = {
    "determiner": ("word possessive", "preposition determiner and to that is it has can been them does"),
    "preposition": ("determiner number them", "preposition and to is has can does ed"),
    "to": ("been does word", "preposition and to that is it can ed possessive capital"),
    "and": ("not it possessive", "and to them preposition"),
    "that": ("it is has can does", "preposition and been them"),
    "it": ("is has can does ed", "preposition determiner ing that it number possessive them"),
    "can": ("been has does not adverb", "preposition determiner plural ed and ing to that is can number them"),
    "is": ("ed ing not adverb", "plural and is has can possessive them does"),
    "been": ("ed ing adverb", "plural and to that is has can been"),
    "has": ("been ed not adverb", "preposition and plural ing that is can possessive"),
    "does": ("not it", "ed plural"),
    "not": ("adverb been ed", "and"),
    "number": ("plural", "determiner it number possessive been them does"),
    "possessive": ("not word", "preposition and to is it has can"),
    "adverb": ("ed", "it"),
    "comma": ("and ing that it", "to been them"),
    "ed": ("preposition to them", "ed is has can been does"),
    "ing": ("to them", "ed ing is has can been does"),
    "plural": ("preposition and", "plural been"),
    "capital": ("and is has can", "determiner number been"),
    "word": ("preposition", "been"),
}
_LIST = re.compile(r"\w+, [\w -]{3,30}$")
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
    """Return, for each fragment that is continued elsewhere, the number of the fragment that continues it.

    Nothing is joined where more than 150 sentences break off and as many go on: that is no page of a newspaper.
    """
    tails = [i for i, f in enumerate(fragments) if f.open_tail]
    heads = [j for j, f in enumerate(fragments) if not f.starts_story and f.joinable and _may_continue(fragments, j)]
    joins: dict[int, int] = {}
    if not tails or not heads or len(tails) * len(heads) > _MOST_PAIRS:
        return joins
    junction = _junction_scores(fragments, tails, heads, embed)
    vectors = embed([f.text[: 2 * _CONTEXT] for f in fragments])
    names = [_names(f.text) for f in fragments]
    chain = list(range(len(fragments)))  # for each fragment, the number of the chain it is in
    while tails and heads:
        scores = junction + _subject_scores(tails, heads, chain, vectors, names)
        likely = _likelihood(scores) * _best(scores)
        row, column = np.unravel_index(int(np.argmax(likely)), likely.shape)
        if likely[row, column] < _SURE:
            break
        joins[tails[row]] = heads[column]
        chain = [chain[tails[row]] if c == chain[heads[column]] else c for c in chain]
        del tails[row], heads[column]
        junction = np.delete(np.delete(junction, row, axis=0), column, axis=1)
    return joins


def subject_similarity(fragments: Sequence[Fragment], embed: Embed) -> NDArray[np.float32]:
    """Return the cosine similarity of every pair of fragments, shape (count, count)."""
    vectors = embed([f.text[: 2 * _CONTEXT] for f in fragments])
    return np.asarray(vectors @ vectors.T, dtype=np.float32)


def _may_continue(fragments: Sequence[Fragment], j: int) -> bool:
    return fragments[j].open_head or (j > 0 and fragments[j - 1].open_tail)


def _junction_scores(
    fragments: Sequence[Fragment], tails: Sequence[int], heads: Sequence[int], embed: Embed
) -> NDArray[np.float64]:
    """Weigh what does not change when fragments are joined: the two paragraphs that meet, and where they stand."""
    before = embed([fragments[i].tail[-_CONTEXT:] for i in tails])
    after = embed([fragments[j].head[:_CONTEXT] for j in heads])
    scores = _LOCAL_SUBJECT * np.asarray(before @ after.T, dtype=np.float64)
    for row, i in enumerate(tails):
        for column, j in enumerate(heads):
            scores[row, column] += (
                _grammar(fragments[i].tail, fragments[j].head)
                + _quotes(fragments[i].tail, fragments[j].head)
                + (_ADJACENT if j == i + 1 else 0.0)
                + (0.0 if fragments[j].open_head else _CAPITAL)
            )
    return scores


def _subject_scores(
    tails: Sequence[int], heads: Sequence[int], chain: Sequence[int], vectors: Vectors, names: Sequence[set[str]]
) -> NDArray[np.float64]:
    """Weigh subject and names of the whole chains joined so far; minus infinity where a chain would bite its tail."""
    subject: dict[int, NDArray[np.float32]] = {}
    named: dict[int, set[str]] = {}
    for vector, found, c in zip(vectors, names, chain, strict=True):
        subject[c] = subject[c] + vector if c in subject else vector
        named.setdefault(c, set()).update(found)
    subject = {c: v / np.linalg.norm(v) for c, v in subject.items()}
    spread = Counter(name for found in named.values() for name in found)
    scores = np.full((len(tails), len(heads)), -np.inf)
    for row, i in enumerate(tails):
        for column, j in enumerate(heads):
            a, b = chain[i], chain[j]
            if a != b:
                # A name that only these two chains hold says most; one that every story mentions says nothing.
                shared = sum(_NAME / (spread[name] - 1) for name in named[a] & named[b])
                scores[row, column] = _WHOLE_SUBJECT * float(subject[a] @ subject[b]) + min(shared, _NAMES_AT_MOST)
    return scores


def _likelihood(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely each join is, given its rivals (Sinkhorn's scaling, with one spare place for the unjoined)."""
    tails, heads = scores.shape
    weights = np.zeros((tails + 1, heads + 1))
    weights[:tails, :heads] = np.exp(scores - _UNJOINED)
    weights[:tails, heads] = weights[tails, :heads] = 1.0
    for _ in range(_ROUNDS):
        weights[:tails] /= weights[:tails].sum(axis=1, keepdims=True)
        weights[:, :heads] /= weights[:, :heads].sum(axis=0, keepdims=True)
    return weights[:tails, :heads]


def _best(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 for the joins of the best assignment over the whole page, 0 for all others."""
    chosen = np.zeros(scores.shape)
    chosen[linear_sum_assignment(np.maximum(scores - _UNJOINED, 0.0), maximize=True)] = 1.0
    return chosen


def _grammar(tail: str, head: str) -> float:
    """Return a bonus or malus for the two words that meet: `the` is followed by a noun, `will` by a bare verb."""
    before, after = tail.split(), head.split()
    if not before or not after:
        return 0.0
    last = "comma" if before[-1].rstrip("\"'”’)")[-1:] in (",", ";") else _word_class(before[-1])
    fits, clashes = _FOLLOWERS.get(last, ("", ""))
    following = _word_class(after[0])
    score = _FITS if following in fits.split() else _CLASHES if following in clashes.split() else 0.0
    # `exhibitors, purchasers, visitors` waits for `or conference attendees`.
    return score + _FITS if following == "and" and _LIST.search(tail) else score


def _word_class(word: str) -> str:
    bare = word.strip("\"'“”‘’()[],;:.?!—–")
    folded = bare.casefold()
    if known := _CLASSES.get(folded):
        return known
    if folded.endswith(("'s", "’s")):
        return "possessive"
    if bare[:1].isupper():
        return "capital"
    return next((name for name, ending in _ENDINGS if ending.search(folded)), "word")


def _quotes(tail: str, head: str) -> float:
    """Return a bonus where a quotation left open is closed, a malus where one is opened or closed for nothing."""
    opened, closed = (bool(text.count('"') % 2) or text.count("“") != text.count("”") for text in (tail, head))
    return _QUOTE if opened and closed else -_QUOTE if opened or closed else 0.0


def _names(text: str) -> set[str]:
    """Return capitalised words and numbers, without those that only open a sentence."""
    found = set()
    for match in _NAME_PATTERN.finditer(text):
        end = match.start()
        while end and text[end - 1] in " \n\"'“‘(":
            end -= 1
        if end and text[end - 1] not in ".!?:":
            found.add(match[0].removesuffix("'s").removesuffix("’s"))
    return found
