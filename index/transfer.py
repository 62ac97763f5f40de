"""Carries a whole archive from one store to another: everything, under the same numbers, so that both give the same answers.

A source yields what it holds in a fixed order; a target says how far it came, so a transfer that broke off goes on there. What
both hold is compared by a digest over everything at the end.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from index.backups import Progress
from index.batches import batches
from index.errors import ArchiveDamaged
from index.types import LedgerRow, Visit

TOGETHER = 50
"""So much is carried at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedPassage:
    """One passage as it is stored."""

    row: int
    start: int
    end: int
    embedded: bytes
    vector: bytes
    """float16."""
    signs: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedArticle:
    """One state of an article as it is stored, with its passages; an earlier version has none."""

    row: int
    """Of an earlier version any number that orders it; it is not kept."""
    article_id: str
    details: str
    """Everything but the text, as JSON."""
    text: str
    story: int
    version: int
    cluster: int
    stored_at: str | None
    sketch: tuple[int, ...] = ()
    passages: tuple[CarriedPassage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedCopy:
    """Where else an article's text was carried."""

    article_id: str
    source: str
    position: str
    publisher: str | None
    url: str | None
    published: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedRun:
    """One run of the ledger."""

    run: int
    started: str
    finished: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What an archive says about itself."""

    archive: str
    """Its identity; a target remembers whose it takes."""
    manifest: Mapping[str, str]
    generation: int
    articles: int


class TransferSource(Protocol):
    """An archive that can be carried elsewhere; iterators give what it held when it was opened, or `check` raises."""

    def contents(self) -> Contents:
        """Return what the archive says about itself."""
        ...

    def check(self) -> None:
        """Raise if something of what it held when it was opened cannot be read any more.

        Raises:
            ArchiveUnavailable: it is thrown away.
        """
        ...

    def articles(self, after: int = 0) -> Iterator[CarriedArticle]:
        """Yield the current articles behind a row, by row."""
        ...

    def versions(self) -> Iterator[CarriedArticle]:
        """Yield the earlier versions, by story and number."""
        ...

    def copies(self) -> Iterator[CarriedCopy]:
        """Yield the copies, in any order."""
        ...

    def runs(self) -> Iterator[CarriedRun]:
        """Yield the runs, by number."""
        ...

    def entries(self) -> Iterator[tuple[int, LedgerRow]]:
        """Yield the rows of the ledger with their numbers, ascending."""
        ...

    def visits(self) -> Iterator[Visit]:
        """Yield what was said at the last visits, in any order."""
        ...


class TransferTarget(TransferSource, Protocol):
    """A new archive that takes another's content. What is taken twice is there once."""

    def begin(self, contents: Contents) -> int:
        """Begin, or go on where it broke off; return the row of the last article that is there."""
        ...

    def take_articles(self, articles: Sequence[CarriedArticle]) -> None:
        """Store current articles; durable on return."""
        ...

    def take_versions(self, versions: Iterable[CarriedArticle]) -> None:
        """Store all earlier versions, instead of those that were taken before."""
        ...

    def take_copies(self, copies: Sequence[CarriedCopy]) -> None:
        """Store copies."""
        ...

    def take_ledger(self, runs: Sequence[CarriedRun], entries: Sequence[tuple[int, LedgerRow]]) -> None:
        """Store runs, then rows of the ledger."""
        ...

    def take_visits(self, visits: Sequence[Visit]) -> None:
        """Store visits."""
        ...

    def finish(self, contents: Contents) -> None:
        """Make the archive one that can be opened."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """What a transfer carried."""

    articles: int
    passages: int
    versions: int
    entries: int
    already: int
    """Articles of it that were there from a transfer that broke off."""
    checksum: str
    """The digest over everything, equal for both archives."""


@dataclass(slots=True)
class Tally:
    """Digests an archive's content and counts it."""

    articles: int = 0
    passages: int = 0
    versions: int = 0
    entries: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)
    _anywhere: int = 0

    def of(self, archive: TransferSource, progress: Progress, what: str) -> str:
        """Return the digest of everything that the archive holds."""
        total = max(1, archive.contents().articles)
        for article in archive.articles():
            self.articles += 1
            self.passages += len(article.passages)
            self._add("article", article.row, _facts(article))
            for passage in article.passages:
                values = (passage.embedded, passage.vector, passage.signs)
                self._add(passage.row, passage.start, passage.end, *(hashlib.sha256(value).hexdigest() for value in values))
            progress(what, self.articles / total)
        for version in archive.versions():
            self.versions += 1
            self._add("version", _facts(version))
        for copy in archive.copies():
            self._add_anywhere("copy", asdict(copy))
        for run in archive.runs():
            self._add("run", asdict(run))
        for number, row in archive.entries():
            self.entries += 1
            self._add("entry", number, row.run, row.at, asdict(row.entry))
        for visit in archive.visits():
            self._add_anywhere("visit", asdict(visit))
        self._add(self._anywhere)
        return str(self._digest.hexdigest())

    def _add(self, *values: object) -> None:
        self._digest.update(_written(values))

    def _add_anywhere(self, *values: object) -> None:
        """Add what has no order: neither store keeps one for it, and all of it need not fit into memory to be sorted."""
        self._anywhere += int.from_bytes(hashlib.sha256(_written(values)).digest())


def transfer(source: TransferSource, target: TransferTarget, progress: Progress) -> Transferred:
    """Carry everything, and compare both archives afterwards.

    Raises:
        ArchiveDamaged: what arrived is not what was sent, or not all of it could be read.
        ArchiveError: one of them cannot be read or written; run it again to go on.
    """
    contents = source.contents()
    after, total, done = target.begin(contents), max(1, contents.articles), 0
    already = target.contents().articles if after else 0
    done = already
    for some in batches(source.articles(after), TOGETHER):
        target.take_articles(some)
        done += len(some)
        progress("carrying", done / total)
    target.take_versions(source.versions())
    for copies in batches(source.copies(), TOGETHER):
        target.take_copies(copies)
    for runs in batches(source.runs(), TOGETHER):
        target.take_ledger(runs, [])
    for entries in batches(source.entries(), TOGETHER):
        target.take_ledger([], entries)
    for visits in batches(source.visits(), TOGETHER):
        target.take_visits(visits)
    source.check()  # before everything is read again
    sent, arrived = Tally(), Tally()
    checksum = sent.of(source, progress, "reading what was sent")
    source.check()
    if sent.articles != contents.articles:
        raise ArchiveDamaged(
            f"the archive says that it has {contents.articles} articles, and {sent.articles} could be read: it is damaged."
            " Migrate another copy of it."
        )
    if checksum != arrived.of(target, progress, "reading what arrived"):
        raise ArchiveDamaged(
            f"what arrived ({arrived.articles} articles, {arrived.passages} passages, {arrived.entries} entries) is not what was "
            f"sent ({sent.articles}, {sent.passages}, {sent.entries}): was something written meanwhile, or between two attempts? "
            "Remove the target and run it again."
        )
    target.finish(contents)
    return Transferred(
        articles=sent.articles, passages=sent.passages, versions=sent.versions, entries=sent.entries, already=already,
        checksum=checksum,
    )  # fmt: skip


def _written(values: object) -> bytes:
    return json.dumps(values, ensure_ascii=True, sort_keys=True).encode()


def _facts(article: CarriedArticle) -> list[object]:
    return [
        article.article_id, article.details, article.text, article.story, article.version, article.cluster, article.stored_at,
        article.sketch,
    ]  # fmt: skip
