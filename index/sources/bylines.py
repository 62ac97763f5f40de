"""Reads the names of people out of credits, and leaves out what outlets print with them: titles, outlets, addresses, agencies."""

import re
from collections.abc import Iterable

from index.articles import split_authors
from index.cleaning import clean_line, normalise
from index.outlets import outlet_name, wire_service

_BY = re.compile(
    r"^\W*(?:(?:written|reported|story|text|words|report|posted|published|compiled|edited|submitted)\s*(?:by|:)"
    r"|by(?=[\s:])|von(?=\s+[A-ZÄÖÜ])|par(?=\s+[A-ZÉ])|por(?=\s+[A-ZÁ])|di(?=\s+[A-Z])|door(?=\s+[A-Z])|автор:?|文[/／]|作者[:：]|记者)[\s:：]*",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|(?<!\w)@\w+|\S+\.(?:com|org|net|co\.uk)\b\S*", re.IGNORECASE)
_PARENTHESIS = re.compile(r"[(\[（][^)\]）]{0,80}[)\]）]")
_LAST_FIRST = re.compile(r"([^\W\d_][\w'’-]+), ((?:[^\W\d_][\w'’.-]*\s?){1,3})")
# A credit that holds one of these is what someone is, not who. Surnames (Press, Host, Fellow) are left out of the list.
_ROLE = re.compile(
    r"\b(?:editor|editors|editorials?|correspondent|correspondents|reporter|reporters|writer|writers|columnist|producer|journalist|staff"
    r"|analyst|chief|bureau|contributor|contributors|professor|director|anchor|critic|photographer|photographers"
    r"|freelancer?|intern|team|desk|newsroom|newsdesk|newspaper|agency|agencies|services?|network|media"
    r"|admin|administrator|webmaster|publisher|contributed|redaktion|redakteur(?:in)?|korrespondent(?:in)?|rédaction|redacción|redazione"
    r"|correspondant|corresponsal|ceo)\b\.?",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"^(?:jr|sr|ii|iii|iv|phd|md|rd|ms|mba|esq|ph\.d|m\.d)\.?$", re.IGNORECASE)
_FROM = re.compile(r"^(?:updated|published|posted|last|on|at|for|in|and|with|the|additional reporting)\b", re.IGNORECASE)
_MOST_WORDS, _MOST_CHARACTERS = 5, 60


def author_names(printed: Iterable[str], outlet: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return (people, wire services) that some credits name, each once.

    Args:
        printed: bylines or names as printed: `By Jane Roe, Political Editor`, `Reuters`, `JANE ROE Associated Press`.
        outlet: the publisher's name, which is no author.
    """
    people: dict[str, str] = {}
    services: dict[str, None] = {}
    for credit in printed:
        for part in _parts(credit):
            name, service = _without_service(part)
            if service:
                services[service] = None
            if name and _is_name(name, outlet):
                people.setdefault(normalise(name), name)
    return tuple(people.values()), tuple(services)


def _parts(credit: str) -> list[str]:
    line = _BY.sub("", clean_line(credit))
    if inverted := _LAST_FIRST.fullmatch(line):
        # `Roe, Jane`, as library metadata writes it; `Roe, Doe and Poe` does not match, `Roe, Reuters` has a service.
        surname, first = inverted.groups()
        if not wire_service(first.strip()) and not _ROLE.search(first):
            return [f"{first.strip()} {surname}"]
    line = _PARENTHESIS.sub(
        lambda match: f", {match[0][1:-1]}," if wire_service(match[0][1:-1]) else " ", _ADDRESS.sub(" ", line)
    )
    return [part for piece in re.split(r"\s*[|/•·\n]\s*|\s+[–—-]\s+", line) for part in split_authors(piece)]


def _without_service(part: str) -> tuple[str, str | None]:
    """Part a name from the wire service that stands behind it, in all the ways that agencies print it."""
    words = part.split()
    for start in range(len(words)):
        service = wire_service(" ".join(words[start:])) or wire_service(
            re.sub(r"\s+staff$", "", " ".join(words[start:]), flags=re.IGNORECASE)
        )
        if service and (start == 0 or len(words[start:]) > 1 or start > 1):
            return " ".join(words[:start]).strip(" ,-"), service
    return part, None


def _is_name(part: str, outlet: str | None) -> bool:
    name, of_outlet = normalise(part), normalise(outlet or "")
    if not name or re.search(r"\d", name) or len(name.split()) > _MOST_WORDS or len(part) > _MOST_CHARACTERS:
        return False
    if re.fullmatch(r"[A-Z]{2,5}", part) or _SUFFIX.match(part) or _FROM.match(part) or _ROLE.search(part):
        return False
    if of_outlet and (name in of_outlet or of_outlet in name or normalise(outlet_name(part)) == of_outlet):
        return False
    return part[:1].isupper() or not part[:1].isascii()
