"""Finds who an item of a digest is from where no byline says so: a `Source:` line or brackets at its end, or beside its title."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.cleaning import clean_line
from index.dates import beside_dates, is_date_line
from index.outlets import could_be_outlet
from index.sources.credits import SOURCE_LINE, read_credit
from index.sources.text_head import looks_like_title


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a digest."""

    text: str
    """Its title, if it has one, who it is from as a `Source:` line, and its words."""
    after: str = ""
    """What stands behind its credits, and is none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    credit: str
    rest: str
    after: str = ""
    sure: bool = True
    """Whether it names an outlet by itself, and not only because of where it stands."""


# Only where at least two items, and half of all, say in the same place who they are from, they say so.
_FEWEST, _SHARE = 2, 0.5
_FEWEST_WORDS = 8
_CREDIT = r"[^\[\]()（）【】\n]{2,80}"
_CLOSING_LINE = re.compile(rf"\n[ \t]*(?:—|–|--|-)[ \t]*(?P<credit>{_CREDIT})\Z")
_CLOSING_BRACKETS = re.compile(rf"(?<=\S)\s+(?:\((?P<round>{_CREDIT})\)|\[(?P<square>{_CREDIT})\]|（(?P<wide>{_CREDIT})）)\.?\Z")
_BEFORE_COLON = re.compile(rf"\A(?P<head>#+[ \t]+)?(?P<credit>{_CREDIT}?):[ \t]+(?=\S)")
_LABEL = re.compile(rf"\A(?P<head>#+[ \t]+)?(?:\[(?P<square>{_CREDIT})\](?!\()|【(?P<wide>{_CREDIT})】)[ \t]*")
_TITLE_BRACKETS = re.compile(rf"\s+(?:\((?P<round>{_CREDIT})\)|\[(?P<square>{_CREDIT})\]|（(?P<wide>{_CREDIT})）)\Z")
_TITLE_DASH = re.compile(rf"\s+(?:—|–|--|-|\|)\s+(?P<credit>{_CREDIT})\Z")
_JOINTS = re.compile(r"\s*[|;,·•]\s*|\s+[–—-]+\s+")
_NAME = re.compile(r"(?:the )?[A-ZÀ-Þ][\w'’.&-]*(?:\s+(?:of|the|de|du|la|le|[A-ZÀ-Þ][\w'’.&-]*)){0,3}")
_CONTINUES = re.compile(r"[a-z,;:)]")
# The line above a wrapped text is as wide as the text; a title ends where it is finished.
_TITLE_WIDTH = 0.75
_ENDS = 400
_LONGEST_CREDIT = 200
# `Source: NPR: "We spoke to five people"` quotes.
_SAYS = re.compile(r"[\"“”]")


def attributed(parts: Sequence[str]) -> list[Item]:
    """Return the items, if at least two of these parts, and half of them, name an outlet in the same place; else none."""
    if len(parts) < _FEWEST:
        return []
    for place in _PLACES:
        found = [place(part.strip()) for part in parts]
        saying = [one for one in found if one and one.sure]
        if len(saying) >= _FEWEST and len(saying) >= _SHARE * len(parts):
            return [_item(one, part) for one, part in zip(found, parts, strict=True)]
    return []


def ends_of_items(text: str) -> list[int]:
    """Return where items end that have no marks at their beginning: behind each `Source:` line and the dates below it.

    None where most of these lines name neither people nor a day: below a table or a section they say where its facts are from.
    """
    lines = list(SOURCE_LINE.finditer(text))
    credits_ = [read_credit(line["credit"][:_LONGEST_CREDIT]) for line in lines]
    whole = sum(bool(credit.authors or credit.published or credit.updated) for credit in credits_)
    return [_end_of_dates(text, line.end()) for line in lines] if whole >= _SHARE * len(lines) else []


def title_and_text(part: str) -> tuple[str, str]:
    """Return the line that is an item's title, empty if it has none, and what stands below it."""
    first, _, below = part.strip().partition("\n")
    if not below.strip() or not (first.startswith("#") or looks_like_title(clean_line(first))):
        return "", part
    lines = [line.strip() for line in below.split("\n")]
    widest = max(len(line) for line in lines)
    begins = next(line for line in lines if line)
    apart = first.startswith("#") or not lines[0] or (len(first) <= _TITLE_WIDTH * widest and not _CONTINUES.match(begins))
    return (first.strip(), below) if apart else ("", part)


