"""Whether a text supports a sentence. Knows only strings: no answers, no citations, no archive.

`Entailment` is the place for any judge, such as a language-inference model. `LexicalEntailment` needs none: it compares words,
numbers, names and denials. What it sees and what it does not is measured in docs/adr/0016-entailment.md.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from eval.matching import normalised
from index.date_words import MONTHS_BY_LANGUAGE
from index.sentences import sentence_spans
from rag.language import content_words, names, stem, stems, tokens

Entailment: TypeAlias = Callable[[str, str], bool]
"""Says whether a premise (first) supports everything that a sentence (second) says."""

THRESHOLD = 0.8
"""The share of its content words that a sentence must find in its premise; `benchmarks/entailment.py` calibrates it."""

# Forms of the irregular verbs of everyday news; the stemmer joins the regular ones.
_IRREGULAR = {
    form: forms.split()[0]
    for forms in (
        "become became|begin began begun|break broke broken|bring brought|build built|buy bought|catch caught|choose chose chosen"
        "|draw drew drawn|drive drove driven|fall fell fallen|fight fought|find found|flee fled|fly flew flown|grow grew grown"
        "|hold held|keep kept|know knew known|lead led|leave left|lose lost|meet met|pay paid|rise rose risen|run ran"
        "|see saw seen|sell sold|send sent|shoot shot|show shown|speak spoke spoken|spend spent|steal stole stolen|strike struck"
        "|teach taught|think thought|throw threw thrown|win won|write wrote written"
    ).split("|")
    for form in forms.split()
}
# Two sides of which one denies the other.
_OPPOSITES = [
    tuple(frozenset(map(stem, side.split())) for side in pair.split("|"))
    for pair in (
        "rise increase climb gain grow jump surge raise higher|fall decrease drop decline shrink plunge slump cut lower",
        "pass approve adopt accept back|reject", "win|lose", "acquit clear|convict", "open reopen|close shut",
        "allow permit|ban forbid", "admit|deny", "begin start launch|end stop", "survive|die", "buy|sell", "join|leave quit",
        "north northern|south southern", "east eastern|west western",
    )
]  # fmt: skip
_DENIES = frozenset("not no never none nobody nothing neither nor without cannot fail fails failed unable refuse refused".split())
# What follows is planned, feared or only claimed, and need not be so.
_LEAVES_OPEN = frozenset(
    "will would may might could should if unless whether plan plans planned intend expect expected propose proposed"
    " consider considering aim aims hope hopes want wants seek seeks likely possibly perhaps promised vowed threatened allegedly"
    " suspected suspicion accused deny denies denied".split()
)
_FOR_ALL = frozenset("all every always everyone everybody everything everywhere entire whole only".split())
_PASSED_OVER = re.compile(r"\w+ly|one|yet|even|ever|already|still")
_CLAUSE_ENDS = re.compile(
    r"(?i)[;:()—–\"“”]|,\s|\s-\s|\b(?:when|after|because|although|though|while|before|which|who|whose|where|until|since|but|and"
    r"|how|said|says)\b"
)
_PREPOSITIONS = frozenset("in on at from for with by near between against".split())
_NO_SUBJECT = _PREPOSITIONS | frozenset("of to is are was were be been being".split())
_NATIONAL = re.compile(r"([^\W\d]{3,}?)[aeiouy]* \1(?:(?:e?a|ia|nia)?n|ese|ish|ic?|s|y)")  # `italy italian`, the shorter first

_MONTHS = {form.capitalize(): n for n, forms in enumerate(MONTHS_BY_LANGUAGE["en"].split("|"), 1) for form in forms.split()}
_MONTH = rf"\b(?:{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b"
_DAY = r"(?<![\w.,:])\d{1,2}(?:st|nd|rd|th)?\b"
_DATE = re.compile(
    rf"\b(?P<year>\d{{4}})-(?P<number>0[1-9]|1[0-2])-(?P<iso>\d\d)(?:T[\d:+-]*)?"
    rf"|(?P<before>{_DAY})\.?\s+(?:of\s+)?(?P<month>{_MONTH})|(?P<alone>{_MONTH})\.?(?:\s+(?P<after>{_DAY})(?![.:]\d)-?)?"
)
_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    " twenty thirty forty fifty sixty seventy eighty ninety"
).split()
_VALUES = dict(zip(_WORDS, [*range(1, 20), *range(20, 100, 10)], strict=True))
_ORDINALS = {word: n for n, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)}
_SCALES = {"hundred": 2, "thousand": 3, "million": 6, "mn": 6, "billion": 9, "bn": 9, "trillion": 12, "tn": 12, "k": 3, "m": 6}
# `one` alone is mostly no number (`one of them`), `a hundred` is.
_IN_WORDS = re.compile(
    rf"(?i)\b(?:{'|'.join(_ORDINALS)}|(?:{'|'.join(_WORDS[19:])})[- ](?:{'|'.join(_WORDS[:9])})|{'|'.join(_WORDS[1:])}"
    r"|(?:one|a)(?=[- ](?:hundred|thousand|[mbtr]+illion)\b))\b"
)
_IN_DIGITS = re.compile(
    r"(?i)(?P<unit>[$€£] ?)?(?P<sign>(?<!\w)-)?(?<!\w)(?P<digits>\d+(?:,\d{3})*(?:\.\d+)?)(?P<ordinal>(?:st|nd|rd|th)\b)?"
    rf"(?P<scales>(?:(?<=\d)[km]\b|[ -]?(?:{'|'.join(word for word in _SCALES if len(word) > 1)})\b)*)(?:-(?=\w))?"
)
_SIGNS = str.maketrans({"’": "'", "−": "-", "%": " percent"})
_UNITS = {"$": " dollars", "€": " euros", "£": " pounds"}
_QUANTITY = re.compile(r"(?:minus)?[\d.]+(?:th)?|(?:month|day)\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class LexicalEntailment:
    """The `Entailment` that needs no model: true where `support` reaches the threshold."""

    threshold: float = THRESHOLD

    def __call__(self, premise: str, sentence: str) -> bool:
        """Return whether the premise supports the sentence."""
        return support(premise, sentence) >= self.threshold


def support(premise: str, sentence: str) -> float:
    """Return how far the premise supports the sentence, 0 to 1.

    1 if the sentence stands in the premise whole, word for word. 0 if something speaks against it:

    - a number, a date or a name is not in the premise (`1.7 million` is `1,700,000`, `Arlandic` is of `Arland`);
    - the premise denies what the sentence says or leaves it open (`may`, `plans to`), or the sentence denies something more;
    - the premise has only the opposite of a word, or the sentence speaks of all and the premise does not;
    - another number or another name stands directly before a word.

    Else the share of the sentence's other content words that are in the premise; 0 if it has no word that carries meaning.
    """
    there, said = _read(premise), _read(sentence)
    # Compared words have no signs of numbers and currencies; lemmas do.
    if said.lemmas <= there.lemmas and _stands_whole(premise, sentence):
        return 1.0
    if _goes_beyond(there, said) or _denied_or_open(there, said) or _linked_otherwise(there, said):
        return 0.0
    content = said.of["content"]
    return len(content & there.lemmas) / len(content) if content else float(bool(said.of["name"] or said.of["quantity"]))


class _Word(NamedTuple):
    lemma: str
    small: str
    kind: str  # `quantity`, `name`, `content` or `other`
    capital: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What a text says, as far as words show it.

    `modes`, `counts`, `subjects`: of content words, whether they are said, denied or left open, and the numbers and the rows of
    capitalised words directly before them.
    """

    lemmas: set[str] = field(default_factory=set)
    small: set[str] = field(default_factory=set)
    of: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    modes: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    counts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    subjects: defaultdict[str, list[list[str]]] = field(default_factory=lambda: defaultdict(list))


