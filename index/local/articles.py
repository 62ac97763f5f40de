"""The SQL of stored articles: put, replaced, removed, found by identity. Runs inside the caller's transaction."""

from collections.abc import Collection, Iterator, Sequence

from index.failpoints import reached
from index.local import token_signs
from index.local.copies import copies, put_copy
from index.local.database import Database
from index.local.digests import columns, seal, verified
from index.local.records import (
    SKETCH_KEY_BYTES,
    day_number,
    folded_outlets,
    sketch_from_blob,
    sketch_to_blob,
    stored_article,
    vector_to_blob,
)
from index.serialisation import article_from_json, article_to_json
from index.types import Article, Passage, Vectors, Version

_ARTICLE = columns("articles")


def put_article(
    database: Database,
    article: Article,
    passages: Sequence[Passage],
    vectors: Vectors,
    *,
    embedded: Sequence[bytes],
    signs: Sequence[bytes],
    sketch: Sequence[int],
    replaces: str | None,
    joins: str | None,
    former: Article | None,
    generation: int,
) -> None:
    """Store an article; the one it replaces becomes an earlier version, one with the same text gives way with its copies."""
    carried = database.rows(
        f"SELECT {columns('copies', 'c')} FROM copies c JOIN articles a ON a.row = c.article_row WHERE a.article_id = ?",
        article.article_id,
    )
    cluster = database.one("SELECT cluster FROM articles WHERE article_id = ?", joins) if joins else None
    values = database.one(f"SELECT {_ARTICLE} FROM articles WHERE article_id = ?", replaces or article.article_id)
    earlier = verified("articles", values) if values else None
    if replaces and earlier:
        kept = [earlier[name] for name in ("story", "version", "article_id", "details", "text", "stored_at")]
        named = "INSERT INTO versions (story, version, article_id, details, text, stored_at) VALUES (?, ?, ?, ?, ?, ?)"
        database.rows(named, *kept)
        seal(database.rows, "versions", "row = ?", database.inserted())
    for old in dict.fromkeys((article.article_id, replaces or article.article_id)):
        remove_article(database, old, generation)
    database.rows(
        "INSERT INTO articles (article_id, details, text, day, source, position, title, record_id, url, generation, version,"
        " stored_at, sketch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'), ?)",
        article.article_id, article_to_json(article), article.text,
        day_number(article.dated.day if article.dated else None), article.origin.source,
        article.origin.position, article.title, article.origin.record_id, article.url, generation,
        earlier["version"] + bool(replaces) if earlier else 1, sketch_to_blob(sketch),
    )  # fmt: skip
    row = database.inserted()
    reached("article.inserted")
    database.rows(
        "UPDATE articles SET story = ?, cluster = ? WHERE row = ?",
        earlier["story"] if earlier else row, cluster[0] if cluster else row, row,
    )  # fmt: skip
    seal(database.rows, "articles", "row = ?", row)
    database.many("INSERT INTO sketches VALUES (?, ?)", [(key, row) for key in dict.fromkeys(sketch)])
    database.many("INSERT INTO outlets VALUES (?, ?)", [(row, outlet) for outlet in folded_outlets(article)])
    database.rows("DELETE FROM copies WHERE source = ? AND position = ?", article.origin.source, article.origin.position)
    database.many(
        "INSERT OR REPLACE INTO copies (article_row, source, position, publisher, url, published) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (row, *list(verified("copies", copy).values())[1:])
            for copy in carried
            if tuple(copy[1:3]) != (article.origin.source, article.origin.position)
        ],
    )
    seal(database.rows, "copies", "article_row = ?", row)
    database.many(
        "INSERT INTO passages (article_row, start, end, embedded, vector, generation) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (row, passage.start, passage.end, digest, vector_to_blob(vector), generation)
            for passage, vector, digest in zip(passages, vectors, embedded, strict=True)
        ],
    )
    seal(database.rows, "passages", "article_row = ?", row)
    if any(signs):
        rows = database.rows("SELECT row FROM passages WHERE article_row = ? ORDER BY row", row)
        token_signs.put(database, [passage_row for (passage_row,) in rows], signs)
    reached("article.passages")
    if former is not None:
        put_copy(database, article.article_id, former)


