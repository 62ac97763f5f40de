"""An archive of an older schema is brought up to date when it is opened, with everything that is in it."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw
import numpy as np
import pytest

from index.articles import build_article
from index.duplicates import sketch
from index.embedding import DIMENSION, EMBEDDER_NAME
from index.errors import ModelError
from index.local.records import vector_to_blob
from index.local.schema import SCHEMA_VERSION, migrations
from index.local.store import LocalStore
from index.serialisation import article_to_json
from index.types import Origin, Vectors

OpenStore = Callable[..., LocalStore]
# Long enough to have a sketch.
TEXT = " ".join(f"Ferry number {n} left the harbour of Example Town at {n} past noon with {n + 3} people." for n in range(20))


def write_first_schema(path: Path) -> str:
    """Write an archive as schema 1 had it, with one article and a ledger row; return the article's id."""
    article = build_article(text=TEXT, origin=Origin(source="/news/a.txt"), title="Ferries")
    details = json.loads(article_to_json(article))
    del details["corrections"]  # schema 1 knew none
    path.parent.mkdir(parents=True)
    connection = apsw.Connection(str(path))
    connection.execute(migrations(0)[0])
    connection.execute("PRAGMA user_version = 1")
    for name, value in {"embedder": EMBEDDER_NAME, "dimension": str(DIMENSION), "chunker": "sentences-1/168"}.items():
        connection.execute("INSERT INTO meta VALUES (?, ?)", (name, value))
    connection.execute("UPDATE meta SET value = '1' WHERE name = 'generation'")
    connection.execute(
        "INSERT INTO articles (article_id, details, text, source, position, title, generation) VALUES (?, ?, ?, ?, '', ?, 1)",
        (article.article_id, json.dumps(details), article.text, "/news/a.txt", "Ferries"),
    )
    vector = np.eye(1, DIMENSION, dtype=np.float32)[0]
    connection.execute(
        "INSERT INTO passages (article_row, start, end, embedded, vector, generation) VALUES (1, 0, ?, x'00', ?, 1)",
        (len(article.text), vector_to_blob(vector)),
    )
    connection.execute("INSERT INTO ledger (source, position, outcome) VALUES ('/news/a.txt', '', 'accepted')")
    connection.close()
    return article.article_id


def test_an_archive_of_the_first_schema_is_migrated(open_store: OpenStore, tmp_path: Path) -> None:
    """Its articles are found, have a history of one version and a story of their own, and get their sketch."""
    article_id = write_first_schema(tmp_path / "archive" / "archive.sqlite")
    store = open_store()
    assert store._database.one("PRAGMA user_version") == (SCHEMA_VERSION,)
    assert store.article(article_id).text == TEXT
    assert store.article(article_id).corrections == ()
    assert [(v.number, v.stored_at, v.current) for v in store.history(article_id)] == [(1, None, True)]
    assert list(store.clusters([article_id])) == [article_id]
    assert [(row.run, row.entry.outcome) for row in store.ledger()] == [(None, "accepted")]
    assert store.similar(sketch(TEXT), shared=3) == []
    store.make_missing_sketches(sketch)
    assert [a.article_id for a in store.similar(sketch(TEXT), shared=3)] == [article_id]
    store.close()
    again = open_store()
    assert again.stats().articles == 1
    again.close()


def test_passages_of_an_older_archive_get_their_signs(open_store: OpenStore, tmp_path: Path) -> None:
    """They are made from what the vectors were made from, once; what fails on the way can be done again."""
    write_first_schema(tmp_path / "archive" / "archive.sqlite")
    store = open_store()
    assert store.token_signs([1]) == [b""]

    def fail(texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        raise ModelError(f"no signs for {len(texts)} texts")

    with pytest.raises(ModelError):
        store.make_missing_signs(fail)
    asked: list[str] = []

    def embed(texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        asked.extend(texts)
        return np.zeros((len(texts), DIMENSION), dtype=np.float32), [b"signs"] * len(texts)

    store.make_missing_signs(embed)
    store.make_missing_signs(embed)
    assert asked == [f"Ferries\n{TEXT}"]
    assert store.token_signs([1]) == [b"signs"]
    assert store.stats().generation == 1, "no cache needs to be made anew"
    store.close()