def _goes_beyond(there: _Reading, said: _Reading) -> bool:
    return (
        not said.of["quantity"] <= there.of["quantity"]
        or not all(_named(name, there.lemmas) for name in said.of["name"])
        or any(not said.small.isdisjoint(kind) and there.small.isdisjoint(kind) for kind in (_DENIES, _FOR_ALL))
    )


def _denied_or_open(there: _Reading, said: _Reading) -> bool:
    for word in said.modes.keys() & there.modes.keys():
        ours, theirs = said.modes[word], there.modes[word]
        only_open = "said" not in theirs and "said" in ours and said.small.isdisjoint(_LEAVES_OPEN)
        if only_open or ("denied" in ours) > ("denied" in theirs) or (theirs == {"denied"} and ours != theirs):
            return True
    return any(
        said.of["content"] & one and not there.lemmas & one and there.lemmas & other
        for pair in _OPPOSITES
        for one, other in (pair, pair[::-1])
    )


def _linked_otherwise(there: _Reading, said: _Reading) -> bool:
    if any(not said.counts[word] <= there.counts[word] for word in said.counts.keys() & there.counts.keys()):
        return True
    known = there.of["name"] | said.of["name"]  # a capital that only opens a sentence is no name
    for word in said.subjects.keys() & there.subjects.keys():
        theirs = {name for row in there.subjects[word] if not known.isdisjoint(row) for name in row}
        if theirs and any(row[-1] in known - theirs for row in said.subjects[word]):
            return True
    return False


