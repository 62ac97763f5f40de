"""The parts of an English question: its words, what it asks with, and the things that it mentions. Guesses without a grammar.

What it finds is used only where there is no second reading (`rag.conversation`, `rag.parts`), so it would rather find too much.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.stop_words import STOP_WORDS

WH = frozenset("who whom whose what which when where why how".split())
AUXILIARIES = frozenset(
    "is are was were am isn't aren't wasn't weren't do does did don't doesn't didn't has have had hasn't haven't hadn't will"
    " would 's won't wouldn't can could can't couldn't may might must shall should".split()
)
COPULAS = frozenset("'s is are was were isn't aren't wasn't weren't".split())
PREPOSITIONS = frozenset(
    "of in on at by for from with to about after before during since until over under against between into through without within"
    " behind near among towards toward across around like".split()
)
DETERMINERS = frozenset("the a an its their his her our your my this that these those some any every each".split())
CONJUNCTIONS = frozenset("and or but than as if that whether because while so nor not".split())
PRONOUNS = frozenset("i you we he she it they me us him them this that these those there one who what which mine it's".split())
_FUNCTION = WH | AUXILIARIES | PREPOSITIONS | DETERMINERS | CONJUNCTIONS | PRONOUNS
# Between a subject and an object that has no article of its own (`did the company cut jobs`) only the verb shows where one ends.
VERBS = frozenset(
    "add agree allow announce approve arrest ask attack back ban beat become begin bite block bring build buy call cause change"
    " charge claim close come commit cost create cut decide deny develop die differ drop earn employ end enter face fall find"
    " fire fly gain get give go grow happen harvest have help hire hit hold include increase invest join keep kill launch lead"
    " leave lose make mean meet move need offer open order pass pay plan play produce promise publish raise reach refuse reject"
    " release report resign return rise run say see seek sell send serve set show sign spend split start stop strike suffer sue"
    " support take tell think treat try use visit vote want win work worry write".split()
)
_PARTICIPLES = frozenset(
    "built sold bought made held found led lost won paid sent set shut cut put told taken given written driven chosen broken"
    " stolen hit struck shot left kept met born known called thrown drawn grown flown begun dead open"
    " different similar important popular dangerous responsible available possible necessary likely".split()
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug"
    r"|Sept?|Oct|Nov|Dec)\.?"
)
_YEAR = r"(?:1[6-9]|20)\d\d"
DATE = re.compile(
    rf"(?<!\w)(?:(?:early |late |mid-?)?(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}(?:,? {_YEAR})?|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?"
    rf"(?:,? {_YEAR})?|{_MONTH}(?: {_YEAR})|(?:January|February|March|April|June|July|August|September|October|November|December)"
    rf"|(?:(?<=[Ii]n )|(?<=[Ss]ince )|(?<=about )|(?<=[Aa]nd )|^)May|{_YEAR})"
    r"|(?:last|next|this) (?:year|month|week|quarter|decade|spring|summer|autumn|fall|winter|night)|yesterday|today|tomorrow"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)(?!\w)"
)
_NAME = re.compile(
    r"(?<![\w.])[A-Z][\w.&'’-]*(?:(?:\s+(?:of|the|for|and|de|la|van|von|der|vs?\.?|&)){0,2}\s+(?:[A-Z][\w.&'’-]*|\d+(?![\w.,]*%)))*"
)
_QUOTED = re.compile(r"[“\"„«][^“”\"„«»]{1,200}[”\"»]")
_SHORT_IS = re.compile(r"(what|who|where|when|why|how|it|he|she|there|that)(['’]s)", re.IGNORECASE)
_WORD = re.compile(r"\w[\w.&/’'-]*|[^\w\s]")
REQUESTS = frozenset("tell name list describe explain give show compare please say find summarise summarize".split())
_NOT_A_PERSON = frozenset(
    "bank university company corporation group council party union court ministry department agency institute association"
    " commission office school college hospital museum police army navy airport airlines station river sea ocean island islands"
    " street avenue road bridge port county city state states republic kingdom north south east west new saint lake mount times"
    " post news gazette journal herald cup league club fund foundation board house senate congress parliament committee act law"
    " agreement treaty series v vs star park centre center national international united european american the of and for".split()
)
_TITLES = frozenset(
    "mr mrs ms dr sir lord lady president minister professor prof engineer director chief general senator judge captain king"
    " queen prince princess mayor governor chairman chairwoman secretary pope".split()
)
_LONGEST_PERSON = 3
_Behind = Literal["verb", "participle", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word or sign of a text, with its place."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """The word in small letters, apostrophes made straight."""
        return self.text.casefold().replace("’", "'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Something that a question speaks of: `text[start:end]` of it."""

    text: str
    start: int
    end: int
    kind: Literal["name", "thing", "things"]
    """`name`: printed as one or in quotes. `thing` and `things`: described by a noun phrase, in the singular or the plural."""


