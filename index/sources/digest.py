"""One file, many articles: numbered items that open with an agency in parentheses and close with a `Source:` line.

Knows the shapes of such pages (`docs/formats.md`); knows nothing of files or storage.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile

from index.articles import NoText, build_article
from index.cleaning import clean_line, clean_text, normalise
from index.dates import is_date_line, read_credit_lines
from index.outlets import outlet_name, wire_service
from index.sources.attribution import title_and_text
from index.sources.credits import SOURCE_LINE, read_credit
from index.types import Article, NewsDate, Origin, Rejection

_ITEM = re.compile(r"^[ \t]*(?P<number>\d{1,3})[.)][ \t]*[(（](?P<label>[^()（）\n]{2,60})[)）][ \t]*", re.MULTILINE)
# What forum and news pages print around articles. A line is debris only when it is nothing else.
_DEBRIS = re.compile(
    r"^\W*(?:\d{1,6}(?:\s+(?:comments?|likes?|shares?|replies|views|points?))?|(?:add|leave|post|write) a comment|comments?|reply"
    r"|share|like|report|save|follow|subscribe|loading(?: more)?(?: comments)?|(?:load|show|view|read|see) more(?: \w+)?"
    r"|sign (?:in|up)|log ?in|advertisement|back to top)\W*$",
    re.IGNORECASE,
)
# Loose text after an item's credits that is longer than any page furniture is kept as an article of its own.
_KEEP_FROM = 200


def looks_like_digest(text: str) -> bool:
    """Return whether the text holds numbered items that open with an agency in parentheses."""
    items = _items(text)
    return len(items) > 1 or (len(items) == 1 and SOURCE_LINE.search(text, items[0].end()) is not None)


def read_digest(text: str, source: str) -> Iterator[Article | Rejection]:
    """Yield one article for each item of the page, in order, and loose text that is too long to be page furniture."""
    items = _items(text)
    above = text[: items[0].start()]
    yield from loose_text(above, Origin(source=source, position="before item 1"))
    day = heading_day(above)
    for match, following in zip(items, [*items[1:], None], strict=True):
        body = text[match.end() : following.start() if following else len(text)]
        yield from _read_item(body, match["label"], Origin(source=source, position=f"item {match['number']}"), day)


def _items(text: str) -> list[re.Match[str]]:
    """Return the openings of the items, which count up from the first.

    A numbered list inside an article can look the same; the opening that follows a `Source:` line or page debris wins.
    """
    numbered: dict[int, list[re.Match[str]]] = {}
    for candidate in _ITEM.finditer(text):
        numbered.setdefault(int(candidate["number"]), []).append(candidate)
    items = [min((same[0] for same in numbered.values()), key=lambda match: match.start())] if numbered else []
    while items:
        same = numbered.get(int(items[-1]["number"]) + 1, [])
        following = same[bisect_right(same, items[-1].start(), key=lambda match: match.start()) :]
        if not following:
            break
        items.append(next((c for c in following if _closed_above(text, c.start())), following[0]))
    return items


def _closed_above(text: str, position: int) -> bool:
    """Return whether the last printed line before `position` ends an item."""
    # Nothing but that line is looked at: a page may hold thousands of openings.
    end = position
    while end and text[end - 1].isspace():
        end -= 1
    above = clean_line(text[text.rfind("\n", 0, end) + 1 : end])
    return bool(SOURCE_LINE.match(above) or _DEBRIS.match(above))


def _read_item(body: str, label: str, origin: Origin, day: NewsDate | None) -> Iterator[Article | Rejection]:
    sources = list(SOURCE_LINE.finditer(body))
    text = body[: sources[-1].start()] if sources else body
    after = body[sources[-1].end() :] if sources else ""
    dates = _date_lines(after)
    credit = read_credit(sources[-1]["credit"] if sources else "", dates)
    title, text = title_and_text(_without_debris(text))
    try:
        yield build_article(
            title=title or None,
            text=text,
            origin=origin,
            publisher=credit.publisher or outlet_name(label),
            agency=wire_service(label),
            authors=credit.authors,
            published=credit.published or (None if credit.updated else day),
            updated=credit.updated,
            provenance={} if credit.publisher else {"publisher": "item label"},
            flags=() if sources else ("no source line",),
        )
    except NoText:
        yield Rejection(origin=origin, reason="the item has no text")
    if sources:
        yield from loose_text(
            "\n".join(after.split("\n")[1 + len(dates) :]), Origin(source=origin.source, position=f"after {origin.position}")
        )


def _date_lines(after: str) -> list[str]:
    """Return the lines right below a `Source:` line that hold its dates: `Updated` / `1:15 PM EDT, September 19, 2025`."""
    return list(takewhile(is_date_line, after.split("\n")[1:]))


def heading_day(above: str, *, fetched: NewsDate | None = None) -> NewsDate | None:
    """Return the day of the heading above all items, which those have that say none; None if there is no heading or day."""
    day = read_credit_lines(above.splitlines(), "heading", fetched=fetched)[0] if len(above) < _KEEP_FROM else None
    return day if day and day.precision in ("day", "minute") else None


def loose_text(text: str, origin: Origin) -> Iterator[Article | Rejection]:
    """Yield text outside of any item: an article of its own if it is long, a row in the ledger if it is a few words."""
    rest = _without_debris(text)
    if len(rest) >= _KEEP_FROM:
        yield build_article(text=rest, origin=origin, flags=("outside any item",))
    elif len(normalise(rest).split()) > 3:  # noqa: PLR2004 - a page title or a user's name needs no ledger row
        yield Rejection(origin=origin, reason=f"too short to be an article: {rest[:80]!r}", skipped=True)


def _without_debris(text: str) -> str:
    return "\n\n".join(p for p in clean_text(text).split("\n\n") if p and not _DEBRIS.match(p))
