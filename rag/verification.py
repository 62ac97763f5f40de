"""Checks words against the archive: where a sentence stands in a passage, and which of its facts no quote holds."""

import re
from dataclasses import dataclass

from index.sentences import sentence_spans
from rag.language import content_words, names, numbers, stem, stems
from rag.types import Evidence, Verified

# Sign and decimals belong to a number: `fell to 5` is not what `fell to -5` or `fell to 5.5` says.
_WORD = re.compile(r"(?:(?<!\w)[-−])?(?<!\w)\d+(?:[.,]\d+)*|\w+")
# A paraphrase must share this part of its content words with a sentence of its source to be quoted from it.
_SUPPORTED = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A verbatim slice of an article that a sentence rests on: `article.text[start:end] == text`."""

    evidence: Evidence
    text: str
    start: int
    end: int
    verified: Verified


def find_quote(sentence: str, evidence: Evidence) -> Quote | None:
    """Return the words of the evidence that the sentence rests on, None if it rests on nothing there.

    In this order: the sentence itself, letter by letter; the same words but for case, spacing and punctuation; the one
    sentence of the passage that shares most of its content words, if that is at least half of them.
    """
    passage = evidence.hit.passage
    words = {stem(word) for word in content_words(sentence)}
    if not words:
        return None  # `and`, `It is so.`: such scraps stand in every text and say nothing
    span = _whole(sentence, passage.text)
    if span is not None:
        return _quote(evidence, *span, "exact")
    span = _same_words(sentence, passage.text)
    if span is not None:
        return _quote(evidence, *span, "normalised")
    spans = sentence_spans(passage.text)
    if not spans:
        return None
    shared = [len(words & stems(passage.text[start:end])) / len(words) for start, end in spans]
    best = max(range(len(spans)), key=lambda i: (shared[i], -i))
    return _quote(evidence, *spans[best], "exact") if shared[best] >= _SUPPORTED else None


def unsupported_facts(sentence: str, quotes: list[Quote]) -> tuple[str, ...]:
    """Return the numbers and names of a sentence that none of its quotes holds, as compared (stemmed), sorted."""
    held_numbers = frozenset[str]().union(*(numbers(quote.text) for quote in quotes))
    held_words = frozenset[str]().union(*(stems(quote.text) for quote in quotes))
    return tuple(sorted((numbers(sentence) - held_numbers) | (names(sentence) - held_words)))


def _quote(evidence: Evidence, start: int, end: int, verified: Verified) -> Quote:
    passage = evidence.hit.passage
    return Quote(
        evidence=evidence,
        text=passage.text[start:end],
        start=passage.start + start,
        end=passage.start + end,
        verified=verified,
    )


def _whole(sentence: str, passage: str) -> tuple[int, int] | None:
    """Return where the sentence stands letter by letter, not cutting words or numbers (`cost 64` is not in `cost 640`)."""
    pattern = rf"(?<!\w)(?<!\d[.,])(?<!\w[-−]){re.escape(sentence)}(?!\w)(?![.,]?\d)(?!%)"
    found = re.search(pattern if sentence[0].isalnum() else re.escape(sentence) + r"(?!\w)(?![.,]?\d)", passage)
    return found.span() if found else None


def _same_words(sentence: str, passage: str) -> tuple[int, int] | None:
    """Return where the sentence's words stand in a row in the passage."""
    wanted = [_comparable(word) for word in _WORD.findall(sentence)]
    found = list(_WORD.finditer(passage))
    words = [_comparable(match[0]) for match in found]
    for i in range(len(words) - len(wanted) + 1) if wanted else ():
        if words[i : i + len(wanted)] == wanted:
            return found[i].start(), found[i + len(wanted) - 1].end()
    return None


def _comparable(word: str) -> str:
    return word.casefold().replace("−", "-").replace(",", "")
