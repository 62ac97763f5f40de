"""Reads what an archive says about itself, without opening it for work: nothing is made, migrated or locked."""

from pathlib import Path

import apsw


def stored_manifest(folder: Path) -> dict[str, str]:
    """Return the manifest of the archive in this folder: embedder, dimension, chunker; empty when there is no readable one.

    What is wrong with a damaged archive is told by `LocalStore`, which is opened next.
    """
    try:
        connection = apsw.Connection(str(folder / "archive.sqlite"), flags=apsw.SQLITE_OPEN_READONLY)
    except apsw.Error:
        return {}
    try:
        return {str(name): str(value) for name, value in connection.execute("SELECT name, value FROM meta")}
    except apsw.Error:
        return {}
    finally:
        connection.close()
