"""An archive can be carried to Milvus and back: nothing is lost or changed, and what broke off goes on."""

import sqlite3
from itertools import islice
from pathlib import Path

import pytest

from index.errors import ArchiveDamaged, ArchiveMismatch, ArchiveUnavailable
from index.local.store import LocalStore
from index.local.transfer import LocalTarget, LocalTransfer
from index.milvus.connection import Connection
from index.milvus.store import MilvusStore
from index.milvus.transfer import MilvusTransfer
from index.milvus.transfer_target import MilvusTarget
from index.protocols import PassageStore
from index.transfer import CarriedArticle, Tally, transfer
from index.types import LedgerEntry, Visit, Where
from tests.contracts.stores import DIMENSION, news, put, unit_rows

_MADE_WITH = {"embedder": "carried@00000000", "dimension": DIMENSION, "chunker": "carried"}


def local(folder: Path) -> LocalStore:
    return LocalStore(folder, **_MADE_WITH)  # type: ignore[arg-type]


def on_milvus(file: Path, name: str = "news") -> MilvusStore:
    return MilvusStore(str(file), name=name, **_MADE_WITH)  # type: ignore[arg-type]


def said(what: str, share: float) -> None:
    assert what
    assert 0 <= share <= 1.01


def fill(store: PassageStore) -> None:
    """Put in one of everything: versions, copies, stories, signs, sketches, runs, visits, a text too long for one field."""
    store.begin_run(["/news", "https://example.org/feed.xml"])
    first = news("The bridge cost nine million.", "2025-09-01", publisher="Wire", agency="Reuters", url="https://example.org/a")
    second = news("The bridge cost ten million.\n\nIt opened.", "2025-09-02", publisher="Wire", url="https://example.org/a")
    put(store, first, sketch=(1, 2, 3))
    put(store, second, sketch=(1, 2, 4), replaces=first.article_id, signs=[b"one", b""])
    edited = news("The bridge cost ten million, said the mayor.", publisher="Gazette", source="/news/b.txt")
    put(store, edited, joins=second.article_id)
    copied = LedgerEntry(source="/news/c.txt", position="", outcome="duplicate")
    store.put_copy(second.article_id, news(second.text, "2025-09-03", source="/news/c.txt", publisher="Courier"), entry=copied)
    put(store, news("\n\n".join(f"Zeile {n}: 渡轮离开了港口。" for n in range(1500)), language="zh", title="Lang"))
    gone = news("Nobody reads this.")
    put(store, gone)
    store.delete(gone.article_id)
    store.remember_visit(Visit(url="https://example.org/feed.xml", etag='"7"'))
    store.finish_run()
    store.begin_run(["/more"])
    store.record([LedgerEntry(source="/more/x", position="1", outcome="failed", reason="because")])
    for number in range(60):
        put(store, news(f"Ferry {number} left.", f"2025-{1 + number % 12:02}-10", publisher=f"Desk {number % 3}"))


def answers(store: PassageStore) -> list[object]:
    """Return what a store says of everything that a question or a reader asks."""
    vector = unit_rows(1, 5)[0]
    where = Where(publishers=("desk 1",))
    with store.consistent():
        searched = [
            [row for row, _ in store.nearest(vector, 30, Where())], [row for row, _ in store.nearest(vector, 30, where)],
            [row for row, _ in store.matching(["ferry", "bridge", "港口"], 30, Where())], store.stats(), store.outlets(),
            [round(value, 5) for value in store.rarity(["ferry", "bridge", "submarine"])], store.publishers(),
            store.passages(list(range(1, 20))), store.token_signs(list(range(1, 20))), store.days(list(range(1, 20))),
        ]  # fmt: skip
    ids = [article.article_id for article in store.articles()]
    of_each = [(store.article(i), store.copies(i), store.also_in(i), store.history(i)) for i in ids]
    kept = [store.ledger(), store.runs(), store.last_visit("https://example.org/feed.xml"), store.clusters(ids)]
    return [*searched, ids, of_each, kept, store.similar((1, 2, 4), shared=2)]


def test_an_archive_goes_to_milvus_and_back(tmp_path: Path) -> None:
    """All three give the same answers and the same digest, and the last can be written to."""
    store = local(tmp_path / "first")
    fill(store)
    expected = answers(store)
    store.close()

    source = LocalTransfer(tmp_path / "first" / "archive.sqlite")
    target = MilvusTarget(Connection(str(tmp_path / "m.db")), "news", source.contents(), "FLAT")
    there = transfer(source, target, said)
    source.close()
    target.close()
    assert (there.articles, there.versions, there.already) == (63, 1, 0)
    moved = on_milvus(tmp_path / "m.db")
    assert answers(moved) == expected
    moved.close()

    back = MilvusTransfer(Connection(str(tmp_path / "m.db")), "news")
    folder = LocalTarget(tmp_path / "second", back.contents())
    again = transfer(back, folder, said)
    back.close()
    folder.close()
    assert again.checksum == there.checksum
    store = local(tmp_path / "second")
    assert answers(store) == expected
    put(store, news("The bridge is closed.", "2025-10-01"), replaces=None)
    assert store.stats().articles == there.articles + 1
    store.close()