def changed_since(database: Database, article: Article, replaces: str | None, former: Article | None) -> bool:
    """Return whether the archive is another than `put_article` was decided by: another process wrote meanwhile."""
    same = database.one("SELECT source FROM articles WHERE article_id = ?", article.article_id)
    if former is not None:
        return same is None
    if replaces == article.article_id:
        return False
    if same is not None and same[0] != article.origin.source:
        return True  # its text is stored from elsewhere now, of which this is a copy
    # What it follows is gone, or is carried by another place as well, and stays.
    return replaces is not None and (not is_stored(database, replaces) or bool(copies(database, replaces)))


def article(database: Database, article_id: str) -> Article | None:
    """Return the stored article with this id, if there is one."""
    # Ids are ASCII; and what is no valid text at all cannot be sent to SQLite.
    row = database.one(f"SELECT {_ARTICLE} FROM articles WHERE article_id = ?", article_id) if article_id.isascii() else None
    return stored_article(row) if row else None


def is_stored(database: Database, article_id: str) -> bool:
    """Return whether an article has this id, whatever became of what is stored of it."""
    return article_id.isascii() and database.one("SELECT 1 FROM articles WHERE article_id = ?", article_id) is not None


def passages(database: Database, rows: Sequence[int]) -> list[tuple[Passage, Article]]:
    """Return the passages of these rows with their articles, in the order asked for; rows that are gone are left out."""
    values = database.rows(f"SELECT {columns('passages')} FROM passages WHERE row IN ({_marks(rows)})", *rows)
    stored = [verified("passages", row) for row in values]
    wanted = {row["article_row"] for row in stored}
    read = {
        row[0]: stored_article(row)
        for row in database.rows(f"SELECT {_ARTICLE} FROM articles WHERE row IN ({_marks(wanted)})", *wanted)
    }
    found: dict[int, tuple[Passage, Article]] = {}
    for row in stored:
        if of := read.get(row["article_row"]):
            start, end = row["start"], row["end"]
            found[row["row"]] = (Passage(article_id=of.article_id, start=start, end=end, text=of.text[start:end]), of)
    return [found[row] for row in rows if row in found]


def remove_article(database: Database, article_id: str, generation: int) -> bool:
    """Remove an article with its passages; False if there was none. Its earlier versions stay."""
    found = database.one("SELECT row, sketch FROM articles WHERE article_id = ?", article_id)
    if found is None:
        return False
    row, blob = found
    database.rows(
        "INSERT INTO removed (passage_row, generation) SELECT row, ? FROM passages WHERE article_row = ?", generation, row
    )
    seal(database.rows, "removed", "generation = ? AND digest IS NULL", generation)
    _remove_sketch(database, row, blob or b"")
    database.rows("DELETE FROM articles WHERE row = ?", row)
    reached("article.removed")
    return True


def _remove_sketch(database: Database, row: int, blob: bytes) -> None:
    """Remove the keys of an article's sketch, also those that are damaged."""
    whole = len(blob) % SKETCH_KEY_BYTES == 0
    keys, before = set(sketch_from_blob(blob)) if whole else set(), database.changes()
    database.many("DELETE FROM sketches WHERE key = ? AND article_row = ?", [(key, row) for key in keys])
    if not whole or database.changes() - before != len(keys):
        database.rows("DELETE FROM sketches WHERE article_row = ?", row)  # reads the whole table


def delete_article(database: Database, article_id: str, generation: int) -> bool:
    """Remove an article with its earlier versions; False if there was none. Its web address is read anew at the next visit."""
    database.rows(
        "DELETE FROM visits WHERE url IN (SELECT source FROM articles WHERE article_id = ?1"
        " UNION SELECT url FROM articles WHERE article_id = ?1)", article_id,
    )  # fmt: skip
    database.rows("DELETE FROM versions WHERE story IN (SELECT story FROM articles WHERE article_id = ?)", article_id)
    return remove_article(database, article_id, generation)


def same_identity(database: Database, article: Article) -> list[Article]:
    """Return stored articles that share record id, URL, place or title in one source with this one, surest first."""
    origin = article.origin
    rows = database.rows(
        f"SELECT {_ARTICLE} FROM articles WHERE (record_id IS NOT NULL AND record_id = ?1 AND source = ?2)"
        " OR (url IS NOT NULL AND url = ?3) OR (source = ?2 AND position = ?4)"
        " OR (source = ?2 AND title = ?5)"
        " ORDER BY (record_id = ?1 AND source = ?2) IS TRUE DESC, (url = ?3) IS TRUE DESC, title = ?5 DESC, row",
        origin.record_id, origin.source, article.url, origin.position, article.title,
    )  # fmt: skip
    return [stored_article(row) for row in rows]


