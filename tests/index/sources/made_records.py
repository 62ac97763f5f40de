"""Records written as JSON, and the article or the reason that is read from each."""

import json
from typing import Any

from index.sources.records import read_records
from index.types import Article, Rejection


def read(*lines: object) -> list[Article | Rejection]:
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return list(read_records([line + b"\n" for line in raw], "/news/a.jsonl"))


def reason(line: object) -> str:
    (found,) = read(line)
    assert isinstance(found, Rejection)
    return found.reason


def article(record: dict[str, Any]) -> Article:
    (found,) = read(record)
    assert isinstance(found, Article)
    return found
