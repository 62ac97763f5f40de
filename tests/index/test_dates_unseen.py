"""Lines of credits that were written down before the reader of dates was, so that it could not be fitted to them."""

import pytest

from index.dates import read_credit_lines, read_date, read_dates, read_timestamp
from index.types import NewsDate

FETCHED = NewsDate(value="2025-09-19T15:30+00:00", precision="minute", read_from="HTTP")

SINGLE = [
    ("Fri 19 Sep 2025 09.04 BST", "2025-09-19T09:04+01:00"),
    ("Friday 19 September 2025 09:04, UK", "2025-09-19T09:04"),
    ("September 19, 2025 at 9:04 a.m. EDT", "2025-09-19T09:04-04:00"),
    ("9:04 AM EDT, Fri September 19, 2025", "2025-09-19T09:04-04:00"),
    ("Sep 19, 2025, 9:04 AM ET", "2025-09-19T09:04-04:00"),
    ("Jan 19, 2025, 9:04 PM PT", "2025-01-19T21:04-08:00"),
    ("September 19, 20259:04 AM ET", "2025-09-19T09:04-04:00"),
    ("Sep 19 20259:04 AM EDT", "2025-09-19T09:04-04:00"),
    ("19 Sep 2025 | 09:04 AM (GMT)", "2025-09-19T09:04+00:00"),
    ("September 19, 2025 at 9:04 AM GMT+8", "2025-09-19T09:04+08:00"),
    ("Sept. 19, 2025 9:04 am ET", "2025-09-19T09:04-04:00"),
    ("Fri., Sept. 19, 2025", "2025-09-19"),
    ("19th Sept, 2025", "2025-09-19"),
    ("Sept 19th 2025 9:04PM", "2025-09-19T21:04"),
    ("September 19, 2025 — 9.04am", "2025-09-19T09:04"),
    ("9:04am, 19 Sep 2025", "2025-09-19T09:04"),
    ("19 September 2025, 9:04 am", "2025-09-19T09:04"),
    ("EXAMPLE TOWN, Sept 19, 2025", "2025-09-19"),
    ("Sep 19, 2025, 09:04 IST", "2025-09-19T09:04"),
    ("19 September 2025 | 0904 GMT", "2025-09-19T09:04+00:00"),
    ("Published - September 19, 2025 09:04 am IST - EXAMPLE TOWN", "2025-09-19T09:04"),
    ("Friday, September 19, 2025 at 12:00 noon", "2025-09-19T12:00"),
    ("midnight, September 19, 2025", "2025-09-19"),
    ("Fri Sep 19 09:04:00 2025 +0800", "2025-09-19T09:04+08:00"),
    ("Fri Sep 19 09:04:00 EDT 2025", "2025-09-19T09:04-04:00"),
    ("Friday, 19-Sep-25 09:04:00 GMT", "2025-09-19T09:04+00:00"),
    ("2025-09-19T09:04:00.000+0000", "2025-09-19T09:04+00:00"),
    ("2025-09-19 09:04:00 +02:00", "2025-09-19T09:04+02:00"),
    ("20250919T090400Z", "2025-09-19T09:04+00:00"),
    ("2025-09-19 09:04:00 UTC", "2025-09-19T09:04+00:00"),
    ("19.09.2025, 09.04 Uhr", "2025-09-19T09:04"),
    ("Freitag, 19. September 2025, 9:04 Uhr", "2025-09-19T09:04"),
    ("19. März 2025", "2025-03-19"),
    ("Fr., 19.09.2025, 09:04 MESZ", "2025-09-19T09:04+02:00"),
    ("19 SEPT 2025 - 09:04 CEST", "2025-09-19T09:04+02:00"),
    ("19 Settembre 2025 alle 09:04", "2025-09-19T09:04"),
    ("19.set.2025 às 9h04", "2025-09-19T09:04"),
    ("19 de setembro de 2025 às 9h04", "2025-09-19T09:04"),
    ("vrijdag 19 september 2025, 09:04", "2025-09-19T09:04"),
    ("2025-09-19 09.04", "2025-09-19T09:04"),
    ("19. sep. 2025 kl. 09.04", "2025-09-19T09:04"),
    ("19.9.2025 09:04", "2025-09-19T09:04"),
    ("piątek, 19 września 2025 09:04", "2025-09-19T09:04"),
    ("09:04, 19 сентября 2025", "2025-09-19T09:04"),
    ("19 сентября 2025 г. в 09:04", "2025-09-19T09:04"),
    ("vendredi 1er août 2025 à 10 h 58", "2025-08-01T10:58"),
    ("2025年09月19日09:04", "2025-09-19T09:04"),
    ("2025年9月19日 9時04分", "2025-09-19T09:04"),
    ("2025年9月19日 午後3時30分", "2025-09-19T15:30"),
    ("2025.09.19. 오후 3:30", "2025-09-19T15:30"),
    ("２０２５年９月１９日（金）０９：０４", "2025-09-19T09:04"),
    ("二〇二五年九月二十一日", "2025-09-21"),
    ("北京时间2025年9月19日09:04", "2025-09-19T09:04+08:00"),
    ("2025-09-19 星期五 下午3:30", "2025-09-19T15:30"),
    ("September\u00a019,\u00a02025\u202f9:04\u202fAM", "2025-09-19T09:04"),
    ("19\u201321 September 2025", "2025-09"),
    ("Sept. 28 \u2013 Oct. 2, 2025", "2025"),
    ("Thursday 03/04/2025", "2025-04-03"),
    ("octubre de 2025", "2025-10"),
    ("Winter storm log, 19 December 2025, 9 p.m. EST", "2025-12-19T21:00-05:00"),
    ("2 November 2025, 1:30 AM ET", "2025-11-02T01:30"),
    ("10 January 2025, 09:04 BST", "2025-01-10T09:04"),
]

