"""Files in, a stored archive and a ledger out. Every article is acknowledged only when it is on disk."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from index.chunking import context_line, passages_of
from index.cleaning import normalise
from index.dates import read_date
from index.protocols import Embedder, PassageStore, TokenCounter
from index.types import Article, LedgerEntry, NewsDate, Outcome, Passage, Rejection, Vectors

# Texts are embedded together across articles: short ones fill a batch, and no more than this waits unstored.
_BATCH_PASSAGES = 64
# Two texts from the same place are versions of one article when they share this part of their word triples.
_SAME_ARTICLE = 0.4
_OUTCOMES: tuple[Outcome, ...] = ("accepted", "unchanged", "updated", "duplicate", "failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallbacks:
    """What to assume for articles that do not say it themselves; recorded as `option` in their provenance."""

    publisher: str | None = None
    published: NewsDate | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestReport:
    """What happened to everything that was read. `read` is the sum of the counts."""

    entries: tuple[LedgerEntry, ...]

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many entries had each outcome, all five named."""
        counted = Counter(entry.outcome for entry in self.entries)
        return {outcome: counted[outcome] for outcome in _OUTCOMES}

    @property
    def read(self) -> int:
        """How many articles and unreadable things were met."""
        return len(self.entries)


@dataclass(slots=True)
class _Waiting:
    """Articles whose passages wait to be embedded together."""

    articles: list[tuple[Article, list[Passage], LedgerEntry, str | None]] = field(default_factory=list)

    @property
    def passages(self) -> int:
        return sum(len(passages) for _, passages, _, _ in self.articles)


