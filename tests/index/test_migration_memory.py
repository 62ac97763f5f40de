"""A transfer holds a part of an archive in memory, however large the archive is."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.local.transfer import LocalTarget, LocalTransfer
from index.serialisation import article_to_json
from index.transfer import CarriedArticle, CarriedCopy, CarriedRun, transfer
from index.types import LedgerEntry, LedgerRow, Visit
from tests.contracts.stores import news, put
from tests.index.test_migration import local, said

_MANY, _LONG = 1000, "x" * 8_000
_MOST_BYTES = 5_000_000


def versions() -> Iterator[CarriedArticle]:
    article = news("The ferry left late.")
    details = article_to_json(article)
    for number in range(_MANY):
        yield CarriedArticle(
            row=number, article_id=article.article_id, details=details, text=f"{number}{_LONG}", story=1, version=number + 1,
            cluster=1, stored_at=None,
        )  # fmt: skip


def copy_of(article: CarriedArticle, source: str) -> CarriedCopy:
    return CarriedCopy(article_id=article.article_id, source=source, position="", publisher=_LONG, url=None, published=None)


def filled(folder: Path) -> LocalTransfer:
    """Return an archive of which each part but the articles is larger than a transfer may be."""
    store = local(folder / "small")
    put(store, news("The ferry left."))
    store.close()
    small = LocalTransfer(folder / "small" / "archive.sqlite")
    (article,), contents = small.articles(), small.contents()
    small.close()
    target = LocalTarget(folder / "large", contents)
    target.begin(contents)
    target.take_articles([article])
    target.take_versions(versions())
    target.take_copies([copy_of(article, f"/copies/{number}") for number in range(_MANY)])
    target.take_ledger([CarriedRun(run=n, started="", finished=None, sources=(_LONG,)) for n in range(1, _MANY + 1)], [])
    entry = LedgerEntry(source="/news", position="", outcome="failed", reason=_LONG)
    target.take_ledger([], [(number, LedgerRow(run=1, at="", entry=entry)) for number in range(1, _MANY + 1)])
    target.take_visits([Visit(url=f"https://example.org/{number}", etag=_LONG) for number in range(_MANY)])
    target.finish(contents)
    target.close()
    return LocalTransfer(folder / "large" / "archive.sqlite")


@pytest.mark.long
def test_a_transfer_holds_a_part_of_the_archive(tmp_path: Path) -> None:
    """Versions, copies, runs, entries and visits of 8 MB each take less than 5 together: they pass through."""
    source = filled(tmp_path)
    target = LocalTarget(tmp_path / "copy", source.contents())
    tracemalloc.start()
    try:
        done = transfer(source, target, said)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        source.close()
        target.close()
    assert (done.versions, done.entries) == (_MANY, _MANY)
    assert most < _MOST_BYTES, most
