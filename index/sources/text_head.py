"""Takes the lines above a plain text apart: title, byline, outlet, dates, and labelled lines such as `Author: Jane Roe`."""

import re
from dataclasses import dataclass, field

from index.articles import opens_with_dateline
from index.cleaning import clean_line
from index.dates import beside_dates, is_date_line
from index.outlets import wire_service
from index.sources.credits import (
    BYLINE,
    Credits,
    are_names,
    is_barred,
    read_barred,
    read_byline,
    read_credit,
    read_outlet_line,
    read_outlets,
)

# `By Jane Roe, staff writer, and John de Boer in Hong Kong` is a byline; `By Monday evening the ferries had left` is not.
_IN_NAMES = frozenset("and in of for the de la van von der at from".split())
_LOWER_WORDS, _CREDIT_WORDS = 2, 14
_TITLE_WORDS, _TITLE_LINES = 25, 3
# A longer line is text.
_MOST_LINES, _MOST_CHARACTERS = 30, 500
# `Source: a person who was not allowed to speak about it.` is a sentence.
_SENTENCE_END = re.compile(r"[a-z]{3}[.!?]$")
_LABELLED = re.compile(
    r"(?:(?P<title>title|headline)|(?P<authors>authors?|byline|written by)"
    r"|(?P<publisher>source|publisher|outlet|publication|newspaper)|(?P<section>section|category)|(?P<url>url|link)"
    r"|(?P<date>date)):\s+(?P<value>\S.*)",
    re.IGNORECASE,
)
_EMPHASIS = re.compile(r"^([*_]{1,3})(?=\S)(.+?)(?<=\S)\1$")
_HEADING = re.compile(r"^#{1,6}\s+(?=\S)")
_HOST = re.compile(r"https?://(?:www\.)?([^/\s:]+)\S*", re.IGNORECASE)


@dataclass(slots=True, kw_only=True)
class Head:
    """What stands above a text; what does not is empty."""

    title: str | None = None
    credits: Credits = field(default_factory=Credits)
    section: str | None = None
    url: str | None = None
    lines: list[str] = field(default_factory=list)
    """All lines in which a date may stand, in printed order."""
    dates: list[str] = field(default_factory=list)
    """Those of them that would be lost if no date can be read."""
    rest: list[str] = field(default_factory=list)
    """The text: the lines from the first that is none of these."""


def read_head(lines: list[str], language: str | None, *, title: str | None = None) -> Head:
    """Return what stands above the text.

    Args:
        lines: of the text, stripped; the last is printed, and is never taken for a credit.
        language: BCP 47, if known; decides which number of `03/04/2025` is the day.
        title: if it is known already.
    """
    head = Head(title=title)
    place = taken = 0
    while place < len(lines) and taken < _MOST_LINES:
        taken += bool(lines[place])
        if not lines[place] or (place < len(lines) - 1 and _take(head, lines, place, language)):
            place += 1
        elif head.title is None and (end := _title_end(lines, place, language)):
            head.title = " ".join(map(_printed, lines[place:end]))
            place = end
        else:
            break
    head.rest = lines[place:]
    return head


def opens_an_article(text: str) -> bool:
    """Return whether a text has a title, and credits right below or above it."""
    head = read_head([line.strip() for line in text.strip().splitlines()[:_MOST_LINES]], None)
    return head.title is not None and bool(head.credits or head.lines)


def _take(head: Head, lines: list[str], place: int, language: str | None) -> bool:
    line = _printed(lines[place])
    if len(line) > _MOST_CHARACTERS:
        return False
    return _take_labelled(head, line) or _take_credit(head, line, language) or _take_unmarked(head, lines, place, language)


def is_credit(line: str, language: str | None) -> bool:
    """Return whether a line says by itself that it is a credit: a byline, or one with a date and little else."""
    if BYLINE.match(line) and not is_barred(line, language):
        return _is_byline(line)
    return is_date_line(line, language=language) or is_barred(line, language)


