"""Dates as news prints them: what they mean, how precise they are, and which are left unread."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import beside_dates, is_date_line, read_credit_lines, read_date, read_dates, without_dates
from index.types import NewsDate

DAYS = st.dates(min_value=date(1800, 1, 1), max_value=date(2099, 12, 31))


@pytest.mark.parametrize(
    ("printed", "value", "precision"),
    [
        ("2025-09-19", "2025-09-19", "day"),
        ("2025/9/19", "2025-09-19", "day"),
        ("2025.09.19", "2025-09-19", "day"),
        ("20250919", "2025-09-19", "day"),
        ("2025年9月19日", "2025-09-19", "day"),
        ("2025 年 9 月 19 日", "2025-09-19", "day"),
        ("Sept. 19, 2025", "2025-09-19", "day"),
        ("Sep 19, 2025", "2025-09-19", "day"),
        ("September 19th, 2025", "2025-09-19", "day"),
        ("SEPTEMBER 19 2025", "2025-09-19", "day"),
        ("19 September 2025", "2025-09-19", "day"),
        ("19. September 2025", "2025-09-19", "day"),
        ("the 19th of September 2025", "2025-09-19", "day"),
        ("Friday, 19 Sep 2025", "2025-09-19", "day"),
        ("May 5, 2025", "2025-05-05", "day"),
        ("29 February 2024", "2024-02-29", "day"),
        ("1 January 1800", "1800-01-01", "day"),
        ("19/09/2025", "2025-09-19", "day"),
        ("09/19/2025", "2025-09-19", "day"),
        ("19.09.2025", "2025-09-19", "day"),
        ("05.05.2025", "2025-05-05", "day"),
        ("published on 2025-09-19 in print", "2025-09-19", "day"),
        ("2025-09", "2025-09", "month"),
        ("September 2025", "2025-09", "month"),
        ("Sept. 2025", "2025-09", "month"),
        ("2025", "2025", "year"),
        ("  1999 ", "1999", "year"),
        ("2025-09-19 09:04", "2025-09-19T09:04", "minute"),
        ("2025-09-04 20:52:00", "2025-09-04T20:52", "minute"),
        ("2025-09-19T09:04", "2025-09-19T09:04", "minute"),
        ("2025-09-19T09:04:11+02:00", "2025-09-19T09:04+02:00", "minute"),
        ("2025-09-19T09:04:11-0530", "2025-09-19T09:04-05:30", "minute"),
        ("2025-09-19T09:04:11.123Z", "2025-09-19T09:04+00:00", "minute"),
        ("19 September 2025, 09:04 UTC", "2025-09-19T09:04+00:00", "minute"),
        ("10:58 AM PDT, September 21, 2025", "2025-09-21T10:58-07:00", "minute"),
        ("September 21, 2025 1:49 AM PDT", "2025-09-21T01:49-07:00", "minute"),
        ("September 21, 20251:49 AM PDT", "2025-09-21T01:49-07:00", "minute"),
        ("21:49, September 12, 2025", "2025-09-12T21:49", "minute"),
        ("May 5, 2025, 12:05 a.m.", "2025-05-05T00:05", "minute"),
        ("May 5, 2025, 12:05 p.m.", "2025-05-05T12:05", "minute"),
        ("May 5, 2025, 3:30 p.m. EST", "2025-05-05T15:30-05:00", "minute"),
        ("2025年9月19日 09：04", "2025-09-19T09:04", "minute"),
        ("2025-12-31 23:59 JST", "2025-12-31T23:59+09:00", "minute"),
        ("19 September 2025, 09:04 IST", "2025-09-19T09:04", "minute"),
        ("19 September 2025, 09:04 CST", "2025-09-19T09:04", "minute"),
        ("2025-09-19 25:00", "2025-09-19", "day"),
    ],
)
def test_printed_dates_are_read_as_precisely_as_printed(printed: str, value: str, precision: str) -> None:
    """A date means the day that was printed, with its time and offset only where those were printed and mean one thing."""
    assert read_date(printed, "text") == NewsDate(value=value, precision=precision, read_from="text")


@pytest.mark.parametrize(
    "printed",
    [
        "", "yesterday", "2 hours ago", "Friday", "19 September", "September 19", "09:04", "10:58 AM PDT",
        "03/04/2025", "3-4-2025", "12/11/2025", "30/02/2025", "13/13/2025", "19 septembros 2025",
        "19 September 1799", "1799-05-05",
        "2025-02-29", "2025-13-01", "2025-00-10", "2025-09-00", "30 February 2025", "February 30, 2025", "31 June 2025",
        "31st June 2025", "the 31st of June 2025", "31. June 2025",
        "120250919", "room 2025 B", "2,025 people", "2100-01-01", "in 2025 people left",
    ],
)  # fmt: skip
def test_what_is_ambiguous_relative_or_impossible_is_no_date(printed: str) -> None:
    """Nothing is guessed: two readings, no year, a day that does not exist or no date at all stay unread."""
    assert read_date(printed, "text") is None


@given(
    DAYS, st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%b. %d, %Y", "%Y年%m月%d日", "%Y%m%d", "%-d %b %Y"])
)
def test_every_day_is_read_in_every_form(day: date, form: str) -> None:
    """Any day of three centuries, printed in any common form, comes back as that day."""
    found = read_date(f"Example Town, {day.strftime(form)}", "text")
    assert found is not None
    assert (found.value, found.day) == (day.isoformat(), day)


@pytest.mark.parametrize(
    ("line", "published", "updated"),
    [
        ("Updated: 2025-09-19 09:04", ("2025-09-19", "day"), ("2025-09-19T09:04", "minute")),
        ("Last updated on 19 September 2025", ("2025-09-19", "day"), ("2025-09-19", "day")),
        ("Updated 10:58 AM PDT, September 21, 2025", ("2025-09-21", "day"), ("2025-09-21T10:58-07:00", "minute")),
        ("Published: 21:49, September 12, 2025", ("2025-09-12T21:49", "minute"), None),
        ("2025-09-04 20:52:00", ("2025-09-04T20:52", "minute"), None),
        ("Published: 2025-09-18 | Updated: 2025-09-19 09:04", ("2025-09-18", "day"), ("2025-09-19T09:04", "minute")),
        ("Updated: 2025-09-19 09:04 | Published: 2025-09-18", ("2025-09-18", "day"), ("2025-09-19T09:04", "minute")),
        ("First published 18 September 2025. Modified on 2025-09-19", ("2025-09-18", "day"), ("2025-09-19", "day")),
        ("发布: 2025-09-18 更新: 2025-09-19", ("2025-09-18", "day"), ("2025-09-19", "day")),
        ("September 21, 20251:49 AM PDTUpdated 1 hour ago", ("2025-09-21T01:49-07:00", "minute"), None),
        ("Updated 2 hours ago", None, None),
        ("By Jane Sample", None, None),
    ],
)
def test_published_and_updated_are_told_apart(
    line: str, published: tuple[str, str] | None, updated: tuple[str, str] | None
) -> None:
    """Each date of a credit line goes where its label says; a lone updated date also gives the day of publication."""
    found = [found and (found.value, found.precision) for found in read_dates(line, "source line")]
    assert found == [published, updated]


def test_a_lone_updated_date_says_where_the_published_day_was_read() -> None:
    """A published day that was printed as updated can be told from one that was printed as published."""
    published, updated = read_dates("Updated: 2025-09-19 09:04", "source line")
    assert published == NewsDate(value="2025-09-19", precision="day", read_from="source line, printed as updated")
    assert updated == NewsDate(value="2025-09-19T09:04", precision="minute", read_from="source line")


@pytest.mark.parametrize(
    ("line", "published", "updated"),
    [
        ("Published 9:04 AM EDT, September 19, 2025", "2025-09-19T09:04-04:00", None),
        ("Updated 1:15 PM EDT, September 19, 2025", "2025-09-19", "2025-09-19T13:15-04:00"),
        (
            "Published 9:04 AM EDT, September 19, 2025 Updated 1:15 PM EDT, September 19, 2025",
            "2025-09-19T09:04-04:00", "2025-09-19T13:15-04:00",
        ),
        ("Posted: September 18, 2025 | Modified: September 19, 2025", "2025-09-18", "2025-09-19"),
        ("Created 18 September 2025; Update: 19 September 2025", "2025-09-18", "2025-09-19"),
        ("18 September 2025 (updated 19 September 2025)", "2025-09-18", "2025-09-19"),
        ("19 September 2025 (updated)", "2025-09-19", "2025-09-19"),
        ("Posted by Jane Sample on 19 September 2025", "2025-09-19", None),
        ("By Jane Sample, edited by Ann Roe, 19 September 2025", "2025-09-19", None),
        ("19 September 2025 | Filed under: Harbours", "2025-09-19", None),
        ("Updated September 2025", "2025-09", "2025-09"),
        ("Published: 2025", "2025", None),
        ("Publié le 18 septembre 2025 à 10h58 - Mis à jour le 19 septembre 2025 à 9h04", "2025-09-18T10:58", "2025-09-19T09:04"),
        ("Mise à jour : 19/09/2025", "2025-09-19", "2025-09-19"),
        ("Veröffentlicht: 18. September 2025 Aktualisiert am 19. September 2025", "2025-09-18", "2025-09-19"),
        ("Stand: 19.09.2025, 10:58 Uhr", "2025-09-19", "2025-09-19T10:58"),
        ("Publicado: 18 de septiembre de 2025. Actualizado: 19 de septiembre de 2025", "2025-09-18", "2025-09-19"),
        ("Pubblicato il 18 settembre 2025, aggiornato il 19 settembre 2025", "2025-09-18", "2025-09-19"),
        ("Publicado em 18/09/2025 - Última atualização em 19/09/2025 às 9h04", "2025-09-18", "2025-09-19T09:04"),
        ("Gepubliceerd: 18 september 2025, bijgewerkt: 19 september 2025", "2025-09-18", "2025-09-19"),
        ("Publicerad 18 september 2025 Uppdaterad 19 september 2025", "2025-09-18", "2025-09-19"),
        ("Opublikowano: 18.09.2025 Aktualizacja: 19.09.2025", "2025-09-18", "2025-09-19"),
        ("Опубликовано 18 сентября 2025, обновлено 19 сентября 2025", "2025-09-18", "2025-09-19"),
        ("发表于 2025-09-18 更新时间：2025-09-19 09:04", "2025-09-18", "2025-09-19T09:04"),
        ("公開：2025年9月18日 更新：2025年9月19日", "2025-09-18", "2025-09-19"),
        ("2025年9月18日 公開 / 2025年9月19日 更新", "2025-09-18", "2025-09-19"),
        ("입력 2025-09-18 09:04 수정 2025-09-19", "2025-09-18T09:04", "2025-09-19"),
    ],
)  # fmt: skip
def test_labels_are_understood_in_many_languages(line: str, published: str | None, updated: str | None) -> None:
    """What stands before a date, or behind it where the line ends so, tells publication from change."""
    assert tuple(found and found.value for found in read_dates(line, "source line")) == (published, updated)


def test_a_month_printed_as_updated_stays_a_month() -> None:
    """The published date taken from an updated one is no more precise than that."""
    published, _ = read_dates("Updated September 2025", "text")
    assert published == NewsDate(value="2025-09", precision="month", read_from="text, printed as updated")


@pytest.mark.parametrize(
    ("lines", "published", "updated"),
    [
        (["Published", "Sept. 19, 2025"], "2025-09-19", None),
        (["Published", "Sept. 18, 2025", "Updated", "Sept. 19, 2025, 9:04 a.m. ET"], "2025-09-18", "2025-09-19T09:04-04:00"),
        (["September 19, 2025", "10:58 AM PDT"], "2025-09-19T10:58-07:00", None),
        (["10:58 AM PDT", "September 19, 2025"], "2025-09-19T10:58-07:00", None),
        (["By Jane Sample", "September 19, 2025", "Updated", "1 hour ago"], "2025-09-19", None),
        (
            ["Published 9:04 AM EDT, September 19, 2025", "Updated 1:15 PM EDT, September 19, 2025"],
            "2025-09-19T09:04-04:00", "2025-09-19T13:15-04:00",
        ),
        (["Volume 19", "September 2025"], "2025-09", None),
        (["", "  September\t19,  2025 "], "2025-09-19", None),
        ([], None, None),
    ],
)  # fmt: skip
def test_credits_may_stand_on_several_lines(lines: list[str], published: str | None, updated: str | None) -> None:
    """A label, a day and a time belong together over line ends; a date is not put together from two lines."""
    assert tuple(found and found.value for found in read_credit_lines(lines, "text")) == (published, updated)


def test_a_time_belongs_to_the_date_beside_it() -> None:
    """A time is not carried over another date, over a number or over many words."""
    assert read_dates("18 September 2025, 19 September 2025 09:04", "text")[0] == NewsDate(
        value="2025-09-18", precision="day", read_from="text"
    )
    for line in ("19 September 2025, page 4, 9:04 p.m.", "19 September 2025 by the long desk of Example Town, 09:04"):
        found = read_date(line, "text")
        assert found is not None
        assert found.value == "2025-09-19"


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Sample | Updated: 2025-09-19 09:04", "By Jane Sample"),
        ("By John Sample, 10:58 AM PDT, September 21, 2025", "By John Sample"),
        ("Dateline Sample Desk   Published: 21:49, September 12, 2025", "Dateline Sample Desk"),
        ("By Jane Sample – 19 September 2025", "By Jane Sample"),
        ("By Jane Sample", "By Jane Sample"),
        ("2025-09-19", ""),
        ("By Jane Sample on Friday, September 19, 2025", "By Jane Sample"),
        ("By Jane Sample, Fri. 19 Sept 2025", "By Jane Sample"),
        ("Von Jane Sample am 19. September 2025", "Von Jane Sample"),
        ("By Minh Le 19 September 2025", "By Minh Le"),
        ("By Jane Sample 2 hours ago", "By Jane Sample"),
        ("By Jane Sample, 03/04/2025", "By Jane Sample"),
        ("By Jane Sample, 9/19/25", "By Jane Sample"),
        ("By Jane Sample, Sept. 19", "By Jane Sample"),
        ("By Jane Sample, 30 February 2025", "By Jane Sample"),
        ("By April Sample and June Sample", "By April Sample and June Sample"),
        ("USA Today", "USA Today"),
        ("Sample Update Desk", "Sample Update Desk"),
        ("记者 张三 2025年9月19日", "记者 张三"),
    ],
)
def test_names_are_what_stands_before_the_dates(line: str, names: str) -> None:
    """A credit line without its dates is its names, without the signs and small words that parted them."""
    assert without_dates(line) == names


@pytest.mark.parametrize(
    ("line", "credit"),
    [
        ("19 September 2025", True),
        ("Example Town, 19 September 2025, 09:04 UTC", True),
        ("Last updated on Friday, September 19, 2025 at 10:58 a.m. PDT", True),
        ("Published Sept. 18, 2025 at 9:04 a.m. EDT | Updated Sept. 19, 2025 at 10:15 a.m. EDT", True),
        ("September 19, 2025 · 4 min read", True),
        ("Dateline Sample Desk | 2025-09-19 | Example Town", True),
        ("Published", True),
        ("10:58 AM PDT", True),
        ("Updated 1 hour ago", True),
        ("发布时间：2025-09-19 09:04 来源：样本日报", True),
        ("On 19 September 2025 the harbour of Example Town reopened after nine days", False),
        ("On 19 September 2025 the harbour reopened", False),
        ("The harbour of Example Town reopened on 19 September 2025.", False),
        ("2025年9月19日，样本镇港口在维修九天后重新开放。", False),
        ("2025年9月19日样本镇港口在维修九天后重新开放并迎来首批渡轮", False),
        ("Updated privacy policy", False),
        ("Your address will not be published", False),
        ("Ferry of 9:04 Leaves Early", False),
        ("By Jane Sample", False),
        ("19 September 2025 | " * 30, False),
        ("", False),
    ],
)
def test_a_line_of_dates_is_told_from_a_sentence(line: str, credit: bool) -> None:  # noqa: FBT001 - a column of the table
    """Credits hold a date and little else; a sentence that holds a date is text."""
    assert is_date_line(line) is credit


def test_what_stands_beside_the_dates_keeps_its_place() -> None:
    """Dates, labels and weekdays become spaces, and everything else stays where it was."""
    line = "By Jane Sample | Updated: Friday, 19 September 2025, 09:04 UTC in Example Town"
    rest = beside_dates(line)
    assert len(rest) == len(line)
    assert rest.split() == ["By", "Jane", "Sample", "|", ",", "in", "Example", "Town"]
    assert rest.index("Example") == line.index("Example")


@pytest.mark.parametrize(
    ("value", "precision", "day"),
    [
        ("2025", "year", date(2025, 1, 1)),
        ("2025-09", "month", date(2025, 9, 1)),
        ("2025-09-19", "day", date(2025, 9, 19)),
        ("2025-09-21T23:58-07:00", "minute", date(2025, 9, 21)),
    ],
)
def test_the_day_of_a_date_is_the_first_it_can_mean_as_printed(value: str, precision: str, day: date) -> None:
    """Months and years begin on their first day, and no time zone moves a day."""
    assert NewsDate(value=value, precision=precision, read_from="text").day == day
