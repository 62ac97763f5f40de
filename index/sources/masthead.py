"""Reads the line that a newspaper page is headed with: the paper's name and the day."""

import re
from dataclasses import dataclass
from itertools import takewhile

from index.cleaning import clean_line
from index.dates import beside_dates, is_date_line, read_credit_lines
from index.outlets import looks_like_outlet
from index.sources.credits import BYLINE
from index.types import NewsDate

_NAME_WORDS = 7
# A longer line is text.
_LINES, _MOST_CHARACTERS = 4, 500
_FURNITURE = re.compile(r"\W*(?:(?:page|vol(?:ume)?|no|issue|section|edition)\b\.?\s*\w{1,5}[\s,.|–-]*)+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Masthead:
    """What a page says of itself; what it does not say is none."""

    publisher: str | None = None
    published: NewsDate | None = None


def read_masthead(text: str) -> tuple[Masthead, str]:
    """Return what the first lines say, and the text below them; all of the text if they are no masthead.

    A masthead is an outlet's name, or a few words in capitals, and a date right below or beside it. A headline with its date
    has a byline or text below, in the same block or the next.
    """
    lines = text.lstrip("\ufeff").strip().split("\n")
    name: str | None = None
    dates: list[str] = []
    place = 0
    for line in map(clean_line, takewhile(lambda line: len(line) <= _MOST_CHARACTERS, lines[: 2 * _LINES])):
        beside = beside_dates(line).strip(" ,.|–—-")
        if not line or _FURNITURE.fullmatch(line):
            pass
        elif name is None and _is_name(beside):
            name = beside
            dates += [line] * (beside != line)
        elif name is not None and not dates and is_date_line(line) and not beside:
            dates.append(line)
        else:
            break
        place += 1
    published, _ = read_credit_lines(dates, "masthead")
    below = next((clean_line(line) for line in lines[place:] if line.strip()), "")
    if name is None or published is None or BYLINE.match(below):
        return Masthead(), text
    return Masthead(publisher=name, published=published), "\n".join(lines[place:])


def _is_name(words: str) -> bool:
    return looks_like_outlet(words) or (words.isupper() and 1 < len(words.split()) <= _NAME_WORDS and not re.search(r"\d", words))