def _take_labelled(head: Head, line: str) -> bool:
    labelled = _LABELLED.fullmatch(line)
    if labelled is None or (_SENTENCE_END.search(line) and not labelled["title"]):
        return False
    value = labelled["value"]
    if labelled["title"]:
        head.title = head.title or value
    elif labelled["authors"]:
        head.credits |= read_byline(value)
    elif labelled["publisher"]:
        host = _HOST.fullmatch(value)
        head.url = head.url or (value if host else None)
        credit = read_credit(host[1] if host else value)
        head.credits |= Credits(authors=credit.authors, publisher=credit.publisher, agency=wire_service(credit.publisher))
        head.lines.append(value)
    elif labelled["section"]:
        head.section = head.section or value
    elif labelled["url"]:
        head.url = head.url or value
    else:
        head.lines.append(value)
        head.dates.append(value)
    return True


def _take_credit(head: Head, line: str, language: str | None) -> bool:
    if not is_credit(line, language):
        return False
    head.lines.append(line)
    if is_barred(line, language):
        head.credits |= read_barred(line, language)
    elif BYLINE.match(line):
        head.credits |= read_byline(line)
    else:
        head.credits |= read_outlets(line)
        head.dates.append(line)
    return True


def _take_unmarked(head: Head, lines: list[str], place: int, language: str | None) -> bool:
    """Take a line that is a credit only because of where it stands: an outlet's name, or names right above or below a date."""
    line = _printed(lines[place])
    below = _printed(lines[_next(lines, place)])[:_MOST_CHARACTERS]
    among = head.title or head.lines or is_credit(below, language) or _title_end(lines, _next(lines, place), language)
    if among and (outlet := read_outlet_line(line)):
        head.credits |= outlet
        return True
    dated = bool(head.dates) or is_date_line(below, language=language)
    if head.title and dated and not head.credits.authors and are_names(line):
        head.credits |= read_byline(line)
        return True
    return False


def _title_end(lines: list[str], place: int, language: str | None) -> int:
    """Return behind which line a title ends that begins here, 0 if none does.

    A blank line or a credit stands below it. One that is broken over several lines has a credit below, or it could be text.
    """
    for end in range(place + 1, min(place + _TITLE_LINES, len(lines) - 1) + 1):
        if not looks_like_title(lines[end - 1]):
            break
        if _begins_with_credits(lines, end, language):
            return end
        if end == place + 1 and (not lines[end] or opens_with_dateline(lines[end])):
            return end
    return 0


def _begins_with_credits(lines: list[str], place: int, language: str | None) -> bool:
    place = place if lines[place] else _next(lines, place)
    line = _printed(lines[place])
    if len(line) > _MOST_CHARACTERS:
        return False
    if is_credit(line, language) or _LABELLED.fullmatch(line) or read_outlet_line(line):
        return True
    return are_names(line) and is_date_line(_printed(lines[_next(lines, place)])[:_MOST_CHARACTERS], language=language)


def _next(lines: list[str], place: int) -> int:
    """Return where the next printed line is; the last of all if there is none."""
    return next((number for number in range(place + 1, len(lines)) if lines[number]), len(lines) - 1)


def _printed(line: str) -> str:
    """Return a line without Markdown's marks of a heading, or of emphasis around all of it."""
    return _EMPHASIS.sub(r"\2", _HEADING.sub("", clean_line(line)))


def looks_like_title(line: str) -> bool:
    """Return whether a line is short and does not end as sentences do."""
    return 0 < len(line.split()) <= _TITLE_WORDS and not re.search(r"[.!;,:]$", line)


def _is_byline(line: str) -> bool:
    words = beside_dates(line).split()
    if len(words) > _CREDIT_WORDS or _SENTENCE_END.search(line):
        return False
    return sum(word.islower() and word not in _IN_NAMES for word in words[1:]) <= _LOWER_WORDS
