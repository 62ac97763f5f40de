"""Reads who wrote an article, for which outlet and when, from the lines of credits above and below its text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.articles import split_authors
from index.cleaning import clean_line
from index.dates import beside_dates, is_date_line, read_credit_lines, without_dates
from index.outlets import could_be_outlet, looks_like_outlet, outlet_name, wire_service
from index.types import NewsDate

BYLINE = re.compile(r"^(?:(?:Story|Text|Words|Written|Reported|Reporting)\s+)?(?:By|BY|by(?=: ))[: ]\s*(?=[A-Z])")
"""How a line begins that names the authors."""
SOURCE_LINE = re.compile(
    r"^[ \t]*[*_]{0,3}(?:Source|来源)[*_]{0,3}[ \t]*[:：][*_]{0,3}[ \t]*(?P<credit>[^\n]*[^\s*_])[*_]{0,3}[ \t\r]*$",
    re.MULTILINE | re.IGNORECASE,
)
"""A line that says who an item of a digest is from, as `credit`."""
_JOINTS = re.compile(r"\s*[|•·;]\s*|\s+[–—-]+\s+|\s*,\s*")
# `Jane Roe of The Sandholm Times`, `John Roe for Reuters`
_FOR = re.compile(r"^(?P<names>.+?)\s+(?:of|for|at|with)\s+(?P<outlet>.+)$")
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?:\s+(?:d[aeiou]s?|v[ao]n|bin|al|el|la|le|[A-Z][\w'’.-]*)){1,4}")
_TWO = re.compile(r"\S+\s+\S.*\s(?:and|&)\s", re.IGNORECASE)
_MOST_NAMES = 4
_IN_BRACKETS = re.compile(r"\s*\(([^()]{2,60})\)\s*$")
_BARS = re.compile(r"\s*[|•·]\s*")
_MOST_PARTS = 5
_REPORTERS = re.compile(r"^(?:reporting\s+)?by\s+", re.IGNORECASE)
_OTHER_ROLES = re.compile(r"^(?:additional reporting|writing|editing|edited|compiled|translated|photos?)\b", re.IGNORECASE)
_OUTLET_BY = re.compile(r"^(?P<outlet>.{2,60}?)[,:]?\s+by\s+(?P<names>.+)$", re.IGNORECASE)
_OUTLET_NAMES = re.compile(r"^(?P<outlet>[^,]{2,60}),\s*(?P<names>[A-Z].+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """Who is named; what is not is empty."""

    authors: tuple[str, ...] = ()
    publisher: str | None = None
    agency: str | None = None

    def __bool__(self) -> bool:
        return bool(self.authors or self.publisher or self.agency)

    def __or__(self, other: "Credits") -> "Credits":
        """Return both; of two outlets the first."""
        return Credits(
            authors=tuple(dict.fromkeys((*self.authors, *other.authors))),
            publisher=self.publisher or other.publisher,
            agency=self.agency or other.agency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """What a `Source:` line says."""

    publisher: str | None
    authors: tuple[str, ...]
    published: NewsDate | None
    updated: NewsDate | None


def read_credit(line: str, following: Sequence[str] = ()) -> SourceLine:
    """Return what a `Source:` line says, with the lines of dates that follow it; what they do not say is none."""
    line = clean_line(line)
    published, updated = read_credit_lines([line, *map(clean_line, following)], "source line")
    names = without_dates(line)
    parts = [part.strip(" ,-–—") for part in re.split(r"[|;]", names)]
    publisher: str | None = None
    authors: list[str] = []
    for part in filter(None, parts):
        if _OTHER_ROLES.match(part):
            continue
        if _REPORTERS.match(part):
            authors.extend(split_authors(_REPORTERS.sub("", part)))
        elif publisher is not None:
            authors.extend(split_authors(part))
        elif both := _OUTLET_BY.match(part) or _OUTLET_NAMES.match(part):
            publisher = outlet_name(both["outlet"])
            authors.extend(split_authors(both["names"]))
        else:
            publisher = outlet_name(part)
    return SourceLine(publisher=publisher, authors=tuple(authors), published=published, updated=updated)


def read_byline(line: str) -> Credits:
    """Return who a byline names, with or without `By`: `By Jane Roe, Political Editor | Sandholm Times | March 11, 2025`."""
    people, credits_ = [], Credits()
    if beside := _IN_BRACKETS.search(line):  # `By Jane Roe (Varnby Post)`; `(Paris)` is neither
        line, name = line[: beside.start()], beside[1]
        credits_ = Credits(publisher=outlet_name(name), agency=wire_service(name)) if could_be_outlet(name) else credits_
    for part in _parts(line):
        both = _FOR.match(part)
        if both and _NAME.fullmatch(both["names"]) and not _outlet(both["names"]) and (named := _outlet(both["outlet"])):
            people.append(both["names"])
        elif not (named := _outlet(part)):
            people.append(part)
        credits_ |= named or Credits()
    return Credits(authors=split_authors(", ".join(people))) | credits_


def read_outlet_line(line: str) -> Credits:
    """Return the outlet that a line names that is nothing but that and a date; empty when it names anything else."""
    found = [_outlet(part) for part in _parts(line)]
    named = [outlet for outlet in found if outlet is not None]
    return named[0] if len(named) == len(found) == 1 else Credits()


def read_outlets(line: str) -> Credits:
    """Return the outlets among the parts of a line: `Published: 11 March 2025, Sandholm Times`."""
    credits_ = Credits()
    for part in _parts(line):
        credits_ |= _outlet(part) or Credits()
    return credits_


def are_names(line: str) -> bool:
    """Return whether a line is nothing but a few names of people, and perhaps their outlet: `Jane Roe, Reuters`."""
    parts = _parts(line)
    people = [name for part in parts if _outlet(part) is None for name in re.split(r"\s+(?:and|&)\s+", part)]
    return 0 < len(people) <= _MOST_NAMES and all(_NAME.fullmatch(name) for name in people)


def is_barred(line: str, language: str | None = None) -> bool:
    """Return whether a line is an outlet, names and a date with bars between them: `Varnby Post | Jane Roe | June 1, 2025`."""
    parts = _BARS.split(clean_line(line))
    telling = [could_be_outlet(part) or is_date_line(part, language=language) for part in parts]
    names = [_NAME.fullmatch(BYLINE.sub("", part)) for part, tells in zip(parts, telling, strict=True) if not tells]
    return 1 < len(parts) <= _MOST_PARTS and any(telling) and all(names)


def read_barred(line: str, language: str | None = None) -> Credits:
    """Return who a line with bars names: the first that could be an outlet, and people."""
    parts = [part for part in _BARS.split(clean_line(line)) if not is_date_line(part, language=language)]
    outlet = next(filter(could_be_outlet, parts), None)
    people = ", ".join(BYLINE.sub("", part) for part in parts if part != outlet)
    return Credits(authors=split_authors(people), publisher=outlet and outlet_name(outlet), agency=wire_service(outlet))


def _parts(line: str) -> list[str]:
    words = beside_dates(BYLINE.sub("", clean_line(line)))
    return [part.strip(" .:,()") for part in _JOINTS.split(words) if part.strip(" .:,()")]


def _outlet(part: str) -> Credits | None:
    if service := wire_service(part):
        return Credits(publisher=service, agency=service)
    # `Jane Roe and Emily Post` are two people; `Science and Technology Daily` is one outlet.
    people = _TWO.match(part) is not None
    return Credits(publisher=outlet_name(part)) if looks_like_outlet(part) and not people else None