def _item(found: _Found | None, part: str) -> Item:
    title, text = title_and_text(part if found is None else found.rest)
    if found is None:
        return Item(text=f"{title}\n\n{text}" if title else part)
    return Item(text=f"{title}\nSource: {found.credit}\n\n{text.strip()}".lstrip("\n"), after=found.after)


def _source_line(part: str) -> _Found | None:
    lines = list(SOURCE_LINE.finditer(part))
    if not lines:
        return None
    end = _end_of_dates(part, lines[-1].end())
    dates = " | ".join(clean_line(line) for line in part[lines[-1].end() : end].split("\n") if line.strip())
    credit = lines[-1]["credit"]
    if len(credit) > _LONGEST_CREDIT or _SAYS.search(credit):
        return None
    return _found(f"{credit} | {dates}" if dates else credit, part[: lines[-1].start()], part[end:])


def _closing_line(part: str) -> _Found | None:
    found = _CLOSING_LINE.search(part, max(0, len(part) - _ENDS))
    return _named(found["credit"], part[: found.start()]) if found else None


def _closing_brackets(part: str) -> _Found | None:
    found = _CLOSING_BRACKETS.search(part, max(0, len(part) - _ENDS))
    return _named(found["round"] or found["square"] or found["wide"], part[: found.start()]) if found else None


def _label(part: str) -> _Found | None:
    found = _LABEL.match(part)
    return _named(found["square"] or found["wide"], (found["head"] or "") + part[found.end() :]) if found else None


def _before_colon(part: str) -> _Found | None:
    found = _BEFORE_COLON.match(part)
    named = _named(found["credit"], (found["head"] or "") + part[found.end() :]) if found else None
    return named if named and named.sure else None


def _beside_title(part: str) -> _Found | None:
    title, text = title_and_text(part)
    for where in (_TITLE_BRACKETS, _TITLE_DASH) if title else ():
        # A credit that is no outlet may end in a date that has dashes itself.
        if found := where.search(title, max(0, len(title) - _ENDS)):
            credit = next(filter(None, found.groups()))
            named = _named(credit, f"{title[: found.start()]}\n\n{text.strip()}")
            # `Ferries return - What We Know` stays whole.
            return named if where is _TITLE_BRACKETS or (named and named.sure) else None
    return None


_PLACES: tuple[Callable[[str], _Found | None], ...] = (
    _source_line, _closing_line, _closing_brackets, _label, _beside_title, _before_colon,
)  # fmt: skip


def _named(credit: str, rest: str) -> _Found | None:
    """Return what was found if it names an outlet, which then stands first, as in a `Source:` line; or could be names."""
    names = [name for name in _JOINTS.split(beside_dates(credit)) if name.strip()]
    outlets = [name for name in names if could_be_outlet(name)]
    sure = bool(outlets)
    if not sure:
        if not names or not all(map(_NAME.fullmatch, names)):
            return None
        outlets = [name for name in names if " " not in name] or names  # hardly anybody has one name
    if names[0] not in outlets:
        dates = credit[credit.rfind(names[-1]) + len(names[-1]) :]
        credit = ", ".join([outlets[0], *(name for name in names if name != outlets[0])]) + dates
    return _found(credit, rest, sure=sure)


def _found(credit: str, rest: str, after: str = "", *, sure: bool = True) -> _Found | None:
    if len(rest.split()) < _FEWEST_WORDS:
        return None
    return _Found(credit=credit.strip().rstrip("."), rest=rest, after=after, sure=sure)


def _end_of_dates(text: str, end: int) -> int:
    """Return where the lines of dates end that follow."""
    while below := text[end + 1 : (stop := _line_end(text, end + 1))]:
        if not is_date_line(clean_line(below)):
            break
        end = stop
    return end


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end