def words_of(text: str) -> list[Word]:
    """Return words and punctuation in order, without full stops or apostrophes that end a word; `what's` is two words."""
    found = []
    for match in _WORD.finditer(text):
        word = match[0].rstrip(".'’-/&") or match[0]
        start = match.start()
        short = _SHORT_IS.fullmatch(word)
        if short:
            found.append(Word(text=short[1], start=start, end=start + short.end(1)))
            word, start = short[2], start + short.start(2)
        found.append(Word(text=word, start=start, end=start + len(word)))
    return found


def is_word(word: Word) -> bool:
    """Return whether it is a word, not a sign."""
    return word.text[0].isalnum() or word.low == "'s"


def is_function(word: Word) -> bool:
    """Return whether it is a word of grammar, or a sign; `US`, `WHO` and `IT` are names."""
    acronym = len(word.text) > 1 and word.text.isupper()
    return not is_word(word) or (word.low in _FUNCTION and word.text != "May" and not acronym)


def is_auxiliary(word: Word) -> bool:
    """Return whether it is a form of `be`, `do`, `have` or a modal verb; `May` with its capital is a month."""
    return word.low in AUXILIARIES and word.text != "May"


def content_of(words: Sequence[Word]) -> list[Word]:
    """Return the words that name or describe something, without those of grammar and those that any question may have."""
    return [word for word in words if is_word(word) and not is_function(word) and word.low not in STOP_WORDS]


def names_in(text: str) -> list[Mention]:
    """Return the names of a text, left to right: runs of capitalised words, and what stands in quotes. Dates are none."""
    found = [Mention(text=m[0], start=m.start(), end=m.end(), kind="name") for m in _QUOTED.finditer(text)]
    blank = _QUOTED.sub(lambda m: " " * len(m[0]), text)
    blank = DATE.sub(lambda m: "\0" * len(m[0]), blank)
    for match in _NAME.finditer(blank):
        start, end = match.span()
        end = start + len(re.sub(r"(?:['’]s?|[.,-]+)$", "", text[start:end]))
        opens = not text[:start].strip() or text[:start].rstrip()[-1] in ".!?:"
        while start < end and _no_name(words_of(text[start:end])[0], opens=opens):
            rest = re.search(r"\s(?=[A-Z])", text[start:end])
            start = start + rest.end() if rest else end
            opens = False
        if start == end:
            continue
        if opens and not re.search(r"[\s\d]|.[A-Z]", text[start:end]) and not text[end:].startswith(("'s", "’s")):
            continue  # the first word of a sentence has a capital anyhow
        if any(character.isalpha() for character in text[start:end]):
            found.append(Mention(text=text[start:end], start=start, end=end, kind="name"))
    return sorted(found, key=lambda mention: mention.start)


def _no_name(word: Word, *, opens: bool) -> bool:
    return is_function(word) or (opens and (word.low in REQUESTS or word.low in STOP_WORDS))


def is_person(name: str) -> bool:
    """Return whether a name is printed as those of people mostly are: two or three words, none of an organisation or place."""
    words = [word for word in name.split() if word.casefold().rstrip(".") not in _TITLES]
    return (
        1 < len(words) <= _LONGEST_PERSON
        and all(re.fullmatch(r"[^\W\d_][\w’'-]*\.?", word) and not word.isupper() for word in words)
        and not any(word.casefold() in _NOT_A_PERSON for word in words)
    )


def without_title(name: str) -> str:
    """Return a name without `Dr`, `President` or the like before it."""
    words = name.split()
    while len(words) > 1 and words[0].casefold().rstrip(".") in _TITLES:
        words = words[1:]
    return " ".join(words)


