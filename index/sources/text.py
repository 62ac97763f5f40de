"""One article a file: plain text with a printed title and byline, or Markdown with YAML front matter."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.articles import NoText, build_article, split_authors
from index.cleaning import clean_line
from index.dates import beside_dates, is_date_line, read_credit_lines, without_dates
from index.sources.records import RecordError, read_fields
from index.types import Article, NewsDate, Origin, Rejection

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(?P<yaml>.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MARKDOWN = re.compile(r"^#{1,6} \S", re.MULTILINE)
_BYLINE = re.compile(r"^(?:By|BY)[: ]\s*(?=[A-Z])")
_TITLE_WORDS, _CREDIT_WORDS = 25, 14
# `By Jane Roe, staff writer, and John de Boer in Hong Kong` is a byline; `By Monday evening the ferries had left` is not.
_IN_NAMES = frozenset("and in of for the de la van von der at from".split())
_LOWER_WORDS = 2


def looks_like_markdown(text: str) -> bool:
    """Return whether the text opens with front matter or has Markdown headings."""
    return bool(_FRONT_MATTER.match(text) or _MARKDOWN.search(text))


def read_markdown(text: str, source: str) -> Iterator[Article | Rejection]:
    """Yield the file's article; front matter takes the names of article records."""
    origin = Origin(source=source)
    matter = _FRONT_MATTER.match(text)
    try:
        record = _front_matter(matter["yaml"]) if matter else {}
        title, body = _rendered(text[matter.end() :] if matter else text)
        fields = read_fields(record, "front matter")
        if title and fields["title"] and title != fields["title"]:
            body = f"{title}\n\n{body}"
        fields["title"] = fields["title"] or title
        yield build_article(**{**fields, "text": body}, origin=origin)
    except (RecordError, NoText) as error:
        yield Rejection(origin=origin, reason=str(error))


def read_plain(
    text: str, source: str, *, language: str | None = None, fetched: NewsDate | None = None
) -> Iterator[Article | Rejection]:
    """Yield the file's article: a title line, then byline and date lines if printed, then the body.

    Args:
        text: the file's content.
        source: the file's absolute path, or the name of the channel that delivered it.
        language: BCP 47, if known; decides which number of `03/04/2025` is the day.
        fetched: when the text was fetched, if known; `Updated 2 hours ago` is read from it.
    """
    origin = Origin(source=source)
    lines = [line.strip() for line in text.strip().splitlines()]
    title: str | None = None
    if len(lines) > 1 and _looks_like_title(lines[0]) and (not lines[1] or _is_credit(lines[1], language)):
        title, lines = lines[0], lines[1:]
    credit_lines: list[str] = []
    while lines and (not lines[0] or (len(lines) > 1 and _is_credit(lines[0], language))):
        credit_lines.append(clean_line(lines.pop(0)))
    published, updated = read_credit_lines(credit_lines, "text", language=language, fetched=fetched)
    if not (published or updated):
        # Lines of which nothing could be read (`Updated 2 hours ago`) are kept as text rather than lost.
        lines = [line for line in credit_lines if line and not _BYLINE.match(line)] + lines
    try:
        yield build_article(
            text="\n".join(lines),
            origin=origin,
            title=title,
            authors=[name for line in credit_lines if _BYLINE.match(line) for name in _names(line)],
            published=published,
            updated=updated,
        )
    except NoText as error:
        yield Rejection(origin=origin, reason=str(error))


def _names(byline: str) -> tuple[str, ...]:
    return split_authors(_BYLINE.sub("", without_dates(byline)))


def _looks_like_title(line: str) -> bool:
    return len(line.split()) <= _TITLE_WORDS and not re.search(r"[.!;,:]$", line)


def _is_credit(line: str, language: str | None) -> bool:
    """Return whether a line is a byline or holds a date, a time or the label of one and little else."""
    if not _BYLINE.match(line):
        return is_date_line(line, language=language)
    words = beside_dates(line).split()
    if len(words) > _CREDIT_WORDS or re.search(r"[a-z]{3}[.!?]$", line):
        return False
    return sum(word.islower() and word not in _IN_NAMES for word in words[1:]) <= _LOWER_WORDS


def _front_matter(source: str) -> Mapping[str, Any]:
    try:
        # BaseLoader leaves every value a string: dates are read by our own reader, which knows their precision.
        record = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader builds strings, lists and mappings only
    except RecursionError as error:
        raise RecordError("the front matter is nested too deeply") from error
    except yaml.YAMLError as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f" on line {line + 2}" if line is not None else ""
        raise RecordError(f"the front matter is not valid YAML{where}; quote values that hold a colon") from error
    if not isinstance(record, dict):
        raise RecordError("the front matter is not a list of `name: value` lines")
    return record


def _rendered(markdown: str) -> tuple[str | None, str]:
    """Return the first top heading, and the text as a reader sees it: no marks, links by their words, no images."""
    tokens = MarkdownIt("commonmark").parse(markdown)
    title, paragraphs = None, []
    for number, token in enumerate(tokens):
        if token.type in ("fence", "code_block"):
            paragraphs.append(token.content.strip())
        if token.type != "inline":
            continue
        words = _inline(token.children or [])
        opening = tokens[number - 1]
        if title is None and opening.type == "heading_open" and opening.tag == "h1" and not paragraphs:
            title = words
        elif words.strip():
            paragraphs.append(words)
    return title, "\n\n".join(paragraphs)


def _inline(children: list[Token]) -> str:
    breaks = ("softbreak", "hardbreak")
    return "".join(" " if t.type in breaks else t.content for t in children if t.type in ("text", "code_inline", *breaks))
