"""The head of an archive on Milvus: its manifest, its counters and its generation, in one row. Writing it is the commit.

Each turn of a writer has heads of its own, named by its claim (`index.milvus.claims`), and each commit one: what was sent
earlier, and Milvus carries out late or twice, changes nothing any more. Those of earlier turns, and all but the last few of this
one, are thrown away.
"""

import json
import secrets
import time
from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from index.errors import ArchiveDamaged, ArchiveMismatch, ArchiveUnavailable
from index.milvus.connection import Connection
from index.milvus.generations import Generation
from index.milvus.tables import FOREVER, SCHEMA, UNUSED, Tables

HEAD = "head"
# No answer holds its generation for so long, so what was removed before can be thrown away.
_KEPT_SECONDS = 600.0
# No call arrives so late: connections are given up long before.
_LATE_SECONDS = 3600.0
# More numbers than the change that broke off can have used.
ARTICLES_TOGETHER, _PASSAGES_TOGETHER = 1_000, 2**24
_LAST_FEW = 8
# Normally there are some ten.
_READ_TOGETHER = 1_000


@dataclass(slots=True, kw_only=True)
class Head:
    """What the archive says about itself. Changed by who writes, then written as a whole."""

    archive: str
    """Names this archive for as long as it lives."""
    manifest: dict[str, str]
    schema: int = SCHEMA
    claim: int = 0
    """Whose turn it was written in."""
    serial: int = 0
    """Grows by one with each head that is written."""
    generation: int = 0
    """Grows with every committed change that searches see; what was born later, or died earlier, is not there."""
    rows: int = 1
    """The next passage's number. Numbers are never used twice for different passages that were committed."""
    articles: int = 1
    entries: int = 1
    runs: int = 1
    """The next article's, ledger entry's and run's number; entries and runs from here on are not there."""
    open_runs: dict[str, dict[str, int]] = field(default_factory=dict)
    """Of each run that is not finished, how many things had which outcome."""
    moments: list[tuple[float, int]] = field(default_factory=list)
    """When (seconds since 1970) the archive had which generation, some minutes back."""
    incomplete: str = ""
    """The identity of the archive that is being carried here, until it is whole."""
    void: list[tuple[float, int]] = field(default_factory=list)
    """Generations in which a change broke off, and when that was found."""
    purged: int = 0
    """What died in this generation or earlier is thrown away."""
    removed: int = 0
    """The last generation in which an article went."""

    def now(self) -> Generation:
        """Return the present generation."""
        return Generation(number=self.generation, void=tuple(generation for _, generation in self.void))

    def copy(self) -> "Head":
        """Return a head of its own with the same content."""
        return deepcopy(self)

    def count(self, run: int | None, outcomes: Counter[str]) -> None:
        """Count what a run's entries came to."""
        if run is not None:
            counts = self.open_runs.setdefault(str(run), {})
            for outcome, number in outcomes.items():
                counts[outcome] = counts.get(outcome, 0) + number

    def note_moment(self) -> None:
        """Remember when the archive had this generation, once a minute."""
        now = time.time()
        if not self.moments or now - self.moments[-1][0] > _KEPT_SECONDS / 10:
            self.moments = [*self.moments[-20:], (now, self.generation)]

    def unneeded(self) -> int:
        """Return the generation that nobody reads any more, nor any before it."""
        before = [generation for moment, generation in self.moments if time.time() - moment > _KEPT_SECONDS]
        return max(before, default=0)

    def forgot(self, generation: int) -> bool:
        """Return whether the row of an article that went after this generation may have been thrown away."""
        return generation < min(self.purged, self.removed)

    def pass_over(self) -> None:
        """Use nothing of what a change that broke off may have used, parts of which may still arrive."""
        self.void = [*self.void, (time.time(), self.generation + 1)]
        self.generation += 2
        self.articles += ARTICLES_TOGETHER
        self.rows += _PASSAGES_TOGETHER

    def forget_late(self) -> None:
        """Stop passing over generations in which nothing can arrive any more."""
        self.void = [(moment, generation) for moment, generation in self.void if time.time() - moment < _LATE_SECONDS]


