"""Finds damage in SQLite's write-ahead log that SQLite takes for the end of it.

After a crash the log holds what is not yet in the file itself. SQLite reads it up to the first frame whose checksum is wrong:
usually the crash left it half-written. If a bit of it flipped instead, all transactions behind that place are gone without
a word. They are still to be seen: a transaction is begun only when the one before is on disk, so where a whole one is followed by
the next, both were acknowledged. Nothing can tell that the last transaction is damaged, or that the log was cut off.

The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import io
import os
import struct
from pathlib import Path

_HEADER = 32
_FRAME_HEADER = 24
_MAGIC = 0x377F0682
_MASK = 0xFFFFFFFF


def loses_transactions(log: Path, read: int) -> bool:
    """Return whether whole transactions stand behind the part of a log that SQLite reads; nobody may write meanwhile.

    Args:
        log: the file, which need not be there.
        read: how many frames of it SQLite reads.
    """
    try:
        # A log can be large: nothing is read but heads of frames, and the few pages that are needed.
        with log.open("rb", buffering=0) as file:
            return _loses_transactions(file, os.fstat(file.fileno()).st_size, read)
    except FileNotFoundError:
        return False


def _loses_transactions(file: io.RawIOBase, length: int, read: int) -> bool:
    if length <= _HEADER + _FRAME_HEADER:
        return False
    head = _at(file, 0, _HEADER)
    magic, _, size = struct.unpack(">III", head[:12])
    order = ">" if magic & 1 else "<"
    if _checksum(head[:24], (0, 0), order) != struct.unpack(">II", head[24:]) or magic & ~1 != _MAGIC:
        return True  # it is written in one piece, before any frame
    committed: tuple[int, int] | None = None  # the checksum of the frame before, if that one ended a transaction
    step = _FRAME_HEADER + size
    for start in range(_HEADER + read * step, length - step + 1, step):
        frame = _at(file, start, _FRAME_HEADER)
        if frame[8:16] != head[16:24]:
            committed = None  # left over from before the log was begun anew
            continue
        checksum = struct.unpack(">II", frame[16:])
        if committed is not None:
            checked = frame[:8] + _at(file, start + _FRAME_HEADER, size)
            if _checksum(checked, committed, order) == checksum:
                return True
        committed = checksum if frame[4:8] != bytes(4) else None
    return False


def _at(file: io.RawIOBase, start: int, size: int) -> bytes:
    file.seek(start)
    return (file.read(size) or b"").ljust(size, b"\0")  # shorter only where another process has cut the log meanwhile


def _checksum(content: bytes, before: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = before
    for one, two in struct.iter_unpack(f"{order}II", content):
        first = (first + one + second) & _MASK
        second = (second + two + first) & _MASK
    return first, second
