"""What a process said that it was about to do and what it acknowledged, and what an archive must hold after that.

The journal is a file of JSON lines outside of the archive; what was acknowledged is on disk before the process goes on.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

Wanted = tuple[int, int | None]
"""The number of an article and the version it is to have; None when it is to be removed."""


class Journal:
    """Writes a journal."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def begin(self, operation: str, wanted: Iterable[Wanted] = ()) -> None:
        """Say what is about to be done."""
        self._write({"begin": operation, "wanted": list(wanted)})

    def acknowledge(self, number: int, version: int | None) -> None:
        """Say that an article has this version now, or is removed."""
        self._write({"done": [number, version]})
        os.fsync(self._file)

    def _write(self, said: dict[str, object]) -> None:
        os.write(self._file, f"{json.dumps(said)}\n".encode())


@dataclass(slots=True)
class Expected:
    """What an archive must hold: what was acknowledged, and for what was not, one or the other."""

    stored: dict[int, int] = field(default_factory=dict)
    doubtful: dict[int, list[int | None]] = field(default_factory=dict)
    """Begun and not acknowledged: any of these versions, or nothing."""
    acknowledged: int = 0
    last: str = "start"
    """The operation that was begun last."""
    _read: int = 0

    def read(self, journal: Path) -> None:
        """Take in what was written since the last time. A line without its end was not said."""
        if not journal.exists():
            return
        with journal.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")[0]
        self._read += len(whole) + 1 if whole else 0
        for line in whole.splitlines():
            said = json.loads(line)
            if "begin" in said:
                self.last = said["begin"]
                for number, version in said["wanted"]:
                    self.doubtful[number] = [self.stored.get(number), version]
            else:
                self.settle(*said["done"])
                self.acknowledged += 1

    def settle(self, number: int, version: int | None) -> None:
        """Take it that an article has this version, or is not there."""
        self.doubtful.pop(number, None)
        if version is None:
            self.stored.pop(number, None)
        else:
            self.stored[number] = version

    def wrong(self, held: dict[int, int]) -> list[str]:
        """Return where an archive does not hold what it must, and take what was doubtful as it is there."""
        found = []
        for number in sorted({*self.stored, *self.doubtful, *held}):
            may_be = self.doubtful.get(number, [self.stored.get(number)])
            if held.get(number) not in may_be:
                found.append(f"article {number} has version {held.get(number)}, which must be one of {may_be}")
            self.settle(number, held.get(number))
        return found
