"""Reads what an archive says about itself, without opening it for work: nothing is made, migrated or locked."""

from contextlib import closing
from pathlib import Path

import apsw

from index.errors import ArchiveDamaged, ArchiveUnavailable
from index.local.database import DAMAGE

MANIFEST = ("embedder", "dimension", "chunker")
_FILE = "archive.sqlite"


def stored_manifest(folder: Path) -> dict[str, str]:
    """Return the manifest of the archive in this folder: embedder, dimension, chunker; empty when there is no readable one.

    What is wrong with a damaged archive is told by `LocalStore`, which is opened next.
    """
    try:
        return _manifest(folder / _FILE)
    except (apsw.Error, UnicodeDecodeError):
        return {}


def whole_manifest(folder: Path) -> dict[str, str]:
    """Return the manifest of the archive in this folder: embedder, dimension and chunker.

    Raises:
        ArchiveUnavailable: there is no archive, its file cannot be opened, or the making of it broke off.
        ArchiveDamaged: the file is not a database.
    """
    file = folder / _FILE
    if not file.exists():
        raise ArchiveUnavailable(f"there is no archive in {folder}; name its folder with --data.")
    try:
        manifest = _manifest(file)
    except DAMAGE as error:
        raise ArchiveDamaged(f"{file} is damaged ({error}). It was left as it is; restore a backup.") from error
    except apsw.Error as error:
        raise ArchiveUnavailable(f"{file} cannot be read ({error}); check its permissions.") from error
    missing = [name for name in MANIFEST if name not in manifest]
    if missing:
        raise ArchiveUnavailable(
            f"{file} does not name its {', '.join(missing)}: making it broke off. Ingest into it first, or restore a backup."
        )
    return {name: manifest[name] for name in MANIFEST}


def _manifest(file: Path) -> dict[str, str]:
    with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        return {str(name): str(value) for name, value in connection.execute("SELECT name, value FROM meta")}
