"""The base form of English verbs and adjectives, for turning `which grew faster` into `how fast did it grow`."""

from rag.phrasing import VERBS

_IRREGULAR = {
    form: base
    for pair in (
        "became become, began begin, bought buy, brought bring, built build, came come, chose choose, cost cost, cut cut, "
        "drew draw, drove drive, fell fall, felt feel, found find, flew fly, fought fight, gave give, went go, got get, "
        "grew grow, had have, has have, held hold, hit hit, kept keep, knew know, laid lay, led lead, left leave, lost "
        "lose, made make, meant mean, met meet, paid pay, put put, ran run, rose rise, said say, saw see, sent send, set "
        "set, shut shut, sold sell, spent spend, spread spread, stole steal, struck strike, sank sink, swam swim, took "
        "take, thought think, threw throw, told tell, understood understand, won win, wrote write, does do, goes go"
    ).split(", ")
    for form, base in [pair.split()]
}
_POSITIVE = {
    form: base
    for base, forms in {
        "large": "larger largest", "big": "bigger biggest", "small": "smaller smallest", "old": "older oldest elder",
        "young": "younger youngest", "new": "newer newest", "tall": "taller tallest", "long": "longer longest",
        "short": "shorter shortest", "high": "higher highest", "low": "lower lowest", "fast": "faster fastest",
        "slow": "slower slowest", "cheap": "cheaper cheapest", "rich": "richer richest", "poor": "poorer poorest",
        "strong": "stronger strongest", "weak": "weaker weakest", "deep": "deeper deepest", "wide": "wider widest",
        "heavy": "heavier heaviest", "light": "lighter lightest", "close": "closer closest", "safe": "safer safest",
        "hot": "hotter hottest", "warm": "warmer warmest", "cold": "colder coldest", "busy": "busier busiest",
        "far": "farther further farthest furthest", "quick": "quicker quickest", "steep": "steeper steepest",
        "dear": "dearer", "early": "earlier earliest", "late": "later latest", "soon": "sooner soonest", "sharply": "sharper",
    }.items()
    for form in forms.split()
}  # fmt: skip
_VOWELS = frozenset("aeiou")


def base_of(verb: str) -> tuple[str, str] | None:
    """Return the auxiliary and base form of a verb of the past or the third person: (`did`, `sell`) of `sold`; None if neither.

    Regular forms of verbs that are not in the list of `rag.phrasing` follow the spelling rules and may get an `e` too many.
    """
    low = verb.casefold()
    if low in _IRREGULAR:
        return ("does" if low in {"has", "does", "goes"} else "did"), _IRREGULAR[low]
    if low.endswith("ed") and len(low) > 3:  # noqa: PLR2004 - `red`
        return "did", _of_past(low)
    if low.endswith("s") and not low.endswith("ss"):
        return "does", _of_third_person(low)
    return None


def positive_of(comparative: str) -> str | None:
    """Return `large` for `larger` and `largest`, None for what is no known comparative."""
    return _POSITIVE.get(comparative.casefold())


def _of_past(low: str) -> str:
    stem = low[:-2]
    if stem in VERBS:
        return stem
    if f"{stem}e" in VERBS:
        return f"{stem}e"
    if stem.endswith("i"):
        return f"{stem[:-1]}y"
    if stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return stem[:-1]
    # `closed`, `produced`, `saved`, `charged`, `doubled`; `hired`, but not `opened` or `visited`, whose last vowel is unstressed.
    silent = stem[-1] in "scvuz" or stem.endswith(("dg", "rg", "ng", "bl", "pl", "tl", "dl"))
    short = len(stem) == 3 and stem[-1] not in "wxy" and stem[-2] in _VOWELS and stem[-3] not in _VOWELS  # noqa: PLR2004
    return f"{stem}e" if (silent and not stem.endswith("ss")) or short else stem


def _of_third_person(low: str) -> str:
    if low.endswith("ies"):
        return f"{low[:-3]}y"
    if low.endswith(("ches", "shes", "sses", "xes")):
        return low[:-2]
    return low[:-1]
