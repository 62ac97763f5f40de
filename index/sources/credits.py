"""Reads who wrote an article, and for which outlet, from the lines of credits that stand above its text."""

import re
from dataclasses import dataclass

from index.articles import split_authors
from index.cleaning import clean_line
from index.dates import beside_dates
from index.outlets import looks_like_outlet, outlet_name, wire_service

BYLINE = re.compile(r"^(?:(?:Story|Text|Words|Written|Reported|Reporting)\s+)?(?:By|BY|by(?=: ))[: ]\s*(?=[A-Z])")
"""How a line begins that names the authors."""
_JOINTS = re.compile(r"\s*[|•·;]\s*|\s+[–—-]+\s+|\s*,\s*")
# `Jane Roe of The Sandholm Times`, `John Roe for Reuters`
_FOR = re.compile(r"^(?P<names>.+?)\s+(?:of|for|at|with)\s+(?P<outlet>.+)$")
_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?:\s+(?:d[aeiou]s?|v[ao]n|bin|al|el|la|le|[A-Z][\w'’.-]*)){1,4}")
_TWO = re.compile(r"\S+\s+\S.*\s(?:and|&)\s", re.IGNORECASE)
_MOST_NAMES = 4


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


def read_byline(line: str) -> Credits:
    """Return who a byline names, with or without `By`: `By Jane Roe, Political Editor | Sandholm Times | March 11, 2025`."""
    people, credits_ = [], Credits()
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


def _parts(line: str) -> list[str]:
    words = beside_dates(BYLINE.sub("", clean_line(line)))
    return [part.strip(" .:,()") for part in _JOINTS.split(words) if part.strip(" .:,()")]


def _outlet(part: str) -> Credits | None:
    if service := wire_service(part):
        return Credits(publisher=service, agency=service)
    # `Jane Roe and Emily Post` are two people; `Science and Technology Daily` is one outlet.
    people = _TWO.match(part) is not None
    return Credits(publisher=outlet_name(part)) if looks_like_outlet(part) and not people else None
