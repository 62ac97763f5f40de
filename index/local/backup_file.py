"""The file of a backup: the archive's database, then one line of JSON that describes it, then one line that seals that.

Any SQLite opens such a file as the database that it begins with, and `tail -n 2` shows the rest.
"""

import hashlib
import os
import re
from typing import IO

from pydantic import TypeAdapter, ValidationError

from index.backups import Backup
from index.errors import ArchiveMismatch, BackupUnusable

_FORMAT = 1
_BACKUP = TypeAdapter(Backup)
_SEAL = re.compile(rb"dateline-backup (\d{4}) (\d{6}) ([0-9a-f]{64})\n")
_SEAL_BYTES = 93
_SQLITE = b"SQLite format 3\0"


def describe(file: IO[bytes], backup: Backup) -> None:
    """Write, at the end of a file that holds the database, what it is."""
    line = _BACKUP.dump_json(backup)
    seal = f"dateline-backup {_FORMAT:04} {len(line):06} {hashlib.sha256(line).hexdigest()}\n"
    file.seek(0, os.SEEK_END)
    file.write(b"\n" + line + b"\n" + seal.encode())


def described(file: IO[bytes], name: str) -> Backup:
    """Return what the file says it is; whether its database is that one is told by its digest.

    Raises:
        BackupUnusable: it is no backup, or not a whole one.
        ArchiveMismatch: a newer Dateline made it.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _SEAL_BYTES))
    seal = _SEAL.fullmatch(file.read())
    if seal is None:
        file.seek(0)
        if file.read(len(_SQLITE)) == _SQLITE:
            raise BackupUnusable(
                f"{name} is cut short or changed at its end, or it is no backup but an archive itself; use another."
            )
        raise BackupUnusable(f"{name} is no backup, or a damaged one; backups are made with: dateline backup FILE")
    if int(seal[1]) > _FORMAT:
        raise ArchiveMismatch(f"{name} was made by a newer Dateline (backup format {int(seal[1])}); update Dateline.")
    length = int(seal[2])
    begin = size - _SEAL_BYTES - 2 - length
    file.seek(max(0, begin))
    framed = file.read(length + 2)
    line = framed[1:-1]
    try:
        backup = _BACKUP.validate_json(line)
    except ValidationError as error:
        raise BackupUnusable(f"{name} is damaged: its description cannot be read; use another backup.") from error
    if hashlib.sha256(line).hexdigest().encode() != seal[3] or framed != b"\n" + line + b"\n" or backup.bytes != begin:
        raise BackupUnusable(f"{name} is damaged: its description is not the one that was written; use another backup.")
    return backup


def digest_of(file: IO[bytes], length: int) -> str:
    """Return the sha256 of the first bytes of a file."""
    digest = hashlib.sha256()
    file.seek(0)
    while length > 0 and (piece := file.read(min(length, 1 << 20))):
        digest.update(piece)
        length -= len(piece)
    return digest.hexdigest()
