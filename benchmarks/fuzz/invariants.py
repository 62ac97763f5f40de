"""What must hold of everything that a parser gives, whatever it was given. Shared by the fuzz targets."""

import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from functools import cache

import numpy as np

from index.articles import content_id
from index.chunking import MAX_PASSAGE_CHARACTERS
from index.cleaning import clean_line
from index.embedder_wiring import build_embedder_tokens
from index.preparation import Preparation
from index.settings import IndexSettings
from index.sources.frames import item_from_frame, item_to_frame, read_frame, write_frame
from index.types import Article, Link, NewsDate, Passage, Rejection, Vectors

FIRST_YEAR, LAST_YEAR = 1800, 2100
"""No article was printed outside of these years; the readers of dates know no others."""
PASSAGE_TOKENS = 168
_LONGEST_REASON = 2_000
_SHAPES = {
    "year": r"\d{4}",
    "month": r"\d{4}-\d\d",
    "day": r"\d{4}-\d\d-\d\d",
    "minute": r"\d{4}-\d\d-\d\dT\d\d:\d\d(?:[+-]\d\d:\d\d)?",
}
_NOT_IN_TEXT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_DIMENSION = 16


def embed(texts: Sequence[str]) -> Vectors:
    """Stand in for the model, which runs in another process: unit vectors, always the same for the same text."""
    rows = np.zeros((len(texts), _DIMENSION), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for word in text.split():
            row[sum(word.encode(errors="replace")) % _DIMENSION] += 1.0
        row[0] += 1.0
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@cache
def preparation() -> Preparation:
    """Return what cuts articles into passages, with the real tokenizer; loaded once."""
    return Preparation(build_embedder_tokens(IndexSettings()), PASSAGE_TOKENS)


def check_items(items: Iterable[Article | Link | Rejection]) -> None:
    """Check everything that a source yields."""
    for item in items:
        # What cannot be written to the pipe and to the archive costs more than its own source.
        pipe = io.BytesIO()
        write_frame(pipe, *item_to_frame(item))
        pipe.seek(0)
        frame = read_frame(pipe)
        assert frame is not None
        assert item_from_frame(*frame) == item, "the item is another one behind the pipe"
        json.dumps(asdict(item), ensure_ascii=False).encode()
        match item:
            case Article():
                check_article(item)
            case Link():
                assert item.url.startswith(("http://", "https://")), item.url
                check_dates(item.published, item.updated)
            case Rejection():
                assert 0 < len(item.reason) <= _LONGEST_REASON, "a reason that nobody reads"


def check_article(article: Article) -> None:
    """Check an article and its passages."""
    assert article.text.strip(), "an article without text"
    assert not _NOT_IN_TEXT.search(article.text), "a character that is not canonical"
    assert article.article_id == content_id(article.text)
    lines = (article.title, *article.authors, *article.corrections, article.publisher, article.section, article.language)
    assert all(line == clean_line(line) and line for line in lines if line is not None), "an empty or unclean line"
    assert article.url is None or re.fullmatch(r"https?://[^\s<>\"]+", article.url, re.IGNORECASE), article.url
    check_dates(article.published, article.updated, article.fetched)
    prepared = preparation()(article)
    check_passages(article, prepared.passages)
    assert all(0 <= key < 2**63 for key in prepared.sketch), "a key that fits no column"


def check_dates(*dates: NewsDate | None) -> None:
    """Check that dates are possible and as precise as they say."""
    for printed in filter(None, dates):
        assert re.fullmatch(_SHAPES[printed.precision], printed.value), printed
        assert FIRST_YEAR <= printed.day.year <= LAST_YEAR, printed
        if printed.precision == "minute":
            hour, minute = map(int, printed.value[11:16].split(":"))
            assert (hour, minute) < (24, 0), printed
            assert minute < 60, printed  # noqa: PLR2004 - minutes of an hour
        assert date.min <= printed.day <= date.max


def check_passages(article: Article, passages: Sequence[Passage], *, whole: bool = True) -> None:
    """Check that passages are slices in order; if they are to hold the whole text, that they do, each of a bounded length."""
    end = 0
    for passage in passages:
        assert end <= passage.start < passage.end <= len(article.text), "a passage out of its place"
        assert article.text[passage.start : passage.end] == passage.text, "a passage that is no slice"
        end, gap = passage.end, article.text[end : passage.start]
        if not whole:
            continue
        assert not gap.strip(), "text that no passage holds"
        assert passage.text.strip(), "an empty passage"
        assert len(passage.text) <= MAX_PASSAGE_CHARACTERS, f"a passage of {len(passage.text):,} characters"
    assert not whole or not article.text[end:].strip(), "text that no passage holds"