def mentions(question: str) -> list[Mention]:
    """Return the names and noun phrases of a question, left to right, none inside another; dates are none."""
    found = [*_phrases(question), *names_in(question)]
    found.sort(key=lambda mention: (mention.start, -mention.end, mention.kind != "name"))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def is_plural(phrase: str) -> bool:
    """Return whether the head of a noun phrase looks plural: `the ships of Norlink`, `children`."""
    head = re.split(r"\s(?:of|in|for|on|at|to|from|with|between|over|under)\s", phrase)[0].split()[-1:] or [""]
    word = head[0].casefold()
    return word in {"men", "women", "children", "people", "police"} or (
        word.endswith("s") and not word.endswith(("ss", "us", "is", "'s", "news"))
    )


def _phrases(question: str) -> list[Mention]:
    words = words_of(question)
    lows = [word.low for word in words]
    found = []
    at = 0
    auxiliary = next((i for i, low in enumerate(lows) if low in AUXILIARIES), None)
    while at < len(words):
        after_aux = auxiliary is not None and at == auxiliary + 1
        described = lows[at] in {"the", "a", "an"} or (at > 0 and lows[at - 1] in {"about", "of"} and not is_function(words[at]))
        if not (described or (after_aux and not is_function(words[at]))):
            at += 1
            continue
        behind = _behind_subject(lows, auxiliary or 0) if after_aux else "nothing"
        end = _end(words, at, behind=behind)
        # `What is exempt from …`: no thing, but what is said of one.
        adjective = after_aux and lows[at] not in DETERMINERS and words[at].text.islower() and _joined(words, at + 1, but="of")
        if end > at + (lows[at] in DETERMINERS) and not adjective:
            text = question[words[at].start : words[end - 1].end]
            if not DATE.fullmatch(text.removeprefix("the ")):
                kind: Literal["thing", "things"] = "things" if is_plural(text) else "thing"
                found.append(Mention(text=text, start=words[at].start, end=words[end - 1].end, kind=kind))
        at = max(end, at + 1)
    return [*found, *_asked_things(question, words, lows)]


def _asked_things(question: str, words: Sequence[Word], lows: Sequence[str]) -> list[Mention]:
    """Return `ships` of `how many ships`: what is counted is spoken of, too."""
    if lows[:2] == ["how", "many"]:
        end = 2
        while end < len(words) and not is_function(words[end]):
            end += 1
        if end > 2:  # noqa: PLR2004 - behind `how many`
            start = words[2].start
            return [Mention(text=question[start : words[end - 1].end], start=start, end=words[end - 1].end, kind="things")]
    return []


def _joined(words: Sequence[Word], at: int, *, but: str) -> bool:
    return at < len(words) and words[at].low in PREPOSITIONS and words[at].low != but


def _behind_subject(lows: Sequence[str], auxiliary: int) -> _Behind:
    """Return what stands behind the subject that follows this auxiliary: `Why is it closed`, `Where is the ferry terminal`."""
    if lows[auxiliary] not in COPULAS:
        return "verb"
    return "verb" if auxiliary == 0 or lows[auxiliary - 1] == "why" else "participle"


def _is_participle(low: str) -> bool:
    return low in _PARTICIPLES or low.endswith(("ed", "ing"))


def _end(words: Sequence[Word], at: int, *, behind: _Behind) -> int:
    """Return where the noun phrase ends that begins at `at`; the verb or participle behind a subject is no part of it."""
    begin = at + (words[at].low in DETERMINERS)
    end = begin
    while end < len(words) and not is_function(words[end]):
        end += 1
    if end == begin:
        return end
    while end - begin > 1 and words[end - 1].low.endswith("ly"):
        end -= 1
    joins = end < len(words) - 1 and words[end].low in PREPOSITIONS
    if joins and words[end].low == "of":
        inner = _end(words, end + 1, behind=behind)
        if inner > end + 1:
            return inner
    if behind == "verb" and end - begin > 1:
        named = begin == at and words[begin].text[0].isupper()
        verb = next((i for i in range(begin + 1, end) if words[i].low in VERBS or (named and words[i].text.islower())), end - 1)
        return verb if words[verb].text[0].islower() else end
    if behind == "participle" and end - begin > 1 and _is_participle(words[end - 1].low):
        return end - 1
    if joins and words[end].low not in {"since", "during", "after", "before", "until", "about", "by", "to", "as", "like"}:
        inner = _end(words, end + 1, behind=behind)
        return inner if inner > end + 1 and not DATE.match(words[end + 1].text) else end
    return end
