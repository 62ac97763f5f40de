"""Words that dates are printed with: months, weekdays, which languages put the day first, and one spelling to match them in.

Month and weekday names are those of the Unicode CLDR (https://cldr.unicode.org) with the abbreviations that newsrooms add.
"""

import unicodedata

# Twelve groups a language, January first; written as `folded` writes them: lower case, without accents. Of Finnish and Czech
# only the long names: news does not print the short ones, and `pro` or `elo` are words of other languages.
MONTHS_BY_LANGUAGE = {
    "en": "jan january|feb febr february|mar march|apr april|may|jun june|jul july|aug august"
    "|sep sept september|oct october|nov november|dec december",
    "de": "jan januar janner jaenner|feb februar feber|marz mrz maerz|apr april|mai|jun juni|jul juli|aug august"
    "|sep sept september|okt oktober|nov november|dez dezember",
    "fr": "janv janvier|fev fevr fevrier|mars|avr avril|mai|juin|juil juill juillet|aout"
    "|sept septembre|oct octobre|nov novembre|dec decembre",
    "es": "ene enero|feb febrero|mar marzo|abr abril|may mayo|jun junio|jul julio|ago agosto"
    "|sep sept set septiembre setiembre|oct octubre|nov noviembre|dic diciembre",
    "it": "gen gennaio|feb febbraio|mar marzo|apr aprile|mag maggio|giu giugno|lug luglio|ago agosto"
    "|set sett settembre|ott ottobre|nov novembre|dic dicembre",
    "pt": "jan janeiro|fev fevereiro|mar marco|abr abril|mai maio|jun junho|jul julho|ago agosto"
    "|set setembro|out outubro|nov novembro|dez dezembro",
    "nl": "jan januari|feb februari|mrt maart|apr april|mei|jun juni|jul juli|aug augustus"
    "|sep sept september|okt oktober|nov november|dec december",
    "sv": "jan januari|feb februari|mars|apr april|maj|jun juni|jul juli|aug augusti"
    "|sep sept september|okt oktober|nov november|dec december",
    "da": "jan januar|feb februar|mar marts|apr april|maj|jun juni|jul juli|aug august"
    "|sep sept september|okt oktober|nov november|dec december",
    "nb": "jan januar|feb februar|mar mars|apr april|mai|jun juni|jul juli|aug august"
    "|sep sept september|okt oktober|nov november|des desember",
    "fi": "tammikuu tammikuuta|helmikuu helmikuuta|maaliskuu maaliskuuta|huhtikuu huhtikuuta|toukokuu toukokuuta"
    "|kesakuu kesakuuta|heinakuu heinakuuta|elokuu elokuuta|syyskuu syyskuuta|lokakuu lokakuuta"
    "|marraskuu marraskuuta|joulukuu joulukuuta",
    "pl": "sty stycznia styczen|lut lutego luty|mar marca marzec|kwi kwietnia kwiecien|maj maja|cze czerwca czerwiec"
    "|lip lipca lipiec|sie sierpnia sierpien|wrz wrzesnia wrzesien|paz pazdziernika pazdziernik"
    "|lis listopada listopad|gru grudnia grudzien",
    "cs": "ledna leden|unora unor|brezna brezen|dubna duben|kvetna kveten|cervna cerven|cervence cervenec|srpna srpen"
    "|zari|rijna rijen|listopadu listopad|prosince prosinec",
    "tr": "oca ocak|sub subat|mart|nis nisan|may mayis|haz haziran|tem temmuz|agu agustos|eyl eylul|eki ekim|kas kasim"
    "|ara aralik",
    "id": "jan januari|feb februari|mar maret|apr april|mei|jun juni|jul juli|agu agt agustus"
    "|sep september|okt oktober|nov november|des desember",
    "ru": "янв января январь|фев февр февраля февраль|мар марта март|апр апреля апрель|мая май|июн июня июнь"
    "|июл июля июль|авг августа август|сен сент сентября сентябрь|окт октября октябрь|ноя нояб ноября ноябрь"
    "|дек декабря декабрь",
    "uk": "січ січня січень|лют лютого лютий|бер березня березень|квіт квітня квітень|трав травня травень"
    "|черв червня червень|лип липня липень|серп серпня серпень|вер вересня вересень|жовт жовтня жовтень"
    "|лист листопада листопад|груд грудня грудень",
}  # fmt: skip
MONTHS = {
    word: number
    for groups in MONTHS_BY_LANGUAGE.values()
    for number, group in enumerate(groups.split("|"), start=1)
    for word in group.split()
}
# Abbreviations that are everyday words elsewhere (`out`, `set`, `3 days ago`): months only directly after the number of a day.
MONTHS_AFTER_A_DAY = frozenset(
    "set out ago mag gen lip lis sie sty lut gru cze des agt listopada oca sub nis haz tem eyl eki kas ara".split()
)

