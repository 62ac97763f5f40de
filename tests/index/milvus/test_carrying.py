"""What is carried from Milvus is one generation, whatever is written and thrown away meanwhile, and however much it is."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import ArchiveDamaged, ArchiveUnavailable
from index.local.store import LocalStore
from index.local.transfer import LocalTarget, LocalTransfer
from index.milvus.connection import Connection
from index.milvus.head import read_head, write_head
from index.milvus.store import MilvusStore
from index.milvus.tables import Tables
from index.milvus.transfer import MilvusTransfer
from index.milvus.transfer_target import MilvusTarget
from index.transfer import CarriedArticle, Tally, transfer
from index.types import LedgerEntry, Visit
from tests.contracts.stores import DIMENSION, news, put
from tests.index.milvus.servers import EMBEDDER, open_store

NAME = "carried"


def said(what: str, share: float) -> None:
    assert what
    assert share >= 0


def ferries(file: Path, count: int = 2) -> MilvusStore:
    """Return an archive of some articles."""
    store = open_store(str(file), name=NAME)
    for number in range(count):
        put(store, news(f"Ferry {number} left."))
    return store


def later(file: Path) -> MilvusStore:
    """Return the archive as one that is opened eleven minutes later."""
    connection, tables = Connection(str(file)), Tables(NAME)
    head = read_head(connection, tables)
    assert head
    head.moments = [(time.time() - 660, head.generation)]
    write_head(connection, tables, head)
    store = open_store(str(file), name=NAME)
    connection.close()
    return store


def texts(articles: Iterator[CarriedArticle]) -> list[str]:
    return [article.text for article in articles]


def test_what_is_replaced_meanwhile_is_carried_as_it_was(tmp_path: Path) -> None:
    """An article that gets a new version while it is carried is the present one there, and no earlier one."""
    store = ferries(tmp_path / "m.db")
    put(store, news("Ferry 0 left early."), replaces=news("Ferry 0 left.").article_id)
    source = MilvusTransfer(Connection(str(tmp_path / "m.db")), NAME)
    put(store, news("Ferry 1 left at noon."), replaces=news("Ferry 1 left.").article_id)
    store.delete(news("Ferry 0 left early.").article_id)
    assert texts(source.articles()) == ["Ferry 1 left.", "Ferry 0 left early."]
    assert texts(source.versions()) == ["Ferry 0 left."]
    source.close()
    store.close()


@pytest.mark.parametrize("how", ["replaced", "deleted"])
def test_what_is_thrown_away_meanwhile_is_noticed(tmp_path: Path, how: str) -> None:
    """Passages and articles that went ten minutes ago are thrown away under a slow transfer, which then refuses what arrived."""
    file = tmp_path / "m.db"
    ferries(file).close()
    source = MilvusTransfer(Connection(str(file)), NAME)
    target = LocalTarget(tmp_path / "folder", source.contents())
    store = open_store(str(file), name=NAME)
    if how == "replaced":
        put(store, news("Ferry 1 left at noon."), replaces=news("Ferry 1 left.").article_id)
    else:
        store.delete(news("Ferry 1 left.").article_id)
    store.close()
    store = later(file)
    put(store, news("Another."))
    with pytest.raises(ArchiveUnavailable, match="may be thrown away since"):
        transfer(source, target, said)
    assert not (tmp_path / "folder" / "archive.sqlite").exists()
    for part in (store, source, target):
        part.close()


def test_an_article_that_cannot_be_read_is_noticed(tmp_path: Path) -> None:
    """As many articles must arrive as the archive says it has, even if both digests are equal."""

    class Loses(MilvusTransfer):
        def articles(self, after: int = 0) -> Iterator[CarriedArticle]:
            yield from list(super().articles(after))[1:]

    file = tmp_path / "m.db"
    ferries(file).close()
    source = Loses(Connection(str(file)), NAME)
    target = LocalTarget(tmp_path / "folder", source.contents())
    with pytest.raises(ArchiveDamaged, match="says that it has 2 articles, and 1 could be read"):
        transfer(source, target, said)
    source.close()
    target.close()


def test_no_answer_is_too_small(tmp_path: Path) -> None:
    """More passages of a few articles, versions, copies, entries and visits than Milvus returns at once are all read."""
    file, many, at_once = tmp_path / "m.db", 90, 60
    store = LocalStore(tmp_path / "folder", embedder=EMBEDDER, dimension=DIMENSION, chunker="contract")
    for name in ("north", "south"):
        put(store, news("\n\n".join(f"Ferry {number} left for the {name}." for number in range(many))))
    known = news("Ferry 7 left.")
    put(store, known)
    for number in range(many):
        carried = news(known.text, source=f"/copies/{number}.txt")
        entry = LedgerEntry(source=carried.origin.source, position="", outcome="duplicate", reason="a copy")
        store.put_copy(known.article_id, carried, entry=entry)
        store.remember_visit(Visit(url=f"https://example.org/{number}"))
    for of in ("east", "west"):
        former = news(f"Ferry 0 left for the {of}.")
        put(store, former)
        for number in range(1, 40):
            article = news(f"Ferry {number} left for the {of}.")
            put(store, article, replaces=former.article_id)
            former = article
    store.close()
    source = LocalTransfer(tmp_path / "folder" / "archive.sqlite")
    target = MilvusTarget(Connection(str(file)), NAME, source.contents(), "FLAT")
    done = transfer(source, target, said)
    assert (done.articles, done.passages, done.versions, done.entries) == (5, 2 * many + 3, 78, many + 83)
    source.close()
    target.close()
    back = MilvusTransfer(Connection(str(file), most=at_once), NAME)
    assert Tally().of(back, said, "reading") == done.checksum
    back.close()
