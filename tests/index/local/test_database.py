"""The archive's file: what is refused, what is durable, and waiting for other writers."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from index.errors import ArchiveDamaged, ArchiveMismatch, ArchiveUnavailable
from index.local.schema import SCHEMA_VERSION
from index.local.store import LocalStore
from index.types import Where

OpenStore = Callable[..., LocalStore]
Put = Callable[..., object]


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"embedder": "other@12345678"}, r"was made with embedder 'all-MiniLM-L6-v2@53aa5117', but .* set to 'other@12345678'"),
        ({"dimension": 128}, r"was made with dimension '384', but this Dateline is set to '128'"),
    ],
)
def test_an_archive_of_other_settings_is_refused(
    open_store: OpenStore, put: Put, setting: dict[str, object], message: str
) -> None:
    """Another embedder or dimension is refused with what to do, and the archive stays as it was."""
    store = open_store()
    put(store, 1)
    store.close()
    with pytest.raises(ArchiveMismatch, match=message) as refused:
        open_store(**setting)
    assert "dateline ingest --data NEW_FOLDER" in str(refused.value)
    again = open_store()
    assert again.stats().articles == 1
    again.close()


def test_an_archive_of_another_chunker_is_refused(open_store: OpenStore, tmp_path: Path) -> None:
    """Passages of another length would not mix with those stored."""
    open_store().close()
    with pytest.raises(
        ArchiveMismatch, match=r"made with chunker 'sentences-1/168', but this Dateline is set to 'sentences-1/64'"
    ):
        LocalStore(tmp_path / "archive", embedder="all-MiniLM-L6-v2@53aa5117", dimension=384, chunker="sentences-1/64")


def test_an_archive_of_a_newer_dateline_is_refused(open_store: OpenStore, tmp_path: Path) -> None:
    """A schema of the future is not touched."""
    open_store().close()
    connection = apsw.Connection(str(tmp_path / "archive" / "archive.sqlite"))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ArchiveMismatch, match=rf"newer Dateline \(schema 99, this one knows {SCHEMA_VERSION}\); update Dateline"):
        open_store()


def test_a_file_that_is_no_database_is_damage(open_store: OpenStore, tmp_path: Path) -> None:
    """A file of something else is left as it was, byte for byte."""
    file = tmp_path / "archive" / "archive.sqlite"
    file.parent.mkdir()
    file.write_bytes(b"this is no database. " * 500)
    with pytest.raises(ArchiveDamaged, match=r"is damaged .* restore a backup, or move it away and ingest again"):
        open_store()
    assert file.read_bytes() == b"this is no database. " * 500


def test_overwritten_pages_are_damage(open_store: OpenStore, put: Put, tmp_path: Path) -> None:
    """A database whose pages were overwritten is reported as damaged by whatever reads them, not answered from."""
    store = open_store()
    for number in range(50):
        put(store, number)
    store.close()
    file = tmp_path / "archive" / "archive.sqlite"
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xa5" * (size - 4096))

    def use() -> None:
        store = open_store()
        list(store.articles())

    with pytest.raises(ArchiveDamaged, match="is damaged"):
        use()


def test_a_truncated_database_is_damage(open_store: OpenStore, put: Put, tmp_path: Path) -> None:
    """A database that lost its second half is reported as damaged."""
    store = open_store()
    for number in range(50):
        put(store, number)
    store.close()
    file = tmp_path / "archive" / "archive.sqlite"
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size // 2 // 4096 * 4096)

    def use() -> None:
        store = open_store()
        list(store.articles())
        with store.consistent():
            store.matching(["ferry"], 100, Where())

    with pytest.raises(ArchiveDamaged, match="is damaged"):
        use()


def test_a_folder_that_cannot_be_one_is_unavailable(open_store: OpenStore, tmp_path: Path) -> None:
    """A file where the data folder should be is reported with what to do."""
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveUnavailable, match="cannot be used as the data folder"):
        open_store(tmp_path / "file")


def test_caches_that_cannot_be_made_are_unavailable(open_store: OpenStore, tmp_path: Path) -> None:
    """A file where the caches' folder should be is reported, not a traceback."""
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "caches").touch()
    with pytest.raises(ArchiveUnavailable, match="cannot be used as the data folder"):
        open_store()


def test_a_writer_waits_for_another(open_store: OpenStore, put: Put, tmp_path: Path) -> None:
    """While another connection holds the write lock, storing waits and then succeeds."""
    store = open_store()
    other = apsw.Connection(str(tmp_path / "archive" / "archive.sqlite"))
    other.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        time.sleep(0.4)
        other.execute("COMMIT")

    thread = threading.Thread(target=let_go)
    started = time.monotonic()
    thread.start()
    put(store, 1)
    waited = time.monotonic() - started
    thread.join()
    other.close()
    assert waited >= 0.4
    assert store.stats().articles == 1
    store.close()


def test_every_commit_is_flushed(open_store: OpenStore) -> None:
    """The file is in the mode in which a power cut loses nothing that was committed."""
    store = open_store()
    assert store._database.one("PRAGMA journal_mode") == ("wal",)
    assert store._database.one("PRAGMA synchronous") == (2,)
    assert store._database.one("PRAGMA foreign_keys") == (1,)
    store.close()