PAIRS = [
    ("Published Sept. 19, 2025Updated Sept. 20, 2025, 1:15 a.m. ET", "2025-09-19", "2025-09-20T01:15-04:00"),
    (
        "Published Fri, Sep 19 20259:04 AM EDTUpdated Fri, Sep 19 20251:15 PM EDT",
        "2025-09-19T09:04-04:00",
        "2025-09-19T13:15-04:00",
    ),
    (
        "PUBLISHED: 09:04 BST, 19 September 2025 | UPDATED: 10:15 BST, 19 September 2025",
        "2025-09-19T09:04+01:00",
        "2025-09-19T10:15+01:00",
    ),
    ("09:04, 19 Sep 2025Updated 10:15, 19 Sep 2025", "2025-09-19T09:04", "2025-09-19T10:15"),
    ("Posted Fri 19 Sep 2025 at 9:04am, updated Sat 20 Sep 2025 at 10:15am", "2025-09-19T09:04", "2025-09-20T10:15"),
    ("Last modified on Fri 19 Sep 2025 10.15 BST", "2025-09-19", "2025-09-19T10:15+01:00"),
    ("Issued on: 19/09/2025 - 09:04 Modified: 19/09/2025 - 10:15", "2025-09-19T09:04", "2025-09-19T10:15"),
    ("Publié le 19 septembre 2025 à 09h04, modifié le 20 septembre 2025 à 10h15", "2025-09-19T09:04", "2025-09-20T10:15"),
    ("Veröffentlicht am 18.09.2025, aktualisiert am 19.09.2025, 09:04 Uhr", "2025-09-18", "2025-09-19T09:04"),
    ("Stand: 19.09.2025 09:04 Uhr", "2025-09-19", "2025-09-19T09:04"),
    ("19/09/2025 09h04 Atualizado 20/09/2025", "2025-09-19T09:04", "2025-09-20"),
    ("Publicerad 2025-09-18 09.04 Uppdaterad 2025-09-19 10.15", "2025-09-18T09:04", "2025-09-19T10:15"),
    ("09:04 19.09.2025 (обновлено: 10:15 20.09.2025)", "2025-09-19T09:04", "2025-09-20T10:15"),
    ("입력 2025.09.19. 오후 3:30 수정 2025.09.20. 오전 9:04", "2025-09-19T15:30", "2025-09-20T09:04"),
    ("公開日：2025年9月18日 更新日：2025年9月19日", "2025-09-18", "2025-09-19"),
    ("2025年9月18日 公開 2025年9月19日 更新", "2025-09-18", "2025-09-19"),
    ("发表于 2025-09-18 09:04", "2025-09-18T09:04", None),
    ("Created: 18 September 2025 · Last updated: 19 September 2025", "2025-09-18", "2025-09-19"),
    ("Edited by Jane Sample | 19 September 2025", "2025-09-19", None),
    ("Ultimo aggiornamento: 19 settembre 2025, 09:04", "2025-09-19", "2025-09-19T09:04"),
    ("Updated September 2025", "2025-09", "2025-09"),
]

