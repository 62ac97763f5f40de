"""The values that flow through ingest and search: articles, passages, hits, ledger entries. No behaviour, no libraries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32]
"""Rows of unit length, shape (count, dimension)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionEmbedding:
    """What an embedder makes of a question."""

    vector: NDArray[np.float32]
    """One unit vector, shape (dimension,)."""
    tokens: Vectors
    """One unit row for each token, without those that only mark the ends; none if the embedder gives no token vectors."""
    spans: tuple[tuple[int, int], ...]
    """Where each of these tokens stands in the question: start and end."""


DatePrecision = Literal["year", "month", "day", "minute"]
Outcome = Literal["accepted", "unchanged", "updated", "duplicate", "near_duplicate", "skipped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsDate:
    """A date as printed: no more precise than the source was, and with the place it was read from."""

    value: str
    """ISO 8601, cut to the precision: `2025`, `2025-09`, `2025-09-19`, `2025-09-19T09:04`, `2025-09-21T10:58-07:00`."""
    precision: DatePrecision
    read_from: str
    """Where the date stood: `source line`, `front matter`, `record`, `text`, `option`, `JSON-LD`, `meta`, `feed` …"""

    @property
    def day(self) -> date:
        """The first day that the date can mean, as printed (not converted to another time zone)."""
        return date.fromisoformat((self.value[:10] + "-01-01")[:10] if len(self.value) == 4 else (self.value + "-01")[:10])  # noqa: PLR2004


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an article came from."""

    source: str
    """The file's absolute path, or the name of the channel that delivered it."""
    position: str = ""
    """The place inside the source: `item 3`, `line 12`, `story 2`; empty when the source is the article."""
    record_id: str | None = None
    """The identity that the source itself gives the article (a record's `id`), if any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One news article. Field names follow schema.org `NewsArticle` where it has them."""

    article_id: str
    """The first 20 hexadecimal digits of the sha256 of the normalised text, so the same words always have the same id."""
    title: str
    title_printed: bool
    """False when the source printed no title and it was taken from the first sentence."""
    text: str
    """The canonical text: paragraphs separated by one empty line. All offsets count its code points."""
    origin: Origin
    publisher: str | None = None
    agency: str | None = None
    """The wire service whose copy this is (Reuters, Xinhua, Associated Press …), whoever carries it."""
    authors: tuple[str, ...] = ()
    published: NewsDate | None = None
    updated: NewsDate | None = None
    fetched: NewsDate | None = None
    url: str | None = None
    language: str | None = None
    section: str | None = None
    provenance: Mapping[str, str] = field(default_factory=dict)
    """For fields that the article did not state itself: where they came from (`{"publisher": "option"}`)."""
    corrections: tuple[str, ...] = ()
    """Correction notices as the outlet printed them; what stands in `text` stands there too."""
    flags: tuple[str, ...] = ()
    """What a reader should know of the text: `fragment`, `ends in mid-sentence`, `no source line`."""

    @property
    def dated(self) -> NewsDate | None:
        """The date that recency and date windows use: published, else updated, else none (never fetched)."""
        return self.published or self.updated


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Something that was read and could not become an article."""

    origin: Origin
    reason: str
    skipped: bool = False
    """True when it is no article (a teaser, an error page) or may not be read; False when it should have become one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A page that a feed names without giving its text."""

    origin: Origin
    url: str
    title: str | None = None
    authors: tuple[str, ...] = ()
    published: NewsDate | None = None
    updated: NewsDate | None = None
    """What the feed says of the page; used where the page does not say it itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmodified:
    """A page or feed that has not changed since it was last read."""

    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Comes after everything that one web address gave: what to send next time, to be told only of changes."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


Item: TypeAlias = Article | Rejection | Unmodified | Visit
"""What sources give to ingest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """The same story carried by another outlet."""

    publisher: str | None
    url: str | None
    published: str | None
    source: str
    article_id: str | None = None
    """Set when the copy was edited, so that its text differs and is stored as an article of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One state of an article over time."""

    number: int
    """From 1, the oldest."""
    article: Article
    stored_at: str | None
    """When it was ingested, UTC; None for archives made before this was recorded."""
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A verbatim slice of an article: `article.text[start:end] == text`, always."""

    article_id: str
    start: int
    end: int
    text: str

    @property
    def passage_id(self) -> str:
        """`article_id:start-end`."""
        return f"{self.article_id}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What is computed of an article's text before it is stored."""

    passages: tuple[Passage, ...]
    sketch: tuple[int, ...]
    """Keys that near-duplicate texts share (`index.duplicates`); empty for very short texts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage found for a question."""

    passage: Passage
    article: Article
    score: float
    """Higher is better; comparable only within one list."""
    similarity: float
    """The cosine of question and passage, -1 to 1."""
    ranks: Mapping[str, int]
    """The place (from 1) that each ranker gave the passage; rankers that did not find it are absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Which articles a search may return. The empty filter allows all."""

    since: date | None = None
    until: date | None = None
    publishers: tuple[str, ...] = ()
    undated: bool = True
    """Whether articles without a date may be returned when `since` or `until` is set."""

    @property
    def everything(self) -> bool:
        """True when nothing is filtered out."""
        return self.since is None and self.until is None and not self.publishers


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What happened to one thing that ingest read. The durable form of a row is `LedgerRow`."""

    source: str
    position: str
    outcome: Outcome
    article_id: str | None = None
    title: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """A ledger entry as it is kept: with the run that wrote it and the time, UTC."""

    run: int | None
    at: str
    entry: LedgerEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One ingest: what it was asked to read and what came of it. `finished` is None while it runs, or if it was killed."""

    run: int
    started: str
    finished: str | None
    sources: tuple[str, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """The size of an archive at one generation."""

    articles: int
    passages: int
    generation: int
    """Grows by one with every committed change."""
    newest: date | None
    """The date of the newest dated article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherMonth:
    """How many articles of one publisher are dated in one month."""

    publisher: str | None
    """None for articles that name neither publisher nor agency."""
    month: str | None
    """`2025-09`; None for undated articles."""
    articles: int