class Broken(Exception):  # noqa: N818 - it is what happened
    """The source broke off."""


class BreaksOff(LocalTransfer):
    """A source that breaks off after some articles."""

    def articles(self, after: int = 0):  # type: ignore[no-untyped-def]  # noqa: ANN201, D102
        yield from islice(super().articles(after), 55)
        raise Broken


@pytest.mark.parametrize("to", ["milvus", "folder"])
def test_what_broke_off_goes_on(tmp_path: Path, to: str) -> None:
    """Until it is whole nobody can open it; the same again carries the rest and not what is there."""
    store = local(tmp_path / "first")
    fill(store)
    store.close()

    def carry(kind: type[LocalTransfer]) -> object:
        source = kind(tmp_path / "first" / "archive.sqlite")
        contents = source.contents()
        target = (
            MilvusTarget(Connection(str(tmp_path / "m.db")), "news", contents, "FLAT")
            if to == "milvus"
            else LocalTarget(tmp_path / "second", contents)
        )
        try:
            return transfer(source, target, said)
        finally:
            source.close()
            target.close()

    with pytest.raises(Broken):
        carry(BreaksOff)
    if to == "milvus":
        with pytest.raises(ArchiveMismatch, match="only part of one that is being migrated"):
            on_milvus(tmp_path / "m.db")
    else:
        assert not (tmp_path / "second" / "archive.sqlite").exists()
    done = carry(LocalTransfer)
    assert done.already == 50  # type: ignore[attr-defined]
    assert done.articles == 63  # type: ignore[attr-defined]
    with pytest.raises(ArchiveUnavailable, match="already; migrate to"):
        carry(LocalTransfer)


@pytest.mark.parametrize("to", ["milvus", "folder"])
def test_what_is_taken_twice_is_there_once(tmp_path: Path, to: str) -> None:
    """Whoever is told that a step failed, and carries it again although it was done, changes nothing more."""
    store = local(tmp_path / "first")
    put(store, news("The bridge cost ten million.\n\nIt opened."), sketch=(1, 2, 3), signs=[b"one", b""])
    put(store, news("The ferry left.", publisher="Wire"))
    store.close()
    source = LocalTransfer(tmp_path / "first" / "archive.sqlite")
    contents, articles = source.contents(), list(source.articles())
    target = (
        MilvusTarget(Connection(str(tmp_path / "m.db")), "news", contents, "FLAT")
        if to == "milvus"
        else LocalTarget(tmp_path / "second", contents)
    )
    target.begin(contents)
    for _ in range(2):
        target.take_articles(articles)
    assert list(target.articles()) == articles
    assert target.contents().articles == len(articles)
    source.close()
    target.close()


def test_what_arrives_otherwise_is_noticed(tmp_path: Path) -> None:
    """A digest over everything differs if anything does, and then the target stays one that cannot be opened."""

    class Forgets(LocalTarget):
        def take_articles(self, articles) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
            super().take_articles(articles[1:])

    store = local(tmp_path / "first")
    fill(store)
    store.close()
    source = LocalTransfer(tmp_path / "first" / "archive.sqlite")
    target = Forgets(tmp_path / "second", source.contents())
    with pytest.raises(ArchiveDamaged, match="is not what was sent"):
        transfer(source, target, said)
    target.close()
    assert not (tmp_path / "second" / "archive.sqlite").exists()

    def digest(articles: list[CarriedArticle]) -> str:
        class Only(LocalTransfer):
            def articles(self, after: int = 0):  # type: ignore[no-untyped-def]  # noqa: ANN202, ARG002
                yield from articles

        return Tally().of(Only(tmp_path / "first" / "archive.sqlite"), said, "reading")

    some = list(source.articles())
    source.close()
    assert len({digest(some), digest(some[1:]), digest([*some[1:], some[0]])}) == 3


def test_a_damaged_row_is_not_carried(tmp_path: Path) -> None:
    """What is not as it was written ends the transfer, and says so."""
    store = local(tmp_path / "first")
    fill(store)
    store.close()
    with sqlite3.connect(tmp_path / "first" / "archive.sqlite") as database:
        database.execute("UPDATE passages SET start = start + 1 WHERE row = 9")
    database.close()
    source = LocalTransfer(tmp_path / "first" / "archive.sqlite")
    target = LocalTarget(tmp_path / "second", source.contents())
    with pytest.raises(ArchiveDamaged, match="not as it was written"):
        transfer(source, target, said)
    source.close()
    target.close()
