"""Where an archive is carried to and from: addresses that are none are refused, and nothing stays open."""

from pathlib import Path

import apsw
import pytest

from index.errors import ArchiveDamaged, ArchiveError, ArchiveUnavailable
from index.local.schema import migrations
from index.migration import migrate_archive
from index.milvus import connection
from index.settings import IndexSettings
from tests.contracts.stores import news, put
from tests.index.test_migration import local, said


def filled(folder: Path) -> IndexSettings:
    store = local(folder)
    put(store, news("The ferry left."))
    store.close()
    return IndexSettings(data=folder)


@pytest.mark.parametrize(
    "target",
    [
        "milvus://root:hush-hush@127.0.0.1:9/news",
        "milvus+https://root:hush-hush@milvus.example.org/news",
        "http://root:hush-hush@milvus.example.org/news",
        "milvus://root:hush/hush-hush@milvus.example.org/news",
        "milvus://root:hush-hush@milvus.example.org/news.db",
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path: Path, target: str) -> None:
    """Nothing is connected to, and no error shows the password; it belongs into a setting."""
    with pytest.raises(ValueError, match="milvus_token") as refused:
        migrate_archive(IndexSettings(data=tmp_path), target, said)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("name", ["7days", "two-words", "a" * 101, "é"])
def test_a_name_is_limited_as_in_the_settings(tmp_path: Path, name: str) -> None:
    """What the setting could not say is no name of a target."""
    with pytest.raises(ValueError, match="is no name of an archive"):
        migrate_archive(IndexSettings(data=tmp_path), f"milvus://127.0.0.1:9/{name}", said)


def test_a_refused_migration_leaves_no_connection_open(tmp_path: Path) -> None:
    """Neither a target that there is already nor a source that there is not keeps the file of Milvus Lite."""
    settings, file = filled(tmp_path / "first"), tmp_path / "m.db"
    migrate_archive(settings, f"milvus://{file}", said)
    with pytest.raises(ArchiveError, match="holds an archive already"):
        migrate_archive(settings, f"milvus://{file}", said)
    elsewhere = IndexSettings(data=tmp_path, store="milvus", milvus_url=str(file), milvus_name="nothing")
    with pytest.raises(ArchiveUnavailable, match="there is no archive 'nothing'"):
        migrate_archive(elsewhere, str(tmp_path / "new"), said)
    assert str(file.resolve()) not in connection._lite_users


def test_no_archive_a_damaged_one_and_one_without_a_manifest_are_told_apart(tmp_path: Path) -> None:
    """Each is refused with what to do; the target is not begun."""
    settings = IndexSettings(data=tmp_path)
    file, new = tmp_path / "archive.sqlite", tmp_path / "new"
    with pytest.raises(ArchiveUnavailable, match="there is no archive"):
        migrate_archive(settings, str(new), said)
    file.write_bytes(b"x" * 10_000)
    with pytest.raises(ArchiveDamaged, match="is damaged"):
        migrate_archive(settings, str(new), said)
    file.unlink()
    made = apsw.Connection(str(file))
    for statements in migrations(0):
        made.execute(statements)
    made.close()
    with pytest.raises(ArchiveUnavailable, match="does not name its embedder, dimension, chunker"):
        migrate_archive(settings, str(new), said)
    assert not new.exists()
