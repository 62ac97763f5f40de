"""What a service knows of a whole archive on Milvus without asking: sizes, months, outlets, and in how many passages words occur.

Built by reading a few small fields of every article once, then kept up with those that came and went. Milvus can count, but a
question needs a dozen such numbers, each at one generation.
"""

import base64
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from index.local.records import day_number, folded_outlets
from index.local.words import ENGLISH, language_of
from index.milvus.generations import Generation
from index.milvus.tables import UNDATED, to_json
from index.milvus.words import numbers_of, term_numbers
from index.types import Article, PublisherMonth, Stats

_RECENT = 50_000
Holding = tuple[NDArray[np.uint32], NDArray[np.uint32]]
"""Numbers of terms, and in how many passages each occurs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What one article adds to a census."""

    publisher: str | None
    """Or the agency, where no publisher is named."""
    outlets: tuple[str, ...]
    day: int | None
    language: str
    passages: int
    terms: int
    """How many terms its passages have together."""

    def to_list(self) -> list[object]:
        """Return plain values, in the order of the fields."""
        return [self.publisher, self.outlets, self.day, self.language, self.passages, self.terms]


def facts_of(article: Article, passages: Sequence[Sequence[str]]) -> Facts:
    """Return what an article adds whose passages have these terms."""
    return Facts(
        publisher=article.publisher or article.agency,
        outlets=tuple(folded_outlets(article)),
        day=day_number(article.dated.day if article.dated else None),
        language=language_of(article.language),
        passages=len(passages),
        terms=sum(len(found) for found in passages),
    )


def counted_to_text(facts: Facts, passages: Iterable[Sequence[str]]) -> str:
    """Return what is counted of an article whose passages have these terms, for fields of text."""
    return f"{to_json(facts.to_list())}\n{_holding_to_text(passages)}"


def counted_from_text(text: str) -> "tuple[Facts, Holding]":
    """Return what `counted_to_text` wrote: the facts; the terms' numbers, ascending, and in how many passages each occurs.

    Raises:
        ValueError: it is something else.
    """
    facts, _, holding = text.partition("\n")
    publisher, outlets, day, language, passages, terms = json.loads(facts)
    read = Facts(publisher=publisher, outlets=tuple(outlets), day=day, language=language, passages=passages, terms=terms)
    return read, _holding_from_text(holding)


def _holding_to_text(passages: Iterable[Sequence[str]]) -> str:
    counts: Counter[int] = Counter()
    for found in passages:
        counts.update(term_numbers(found).keys())
    numbers = np.array(sorted(counts), dtype="<u4")
    times = np.array([counts[int(number)] for number in numbers], dtype="<u4")
    return base64.b64encode(zlib.compress(numbers.tobytes() + times.tobytes(), 1)).decode()


def _holding_from_text(text: str) -> Holding:
    try:
        both = np.frombuffer(zlib.decompress(base64.b64decode(text, validate=True)), dtype="<u4")
    except zlib.error as error:
        raise ValueError(str(error)) from error
    half = len(both) // 2
    return both[:half], both[half : 2 * half]


@dataclass(slots=True, kw_only=True)
class Census:
    """The census of an archive at one generation."""

    at: Generation = field(default_factory=lambda: Generation(number=0))
    next_article: int = 1
    """The row of the first article that is not counted."""
    articles: int = 0
    passages: int = 0
    terms: int = 0
    _days: Counter[int] = field(default_factory=Counter)
    _outlets: Counter[str] = field(default_factory=Counter)
    _languages: Counter[str] = field(default_factory=Counter)
    _months: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)
    _numbers: NDArray[np.uint32] = field(default_factory=lambda: np.zeros(0, dtype=np.uint32))
    _times: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    _recent: Counter[int] = field(default_factory=Counter)
    """What changed since the arrays were made; few, so that each change copies little."""

    def changed(
        self, at: Generation, next_article: int, came: Iterable[tuple[Facts, Holding]], went: Iterable[tuple[Facts, Holding]]
    ) -> "Census":
        """Return the census at a later generation, in which these articles came and those went; this one stays as it is."""
        new = Census(
            at=at,
            next_article=next_article, articles=self.articles, passages=self.passages, terms=self.terms,
            _days=Counter(self._days), _outlets=Counter(self._outlets), _languages=Counter(self._languages),
            _months=Counter(self._months),
        )  # fmt: skip
        new._numbers, new._times, new._recent = self._numbers, self._times, Counter(self._recent)
        for articles, sign in ((came, 1), (went, -1)):
            for facts, (found, counts) in articles:
                new._add(facts, sign)
                for number, count in zip(found.tolist(), counts.tolist(), strict=True):
                    new._recent[number] += sign * count
                if len(new._recent) > _RECENT:
                    new._merge()
        return new

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that words are read by: English, and those of the archive."""
        return (ENGLISH, *sorted(language for language, count in self._languages.items() if count > 0 and language != ENGLISH))

    @property
    def outlets(self) -> frozenset[str]:
        """The publishers and agencies of the archive, in small letters."""
        return frozenset(name for name, count in self._outlets.items() if count > 0)

    @property
    def days(self) -> list[tuple[int, int]]:
        """How many articles each day has, newest first, undated last."""
        return sorted(((day, count) for day, count in self._days.items() if count > 0), reverse=True)

    @property
    def average_terms(self) -> float:
        """How many terms a passage has on average."""
        return self.terms / self.passages if self.passages else 0.0

    def holding(self, term: str) -> int:
        """Return in how many passages a term occurs."""
        return max(self._of(number) for number in numbers_of(term))

    def stats(self) -> Stats:
        """Return the size of the archive."""
        newest = max((day for day, count in self._days.items() if count > 0 and day != UNDATED), default=None)
        return Stats(
            articles=self.articles, passages=self.passages, generation=self.at.number,
            newest=date.fromordinal(newest) if newest else None,
        )  # fmt: skip

    def publishers(self) -> list[PublisherMonth]:
        """Return how many articles there are, by publisher and month; undated last."""
        there: Mapping[tuple[str | None, str | None], int] = {key: count for key, count in self._months.items() if count > 0}
        ordered = sorted(there, key=lambda key: (key[0] is None, key[0] or "", key[1] is None, key[1] or ""))
        return [PublisherMonth(publisher=name, month=month, articles=there[name, month]) for name, month in ordered]

    def _of(self, number: int) -> int:
        at = int(np.searchsorted(self._numbers, np.uint32(number)))
        before = int(self._times[at]) if at < len(self._numbers) and int(self._numbers[at]) == number else 0
        return before + self._recent[number]

    def _merge(self) -> None:
        """Bring what changed into the arrays."""
        recent = np.fromiter(self._recent.keys(), dtype=np.uint32, count=len(self._recent))
        every = np.concatenate([self._numbers, recent])
        times = np.concatenate([self._times, np.fromiter(self._recent.values(), dtype=np.int64, count=len(self._recent))])
        order = np.argsort(every, kind="stable")
        every, times = every[order], times[order]
        firsts = np.flatnonzero(np.concatenate(([True], every[1:] != every[:-1])))
        self._numbers, self._times, self._recent = every[firsts], np.add.reduceat(times, firsts), Counter()

    def _add(self, facts: Facts, sign: int) -> None:
        self.articles += sign
        self.passages += sign * facts.passages
        self.terms += sign * facts.terms
        self._days[UNDATED if facts.day is None else facts.day] += sign
        self._languages[facts.language] += sign
        month = date.fromordinal(facts.day).isoformat()[:7] if facts.day is not None else None
        self._months[facts.publisher, month] += sign
        for name in facts.outlets:
            self._outlets[name] += sign
