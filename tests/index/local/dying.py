"""Opens an older archive, and so migrates it, in processes that end or run out of room at one of its writes and flushes.

Run as a process of its own (`python -c "from tests.index.local.dying import main; main()" ARCHIVE FOLDER`), because it forks,
which a process with threads or an open database must not do. Prints a line of JSON for every way of ending.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import apsw

from index.errors import ArchiveFull
from index.local.database import Database

MANIFEST = {"embedder": "all-MiniLM-L6-v2@53aa5117", "dimension": "384", "chunker": "sentences-1/168"}
REFUSED = 7
# Columns that every schema has; the first archives had no more.
KEPT = (
    "SELECT article_id, details, text, day, source, position, record_id, url, generation, row FROM articles ORDER BY row",
    "SELECT row, article_row, start, end, embedded, vector, generation FROM passages ORDER BY row",
    "SELECT article_row, outlet FROM outlets ORDER BY 1, 2",
    "SELECT article_row, source, position, publisher, url, published FROM copies ORDER BY 1, 2, 3",
    "SELECT row, at, source, position, outcome, article_id, title, reason FROM ledger ORDER BY row",
    "SELECT passage_row, generation FROM removed ORDER BY 1",
    "SELECT value FROM meta WHERE name = 'generation'",
)


def kept(file: Path) -> tuple[int, str]:
    """Return the schema version of an archive, and a digest of everything in it that a migration must not change."""
    connection = apsw.Connection(str(file))
    try:
        if not connection.pragma("user_version"):
            assert list(connection.execute("SELECT name FROM sqlite_schema")) == []
            return 0, ""
        rows = [list(connection.execute(statement)) for statement in KEPT]
        assert list(connection.execute("PRAGMA integrity_check")) == [("ok",)]
        names = sorted(name for (name,) in connection.execute("SELECT name FROM sqlite_schema"))
        version = int(connection.pragma("user_version"))
        assert ("versions" in names) == (version >= 2)
        assert ("token_signs" in names) == (version >= 3)
        return version, hashlib.sha256(repr(rows).encode()).hexdigest()
    finally:
        connection.close()


def main() -> None:
    """Let it end at its operations: before them, in the middle of a write, and for want of room from there on."""
    archive, folder, step = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])  # an empty file becomes a new archive
    (counted,) = attempts(archive, folder, "count", [0])
    total = int(str(counted["operations"]))
    sys.stdout.write(json.dumps({"how": "count", "operations": total}) + "\n")
    for how, every in (("killed", step), ("torn", 4), ("full", 4)):
        for line in attempts(archive, folder, how, range(1, total + 1, every)):
            sys.stdout.write(json.dumps(line) + "\n")


def attempts(archive: Path, folder: Path, how: str, points: range | list[int]) -> Iterator[dict[str, object]]:
    """Yield how each attempt ended, what is in the archive then, and what after it was opened again."""
    for point in points:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        file = folder / "archive.sqlite"
        shutil.copyfile(archive, file)
        child = os.fork()
        if not child:
            os._exit(migrate(file, how, point))
        _, status = os.waitpid(child, 0)
        noted = folder / "operations"
        operations = noted.read_text() if noted.exists() else "0"
        version, digest = kept(file)
        Database(file, MANIFEST).close()
        after, digest_after = kept(file)
        yield {
            "how": how, "point": point, "status": os.waitstatus_to_exitcode(status), "operations": operations,
            "version": version, "digest": digest, "after": after, "digest_after": digest_after,
        }  # fmt: skip


class Dying(apsw.VFS):
    """The files of this process, which end it at one of their operations."""

    def __init__(self, how: str, point: int) -> None:
        super().__init__("dying", "unix", makedefault=True)
        self.done = 0
        self._how = how
        self._point = point

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        """Open a file that dies with the others."""
        return DyingFile(self, name, flags)

    def operation(self, half: Callable[[], None] = lambda: None) -> None:
        """Count one more, and end here if it is its turn."""
        self.done += 1
        if self._how == "full" and self.done >= self._point:
            raise apsw.FullError("no room")
        if self._how in {"killed", "torn"} and self.done == self._point:
            if self._how == "torn":
                half()
            os.kill(os.getpid(), signal.SIGKILL)


class DyingFile(apsw.VFSFile):
    """One of them."""

    def __init__(self, vfs: Dying, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self._vfs = vfs

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Write, or half of it."""
        self._vfs.operation(lambda: super(DyingFile, self).xWrite(bytes(data)[: len(data) // 2], offset))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Flush."""
        self._vfs.operation()
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        """Cut."""
        self._vfs.operation()
        super().xTruncate(size)


def migrate(file: Path, how: str, point: int) -> int:
    """Open the archive, which migrates it, and die at this operation; or note how many there are."""
    vfs = Dying(how, point)
    try:
        database = Database(file, MANIFEST)
        with suppress(
            apsw.FullError, ArchiveFull
        ):  # SQLite itself tells nobody that folding the log into the file failed: it is done later
            database.close()
    except ArchiveFull:
        return REFUSED
    if how == "count":
        (file.parent / "operations").write_text(str(vfs.done))
    return 0
