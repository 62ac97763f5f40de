"""Several articles in one text, each below its own title and credits, told apart by numbers, headings or ruled lines."""

import re
from collections.abc import Iterator

from index.cleaning import clean_line
from index.sources.digest import loose_text
from index.sources.text import has_front_matter, looks_like_markdown, read_markdown, read_plain
from index.sources.text_head import looks_like_title, opens_an_article
from index.types import Article, NewsDate, Origin, Rejection

_NUMBERED = re.compile(r"^[ \t]*(?:#{1,4}[ \t]+)?(?P<number>\d{1,3})[.)][ \t]+(?P<title>\S[^\n]*)$", re.MULTILINE)
_HEADING = re.compile(r"^(#{1,4})[ \t]+\S", re.MULTILINE)
_RULE = re.compile(r"^[ \t]*(?:[-=*_~#•][ \t]*){3,}$", re.MULTILINE)
# Numbers and rules stand in any text. Only where at least two parts, and half of all, have credits are they articles.
_FEWEST, _SHARE = 2, 0.5


def looks_like_compilation(text: str) -> bool:
    """Return whether the text has parts that are each an article with a title and credits."""
    return bool(_parts(text)[1])


def read_compilation(text: str, source: str, *, fetched: NewsDate | None = None) -> Iterator[Article | Rejection]:
    """Yield one article for each part, in order, and what stands above the first if it is more than a heading."""
    above, parts = _parts(text)
    yield from loose_text(above, Origin(source=source, position="before item 1"))
    for number, part in parts:
        position = f"item {number}"
        if looks_like_markdown(part):
            yield from read_markdown(part, source, position=position)
        else:
            yield from read_plain(part, source, position=position, fetched=fetched)


def _parts(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Return what stands above the first part, and the parts with their numbers; none if they are no articles."""
    if has_front_matter(text):  # whose marks are ruled lines, too
        return text, []
    for above, parts in (_numbered(text), *_headed(text), _ruled(text)):
        credited = sum(opens_an_article(part) for _, part in parts)
        if credited >= _FEWEST and credited >= _SHARE * len(parts):
            return above, parts
    return text, []


def _numbered(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Cut a text where titles with numbers stand that count up."""
    openings: list[re.Match[str]] = []
    for found in _NUMBERED.finditer(text):
        follows = not openings or int(found["number"]) == int(openings[-1]["number"]) + 1
        if (
            follows
            and looks_like_title(clean_line(found["title"]))
            and text[: found.start()].endswith(("\n\n", "")[not openings])
        ):
            openings.append(found)
    ends = [*(opening.start() for opening in openings[1:]), len(text)]
    parts = [(int(o["number"]), text[o.start("title") : end]) for o, end in zip(openings, ends, strict=True)] if openings else []
    return text[: openings[0].start()] if openings else text, parts


def _below_a_blank_line(text: str, start: int) -> bool:
    return not text[text.rfind("\n", 0, max(0, start - 1)) + 1 : start].strip()


def _headed(text: str) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """Cut a text at Markdown's headings, of each level by itself; a part's own heading becomes a top one."""
    for marks in sorted({found[1] for found in _HEADING.finditer(text)}, key=len):
        above, *parts = re.split(rf"^{marks}[ \t]+(?=\S)", text, flags=re.MULTILINE)
        yield above, [(number, f"# {part}") for number, part in enumerate(parts, start=1)]


def _ruled(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Cut a text at its ruled lines."""
    parts = [part for part in _RULE.split(text) if part.strip()]
    if parts and not opens_an_article(parts[0]):
        return parts[0], list(enumerate(parts[1:], start=1))
    return "", list(enumerate(parts, start=1))