def history(database: Database, article_id: str) -> list[Version]:
    """Return all versions of the article that has, or once had, this id; oldest first, empty if there is none."""
    stories = database.rows(
        "SELECT story FROM articles WHERE article_id = ?1 UNION SELECT story FROM versions WHERE article_id = ?1", article_id
    )
    found: list[Version] = []
    for (story,) in stories:
        for table in ("versions", "articles"):
            rows = database.rows(f"SELECT {columns(table)} FROM {table} WHERE story = ? ORDER BY version", story)
            found += [
                Version(
                    number=row["version"], article=article_from_json(row["details"], row["text"]), stored_at=row["stored_at"],
                    current=table == "articles",
                )
                for row in (verified(table, values) for values in rows)
            ]  # fmt: skip
    return found


def known_embeddings(database: Database, digests: Sequence[bytes]) -> dict[bytes, tuple[bytes, bytes]]:
    """Return the stored vectors of texts that were embedded before, and the signs of their tokens, by digest."""
    known = (
        f"SELECT coalesce(signs, x''), {columns('passages')} FROM passages"
        " LEFT JOIN token_signs ON passage_row = row WHERE embedded = ? LIMIT 1"
    )
    found = ((digest, database.one(known, digest)) for digest in digests)
    return {digest: (verified("passages", row[1:])["vector"], row[0]) for digest, row in found if row is not None}


def similar(database: Database, sketch: Sequence[int], shared: int, limit: int) -> list[Article]:
    """Return the stored articles that share at least so many keys of a sketch, most first."""
    if not sketch:
        return []
    rows = database.rows(
        f"SELECT {_ARTICLE} FROM articles JOIN (SELECT article_row, count(*) AS n FROM sketches WHERE key IN ({_marks(sketch)})"
        " GROUP BY article_row HAVING n >= ? ORDER BY n DESC, article_row LIMIT ?) ON article_row = row ORDER BY n DESC, row",
        *sketch, shared, limit,
    )  # fmt: skip
    return [stored_article(row) for row in rows]


def clusters(database: Database, article_ids: Sequence[str]) -> dict[str, int]:
    """Return, for each of these articles, the number of its story; articles that carry one story have one number."""
    ids = _marks(article_ids)
    return dict(database.rows(f"SELECT article_id, cluster FROM articles WHERE article_id IN ({ids})", *article_ids))


def repeats_a_story(database: Database, rows: Sequence[int]) -> bool:
    """Return whether two articles that these passages are of carry the same story."""
    found = database.one(
        "SELECT count(DISTINCT a.row) > count(DISTINCT a.cluster) FROM passages p JOIN articles a ON a.row = p.article_row"
        f" WHERE p.row IN ({_marks(rows)})", *rows,
    )  # fmt: skip
    return bool(found and found[0])


def unsketched(database: Database) -> Iterator[tuple[int, str]]:
    """Yield (row, text) of articles of older archives that have no sketch yet."""
    while values := database.one(f"SELECT {_ARTICLE} FROM articles WHERE sketch IS NULL LIMIT 1"):
        found = verified("articles", values)  # with its sketch it is sealed anew, which must not make damage right
        yield found["row"], found["text"]


def put_sketch(database: Database, row: int, sketch: Sequence[int]) -> None:
    """Store the sketch of an article that has none."""
    database.rows("UPDATE articles SET sketch = ? WHERE row = ? AND sketch IS NULL", sketch_to_blob(sketch), row)
    seal(database.rows, "articles", "row = ?", row)
    database.many("INSERT OR IGNORE INTO sketches VALUES (?, ?)", [(key, row) for key in sketch])


def _marks(values: Collection[object]) -> str:
    """Return a placeholder for each value, for `IN (...)`."""
    return ",".join("?" * len(values))


def publishers(database: Database) -> list[tuple[str | None, str | None, int]]:
    """Return (publisher, month, articles), by publisher and then by month, undated last."""
    # Days are counted from 1 January of year 1, SQLite's from November 24, 4714 BC.
    return [
        (name, month, count)
        for name, month, count in database.rows(
            "SELECT coalesce(json_extract(details, '$.publisher'), json_extract(details, '$.agency')) AS name,"
            " strftime('%Y-%m', day + 1721424.5) AS month, count(*) FROM articles"
            " GROUP BY name, month ORDER BY name IS NULL, name, month IS NULL, month"
        )
    ]