UNREAD = [
    "19 SEP, 09:04", "9/19/25", "03.13.25", "en 2025 seulement", "03-04-2025", "Copyright 2025 Dateline Sample Desk",
    "31 septembre 2025", "31. Juni 2025", "2025年2月30日", "USA Today", "5 min read", "9月19日", "29/02/2025",
    "19 Foobar 2025", "+44 2025 550 123",
]  # fmt: skip

RELATIVE = [
    ("Updated 1 hour ago", "2025-09-19"),
    ("15 mins ago", "2025-09-19"),
    ("2h ago", "2025-09-19"),
    ("15 hours ago", "2025-09"),
    ("yesterday", "2025-09-18"),
    ("3 days ago", "2025-09-16"),
    ("2 weeks ago", "2025"),
    ("a week ago", "2025-09"),
    ("vor 2 Stunden", "2025-09-19"),
    ("il y a 3 heures", "2025-09-19"),
    ("hace 2 horas", "2025-09-19"),
    ("3小时前", "2025-09-19"),
    ("昨天", "2025-09-18"),
    ("gisteren", "2025-09-18"),
    ("2 часа назад", "2025-09-19"),
    ("2 years ago", "2023"),
    ("USA Today", None),
]


@pytest.mark.parametrize(("printed", "value"), SINGLE)
def test_a_date_is_read(printed: str, value: str) -> None:
    """One date with what stands beside it."""
    found = read_date(printed, "text")
    assert found is not None
    assert found.value == value


@pytest.mark.parametrize(("printed", "published", "updated"), PAIRS)
def test_two_dates_are_told_apart(printed: str, published: str, updated: str | None) -> None:
    """Each date goes where its label says."""
    assert tuple(found and found.value for found in read_dates(printed, "text")) == (published, updated)


@pytest.mark.parametrize("printed", UNREAD)
def test_the_unclear_is_left_unread(printed: str) -> None:
    """No year, two readings, no such day, or no date at all."""
    assert read_date(printed, "text") is None


@pytest.mark.parametrize(("printed", "value"), RELATIVE)
def test_a_distance_in_time_is_read_from_the_fetch(printed: str, value: str | None) -> None:
    """The finest unit of the calendar that holds all that the words can mean."""
    found = read_date(printed, "text", fetched=FETCHED)
    assert (found and found.value) == value


@pytest.mark.parametrize(
    ("lines", "published", "updated"),
    [
        (["Published", "Sept. 19, 2025"], "2025-09-19", None),
        (["September 19, 2025", "10:58 AM PDT"], "2025-09-19T10:58-07:00", None),
        (
            ["Published 9:04 AM EDT, September 19, 2025", "Updated 1:15 PM EDT, September 19, 2025"],
            "2025-09-19T09:04-04:00",
            "2025-09-19T13:15-04:00",
        ),
        (["Updated / Friday, 19 Sep 2025", "09:04"], "2025-09-19", "2025-09-19T09:04"),
        (["Volume 19", "September 2025"], "2025-09", None),
        (["Updated", "1 hour ago"], "2025-09-19", "2025-09-19"),
    ],
)
def test_credits_over_lines(lines: list[str], published: str | None, updated: str | None) -> None:
    """Label, day and time may stand on lines of their own."""
    found = read_credit_lines(lines, "text", fetched=FETCHED)
    assert tuple(date and date.value for date in found) == (published, updated)


@pytest.mark.parametrize(
    ("printed", "language", "value"),
    [
        ("03/04/2025", "en-GB", "2025-04-03"),
        ("03/04/2025", "en-US", "2025-03-04"),
        ("03/04/2025", "en", None),
        ("03/04/2025", "fr", "2025-04-03"),
    ],
)
def test_the_language_decides(printed: str, language: str, value: str | None) -> None:
    """Day or month first."""
    found = read_date(printed, "text", language=language)
    assert (found and found.value) == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1758272640, "2025-09-19T09:04+00:00"), ("1758272640000", "2025-09-19T09:04+00:00"), (123, None), ("abc", None)],
)
def test_epochs(value: int | str, expected: str | None) -> None:
    """Seconds or milliseconds."""
    found = read_timestamp(value, "text")
    assert (found and found.value) == expected
