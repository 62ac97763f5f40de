"""What stands in the rows of the collections: articles with their passages, written and read back."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from index.chunking import context_line
from index.errors import ArchiveDamaged
from index.local.records import day_number
from index.milvus.census import counted_to_text, facts_of
from index.milvus.connection import Row
from index.milvus.tables import FOREVER, UNDATED, UNUSED, first_piece, key, pieces, to_json, whole_text
from index.milvus.words import passage_terms, words_vector
from index.serialisation import article_from_json, article_to_json
from index.types import Article, Passage, Vectors

ARTICLE_FIELDS = ("row", "article_id", "story", "version", "cluster", "stored_at", "body", "body_pieces")
_MONTHS = 12
# Stands before and behind the number of pieces where there are several; JSON does not begin with it.
_MORE = "+"
# Two keys of a sketch share a dimension once in four thousand million; what they find is compared word by word.
_DIMENSIONS = 2**32 - 2


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article with what the archive knows of it."""

    row: int
    article: Article
    story: int
    """The row of the first version of this article."""
    version: int
    cluster: int
    """The row of the first article that carries this story text."""
    stored_at: str
    sketch: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewArticle:
    """An article that is to be stored, with its passages and what was made of them."""

    stored: StoredArticle
    passages: Sequence[Passage]
    vectors: Vectors
    embedded: Sequence[bytes]
    signs: Sequence[bytes]
    first_row: int
    """The number of its first passage."""