class Ingest:
    """Puts articles into a store: decides what each one is, embeds what is new, and keeps the ledger."""

    def __init__(
        self,
        *,
        store: PassageStore,
        embedder: Embedder,
        tokens: TokenCounter,
        passage_tokens: int,
        dry_run: bool = False,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._tokens = tokens
        self._passage_tokens = passage_tokens
        self._dry_run = dry_run
        self._would_store: dict[str, Article] = {}
        self._met: dict[str, str] = {}

    def run(
        self,
        items: Iterable[Article | Rejection],
        fallbacks: Fallbacks,
        acknowledge: Callable[[LedgerEntry], None] = lambda _: None,
    ) -> IngestReport:
        """Ingest everything that the sources yield; `acknowledge` is called for each entry once it is durable.

        Raises:
            ArchiveError: the archive cannot be written any more; what was acknowledged stays.
        """
        entries: list[LedgerEntry] = []
        waiting = _Waiting()
        for item in items:
            if isinstance(item, Rejection):
                done = [self._record(_entry(item.origin.source, item.origin.position, "failed", reason=item.reason))]
            else:
                done = list(self._take(_with_fallbacks(item, fallbacks), waiting))
            if waiting.passages >= _BATCH_PASSAGES:
                done.extend(self._store_waiting(waiting))
            for entry in done:
                acknowledge(entry)
            entries.extend(done)
        for entry in self._store_waiting(waiting):
            acknowledge(entry)
            entries.append(entry)
        return IngestReport(entries=tuple(entries))

    def _take(self, article: Article, waiting: _Waiting) -> Iterator[LedgerEntry]:
        """Decide what an article is: nothing new, a copy, or something to store (which then waits)."""
        if any(_same_place(article, other) or other.article_id == article.article_id for other, *_ in waiting.articles):
            # It may be a version or a copy of one that is not stored yet.
            yield from self._store_waiting(waiting)
        stored = self._stored(article.article_id)
        twice = self._met.setdefault(article.article_id, _place(article)) != _place(article)
        if stored is not None and (twice or stored.origin.source != article.origin.source):
            if _place(stored) == _place(article):
                yield self._record(_article_entry(article, "unchanged"))
                return
            entry = _article_entry(article, "duplicate", reason=f"same text as {stored.article_id} ({_place(stored)})")
            if not self._dry_run:
                self._store.put_copy(stored.article_id, article, entry=entry)
            yield entry
            return
        if stored is not None and replace(stored, origin=article.origin) == article:
            # An item that was put in above it only moved this one down its page.
            yield self._record(_article_entry(article, "unchanged"))
            return
        earlier = stored or self._earlier_version(article)
        entry = _article_entry(article, "updated" if earlier else "accepted")
        passages = passages_of(article, self._tokens, self._passage_tokens)
        waiting.articles.append((article, passages, entry, earlier.article_id if earlier else None))

    def _stored(self, article_id: str) -> Article | None:
        return self._would_store.get(article_id) or self._store.find(article_id=article_id)

    def _earlier_version(self, article: Article) -> Article | None:
        """Return the stored article that this one is a new version of, if there is one and no other outlet still carries it."""
        for other in self._store.same_identity(article):
            named = _same_record(other, article) or (article.url is not None and other.url == article.url)
            if other.article_id in self._met:
                continue  # it is still printed in this source, so nothing replaced it
            if (named or _resemblance(other.text, article.text) >= _SAME_ARTICLE) and not self._store.copies(other.article_id):
                return other
        return None

    def _store_waiting(self, waiting: _Waiting) -> list[LedgerEntry]:
        """Embed all waiting passages in one go, then store article by article, each in its own transaction."""
        articles, waiting.articles = waiting.articles, []
        if self._dry_run:
            self._would_store.update((article.article_id, article) for article, *_ in articles)
            return [entry for _, _, entry, _ in articles]
        texts = [f"{context_line(a)}\n{p.text}" for a, passages, _, _ in articles for p in passages]
        digests = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
        vectors = self._vectors(texts, digests)
        done, first = [], 0
        for article, passages, planned, earlier in articles:
            last = first + len(passages)
            entry, replaces = planned, earlier
            if earlier != article.article_id and earlier in self._met:
                # Its old text was met after all, further down in the same run: both are printed, both stay.
                entry, replaces = replace(planned, outcome="accepted"), None
            self._store.put(article, passages, vectors[first:last], embedded=digests[first:last], entry=entry, replaces=replaces)
            done.append(entry)
            first = last
        return done

    def _vectors(self, texts: Sequence[str], digests: Sequence[bytes]) -> Vectors:
        """Return a vector for each text; what this archive has embedded before is not embedded again."""
        known = self._store.known_vectors(digests)
        new = [text for text, digest in zip(texts, digests, strict=True) if digest not in known]
        made = iter(self._embedder.embed_passages(new))
        rows = [known[digest] if digest in known else next(made) for digest in digests]
        return np.stack(rows) if rows else np.zeros((0, self._embedder.dimension), dtype=np.float32)

    def _record(self, entry: LedgerEntry) -> LedgerEntry:
        if not self._dry_run:
            self._store.record(entry)
        return entry


def option_date(printed: str) -> NewsDate | None:
    """Return the date of a command-line option, None if it is no date."""
    return read_date(printed, "option")


def _with_fallbacks(article: Article, fallbacks: Fallbacks) -> Article:
    missing: dict[str, object] = {}
    if article.publisher is None and fallbacks.publisher:
        missing["publisher"] = fallbacks.publisher
    if article.published is None and article.updated is None and fallbacks.published:
        missing["published"] = fallbacks.published
    if article.language is None and fallbacks.language:
        missing["language"] = fallbacks.language
    provenance = {**article.provenance, **dict.fromkeys(missing, "option")}
    return replace(article, provenance=provenance, **missing) if missing else article  # type: ignore[arg-type]


def _place(article: Article) -> str:
    return f"{article.origin.source} {article.origin.position}".strip()


def _same_place(one: Article, other: Article) -> bool:
    return (one.origin.source, one.origin.position) == (other.origin.source, other.origin.position) or _same_record(one, other)


def _same_record(one: Article, other: Article) -> bool:
    return one.origin.record_id is not None and (
        (one.origin.source, one.origin.record_id) == (other.origin.source, other.origin.record_id)
    )


def _resemblance(one: str, other: str) -> float:
    """Return the Jaccard similarity of the word triples of two texts (Broder 1997)."""
    first, second = (
        {tuple(words[i : i + 3]) for i in range(len(words) - 2)} for words in (normalise(one).split(), normalise(other).split())
    )
    return len(first & second) / max(1, len(first | second))


def _article_entry(article: Article, outcome: Outcome, reason: str | None = None) -> LedgerEntry:
    return LedgerEntry(
        source=article.origin.source, position=article.origin.position, outcome=outcome,
        article_id=article.article_id, title=article.title, reason=reason,
    )  # fmt: skip


def _entry(source: str, position: str, outcome: Outcome, reason: str) -> LedgerEntry:
    return LedgerEntry(source=source, position=position, outcome=outcome, reason=reason)
