"""The SQL of who else carried an article: copies of its text, and edited copies of its story. Inside the caller's transaction."""

from index.local.database import Database
from index.local.digests import columns, seal, verified
from index.local.records import stored_article
from index.types import Article, Copy


def put_copy(database: Database, article_id: str, carried: Article) -> None:
    """Note that another place carries the text of a stored article."""
    database.rows(
        "INSERT OR REPLACE INTO copies (source, position, publisher, url, published, article_row)"
        " SELECT ?, ?, ?, ?, ?, row FROM articles WHERE article_id = ?", *_copy_columns(carried), article_id,
    )  # fmt: skip
    seal(database.rows, "copies", "source = ? AND position = ?", carried.origin.source, carried.origin.position)


def knows_copy(database: Database, article_id: str, carried: Article) -> bool:
    """Return whether it is noted already that this place carries the text."""
    found = database.one(
        "SELECT 1 FROM copies c JOIN articles a ON a.row = c.article_row WHERE c.source = ? AND c.position = ?"
        " AND c.publisher IS ? AND c.url IS ? AND c.published IS ? AND a.article_id = ?", *_copy_columns(carried), article_id,
    )  # fmt: skip
    return found is not None


def copies(database: Database, article_id: str) -> list[Copy]:
    """Return where else exactly this text was carried."""
    rows = database.rows(
        f"SELECT {columns('copies', 'c')} FROM copies c JOIN articles a ON a.row = c.article_row"
        " WHERE a.article_id = ? ORDER BY c.published IS NULL, c.published, c.source, c.position", article_id,
    )  # fmt: skip
    found = [verified("copies", values) for values in rows]
    return [Copy(**{name: row[name] for name in ("publisher", "url", "published", "source")}) for row in found]


def also_in(database: Database, article_id: str) -> list[Copy]:
    """Return where else this story was carried: the same text, and edited copies of it, oldest first, undated last."""
    found = copies(database, article_id)
    for member in cluster_members(database, article_id):
        if member.article_id != article_id:
            day = member.dated.value[:10] if member.dated else None
            found.append(
                Copy(
                    publisher=member.publisher, url=member.url, published=day, source=member.origin.source,
                    article_id=member.article_id,
                )
            )  # fmt: skip
            found.extend(copies(database, member.article_id))
    return sorted(found, key=lambda copy: (copy.published is None, copy.published or ""))


def cluster_members(database: Database, article_id: str) -> list[Article]:
    """Return the articles that carry the same story text as this one, itself among them, in the order they were stored."""
    rows = database.rows(
        f"SELECT {columns('articles')} FROM articles"
        " WHERE cluster = (SELECT cluster FROM articles WHERE article_id = ?) ORDER BY row", article_id,
    )  # fmt: skip
    return [stored_article(row) for row in rows]


def _copy_columns(carried: Article) -> tuple[str, str, str | None, str | None, str | None]:
    published = carried.dated.value[:10] if carried.dated else None
    return carried.origin.source, carried.origin.position, carried.publisher, carried.url, published
