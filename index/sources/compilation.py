"""Several articles in one text, told apart by numbers, bullets, headings, ruled lines or the `Source:` lines below them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.cleaning import clean_line
from index.dates import read_credit_lines
from index.sources.attribution import Item, attributed, ends_of_items
from index.sources.digest import heading_day, loose_text
from index.sources.text import has_front_matter, looks_like_markdown, read_markdown, read_plain
from index.sources.text_head import looks_like_title, opens_an_article
from index.types import Article, NewsDate, Origin, Rejection

# `1.`, `1)`, `[1]`, `(1)`, `#1`, `Item 1:`, `1、`; also in a heading, or in bold with its title.
_NUMBERED = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]+)?(?P<marks>\*\*|__)?"
    r"(?:(\d{1,3})[.)、．]|\[(\d{1,3})\]|\((\d{1,3})\)|#(\d{1,3})[.:)]?|(?:item|story)[ ](\d{1,3})[.:)]?)"
    r"[ \t]+(?P<title>\S[^\n]*)$",
    re.MULTILINE | re.IGNORECASE,
)
_BULLET = re.compile(r"^[ \t]*[-*•▪●■►–—][ \t]+(?=\S)", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,4})[ \t]+\S", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-=*_~#•][ \t]*){3,}$", re.MULTILINE)
# Numbers and rules stand in any text. Only where at least two parts, and half of all, have credits are they articles.
_FEWEST, _SHARE = 2, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A text that is cut into parts, each with its number."""

    above: str
    parts: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compilation:
    above: str
    items: Sequence[tuple[int, Item]]


def looks_like_compilation(text: str) -> bool:
    """Return whether the text has parts that are each an article with credits."""
    return bool(_compilation(text).items)


def read_compilation(text: str, source: str, *, fetched: NewsDate | None = None) -> Iterator[Article | Rejection]:
    """Yield one article for each part, in order, and what stands around them if it is more than a heading.

    A part without a date has that of the heading above all of them, as `heading`.
    """
    found = _compilation(text)
    yield from loose_text(found.above, Origin(source=source, position="before item 1"))
    day = heading_day(found.above, fetched=fetched)
    for number, item in found.items:
        position = f"item {number}"
        if looks_like_markdown(item.text):
            yield from read_markdown(item.text, source, position=position, published=day)
        else:
            yield from read_plain(item.text, source, position=position, fetched=fetched, published=day)
        yield from loose_text(item.after, Origin(source=source, position=f"after {position}"))


def _compilation(text: str) -> _Compilation:
    """Return the articles of a text with their numbers; none if its parts are no articles."""
    if has_front_matter(text):  # whose marks are ruled lines, too
        return _Compilation(above=text, items=())
    cuts = [_numbered(text), *_headed(text), _ruled(text)]
    for cut in cuts:
        credited = sum(opens_an_article(part) for _, part in cut.parts)
        if credited >= _FEWEST and credited >= _SHARE * len(cut.parts):
            return _Compilation(above=cut.above, items=[(number, Item(text=part)) for number, part in cut.parts])
    for cut in (
        _numbered(text, untitled=True),
        _numbered(text, untitled=True, apart=False),
        *cuts[1:],
        _bulleted(text),
        _sourced(text),
    ):
        if items := attributed([part for _, part in cut.parts]):
            return _Compilation(
                above=cut.above, items=[(number, item) for (number, _), item in zip(cut.parts, items, strict=True)]
            )
    return _Compilation(above=text, items=())


def _numbered(text: str, *, untitled: bool = False, apart: bool = True) -> _Cut:
    """Cut a text where lines with numbers stand that count up: below an empty line (`apart`), with a title unless `untitled`."""
    openings: list[re.Match[str]] = []
    for found in _NUMBERED.finditer(text):
        follows = not openings or _number(found) == _number(openings[-1]) + 1
        if (
            follows
            and (untitled or looks_like_title(clean_line(found["title"])))
            and (not apart or not openings or text.startswith("\n\n", found.start() - 2))
        ):
            openings.append(found)
    ends = [*(opening.start() for opening in openings[1:]), len(text)]
    parts = [
        (_number(opening), (opening["marks"] or "") + text[opening.start("title") : end])
        for opening, end in zip(openings, ends, strict=bool(openings))
    ]
    return _Cut(above=text[: openings[0].start()] if openings else text, parts=parts)


def _number(opening: re.Match[str]) -> int:
    return int(next(digits for digits in opening.groups()[1:-1] if digits))


def _bulleted(text: str) -> _Cut:
    """Cut a text at its bullets."""
    above, *parts = _BULLET.split(text)
    return _Cut(above=above, parts=list(enumerate(parts, start=1)))


def _headed(text: str) -> Iterator[_Cut]:
    """Cut a text at Markdown's headings, of each level by itself; a part's own heading becomes a top one."""
    for marks in sorted({found[1] for found in _HEADING.finditer(text)}, key=len):
        above, *parts = re.split(rf"^{marks}[ \t]+(?=\S)", text, flags=re.MULTILINE)
        yield _Cut(above=above, parts=[(number, f"# {part}") for number, part in enumerate(parts, start=1)])


def _ruled(text: str) -> _Cut:
    """Cut a text at its ruled lines."""
    parts = [part for part in _RULE.split(text) if part.strip()]
    if parts and not opens_an_article(parts[0]):
        return _Cut(above=parts[0], parts=list(enumerate(parts[1:], start=1)))
    return _Cut(above="", parts=list(enumerate(parts, start=1)))


def _sourced(text: str) -> _Cut:
    """Cut a text behind its `Source:` lines."""
    ends = [0, *ends_of_items(text)]
    parts = [text[start:end] for start, end in pairwise(ends)]
    if not parts:
        return _Cut(above=text, parts=[])
    parts[-1] += text[ends[-1] :]
    heading, apart, rest = parts[0].lstrip().partition("\n\n")
    if not apart or "\n" in heading or read_credit_lines([heading], "heading") == (None, None):
        return _Cut(above="", parts=list(enumerate(parts, start=1)))
    return _Cut(above=heading, parts=list(enumerate([rest, *parts[1:]], start=1)))
