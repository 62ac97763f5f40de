"""Makes operations on an archive's files fail, in the process that asks for it, by what SQLite, Python and the system offer.

Once it is done it cannot be undone, so it is done in processes that end soon.
"""

import errno
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import apsw

# Python's audit events, by the kind of operation (docs.python.org/3/library/audit_events.html).
_EVENTS = {
    "open": "open", "os.mkdir": "make a folder", "os.rename": "rename", "os.link": "link",
    "os.remove": "remove", "os.rmdir": "remove", "os.scandir": "list", "os.listdir": "list",
}  # fmt: skip
_SQLITE = ("SQLite opens", "SQLite reads", "SQLite writes", "SQLite syncs", "SQLite truncates", "SQLite removes")
COUNTED = (*_SQLITE, *dict.fromkeys(_EVENTS.values()))
"""Kinds whose operation number N fails."""
FILE_SIZE, OPEN_FILES = "size of a file", "open files"
LIMITED = (FILE_SIZE, OPEN_FILES)
"""Kinds that the system limits, for all libraries."""
_STEP_BYTES = 8_192


@dataclass(slots=True, kw_only=True)
class Faults:
    """Which operation fails, and whether all that follow do, too."""

    kind: str
    number: int
    persistent: bool
    struck: Any = None
    """A shared number that becomes 1 when something has failed."""
    _met: int = 0

    def counting(self, struck: Any) -> "Faults":
        """Return the same with the number that is to tell whether anything has failed."""
        return replace(self, struck=struck)

    def strikes(self, kind: str) -> bool:
        """Count an operation, and return whether it is to fail."""
        if kind != self.kind:
            return False
        self._met += 1
        hit = self._met >= self.number if self.persistent else self._met == self.number
        if hit and self.struck is not None:
            self.struck.value = 1
        return hit


@contextmanager
def limit(faults: Faults, folder: Path) -> Iterator[None]:
    """Let operations of this process fail on files in a folder. Limits of the system end with the block, the rest stays."""
    soft: dict[int, tuple[int, int]] = {}
    if faults.kind in _SQLITE:
        _Passing(faults)
    elif faults.kind == FILE_SIZE:
        soft = _lowered(resource.RLIMIT_FSIZE, faults.number * _STEP_BYTES)
    elif faults.kind == OPEN_FILES:
        soft = _lowered(resource.RLIMIT_NOFILE, len(list(Path("/proc/self/fd").iterdir())) - 1 + faults.number)
    else:
        inside = str(folder)

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            kind = _EVENTS.get(event)
            if kind is not None and str(arguments[0]).startswith(inside) and faults.strikes(kind):
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(arguments[0]))

        sys.addaudithook(hook)
    try:
        yield
    finally:
        for number, before in soft.items():
            resource.setrlimit(number, before)


def _lowered(number: int, value: int) -> dict[int, tuple[int, int]]:
    before = resource.getrlimit(number)
    resource.setrlimit(number, (value, before[1]))
    return {number: before}


class _Passing(apsw.VFS):
    """SQLite's own way to files, with some of them failing."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        super().__init__("faulty", "unix", makedefault=True)
        _kept.append(self)

    def xOpen(self, name: Any, flags: list[int]) -> "_File":  # noqa: N802 - SQLite's name
        """Open a file."""
        if self._faults.strikes("SQLite opens"):
            raise apsw.CantOpenError("unable to open database file")
        return _File(self._faults, name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001
        """Remove a file."""
        if self._faults.strikes("SQLite removes"):
            raise apsw.IOError("disk I/O error")
        super().xDelete(filename, syncdir)

    def excepthook(self, *_: object) -> None:
        """Say nothing of what a connection that is thrown away could not do; SQLite itself would not either."""


# SQLite keeps only a pointer.
_kept: list[_Passing] = []


class _File(apsw.VFSFile):
    """A file of SQLite's."""

    def __init__(self, faults: Faults, name: Any, flags: list[int]) -> None:
        self._faults = faults
        super().__init__("unix", name, flags)

    def excepthook(self, *_: object) -> None:
        """Say nothing, as above."""

    def _strike(self, kind: str) -> None:
        if self._faults.strikes(kind):
            raise apsw.IOError("disk I/O error")

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        """Read."""
        self._strike("SQLite reads")
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        """Write."""
        self._strike("SQLite writes")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        """Bring to disk."""
        self._strike("SQLite syncs")
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        """Cut."""
        self._strike("SQLite truncates")
        super().xTruncate(newsize)