def now() -> str:
    """Return the time, UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def month_number(day: date | None) -> int:
    """Return the month as months since year 0, the number that passages lie together by."""
    return UNDATED if day is None else day.year * _MONTHS + day.month - 1


def article_rows(new: NewArticle, generation: int) -> tuple[Row, list[Row], list[Row]]:
    """Return the row of an article, those of its passages, and those of what did not fit into its fields.

    Raises:
        ValueError: there are not as many vectors or digests as passages.
    """
    stored, article = new.stored, new.stored.article
    day = article.dated.day if article.dated else None
    context = first_piece(whole_text(context_line(article)))
    found = [passage_terms(context, passage.text, article.language or "") for passage in new.passages]
    body = pieces(_body_of(stored))
    counted = pieces(counted_to_text(facts_of(article, found), found))
    row: Row = {
        "row": stored.row, "article_id": article.article_id, "born": generation, "died": FOREVER, "kept": 0,
        "story": stored.story, "version": stored.version, "cluster": stored.cluster, "stored_at": stored.stored_at,
        "day": UNDATED if day is None else day_number(day),
        "body": body[0], "body_pieces": len(body), "counted": counted[0], "counted_pieces": len(counted),
        "sketch": sketch_vector(stored.sketch) or {0: 1e-6}, **identity_keys(article),
    }  # fmt: skip
    more = [_piece(stored.row, field, number, text, generation) for field, texts in (("body", body), ("counted", counted))
            for number, text in enumerate(texts) if number]  # fmt: skip
    signs = new.signs or [b""] * len(new.passages)
    publisher, agency = (key((name or "").casefold() or None) for name in (article.publisher, article.agency))
    # As the embedded archive keeps them, so that both give the same scores.
    vectors = np.asarray(new.vectors, dtype=np.float16).astype(np.float32)
    passages: list[Row] = [
        {
            "row": new.first_row + number, "article": stored.row, "start": passage.start, "end": passage.end,
            "text": whole_text(passage.text), "context": context, "language": (article.language or "")[:16],
            "day": UNDATED if day is None else day_number(day), "month": month_number(day),
            "publisher": publisher, "agency": agency, "embedded": digest.hex(), "signs": base64.b64encode(sign).decode(),
            "born": generation, "died": FOREVER, "vector": vector, "words": words_vector(terms),
        }
        for number, (passage, vector, digest, sign, terms) in enumerate(
            zip(new.passages, vectors, new.embedded, signs, found, strict=True)
        )
    ]  # fmt: skip
    return row, passages, more


def identity_keys(article: Article) -> dict[str, str]:
    """Return what the same article is recognised by when it comes again; empty where it has none."""
    origin = article.origin
    return {
        "record_key": key(origin.source, origin.record_id), "url_key": key(article.url),
        "place_key": key(origin.source, origin.position), "title_key": key(origin.source, article.title),
        "source_key": key(origin.source),
    }  # fmt: skip


def sketch_vector(sketch: Sequence[int]) -> dict[int, float]:
    """Return a sketch as a sparse vector: the inner product of two is how many keys they share."""
    return dict.fromkeys((1 + number % (_DIMENSIONS - 1) for number in sketch), 1.0)


def stored_article(row: Row, more: Mapping[str, str]) -> StoredArticle:
    """Return the article of a row with `ARTICLE_FIELDS`; `more` holds the pieces that did not fit, by id.

    Raises:
        ArchiveDamaged: it is not as it was written.
    """
    try:
        text = row["body"] + "".join(more[piece_id(row["row"], "body", number)] for number in range(1, row["body_pieces"]))
        body = json.loads(text)
        if body["digest"] != _digest(body["details"], body["text"]):
            raise ArchiveDamaged(_damaged(row["article_id"], "its text or its details are not as they were written"))
        return StoredArticle(
            row=row["row"], article=article_from_json(body["details"], body["text"]), story=row["story"],
            version=row["version"], cluster=row["cluster"], stored_at=row["stored_at"], sketch=tuple(body["sketch"]),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise ArchiveDamaged(_damaged(row.get("article_id", "?"), repr(error))) from error


def piece_ids(row: Row, field: str) -> list[str]:
    """Return the ids of the pieces of a field that did not fit into its row."""
    return [piece_id(row["row"], field, number) for number in range(1, row[f"{field}_pieces"])]


def piece_id(article: int, field: str, number: int) -> str:
    """Return the id of a piece of a field of an article."""
    return f"{article}/{field}/{number}"


def book_rows(name: str, kind: str, body: object, *, number: int = 0, of: str = "", place: str = "", born: int = 0) -> list[Row]:
    """Return the row of a copy, a ledger entry, a run, a visit or a claim, with what did not fit into it."""
    texts = pieces(to_json(body))
    first = texts[0] if len(texts) == 1 else f"{_MORE}{len(texts)}{_MORE}{texts[0]}"
    row: Row = {
        "id": name, "kind": kind, "number": number, "of": of, "place_key": place, "born": born, "died": FOREVER,
        "body": first, "unused": UNUSED,
    }  # fmt: skip
    more = [{**row, "id": _more_id(name, n), "kind": more_of(kind), "body": text} for n, text in enumerate(texts) if n]
    return [row, *more]


def more_of(kind: str) -> str:
    """Return the kind of the rows that hold what did not fit into rows of a kind of the books."""
    return f"{kind} more"


def more_ids(row: Row) -> list[str]:
    """Return the ids of the pieces that did not fit into a row of the books."""
    body: str = row["body"]
    count = int(body.split(_MORE, 2)[1]) if body.startswith(_MORE) else 1
    return [_more_id(row["id"], number) for number in range(1, count)]


def book_body(row: Row, more: Mapping[str, str]) -> dict[str, Any]:
    """Return what a row of the books holds; `more` holds the pieces that did not fit, by id.

    Raises:
        ArchiveDamaged: it is not as it was written.
    """
    try:
        body: str = row["body"]
        first = body.split(_MORE, 2)[2] if body.startswith(_MORE) else body
        return dict(json.loads(first + "".join(more[name] for name in more_ids(row))))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ArchiveDamaged(
            f"Row {row['id']} of the books is damaged ({error!r}); migrate another copy of the archive."
        ) from error


def _more_id(name: str, number: int) -> str:
    return f"{name}/more/{number}"


def _piece(article: int, field: str, number: int, text: str, generation: int) -> Row:
    return {
        "id": piece_id(article, field, number), "kind": "piece", "number": article, "of": "", "place_key": "",
        "born": generation, "died": FOREVER, "body": text, "unused": UNUSED,
    }  # fmt: skip


def _body_of(stored: StoredArticle) -> str:
    details = article_to_json(stored.article)
    body: dict[str, Any] = {
        "details": details, "text": stored.article.text, "sketch": list(stored.sketch),
        "digest": _digest(details, stored.article.text),
    }  # fmt: skip
    return to_json(body)


def _digest(details: str, text: str) -> str:
    return hashlib.sha256(f"{details}\x00{text}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _damaged(article_id: str, why: str) -> str:
    return f"Article {article_id} is damaged ({why}); delete it and ingest it again, or migrate another copy of the archive."