def new_head(manifest: Mapping[str, str]) -> Head:
    """Return the head of an archive that is made now."""
    return Head(archive=secrets.token_hex(8), manifest=dict(manifest))


def read_head(connection: Connection, tables: Tables) -> Head | None:
    """Return the head, None if there is no archive.

    Raises:
        ArchiveDamaged: it is not what Dateline writes.
        ArchiveMismatch: a newer Dateline wrote it.
    """
    highest, together = 0, min(_READ_TOGETHER, connection.most)
    while True:
        where = f'kind == "{HEAD}" and number >= {highest}'
        found = connection.some_rows(tables.books, where, ["number", "body"], most=together)
        numbers = [int(row["number"]) for row in found]
        if len(found) < together or max(numbers) == highest:
            break
        highest = max(numbers)  # there are more than were asked for, and only those of the highest claim count
    heads = (_head(row["body"], connection.address) for row in found)
    return max(heads, key=lambda head: (head.claim, head.serial), default=None)


def known_head(connection: Connection, head: Head | None, archive: str | None) -> Head:
    """Return the head of the archive with this identity (None: of any).

    Raises:
        ArchiveUnavailable: there is none, or it is another's.
    """
    if head is None or archive not in {None, head.archive}:
        what = "is gone" if head is None else "was replaced by another"
        raise ArchiveUnavailable(f"the archive in {connection.address} {what}; start again.")
    return head


def write_head(connection: Connection, tables: Tables, head: Head) -> None:
    """Write the head; durable on return, and every later read sees it."""
    if head.serial % _LAST_FEW == 0:
        # First: after the head is written, an error would say that the change is not there.
        connection.delete(tables.books, f'kind == "{HEAD}" and number == {head.claim} and born < {head.serial}')
    head.serial += 1
    body = {name: getattr(head, name) for name in Head.__slots__}
    row = {
        "id": f"{HEAD}/{head.claim}/{head.serial}", "kind": HEAD, "number": head.claim, "of": "", "place_key": "",
        "born": head.serial, "died": FOREVER, "body": json.dumps(body), "unused": UNUSED,
    }  # fmt: skip
    connection.write(tables.books, [row])


def forget_older(connection: Connection, tables: Tables, head: Head) -> None:
    """Throw away the heads of turns before that of this head, which was read."""
    connection.delete(tables.books, f'kind == "{HEAD}" and number < {head.claim}')


def refuse_others(head: Head, manifest: Mapping[str, str], address: str) -> None:
    """Refuse an archive of another embedder or chunker, and one that is not whole.

    Raises:
        ArchiveMismatch: it is one.
    """
    if head.incomplete:
        raise ArchiveMismatch(
            f"The archive in {address} is only part of one that is being migrated; run the same `dateline migrate` again."
        )
    for name, value in manifest.items():
        if head.manifest.get(name) != value:
            raise ArchiveMismatch(
                f"The archive in {address} was made with {name} {head.manifest.get(name)!r}, but this Dateline is set to "
                f"{value!r}. Set it back, or name another archive in setting milvus_name."
            )


def _head(body: str, address: str) -> Head:
    try:
        fields = json.loads(body)
        schema = int(fields.get("schema", 0))
        if schema > SCHEMA:
            raise ArchiveMismatch(
                f"The archive in {address} was made by a newer Dateline (schema {schema}, this one knows {SCHEMA}); "
                "update Dateline."
            )
        for name in ("moments", "void"):
            fields[name] = [(float(moment), int(generation)) for moment, generation in fields[name]]
        return Head(**{"removed": fields["generation"], **fields})  # older heads do not say it
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ArchiveDamaged(
            f"The head of the archive in {address} is damaged ({error}); restore it, or migrate another copy to it."
        ) from error
