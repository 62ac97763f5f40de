"""Articles in, a stored archive and a ledger out. Every article is acknowledged only when it is on disk."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from index.dates import read_date
from index.duplicates import SHARED_KEYS, same_story, sketch
from index.entries import article_entry, entry_of, notes
from index.errors import ArchiveChanged, ArchiveError, ArchiveUnavailable, ModelError, NotPrepared, ReadingStopped
from index.identity import better_original, follows, near_in_time, nothing_new, place, same_place
from index.protocols import Embedder, PassageStore
from index.steps import WINDOW_PASSAGES, Ready, Step, Steps
from index.types import Article, Item, LedgerEntry, NewsDate, Outcome, Prepared, Rejection, Unmodified, Vectors, Visit

logger = logging.getLogger(__name__)

OUTCOMES: tuple[Outcome, ...] = ("accepted", "unchanged", "updated", "duplicate", "near_duplicate", "skipped", "failed")

# So often is decided about one article while other processes write; a second time is rare.
_DECISIONS = 5

Prepare = Callable[[Article], Prepared]
"""Cuts and sketches an article; called once, right after the article was yielded, and only if it will be stored."""


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
    stopped: bool = False
    """True when reading was stopped before the end; what was read until then is stored."""

    @property
    def counts(self) -> dict[Outcome, int]:
        """How many entries had each outcome, all of them named."""
        counted = Counter(entry.outcome for entry in self.entries)
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    @property
    def read(self) -> int:
        """How many articles and unreadable things were met."""
        return len(self.entries)


class Ingest:
    """Puts articles into a store: decides what each one is, embeds what is new, and keeps the ledger. For one run."""

    def __init__(
        self, *, store: PassageStore, embedder: Embedder, prepare: Prepare, dry_run: bool = False, window: int = WINDOW_PASSAGES
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._prepare = prepare
        self._dry_run = dry_run
        self._window = window
        self._would_store: dict[str, tuple[Article, Prepared]] = {}
        self._met: dict[str, str] = {}
        self._unprepared: set[str] = set()

    def run(
        self,
        items: Iterable[Item],
        fallbacks: Fallbacks,
        acknowledge: Callable[[LedgerEntry], None] = lambda _: None,
        *,
        sources: Sequence[str] = (),
    ) -> IngestReport:
        """Ingest everything that the sources yield; `acknowledge` is called for each entry once it is durable.

        `sources` is what the ledger says was asked for.

        Raises:
            ArchiveError: the archive cannot be written any more; what was acknowledged stays.
        """
        entries: list[LedgerEntry] = []
        stopped = False

        def finish(ready: Iterable[Ready]) -> None:
            for entry in self._carry_out(ready):
                acknowledge(entry)
                entries.append(entry)

        if not self._dry_run:
            self._store.begin_run(sources)
            self._store.make_missing_sketches(sketch)
        with Steps(self._embedder, self._store, window=self._window) as steps:
            try:
                for item in items:
                    step, wait = self._decide(item, fallbacks, steps)
                    if wait:
                        finish(steps.flush())
                        step, _ = self._decide(item, fallbacks, steps)
                    finish(self._would(step) if self._dry_run else steps.add(step))
            except ReadingStopped:
                stopped = True
            except ArchiveError:
                raise
            except Exception:
                finish(steps.flush())  # a source that breaks off costs nothing that was read before
                raise
            finish(steps.flush())
        if not self._dry_run and not stopped:
            self._finish_run()
        return IngestReport(entries=tuple(entries), stopped=stopped)

    def _finish_run(self) -> None:
        try:
            # After the articles: of a large older archive it takes long, and nobody's news should wait for it.
            gives = self._embedder.gives_token_signs
            self._store.make_missing_signs(self._embedder.embed_with_signs if gives else _without_signs)
            self._store.finish_run()
        except (ArchiveError, ModelError) as error:
            # Every article is stored and acknowledged: an error would say that it is not.
            logger.warning("all was stored, but the run could not be finished, and the ledger says so (%s)", error)

    def _decide(self, item: Item, fallbacks: Fallbacks, steps: Steps) -> tuple[Step, bool]:
        """Return what to do with an item, and whether that can only be said when all waiting steps are carried out."""
        match item:
            case Visit():
                # What failed must be sent again the next time.
                return Step() if item.url in self._unprepared else Step(visit=item), False
            case Rejection():
                return Step(entry=entry_of(item, "skipped" if item.skipped else "failed", item.reason)), False
            case Unmodified():
                return Step(entry=entry_of(item, "unchanged", "not modified since the last visit")), False
            case Article():
                article = _with_fallbacks(item, fallbacks)
        if any(same_place(waiting, article) for waiting, _ in steps.pending):
            return Step(), True  # it may be a version of one that waits itself
        return self._article_step(article, tuple(self._pending(steps)), self._prepare), False

    def _article_step(self, article: Article, waiting: Sequence[tuple[Article, Prepared]], prepare: Prepare) -> Step:
        """Return what to do with an article; `waiting` will be stored before it."""
        stored = self._stored(article.article_id, waiting)
        twice = self._met.setdefault(article.article_id, place(article)) != place(article)
        if stored is not None and (twice or stored.origin.source != article.origin.source):
            return self._copy_step(article, stored, prepare)
        if stored is not None and nothing_new(stored, article):
            # An item that was put in above it only moved this one down its page.
            return Step(entry=article_entry(article, "unchanged"))
        earlier = stored or self._earlier_version(article)
        try:
            prepared = prepare(article)
        except NotPrepared as error:
            self._unprepared.add(article.origin.source)
            return Step(entry=entry_of(article, "failed", str(error)))
        carrier = self._carrier(article, prepared, earlier, waiting)
        outcome: Outcome = "updated" if earlier else "near_duplicate" if carrier else "accepted"
        reasons = [f"version {len(self._store.history(earlier.article_id)) + 1} of {earlier.article_id}"] if earlier else []
        reasons += [f"carries the story of {carrier.article_id} ({place(carrier)})"] if carrier else []
        return Step(
            entry=article_entry(article, outcome, "; ".join([*reasons, *notes(article)]) or None), article=article,
            prepared=prepared, replaces=earlier.article_id if earlier else None, joins=carrier.article_id if carrier else None,
        )  # fmt: skip

    def _copy_step(self, article: Article, stored: Article, prepare: Prepare) -> Step:
        """Return what to do with a text that is stored already, from another place."""
        if place(stored) == place(article):
            return Step(entry=article_entry(article, "unchanged"))
        entry = article_entry(article, "duplicate", f"same text as {stored.article_id} ({place(stored)})")
        if better_original(article, stored):
            entry = replace(entry, reason=f"{entry.reason}; this one is the original")
            with suppress(NotPrepared):  # then it stays a copy
                return Step(entry=entry, article=article, prepared=prepare(article), former=stored)
        return Step(entry=entry, article=article)

    def _stored(self, article_id: str, waiting: Sequence[tuple[Article, Prepared]]) -> Article | None:
        pending = next((article for article, _ in waiting if article.article_id == article_id), None)
        return pending or self._store.find(article_id=article_id)

    def _earlier_version(self, article: Article) -> Article | None:
        """Return the stored article that this one is a new version of, if there is one and no other outlet still carries it."""
        for other in self._store.same_identity(article):
            # What is still printed in this source was not replaced.
            if other.article_id not in self._met and follows(article, other) and not self._store.copies(other.article_id):
                return other
        return None

    def _carrier(
        self, article: Article, prepared: Prepared, earlier: Article | None, waiting: Sequence[tuple[Article, Prepared]]
    ) -> Article | None:
        """Return the article, stored or waiting, whose story this one carries in an edited form."""
        keys = set(prepared.sketch)
        pending = [other for other, made in waiting if len(keys.intersection(made.sketch)) >= SHARED_KEYS]
        stored = self._store.similar(prepared.sketch, shared=SHARED_KEYS)
        known = (article.article_id, earlier.article_id if earlier else None)
        for other in (*stored, *pending):
            if other.article_id in known or not near_in_time(article, other):
                continue
            if same_story(article.text, other.text).near_duplicate:
                return other
        return None

    def _pending(self, steps: Steps) -> Iterable[tuple[Article, Prepared]]:
        return self._would_store.values() if self._dry_run else steps.pending

    def _would(self, step: Step) -> list[Ready]:
        if step.article and step.prepared:
            self._would_store[step.article.article_id] = (step.article, step.prepared)
        return [Ready(step=step, vectors=np.zeros((0, 0), dtype=np.float32))]

    def _carry_out(self, ready: Iterable[Ready]) -> Iterator[LedgerEntry]:
        """Write steps to the archive, each article in its own transaction, and yield the entries that are durable."""
        only_said: list[LedgerEntry] = []
        for done in ready:
            step = done.step
            if step.entry and (self._dry_run or not step.article):
                only_said.append(step.entry)
                continue
            yield from self._say(only_said)
            only_said = []
            if step.visit and not self._dry_run and step.visit.url not in self._unprepared:
                self._store.remember_visit(step.visit)
            elif step.entry and step.article:
                yield self._store_article(done, step.entry, step.article)
        yield from self._say(only_said)

    def _say(self, entries: Sequence[LedgerEntry]) -> Sequence[LedgerEntry]:
        if entries and not self._dry_run:
            self._store.record(entries)
        return entries

    def _store_article(self, ready: Ready, entry: LedgerEntry, article: Article) -> LedgerEntry:
        for _ in range(_DECISIONS):
            try:
                return self._write(ready, entry, article)
            except ArchiveChanged:
                step = self._article_step(article, (), _as_before(ready.step.prepared))
                entry = step.entry or entry
                if step.article is None:
                    self._store.record([entry])
                    return entry
                ready = replace(ready, step=step)
        raise ArchiveUnavailable("other processes keep changing what this article is compared with; try again in a moment.")

    def _write(self, ready: Ready, entry: LedgerEntry, article: Article) -> LedgerEntry:
        step = ready.step
        if step.prepared is None:
            self._store.put_copy(article.article_id, article, entry=entry)
            return entry
        replaces = step.replaces
        if replaces != article.article_id and replaces in self._met:
            # Its old text was met after all, further down in the same run: both are printed, both stay.
            entry, replaces = replace(entry, outcome="accepted", reason=None), None
        self._store.put(
            article, step.prepared.passages, ready.vectors,
            embedded=ready.embedded, signs=ready.signs, entry=entry, sketch=step.prepared.sketch,
            replaces=replaces, joins=step.joins, former=step.former,
        )  # fmt: skip
        return entry


def _as_before(prepared: Prepared | None) -> Prepare:
    """Return what gives an article's passages again, which only the process that read it can make."""

    def prepare(_: Article) -> Prepared:
        if prepared is None:
            raise NotPrepared("the article with the same text was replaced or removed by another process; ingest it again")
        return prepared

    return prepare


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


def _without_signs(texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
    return np.zeros((0, 0), dtype=np.float32), [b""] * len(texts)
