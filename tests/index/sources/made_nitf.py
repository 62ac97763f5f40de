"""Small documents in NITF, and what is read from them."""

from datetime import UTC, datetime

from index.sources.nitf import read_nitf
from index.types import Article, Rejection

NOW = datetime(2025, 9, 20, 12, 0, tzinfo=UTC)


def read(document: str | bytes, now: datetime = NOW) -> Article | Rejection:
    content = document if isinstance(document, bytes) else document.encode()
    (found,) = read_nitf(content, "/news/a.xml", now=now)
    return found


def article(document: str | bytes) -> Article:
    found = read(document)
    assert isinstance(found, Article), found
    return found


def reason(document: str | bytes) -> str:
    found = read(document)
    assert isinstance(found, Rejection)
    assert not found.skipped
    return found.reason


def small(docdata: str = "", head: str = "", body: str = "<p>The words.</p>", body_head: str = "", root: str = "nitf") -> str:
    return (
        f"<{root}><head>{head}<docdata>{docdata}</docdata></head><body><body.head>{body_head}</body.head>"
        f"<body.content>{body}</body.content></body></{root.split(maxsplit=1)[0]}>"
    )
