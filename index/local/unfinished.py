"""Files that are written aside and get their name when they are whole: nobody ever sees half of one, and none is overwritten."""

import contextlib
import errno
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from index.errors import ArchiveFull, ArchiveUnavailable

PREFIX = ".dateline-unfinished-"
"""How the names of files begin that are being written, or that a killed process has left."""

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What a system says when a file cannot grow: the disk, the owner's share of it, or the file itself is full."""

# What SQLite keeps beside a file while it writes it; it has no lock of its own.
_JOURNAL = "-journal"
# Between making such a file and locking it, another process may look.
_YOUNG_SECONDS = 10.0


@contextlib.contextmanager
def unfinished(target: Path, mode: int) -> Iterator[tuple[Path, IO[bytes]]]:
    """Make an empty file beside the target; removed at the end unless it was published. What killed processes left goes first.

    Yields its path and the open file. Close no other file of this path while SQLite has it open: that would end SQLite's locks.
    """
    _remove_left(target.parent)
    # Named before it is made, so that an interruption right behind that finds what to remove.
    path = target.parent / f"{PREFIX}{secrets.token_hex(8)}"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+b") as file:
            os.fchmod(descriptor, mode)
            with contextlib.suppress(OSError):  # not every file system has locks; there, nothing that was left is removed
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield path, file
    finally:
        path.unlink(missing_ok=True)
        path.with_name(f"{path.name}{_JOURNAL}").unlink(missing_ok=True)


def publish(path: Path, file: IO[bytes], target: Path) -> None:
    """Give a whole file its name, durably.

    Raises:
        ArchiveUnavailable: there is something of that name.
    """
    file.flush()
    os.fsync(file.fileno())
    try:
        os.link(path, target)  # unlike a renaming, never replaces anything
    except FileExistsError as error:
        raise in_the_way(target) from error
    except OSError as error:  # a file system without hard links
        if os.path.lexists(target):
            raise in_the_way(target) from error
        path.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def in_the_way(target: Path) -> ArchiveUnavailable:
    """Return what to say when a name is taken."""
    kind = "is a folder; name a file in it, or another file" if target.is_dir() else "exists already; choose another name"
    return ArchiveUnavailable(f"{target} {kind}. Nothing is ever overwritten.")


def no_room(target: Path, error: Exception) -> ArchiveFull:
    """Return what to say when what is written does not fit."""
    return ArchiveFull(
        f"There is no room for {target} ({error}); free some space or choose another disk. Nothing was left there."
    )


def _remove_left(folder: Path) -> None:
    for path in folder.glob(f"{PREFIX}*"):
        main = path.with_name(path.name.removesuffix(_JOURNAL))
        with contextlib.suppress(OSError):  # another process is quicker, or it is not ours
            if time.time() - path.stat().st_mtime < _YOUNG_SECONDS:
                continue
            if path != main and not main.exists():
                path.unlink()
            elif path == main:
                with path.open("rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink()
                    path.with_name(f"{path.name}{_JOURNAL}").unlink(missing_ok=True)
