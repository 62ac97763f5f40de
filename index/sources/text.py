"""One article a file: plain text with a printed title and byline, or Markdown with YAML front matter."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.articles import NoText, build_article
from index.dates import read_credit_lines
from index.sources.records import RecordError, read_fields
from index.sources.text_head import read_head
from index.types import Article, NewsDate, Origin, Rejection

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(?P<yaml>.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_MARKDOWN = re.compile(r"^#{1,6} \S", re.MULTILINE)


def looks_like_markdown(text: str) -> bool:
    """Return whether the text opens with front matter or has Markdown headings."""
    return bool(_FRONT_MATTER.match(text) or _MARKDOWN.search(text))


def has_front_matter(text: str) -> bool:
    """Return whether the text opens with YAML between two lines of dashes."""
    return _FRONT_MATTER.match(text) is not None


def read_markdown(
    text: str, source: str, *, position: str = "", published: NewsDate | None = None
) -> Iterator[Article | Rejection]:
    """Yield the file's article; front matter takes the names of article records, and counts before what is printed below it.

    `published`: its date if it says none, as a part of something that is dated.
    """
    origin = Origin(source=source, position=position)
    matter = _FRONT_MATTER.match(text)
    try:
        record = _front_matter(matter["yaml"]) if matter else {}
        title, paragraphs = _rendered(text[matter.end() :] if matter else text)
        fields = read_fields(record, "front matter")
        printed, rest = _printed_fields(paragraphs, title or fields["title"], fields["language"])
        body = "\n\n".join(" ".join(paragraph.split("\n")) for paragraph in rest.split("\n\n"))
        if title and fields["title"] and title != fields["title"]:
            body = f"{title}\n\n{body}"
        fields["title"] = fields["title"] or title
        provenance = {**(printed.pop("provenance") if not fields["publisher"] else {}), **fields.pop("provenance")}
        found = {**printed, **{name: value for name, value in fields.items() if value}}
        found["published"] = found.get("published") or published
        yield build_article(**{**found, "text": body, "provenance": provenance}, origin=origin)
    except (RecordError, NoText) as error:
        yield Rejection(origin=origin, reason=str(error))


def read_plain(
    text: str, source: str, *, position: str = "", language: str | None = None, fetched: NewsDate | None = None,
    published: NewsDate | None = None,
) -> Iterator[Article | Rejection]:  # fmt: skip
    """Yield the article of a text: title, byline, outlet and dates if printed, in any order, then the body.

    Args:
        text: the content of a file, or one article's part of it.
        source: the file's absolute path, or the name of the channel that delivered it.
        position: of the part within it.
        language: BCP 47, if known; decides which number of `03/04/2025` is the day.
        fetched: when the text was fetched, if known; `Updated 2 hours ago` is read from it.
        published: its date if it says none, as a part of something that is dated.
    """
    origin = Origin(source=source, position=position)
    fields, rest = _printed_fields(text, None, language, fetched)
    fields["published"] = fields["published"] or published
    try:
        yield build_article(text=rest, origin=origin, **fields)
    except NoText as error:
        yield Rejection(origin=origin, reason=str(error))


def _printed_fields(
    text: str, title: str | None, language: str | None, fetched: NewsDate | None = None
) -> tuple[dict[str, Any], str]:
    """Return `build_article`'s keywords for what stands above a text, and the text below."""
    head = read_head([line.strip() for line in text.strip().splitlines()], language, title=title)
    published, updated = read_credit_lines(head.lines, "text", language=language, fetched=fetched)
    fields = {
        "title": head.title, "authors": head.credits.authors, "publisher": head.credits.publisher, "agency": head.credits.agency,
        "published": published, "updated": updated, "section": head.section, "url": head.url,
        "provenance": {"publisher": "credits"} if head.credits.publisher else {},
    }  # fmt: skip
    # Lines of which nothing could be read (`Updated 2 hours ago`) are kept as text rather than lost.
    unread = [] if published or updated else head.dates
    return fields, "\n".join([*unread, *head.rest])


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
    """Return the first top heading, and the text as a reader sees it: no marks, links by their words, no images.

    Lines end where they do in the source.
    """
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
    return "".join("\n" if t.type in breaks else t.content for t in children if t.type in ("text", "code_inline", *breaks))
