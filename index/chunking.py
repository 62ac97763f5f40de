"""Cuts an article into passages of whole sentences that fit the embedder. Every passage is a verbatim slice.

The context line (title, publisher, date) is put in front of a passage for embedding and word search only: it is no part of
the passage and no offset counts it.
"""

import hashlib
from collections.abc import Iterator

from index.protocols import TokenCounter
from index.sentences import sentence_spans
from index.types import Article, Passage

CHUNKER = "sentences-1"
"""Named in the archive's manifest: change it when passages of the same article would come out otherwise."""

MAX_PASSAGE_CHARACTERS = 8_000
"""A passage is not longer, however few tokens it has. The tokenizer takes a word of more than 100 letters for one token, so a
megabyte without a space was one passage, and every question that found it took seconds. No language prints 168 tokens in so
many characters, so passages of articles come out as before and `CHUNKER` stays."""


def context_line(article: Article) -> str:
    """Return what a passage of this article is embedded and searched under: its title, outlet and date."""
    outlet = article.publisher or ""
    if article.agency and article.agency != article.publisher:
        outlet = f"{outlet} ({article.agency})" if outlet else article.agency
    day = article.dated.day.strftime("%-d %B %Y") if article.dated and article.dated.precision in ("day", "minute") else ""
    return " | ".join(part for part in (article.title, outlet, day) if part)


def embedded_text(article: Article, passage: str) -> str:
    """Return what is embedded for a passage of this article: the passage behind the context line."""
    return f"{context_line(article)}\n{passage}"


def embedded_digest(text: str) -> bytes:
    """Return what the store knows the vector of an embedded text by."""
    return hashlib.sha256(text.encode()).digest()[:16]


def passages_of(article: Article, tokens: TokenCounter, max_tokens: int) -> list[Passage]:
    """Return the article's passages in order: runs of whole sentences of at most `max_tokens` tokens.

    A single sentence that is longer is cut between words. Together the passages hold every sentence once. None is longer than
    `MAX_PASSAGE_CHARACTERS`.
    """
    passages: list[Passage] = []
    start = end = used = 0
    for left, right, count in _pieces(article.text, tokens, max_tokens):
        if end > start and (used + count > max_tokens or right - start > MAX_PASSAGE_CHARACTERS):
            passages.append(_passage(article, start, end))
            start, used = left, 0
        if end <= start:
            start = left
        end, used = right, used + count
    if end > start:
        passages.append(_passage(article, start, end))
    return passages


def _pieces(text: str, tokens: TokenCounter, max_tokens: int) -> Iterator[tuple[int, int, int]]:
    for start, end in sentence_spans(text):
        count = tokens.count(text[start:end])
        if count <= max_tokens and end - start <= MAX_PASSAGE_CHARACTERS:
            yield start, end, count
        else:
            yield from _halves(text, start, end, tokens, max_tokens)


def _halves(text: str, start: int, end: int, tokens: TokenCounter, max_tokens: int) -> Iterator[tuple[int, int, int]]:
    """Cut a sentence that is too long near its middle, between words, until every part fits."""
    count = tokens.count(text[start:end])
    if (count <= max_tokens and end - start <= MAX_PASSAGE_CHARACTERS) or end - start < 2:  # noqa: PLR2004 - a single character cannot be cut
        yield start, end, count
        return
    middle = (start + end) // 2
    space = text.rfind(" ", start + 1, middle)
    cut = space if space > start else middle
    yield from _halves(text, start, cut, tokens, max_tokens)
    yield from _halves(text, cut + (text[cut] == " "), end, tokens, max_tokens)


def _passage(article: Article, start: int, end: int) -> Passage:
    return Passage(article_id=article.article_id, start=start, end=end, text=article.text[start:end])