@lru_cache(maxsize=4096)
def _read(text: str) -> _Reading:
    reading = _Reading()
    for printed in _sentences(text):
        plain = _rewritten(printed)
        meaning, named = frozenset(map(stem, content_words(plain))), names(plain)
        reading.lemmas.update(stems(plain))
        for clause in _CLAUSE_ENDS.split(plain):
            words = [_word(token, meaning, named) for token in tokens(clause)]
            for word in words:
                reading.of[word.kind].add(word.lemma)
                reading.lemmas.add(word.lemma)
                reading.small.add(word.small)
            _read_modes(words, reading)
            _read_counts(words, reading)
            _read_subjects(words, reading)
    return reading


def _word(token: str, meaning: frozenset[str], named: frozenset[str]) -> _Word:
    small, stemmed = token.casefold(), stem(token)
    kind = "other"
    if _QUANTITY.fullmatch(token):
        kind = "quantity"
    elif stemmed in meaning and small not in _DENIES:
        kind = "name" if stemmed in named else "content"
    lemma = stem(_IRREGULAR.get(small, small)) if kind == "content" else stemmed
    return _Word(lemma, small, kind, token[0].isupper())


def _read_modes(words: Sequence[_Word], reading: _Reading) -> None:
    """Note of each content word whether it is denied or left open by what stands before it."""
    mode, before = "said", ""
    for word in words:
        if word.small in _DENIES:
            mode = "denied"
        elif word.small in _LEAVES_OPEN or word.kind == "quantity":  # after which comes no verb
            mode = "denied" if mode == "denied" else "open" if word.small in _LEAVES_OPEN else "said"
        elif word.kind == "content" and not _PASSED_OVER.fullmatch(word.small):
            # `voted to build` neither says nor denies that anything was built.
            if mode != "said" or before != "to":
                reading.modes[word.lemma].add(mode)
            mode = "said"
        before = word.small


def _read_counts(words: Sequence[_Word], reading: _Reading) -> None:
    counting: list[str] = []
    for word in words:
        if word.kind == "quantity" and word.small[0].isdigit() and word.small[-1].isdigit():  # no date, no ordinal
            counting.append(word.small)
        elif word.kind == "content" and counting:
            reading.counts[word.lemma].update(counting)
            counting = []
        elif word.kind == "name" or word.small in _PREPOSITIONS:
            counting = []


def _read_subjects(words: Sequence[_Word], reading: _Reading) -> None:
    """Note which capitalised words stand before a content word, if they can be who does it."""
    row: list[str] = []
    before, free = "", True
    for word in words:
        if word.capital and word.kind in {"name", "content"}:
            free = free if row else before not in _NO_SUBJECT
            row.append(word.lemma)
        elif word.kind == "content" and not _PASSED_OVER.fullmatch(word.small):
            if row and free:
                reading.subjects[word.lemma].append(row)
            row = []
        elif word.kind == "quantity" or word.small in _NO_SUBJECT:
            row = []
        before = word.small


def _named(name: str, lemmas: set[str]) -> bool:
    """Say whether a name is in the text, or the country whose people it names, or the other way round."""
    return name in lemmas or any(_NATIONAL.fullmatch(" ".join(sorted((name, lemma), key=len))) for lemma in lemmas)


def _sentences(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield from (line[start:end] for start, end in sentence_spans(line))


def _stands_whole(premise: str, sentence: str) -> bool:
    """Say whether the sentence is one or several whole sentences of the premise, so that no word around it can turn it."""
    sought = normalised(sentence)
    words: list[str] = []
    ends = {0}
    for printed in _sentences(premise):
        words.extend(normalised(printed))
        ends.add(len(words))
    size = len(sought)
    return bool(sought) and any(start + size in ends and tuple(words[start : start + size]) == sought for start in ends)


def _rewritten(text: str) -> str:
    """Write numbers and dates in one form each: `nine million` as 9000000, `19 September` as `day0919 month9`."""
    plain = text.translate(_SIGNS).replace("n't", " not").replace("per cent", "percent")
    return _IN_DIGITS.sub(_number, _IN_WORDS.sub(_digits, _DATE.sub(_date, plain)))


def _date(match: re.Match[str]) -> str:
    month = int(match["number"] or _MONTHS[match["month"] or match["alone"]])
    day = re.sub(r"\D", "", match["iso"] or match["before"] or match["after"] or "")
    return f" month{month} {f'day{month:02}{int(day):02}' if day else ''} {match['year'] or ''} "


def _digits(match: re.Match[str]) -> str:
    words = re.split("[- ]", match[0].lower())
    return f"{_ORDINALS[words[0]]}th" if words[0] in _ORDINALS else str(sum(_VALUES.get(word, 1) for word in words))


def _number(match: re.Match[str]) -> str:
    power = sum(_SCALES[word] for word in re.findall(r"\w+", match["scales"].lower()))
    value = Decimal(match["digits"].replace(",", "")).scaleb(power)
    after = _UNITS[match["unit"][0]] if match["unit"] else "th" if match["ordinal"] else ""
    return f" {'minus' if match['sign'] else ''}{value.normalize():f}{after} "