# Monday first. One and two letters (`Mo`, `пт`) are left out: they are read as words of the line.
WEEKDAYS_BY_LANGUAGE = {
    "en": "mon monday|tue tues tuesday|wed wednesday|thu thur thurs thursday|fri friday|sat saturday|sun sunday",
    "de": "montag|dienstag|mittwoch|donnerstag|freitag|samstag sonnabend|sonntag",
    "fr": "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "es": "lunes|martes|miercoles|jueves|viernes|sabado|domingo",
    "it": "lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica",
    "pt": "segunda segunda-feira|terca terca-feira|quarta quarta-feira|quinta quinta-feira|sexta sexta-feira|sabado|domingo",
    "nl": "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
    "sv": "mandag|tisdag|onsdag|torsdag|fredag|lordag|sondag",
    "da": "mandag|tirsdag|onsdag|torsdag|fredag|lordag|sondag",
    "pl": "poniedzialek|wtorek|sroda|czwartek|piatek|sobota|niedziela",
    "ru": "понедельник|вторник|среда|четверг|пятница|суббота|воскресенье",
    "zh": "星期一 周一 週一|星期二 周二 週二|星期三 周三 週三|星期四 周四 週四|星期五 周五 週五|星期六 周六 週六"
    "|星期日 星期天 周日 週日",
    "ja": "月曜日|火曜日|水曜日|木曜日|金曜日|土曜日|日曜日",
    "ko": "월요일|화요일|수요일|목요일|금요일|토요일|일요일",
}  # fmt: skip
WEEKDAYS = {
    word: number
    for groups in WEEKDAYS_BY_LANGUAGE.values()
    for number, group in enumerate(groups.split("|"))
    for word in group.split()
}

# Order of numbers in `03/04/2025`: the short date patterns of CLDR, less the places where the press uses both (Canada,
# South Africa, American Spanish) and the languages that put the year first, for which the form is foreign.
_MONTH_FIRST = frozenset("en-us en-as en-gu en-mh en-mp en-pr en-um en-vi en-ph es-pr es-pa fil".split())
_EITHER = frozenset("en en-bi en-ca en-za es-us fr-ca".split())
_DAY_FIRST = frozenset(
    "ar bg bn bs ca cs cy da de el en es et fi fr ga gl he hi hr id is it lv mk ms nb nl nn no pl pt ro ru sk sl sq sr sv sw"
    " ta te th tr uk ur vi".split()
)

_SPELLINGS = {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "s", "æ": "a", "œ": "o", "ё": "е", "’": "'", "ʼ": "'", "‘": "'"}


def _table() -> dict[int, str]:
    table = {ord(letter): plain for letter, plain in _SPELLINGS.items()}
    table.update({code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)})  # full-width forms of ASCII
    table.update(dict.fromkeys(map(ord, "\t\r\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"), " "))
    table.update(dict.fromkeys(range(0x2000, 0x200B), " "))
    table.update(dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-"))
    for code in (*range(0xE0, 0x250), *range(0x1E00, 0x1F00)):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base.isascii() and base.isalpha():
            table.setdefault(code, base)
    return table


_TABLE = _table()


def folded(text: str) -> str:
    """Return text in the spelling of the tables here, character for character, so that offsets hold for both.

    Lower case; Latin letters without accents; full-width forms, spaces and dashes as their ASCII likenesses. Line ends stay.
    """
    return text.replace("İ", "i").lower().translate(_TABLE)


def day_first(language: str | None) -> bool | None:
    """Return whether a language (BCP 47: `en-GB`, `de`) prints the day before the month, None if that cannot be told."""
    subtags = (language or "").replace("_", "-").casefold().split("-")
    region = next((subtag for subtag in subtags[1:] if len(subtag) == 2 and subtag.isalpha()), "")  # noqa: PLR2004 - ISO 3166
    tag = f"{subtags[0]}-{region}" if region else subtags[0]
    if tag in _MONTH_FIRST or subtags[0] in _MONTH_FIRST:
        return False
    return True if subtags[0] in _DAY_FIRST and tag not in _EITHER else None
