"""Names of outlets: which abbreviations and web domains mean which publisher, and which publishers are wire services.

A small table of the names that sources print in short; an outlet that is not here keeps the name it printed.
"""

_WIRES = {
    "AP": "Associated Press", "AFP": "Agence France-Presse", "AAP": "Australian Associated Press",
    "ANI": "Asian News International", "ANSA": "ANSA", "Anadolu": "Anadolu Agency", "AA": "Anadolu Agency",
    "Bernama": "Bernama", "CNA": "Central News Agency", "DPA": "dpa", "EFE": "EFE", "IANS": "Indo-Asian News Service",
    "Interfax": "Interfax", "IRNA": "IRNA", "Jiji": "Jiji Press", "KCNA": "KCNA", "Kyodo": "Kyodo News",
    "PA": "PA Media", "PTI": "Press Trust of India", "Reuters": "Reuters", "SPA": "Saudi Press Agency", "TASS": "TASS",
    "UPI": "United Press International", "Xinhua": "Xinhua", "Yonhap": "Yonhap News Agency",
}  # fmt: skip
_WIRE_LONG_FORMS = {
    "The Associated Press": "Associated Press", "Xinhua News Agency": "Xinhua", "Thomson Reuters": "Reuters",
    "Yonhap News": "Yonhap News Agency", "Kyodo News Agency": "Kyodo News", "Deutsche Presse-Agentur": "dpa",
}  # fmt: skip
_DOMAINS = {
    "afp.com": "Agence France-Presse", "aljazeera.com": "Al Jazeera", "apnews.com": "Associated Press",
    "bbc.co.uk": "BBC News", "bbc.com": "BBC News", "bloomberg.com": "Bloomberg", "caixin.com": "Caixin",
    "chinadaily.com.cn": "China Daily", "cnbc.com": "CNBC", "cnn.com": "CNN", "dw.com": "Deutsche Welle",
    "economist.com": "The Economist", "ft.com": "Financial Times", "globaltimes.cn": "Global Times",
    "lemonde.fr": "Le Monde", "news.cn": "Xinhua", "nytimes.com": "The New York Times",
    "people.cn": "People's Daily", "reuters.com": "Reuters", "scmp.com": "South China Morning Post",
    "theguardian.com": "The Guardian", "washingtonpost.com": "The Washington Post",
    "wsj.com": "The Wall Street Journal", "xinhuanet.com": "Xinhua",
}  # fmt: skip

# Words that names of newspapers, magazines and stations are made with, and that people hardly ever have.
_OUTLET_WORDS = frozenset(
    "advertiser advocate argus broadcasting bulletin chronicle courier daily dispatch enquirer examiner gazette guardian herald"
    " independent inquirer intelligencer journal magazine mercury monitor news newspaper newspapers newswire observer online"
    " radio register review sentinel standard telegraph television times today tribune tv weekly wire zeitung".split()
)
# These are surnames, too: they need an article before them, or two words.
_ALSO_SURNAMES = frozenset("echo express globe mail mirror post press star sun world".split())
_SMALL_WORDS = frozenset("and at de del der des di do du for in la le of on the".split())
_MOST_OUTLET_WORDS = 7
_PERSONS_WORDS = 2

_WIRE_BY_NAME = {
    name.casefold(): full
    for name, full in [*_WIRES.items(), *_WIRE_LONG_FORMS.items(), *((full, full) for full in _WIRES.values())]
}
_KNOWN = frozenset(name.casefold().removeprefix("the ") for name in _DOMAINS.values())


def outlet_name(printed: str) -> str:
    """Return the outlet's full name for an abbreviation, long form or domain; else the name as printed."""
    name = " ".join(printed.split()).strip(" .,;|")
    wire = _WIRE_BY_NAME.get(name.casefold())
    if wire:
        return wire
    if " " not in name and "." in name:
        host = name.casefold().removeprefix("https://").removeprefix("http://").strip("/")
        while "." in host:
            if host in _DOMAINS:
                return _DOMAINS[host]
            host = host.partition(".")[2]
    return name


def looks_like_outlet(printed: str) -> bool:
    """Return whether a short line or part of one is an outlet's name: one that is known, or one made as outlets' names are.

    `The Sandholm Post` and `Example Town Post` are; `Emily Post` is a person.
    """
    name = " ".join(printed.split()).strip(" .,;|")
    if wire_service(name) or name.casefold().removeprefix("the ") in _KNOWN:
        return True
    words = name.split()
    if not 1 < len(words) <= _MOST_OUTLET_WORDS or not all(w[0].isupper() or w in _SMALL_WORDS for w in words):
        return False
    # `Times of India`, `Radio Sandholm`; `Harbour News Desk` and `Harbour News Service` are outlets' own parts.
    telling = {words[0].casefold(), *(word.casefold() for word in words[1:][-2:])}
    surname = words[-1].casefold() in _ALSO_SURNAMES
    return bool(telling & _OUTLET_WORDS) or (surname and (len(words) > _PERSONS_WORDS or words[0].casefold() == "the"))


def could_be_outlet(printed: str) -> bool:
    """Return whether words that stand where an outlet is expected are one's name; there `Varnby Post` is no person."""
    words = printed.strip(" .,;|").split()
    named_so = 1 < len(words) <= _MOST_OUTLET_WORDS and all(w[0].isupper() or w in _SMALL_WORDS for w in words)
    return (
        looks_like_outlet(printed)
        or outlet_name(printed) != " ".join(words)
        or (named_so and words[-1].casefold() in _ALSO_SURNAMES)
    )


def wire_service(printed: str | None) -> str | None:
    """Return the wire service's full name if `printed` names one, else None."""
    return _WIRE_BY_NAME.get(" ".join(printed.split()).casefold()) if printed else None
