"""Where an archive is carried to and from: addresses that are none are refused, and nothing stays open."""

from pathlib import Path

import pytest

from index.migration import migrate_archive
from index.settings import IndexSettings
from tests.index.test_migration import said


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
