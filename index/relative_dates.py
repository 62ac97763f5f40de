"""Reads a distance in time (`2 hours ago`, `gestern`, `3小时前`) from the moment when its page was fetched."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from index.types import DatePrecision, NewsDate

Unit = Literal["second", "minute", "hour", "day", "week", "month", "year"]

# As `index.date_words.folded` writes them: without accents.
_WORDS: dict[Unit, str] = {
    "second": "s sec secs second seconds sekunde sekunden seconde secondes segundo segundos secondo secondi seconden"
    " sekund sekunder sekundy секунда секунду секунды секунд 秒 秒钟 秒鐘 초",
    "minute": "m min mins minute minutes minuten minuto minutos minuti minuut minuter minutter minut minuty minuta"
    " минута минуту минуты минут 分 分钟 分鐘 분",
    "hour": "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren timme timmar time timer"
    " godzine godziny godzin час часа часов 小时 小時 个小时 個小時 時間 시간",
    "day": "d day days tag tage tagen jour jours dia dias giorno giorni dag dagen dagar dage dager dzien dni"
    " день дня дней 天 日 일",
    "week": "w wk wks week weeks woche wochen semaine semaines semana semanas settimana settimane weken vecka veckor uge"
    " uger uke uker tydzien tygodnie tygodni неделю недели недель 周 星期 个星期 週間 주",
    "month": "mo month months monat monate monaten mois mes meses mese mesi maand maanden manad manader maned maneder"
    " miesiac miesiace miesiecy месяц месяца месяцев 个月 個月 か月 ヶ月 カ月 개월",
    "year": "y yr yrs year years jahr jahre jahren an ans annee annees ano anos anno anni jaar jaren ar aar rok lata lat"
    " год года лет 年 년",
}
_UNITS = {word: unit for unit, words in _WORDS.items() for word in words.split()}
_CJK_UNITS = "|".join(sorted((word for word in _UNITS if ord(word[0]) > 0x3000), key=len, reverse=True))  # noqa: PLR2004
_COUNT = r"(?:(?P<count>\d{1,3})[ ]?|(?:a|an|one|eine[rmn]?|ein|une?|uno|una|uma?|een|e[nt]t?)[ '])"
_UNIT = r"(?P<unit>[a-zа-я]{1,10})"
_DISTANCES = [
    # 2 hours ago, 2 ore fa, 2 часа назад
    re.compile(rf"(?<!\w){_COUNT}{_UNIT}[ ](?:ago|fa|geleden|siden|sedan|temu|назад)(?!\w)"),
    # vor 2 Stunden, il y a 3 heures, hace 2 horas, há 2 horas
    re.compile(rf"(?<!\w)(?:vor|il[ ]y[ ]a|hace|ha)[ ]{_COUNT}{_UNIT}(?!\w)"),
    # 3小时前, 3時間前, 3시간 전; not `9月19日前`, before a day
    re.compile(rf"(?<![\d月월])(?P<count>\d{{1,3}})[ ]?(?P<unit>{_CJK_UNITS})[ ]?[前전]"),
]
_SINGLE_WORDS: tuple[tuple[Unit, int, str], ...] = (
    ("hour", 0, "just now|moments ago|gerade eben|刚刚|たった今|방금"),
    ("day", 0, "today|heute|aujourd'hui|hoy|oggi|hoje|vandaag|idag|i dag|dzisiaj|dzis|сегодня|今天|今日|오늘"),
    ("day", 1, "yesterday|gestern|hier|ayer|ieri|ontem|gisteren|igar|i gar|i gaar|wczoraj|вчера|昨天|昨日|어제"),
    ("day", 2, "vorgestern|avant-hier|anteayer|eergisteren|przedwczoraj|позавчера|前天|그저께"),
)
_DAYS = {word: (unit, count) for unit, count, words in _SINGLE_WORDS for word in words.split("|")}
# A word such as `today` is a date only where nothing but a time stands beside it: `USA Today` is a newspaper.
_DAY_ALONE = re.compile(
    r"^[^\w\n]{0,8}(?P<word>" + "|".join(sorted(_DAYS, key=len, reverse=True)) + r")"
    r"(?:,?[ ]?(?:at|um|a|alle|kl\.?|om|o|в)?[ ]?\d{1,2}[:.h]\d\d[^\n]{0,24})?[^\w\n]{0,8}$",
    re.MULTILINE,
)
# The longest and shortest days of each unit whose length is a span of time and not a count on the calendar.
_SPANS: dict[Unit, tuple[timedelta, timedelta]] = {
    "second": (timedelta(seconds=1), timedelta(seconds=1)),
    "minute": (timedelta(minutes=1), timedelta(minutes=1)),
    "hour": (timedelta(hours=1), timedelta(hours=1)),
    "week": (timedelta(weeks=1), timedelta(weeks=1)),
    "month": (timedelta(days=31), timedelta(days=28)),
}
_FIRST_YEAR = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Distance:
    """So many units before the page was fetched, as printed at `start` to `end` of a line."""

    start: int
    end: int
    count: int
    unit: Unit


def find_distance(plain: str) -> Distance | None:
    """Return the first distance in time that a folded line prints, or a word such as `yesterday` that stands alone."""
    for match in (found for pattern in _DISTANCES for found in pattern.finditer(plain)):
        unit = _UNITS.get(match["unit"])
        if unit:
            return Distance(start=match.start(), end=match.end(), count=int(match["count"] or 1), unit=unit)
    word = _DAY_ALONE.search(plain)
    if word is None:
        return None
    unit, count = _DAYS[word["word"]]
    return Distance(start=word.start("word"), end=word.end(), count=count, unit=unit)


def date_before(distance: Distance, fetched: NewsDate) -> tuple[str, DatePrecision] | None:
    """Return the date, cut to the finest of day, month and year that holds all that the words can mean; None if none does.

    `2 hours ago` is printed from an hour and a half to just under three hours after the event, because some pages round
    and others cut off; seconds, minutes, weeks and months likewise. Where that stretch crosses midnight the month is the
    date, where it crosses the end of a month the year. Days and years are counted on the calendar, as `yesterday` is.
    Both are in the time zone of `fetched`.
    """
    bounds = _bounds(fetched)
    try:
        days = [_counted(moment, distance) for moment in bounds]
        if distance.unit in _SPANS:
            longest, shortest = _SPANS[distance.unit]
            days = [bounds[0] - (distance.count + 1) * longest, bounds[1] - max(distance.count - 0.5, 0) * shortest]
    except (ValueError, OverflowError):
        return None
    first, last = (day.isoformat()[:10] for day in days)
    if days[0].year < _FIRST_YEAR or first[:4] != last[:4]:
        return None
    if distance.unit == "year" or first[:7] != last[:7]:
        return first[:4], "year"
    return (first, "day") if first == last else (first[:7], "month")


def _counted(moment: datetime, distance: Distance) -> datetime:
    if distance.unit == "year":
        return moment.replace(year=moment.year - distance.count, month=1, day=1)
    return moment - timedelta(days=distance.count if distance.unit == "day" else 0)


def _bounds(fetched: NewsDate) -> tuple[datetime, datetime]:
    """Return the first and last minute that the fetch can have happened, in its own time zone."""
    first = datetime.fromisoformat(f"{fetched.day}T{fetched.value[11:16] if fetched.precision == 'minute' else '00:00'}")
    if fetched.precision == "minute":
        return first, first
    following = {"day": fetched.day + timedelta(days=1), "month": date(first.year, first.month, 28) + timedelta(days=4)}
    end = following.get(fetched.precision, date(first.year + 1, 1, 1))
    return first, datetime.fromisoformat(f"{end.replace(day=1) if fetched.precision == 'month' else end}T00:00") - timedelta(
        minutes=1
    )
