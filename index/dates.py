"""Reads dates as news prints them. Never guesses: what is ambiguous stays unread, and no date is never today.

The forms, times, zones, labels and distances in time are known to the modules `date_forms`, `clock_times`, `time_zones`,
`date_marks` and `relative_dates`; the words to `date_words`. Reading takes time linear in the length of the line.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from index.clock_times import time_beside
from index.date_forms import PrintedDate, first_likeness, printed_dates
from index.date_marks import Mark, find_marks
from index.date_words import WEEKDAYS, folded
from index.relative_dates import date_before, find_distance
from index.types import NewsDate

# Dates are printed in the outlet's time zone, at most a day from the fetcher's; the second day is for clocks that are wrong.
_AHEAD = timedelta(days=2)
_SECONDS_DIGITS, _MILLISECONDS_DIGITS = 10, 13
_PAST_MILLISECONDS = 10**_MILLISECONDS_DIGITS
_LAST_YEAR = 2099
_TIME = re.compile(r"(?<![\d:.])\d{1,2}(?::\d\d|[ ]?[ap]\.?[ ]?m\b)")
# What joins names and dates belongs to neither: `By Jane Sample on Friday, 19 September 2025`.
_SIGNS = " \t\n|,;:·•/(–—-"
_JOINT_WORDS = frozenset("on at am vom le el il em op den du del the в".split())
_LAST_WORD = re.compile(r"(?<!\w)([^\W\d_]+(?:-feira)?)\.?$")
_JOINTS, _JOINT_LENGTH = 4, 24
_ZONE = re.compile(r"(?i:[ap]\.?m\.?|at)|[A-Z]{1,5}(?:[+-]\d{1,2})?|\d{1,2}|uhr|Uhr")
_READING_TIME = re.compile(r"\b\d{1,2}[ -]?min(?:ute)?s?[ ]read\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_SENTENCE_END = re.compile(r"(?:[a-z]{3}[.!?]|[。！？])[\"'”’»)]?$")
_CREDIT_WORDS = frozenset(
    "by and at on in of from for the to de del la el et y e und von vom den le du a as o i am um ore alle kl om op na w в".split()
)
# A line of credits has few words before its dates and beside them, and few of them in small letters.
_WORDS_BEFORE, _WORDS_BESIDE, _SMALL_WORDS, _LONGEST = 3, 6, 1, 400
_FIRST_CJK = "\u2e80"


def read_date(text: str, read_from: str, *, language: str | None = None, fetched: NewsDate | None = None) -> NewsDate | None:
    """Return the first date in a line, with its time and zone if printed beside it; None if there is none or it is ambiguous.

    Args:
        text: a line that is known to hold a date: credits, a field of a record. Running text has dates of other things.
        read_from: where the line stood; the date carries it.
        language: BCP 47 (`en-GB`, `de`); decides which number of `03/04/2025` is the day. Without it, that stays unread.
        fetched: when the page was fetched. With it `2 hours ago` is read, to the precision that is sure
            (`index.relative_dates.date_before`), and dates more than two days after it are passed over: news is not
            printed before its day, so they belong to something else.
    """
    text, plain = _prepared(text)
    return _read(text, plain, read_from, language, fetched)


def read_dates(
    text: str, read_from: str, *, language: str | None = None, fetched: NewsDate | None = None
) -> tuple[NewsDate | None, NewsDate | None]:
    """Return (published, updated) from one line of credits, or several joined by line ends.

    Each date goes where the label before it says; a date before all labels is the day of publication. Where the line ends
    in a label, labels stand behind their dates. A line that prints only an "updated" date gives both: the day is the only
    one the outlet states for the article (docs/adr/0009), so `published` carries it to the day and says where it was read.

    The arguments are those of `read_date`.
    """
    text, plain = _prepared(text)
    found: dict[str, NewsDate] = {}
    for label, start, end in _pieces(plain, find_marks(plain)):
        if label not in found and (date := _read(text[start:end], plain[start:end], read_from, language, fetched)):
            found[label] = date
    published, updated = found.get("published") or found.get("before"), found.get("updated")
    if updated is not None and published is None:
        precision = "day" if updated.precision == "minute" else updated.precision
        published = NewsDate(value=updated.value[:10], precision=precision, read_from=f"{updated.read_from}, printed as updated")
    return published, updated


def read_credit_lines(
    lines: Sequence[str], read_from: str, *, language: str | None = None, fetched: NewsDate | None = None
) -> tuple[NewsDate | None, NewsDate | None]:
    """Return (published, updated) from lines of credits that belong together.

    A label may stand above its date (`Published` / `Sept. 19, 2025`) and a time below or above its day; a date that is
    itself broken over two lines is not read. The arguments are those of `read_date`.
    """
    return read_dates("\n".join(" ".join(line.split()) for line in lines), read_from, language=language, fetched=fetched)


def read_timestamp(value: float | str, read_from: str) -> NewsDate | None:
    """Return the date of a Unix time: seconds in 10 digits or milliseconds in 13, from 2001 to 2099; else None."""
    if not isinstance(value, str):
        # Neither `True` nor an infinite number is a time, and a number of thousands of digits is not even printed.
        value = str(int(value)) if not isinstance(value, bool) and 0 < value < _PAST_MILLISECONDS else ""
    whole = value.strip().partition(".")[0]
    if not (whole.isascii() and whole.isdecimal()) or len(whole) not in (_SECONDS_DIGITS, _MILLISECONDS_DIGITS):
        return None
    moment = datetime.fromtimestamp(int(whole[:_SECONDS_DIGITS]), UTC)
    if whole[0] == "0" or moment.year > _LAST_YEAR:
        return None
    return NewsDate(value=f"{moment:%Y-%m-%dT%H:%M}+00:00", precision="minute", read_from=read_from)


def without_dates(text: str) -> str:
    """Return the line of credits up to its first date, time, distance in time or label: the part that holds names.

    Dates that cannot be read (`03/04/2025`, `Sept. 19`) end the names too.
    """
    text, plain = _prepared(text)
    cuts = [place for place in [first_likeness(plain)] if place is not None]
    cuts += [mark.start for mark in find_marks(plain)[:1]]
    cuts += [match.start() for match in [_TIME.search(plain)] if match]
    cuts += [distance.start for distance in [find_distance(plain)] if distance]
    cut = min(cuts, default=len(text))
    return _without_joint(text[:cut], dated=cut < len(text))


def beside_dates(text: str, *, language: str | None = None) -> str:
    """Return the line with spaces in place of its dates, times, distances in time, their labels and weekdays."""
    text, plain = _prepared(text)
    return _blanked(text, [*_times(plain), *_dates(text, plain, language), *_labels(plain)])


def is_date_line(text: str, *, language: str | None = None) -> bool:
    """Return whether a line of credits holds a date, a time, a distance in time or the label of one, and little but names.

    A label alone (`Published`) is such a line; `Updated privacy policy` is none, and no sentence is.
    """
    text, plain = _prepared(text)
    if len(text) > _LONGEST or _SENTENCE_END.search(text.rstrip()):
        return False
    dates, times, labels = _dates(text, plain, language), _times(plain), _labels(plain)
    if not (dates or times or labels):
        return False
    beside = _blanked(text, [*dates, *times, *labels])
    words = _WORD.findall(_READING_TIME.sub("", beside))
    if not dates:
        # A label or a time alone has nothing beside it but its half of the day and its zone.
        return all(_ZONE.fullmatch(word) for word in words) if times else not words
    before = _WORD.findall(beside[: min(dates)[0]])
    small = sum(word.islower() and folded(word) not in _CREDIT_WORDS for word in words)
    return _size(before) <= _WORDS_BEFORE and _size(words) <= _WORDS_BESIDE and small <= _SMALL_WORDS


def _blanked(text: str, spans: Sequence[tuple[int, int]]) -> str:
    characters = list(text)
    for start, end in spans:
        characters[start:end] = " " * (end - start)
    return _WORD.sub(lambda word: " " * len(word[0]) if folded(word[0]) in WEEKDAYS else word[0], "".join(characters))


def _labels(plain: str) -> list[tuple[int, int]]:
    return [(mark.start, mark.end) for mark in find_marks(plain)]


def _times(plain: str) -> list[tuple[int, int]]:
    return [match.span() for match in _TIME.finditer(plain)]


def _dates(text: str, plain: str, language: str | None) -> list[tuple[int, int]]:
    """Return where the dates of a line, with the times beside them, and its first distance in time begin and end."""
    distances = [(distance.start, distance.end) for distance in [find_distance(plain)] if distance]
    return [*distances, *(time_beside(text, plain, printed)[1:] for printed in printed_dates(plain, language))]


def _prepared(text: str) -> tuple[str, str]:
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return text, folded(text)


def _read(text: str, plain: str, read_from: str, language: str | None, fetched: NewsDate | None) -> NewsDate | None:
    for printed in printed_dates(plain, language):
        found = _with_time(text, plain, printed, read_from)
        if fetched is None or found.day <= fetched.day + _AHEAD:
            return found
    distance = find_distance(plain) if fetched else None
    before = date_before(distance, fetched) if distance and fetched else None
    return NewsDate(value=before[0], precision=before[1], read_from=f"{read_from}, relative") if before else None


def _with_time(text: str, plain: str, printed: PrintedDate, read_from: str) -> NewsDate:
    time = time_beside(text, plain, printed)[0]
    if time is None:
        return NewsDate(value=printed.value, precision=printed.precision, read_from=read_from)
    return NewsDate(value=f"{printed.value}T{time}", precision="minute", read_from=read_from)


def _pieces(plain: str, marks: list[Mark]) -> list[tuple[str, int, int]]:
    """Return the parts of a line that each hold the date of one label, as (label, start, end)."""
    if not marks:
        return [("before", 0, len(plain))]
    starts, ends = [0, *(mark.end for mark in marks)], [*(mark.start for mark in marks), len(plain)]
    if not re.search(r"\w", plain[marks[-1].end :]) and re.search(r"\d", plain[: marks[0].start]):
        return [(mark.label, start, end) for mark, start, end in zip(marks, starts, ends, strict=False)]
    return [(label, start, end) for label, start, end in zip(["before", *(m.label for m in marks)], starts, ends, strict=True)]


def _without_joint(names: str, *, dated: bool) -> str:
    """Drop the signs, and before a date the weekday and small words, that parted names from what followed."""
    names = names.rstrip(_SIGNS)
    for _ in range(_JOINTS if dated else 0):
        last = _LAST_WORD.search(names, max(0, len(names) - _JOINT_LENGTH))
        if last is None or not (last[1] in _JOINT_WORDS or folded(last[1]) in WEEKDAYS):
            break
        names = names[: last.start()].rstrip(_SIGNS)
    return names


def _size(words: list[str]) -> float:
    """Return the number of words; two characters of Chinese, Japanese or Korean, which are printed without spaces, are one."""
    return sum(len(word) / 2 if word[0] >= _FIRST_CJK else 1 for word in words)
