"""The shapes of the archive's books: ledger, runs, history. `--json` prints the same objects as HTTP."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, StrictStr, StringConstraints, field_validator

from api.schemas import ArticleBody, KnownFieldsBody, article_body
from index.backups import Backup
from index.checks import ArchiveCheck
from index.history import Change
from index.ingest import IngestReport
from index.types import Article, Copy, LedgerEntry, LedgerRow, Run, Version

Said = Annotated[StrictStr, StringConstraints(min_length=1, max_length=1_000)]


class UrlBody(KnownFieldsBody):
    """A page or feed to be fetched, with what to assume where it does not say it."""

    url: Annotated[StrictStr, StringConstraints(strip_whitespace=True, max_length=8_000)]
    publisher: Said | None = None
    published: Said | None = None
    language: Said | None = None

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        """Refuse what would be read as the name of a file of this machine."""
        if not url.casefold().startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url


class LedgerEntryBody(BaseModel):
    """What happened to one thing that ingest read."""

    source: str
    position: str
    outcome: str
    article_id: str | None
    title: str | None
    reason: str | None


class IngestBody(BaseModel):
    """What `dateline ingest --json` prints."""

    read: int
    counts: dict[str, int]
    stopped: bool
    entries: list[LedgerEntryBody]


class WrittenBody(BaseModel):
    """What became of one article that was sent, or of one page."""

    outcome: str
    article_id: str | None
    reason: str | None
    article: ArticleBody | None
    """As it is stored; null where the archive has it no more."""


class LedgerRowBody(LedgerEntryBody):
    """A ledger entry as it is kept."""

    run: int | None
    at: str


class RunBody(BaseModel):
    """One ingest."""

    run: int
    started: str
    finished: str | None
    sources: list[str]
    read: int
    counts: dict[str, int]


class LedgerBody(BaseModel):
    """What `dateline ledger --json` prints: runs, and the rows of those asked for."""

    runs: list[RunBody]
    rows: list[LedgerRowBody]


class ChangeBody(BaseModel):
    """One difference between two versions."""

    field: str
    removed: str | None
    added: str | None


class VersionBody(BaseModel):
    """One state of an article over time."""

    version: int
    article_id: str
    current: bool
    stored_at: str | None
    title: str
    published: str | None
    updated: str | None
    corrections: list[str]
    changes: list[ChangeBody]


class HistoryBody(BaseModel):
    """All versions of an article, oldest first."""

    article_id: str
    """The id of the current version; of the last one when the article is not in the archive any more."""
    versions: list[VersionBody]


class ProblemBody(BaseModel):
    """Something that is not as it was written. `place`: `archive` is the truth, `caches` are made from it."""

    place: str
    what: str


class CheckBody(BaseModel):
    """What `dateline check --json` prints."""

    ok: bool
    generation: int
    articles: int
    passages: int
    manifest: dict[str, str]
    snapshot: int | None
    vector_index: dict[str, str | int | float]
    problems: list[ProblemBody]


class MigrationBody(BaseModel):
    """What `dateline migrate --json` prints."""

    to: str
    articles: int
    passages: int
    versions: int
    """Earlier versions of articles."""
    entries: int
    """Rows of the ledger."""
    already: int
    """Articles that an attempt before had carried."""
    checksum: str
    """The digest over everything that both archives hold."""


class BackupBody(BaseModel):
    """What `dateline backup --json` and `dateline restore --json` print: the file, the archive's folder, and what both hold."""

    file: str
    data: str
    created: str
    schema_version: int
    generation: int
    articles: int
    passages: int
    manifest: dict[str, str]
    bytes: int
    sha256: str


def backup_body(file: Path, data: Path, held: Backup) -> BackupBody:
    """Return a backup as printed."""
    return BackupBody(
        file=str(file.absolute()), data=str(data.absolute()), created=held.created, schema_version=held.schema_version,
        generation=held.generation, articles=held.articles, passages=held.passages,
        manifest={"embedder": held.embedder, "dimension": held.dimension, "chunker": held.chunker},
        bytes=held.bytes, sha256=held.sha256,
    )  # fmt: skip


def check_body(found: ArchiveCheck) -> CheckBody:
    """Return the examination of an archive as printed."""
    return CheckBody(
        ok=not found.problems,
        generation=found.generation,
        articles=found.articles,
        passages=found.passages,
        manifest=dict(found.manifest),
        snapshot=found.snapshot,
        vector_index=dict(found.vector_index),
        problems=[ProblemBody(place=problem.place, what=problem.what) for problem in found.problems],
    )


def ingest_body(report: IngestReport) -> IngestBody:
    """Return an ingest report as printed."""
    return IngestBody(
        read=report.read,
        counts={str(outcome): count for outcome, count in report.counts.items()},
        stopped=report.stopped,
        entries=[LedgerEntryBody(**_entry(entry)) for entry in report.entries],
    )


def written_body(entry: LedgerEntry, article: Article | None, copies: list[Copy]) -> WrittenBody:
    """Return what became of one article as sent."""
    return WrittenBody(
        outcome=entry.outcome, article_id=entry.article_id, reason=entry.reason,
        article=article_body(article, copies) if article else None,
    )  # fmt: skip


def ledger_body(runs: Sequence[Run], rows: Sequence[LedgerRow]) -> LedgerBody:
    """Return the ledger as printed."""
    return LedgerBody(
        runs=[
            RunBody(
                run=run.run, started=run.started, finished=run.finished, sources=list(run.sources),
                read=sum(run.counts.values()), counts=dict(run.counts),
            )
            for run in runs
        ],
        rows=[LedgerRowBody(**_entry(row.entry), run=row.run, at=row.at) for row in rows],
    )  # fmt: skip


def history_body(history: Sequence[tuple[Version, Sequence[Change]]]) -> HistoryBody:
    """Return an article's versions as sent."""
    versions = [
        VersionBody(
            version=version.number, article_id=version.article.article_id, current=version.current, stored_at=version.stored_at,
            title=version.article.title,
            published=version.article.published.value if version.article.published else None,
            updated=version.article.updated.value if version.article.updated else None,
            corrections=list(version.article.corrections),
            changes=[ChangeBody(field=c.field, removed=c.removed, added=c.added) for c in changes],
        )
        for version, changes in history
    ]  # fmt: skip
    return HistoryBody(article_id=versions[-1].article_id, versions=versions)


def _entry(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "source": entry.source, "position": entry.position, "outcome": entry.outcome, "article_id": entry.article_id,
        "title": entry.title, "reason": entry.reason,
    }  # fmt: skip
