"""Months, weekdays and the order of day and month in the languages of the press."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.date_words import MONTHS, MONTHS_BY_LANGUAGE, WEEKDAYS, WEEKDAYS_BY_LANGUAGE, day_first, folded
from index.dates import beside_dates, is_date_line, read_date, read_dates, without_dates
from index.types import NewsDate


@given(st.text())
def test_folding_keeps_every_place(text: str) -> None:
    """The folded text has a character for each of the text, so that what is found in one is at the same place in the other."""
    assert len(folded(text)) == len(text)


def test_no_word_means_two_months_or_two_weekdays() -> None:
    """A name that the tables give to two months would be read wrongly in one of its languages."""
    for tables in (MONTHS_BY_LANGUAGE, WEEKDAYS_BY_LANGUAGE):
        meanings: dict[str, set[int]] = {}
        for groups in tables.values():
            for number, group in enumerate(groups.split("|")):
                for word in group.split():
                    assert folded(word) == word
                    meanings.setdefault(word, set()).add(number)
        assert [word for word, numbers in meanings.items() if len(numbers) > 1] == []
    assert {len(groups.split("|")) for groups in MONTHS_BY_LANGUAGE.values()} == {12}
    assert {len(groups.split("|")) for groups in WEEKDAYS_BY_LANGUAGE.values()} == {7}


@given(
    st.dates(min_value=date(1800, 1, 1), max_value=date(2099, 12, 31)),
    st.sampled_from(sorted(MONTHS_BY_LANGUAGE)),
    st.sampled_from(["{day} {month} {year}", "{day} {month} {year}, 10:58", "{day:02} {month} {year}"]),
)
def test_every_day_is_read_in_every_language(day: date, language: str, form: str) -> None:
    """Each name of each month, long or short, is understood after the number of a day."""
    for name in MONTHS_BY_LANGUAGE[language].split("|")[day.month - 1].split():
        found = read_date(form.format(day=day.day, month=name.upper(), year=day.year), "text")
        assert found is not None
        assert found.value[:10] == day.isoformat()


def test_the_tables_agree_with_cldr() -> None:
    """Every long month and, where the table has them, every long weekday of the Unicode CLDR has its number."""
    babel = pytest.importorskip("babel.dates")
    for language in MONTHS_BY_LANGUAGE:
        for context in ("format", "stand-alone"):
            for number, name in babel.get_month_names("wide", context, language).items():
                assert MONTHS.get(folded(name)) == number, (language, name)
    for language in WEEKDAYS_BY_LANGUAGE:
        for number, name in babel.get_day_names("wide", "format", language).items():
            assert WEEKDAYS.get(folded(name)) == number, (language, name)


@pytest.mark.parametrize(
    ("language", "value"),
    [
        ("en-GB", "2025-04-03"), ("en_GB", "2025-04-03"), ("en-AU", "2025-04-03"), ("EN-in", "2025-04-03"),
        ("fr", "2025-04-03"), ("de-AT", "2025-04-03"), ("pt-BR", "2025-04-03"), ("es-419", "2025-04-03"),
        ("en-US", "2025-03-04"), ("en-Latn-US", "2025-03-04"), ("fil", "2025-03-04"), ("es-PR", "2025-03-04"),
        ("en", None), ("en-CA", None), ("fr-CA", None), ("ja", None), ("zh-Hant-HK", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_the_language_tells_day_from_month(language: str | None, value: str | None) -> None:
    """Where the country is known, `03/04/2025` is one day; where it is not, none."""
    found = read_date("03/04/2025", "text", language=language)
    assert (found and found.value) == value
    assert day_first(language) == {"2025-04-03": True, "2025-03-04": False, None: None}[value]


@pytest.mark.parametrize(
    ("printed", "value"),
    [("Thursday 03/04/2025", "2025-04-03"), ("Tuesday, 03/04/2025", "2025-03-04"), ("jeudi 03/04/2025", "2025-04-03")],
)
def test_the_weekday_tells_day_from_month(printed: str, value: str) -> None:
    """A weekday that fits only one of the two readings decides, whatever the language."""
    for language in (None, "en-US", "en-GB"):
        found = read_date(printed, "text", language=language)
        assert found is not None
        assert found.value == value


def test_stops_and_single_readings_need_no_language() -> None:
    """The language never turns a date that can be read in one way only."""
    for printed in ("19/09/2025", "09/19/2025", "19.09.2025", "2025/09/19"):
        for language in (None, "en-US", "en-GB"):
            assert read_date(printed, "text", language=language) == NewsDate(
                value="2025-09-19", precision="day", read_from="text"
            )


PIECES = st.lists(
    st.sampled_from(
        "19 31 00 2025 1850 九 十 二〇二五 年 月 日 sept may listopada mar Friday 10:58 25:61 10.58 9h noon midnight am p.m."
        " EDT ET BST GMT+8 -05:00 +14:59 -99:99 Z T W38 Updated Published Stand: 更新 2 hours ago vor il y a 3小时前 yesterday"
        " 昨天 to - – / . , : ( ) | \n ' º \u3000 İ ﷺ e\u0301 20250919 20259999 999".split(" ")
    ),
    max_size=14,
)


@given(PIECES, st.sampled_from(["", " "]), st.sampled_from([None, "en-US", "de", "x-y-z"]), st.booleans())
def test_no_line_is_an_error(pieces: list[str], joint: str, language: str | None, fetched: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever stands in a line, it is read as dates that exist or as none, and the same line always the same way."""
    line = joint.join(pieces)
    moment = NewsDate(value="2025-01-01T00:10", precision="minute", read_from="HTTP") if fetched else None
    dates = read_dates(line, "text", language=language, fetched=moment)
    assert dates == read_dates(line, "text", language=language, fetched=moment)
    for found in dates:
        if found is not None:
            printed = datetime.fromisoformat((found.value + "-01-01")[:10] if len(found.value) < 8 else found.value)
            assert (printed.date(), len(found.value) >= 16) == (found.day, found.precision == "minute")
    assert len(without_dates(line)) <= len(line)
    assert len(beside_dates(line)) <= len(line)
    assert is_date_line(line) in (True, False)
