"""Finds damage in SQLite's write-ahead log that SQLite takes for the end of it.

After a crash the log holds what is not yet in the file itself. SQLite reads it up to the first frame whose checksum is wrong:
usually the crash left it half-written. If a bit of it flipped instead, all transactions behind that place are gone without
a word. They are still to be seen: a transaction is begun only when the one before is on disk, so where a whole one is followed by
the next, both were acknowledged. Nothing can tell that the last transaction is damaged, or that the log was cut off.

The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADER = 32
_FRAME_HEADER = 24
_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """A page as it was written to the log."""

    commits: bool
    salts: bytes
    checked: bytes
    """What the checksum is made from, beside that of the frame before."""
    checksum: tuple[int, int]


def loses_transactions(log: Path, read: int) -> bool:
    """Return whether whole transactions stand behind the part of a log that SQLite reads; nobody may write meanwhile.

    Args:
        log: the file, which need not be there.
        read: how many frames of it SQLite reads.
    """
    try:
        content = log.read_bytes()
    except FileNotFoundError:
        return False
    if len(content) <= _HEADER + _FRAME_HEADER:
        return False
    magic, _, size = struct.unpack(">III", content[:12])
    order = ">" if magic & 1 else "<"
    header = _checksum(content[:24], (0, 0), order) == struct.unpack(">II", content[24:_HEADER]) and magic & ~1 == _MAGIC
    if not header:
        return True  # it is written in one piece, before any frame
    before: _Frame | None = None
    for frame in _frames(content, size, read):
        if frame.salts != content[16:24]:
            before = None  # left over from before the log was begun anew
            continue
        if before is not None and before.commits and _checksum(frame.checked, before.checksum, order) == frame.checksum:
            return True
        before = frame
    return False


def _frames(content: bytes, size: int, first: int) -> Iterator[_Frame]:
    """Yield the whole frames from a number on."""
    step = _FRAME_HEADER + size
    for start in range(_HEADER + first * step, len(content) - step + 1, step):
        header = content[start : start + _FRAME_HEADER]
        _, commits = struct.unpack(">II", header[:8])
        yield _Frame(
            commits=commits > 0, salts=header[8:16], checked=header[:8] + content[start + _FRAME_HEADER : start + step],
            checksum=struct.unpack(">II", header[16:]),
        )  # fmt: skip


def _checksum(content: bytes, before: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = before
    for one, two in struct.iter_unpack(f"{order}II", content):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
