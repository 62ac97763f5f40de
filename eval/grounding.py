"""Whether an answer rests on what it cites, names the right source, and abstains when it should. Knows no ranking.

`precision` and `recall` follow ALCE (Gao et al., "Enabling Large Language Models to Generate Text with Citations",
EMNLP 2023) with words in the place of its entailment model. They are lexical: they find citations that have nothing to
do with their sentence, and words that no quote holds, not a sentence that puts the right words together wrongly.
"""

from collections.abc import Iterable, Mapping

from eval.gold import GoldQuestion
from eval.matching import contains, normalised
from index.outlets import outlet_name
from index.types import Article, NewsDate
from rag.types import Answer, Citation, Sentence

_FUNCTION_WORDS_LISTED = (
    "a about after all also an and any are as at be been before but by can could did do does for from had has have"
    " he her his how if in into is it its may more most no not of on one or other our out over s said say says she"
    " should so some such t than that the their them then there these they this those to under up was we were what"
    " when where which while who whom whose why will with would you your"
)
_FUNCTION_WORDS = frozenset(_FUNCTION_WORDS_LISTED.split())


def quote_is_exact(citation: Citation) -> bool:
    """Return whether the quote stands in its article, letter by letter, at the offsets that the citation names."""
    return citation.article.text[citation.start : citation.end] == citation.quote


def citation_scores(answer: Answer) -> Mapping[str, float]:
    """Return the citation metrics of one answer that was given; of an abstention, none.

    - `quote_valid`: 1 if every citation's quote is exact (`quote_is_exact`); 1 when there are no citations.
    - `recall`: the share of sentences with a citation at least and nothing that the answer itself marks unsupported.
    - `precision`: the share of citations, counted once for each sentence they stand at, that their sentence needs: the
      quote holds a content word of the sentence, and either it alone holds all that the sentence's quotes hold
      together, or without it something would be missing. A citation that stands at no sentence is not needed, nor is a
      number without a citation. Absent when nothing is cited.
    """
    if answer.abstained is not None:
        return {}
    by_number = {citation.number: citation for citation in answer.citations}
    backed = [_backed(sentence, by_number) for sentence in answer.sentences]
    needed = [need for sentence in answer.sentences for need in _needed(sentence, by_number)]
    standing = {number for sentence in answer.sentences for number in sentence.citations}
    needed += [False] * len(by_number.keys() - standing)
    scores = {
        "quote_valid": float(all(quote_is_exact(citation) for citation in answer.citations)),
        "recall": sum(backed) / len(backed) if backed else 0.0,
    }
    if needed:
        scores["precision"] = sum(needed) / len(needed)
    return scores


def attribution_score(answer: Answer, gold: GoldQuestion) -> float | None:
    """Return 1 if a cited article has the publisher, the author and the day that gold names, else 0.

    All three must be right of one article; what gold does not name is not judged. Judged are the articles whose quote
    holds gold evidence; if none does, the first citation's. Without citations: 0. None for an abstention, for an
    unanswerable question, and when gold names nothing.
    """
    nothing_named = gold.publisher is None and gold.author is None and gold.date is None
    if answer.abstained is not None or not gold.answerable or nothing_named:
        return None
    holding = [c for c in answer.citations if any(contains(c.quote, sought) for sought in gold.evidence)]
    return float(any(_attributed(citation.article, gold) for citation in holding or answer.citations[:1]))


def abstention_scores(*, abstained: bool, answerable: bool) -> Mapping[str, float]:
    """Return what one question adds to the abstention metrics: each is the mean over the questions that have it.

    - `precision`: of the abstentions, the share on unanswerable questions.
    - `recall`: of the unanswerable questions, the share abstained on.
    - `false_rate`: of the answerable questions, the share abstained on.
    """
    scores = {"false_rate" if answerable else "recall": float(abstained)}
    if abstained:
        scores["precision"] = float(not answerable)
    return scores


def _backed(sentence: Sentence, by_number: Mapping[int, Citation]) -> bool:
    return any(number in by_number for number in sentence.citations) and not sentence.unsupported


def _needed(sentence: Sentence, by_number: Mapping[int, Citation]) -> list[bool]:
    """Say of each of the sentence's citations whether the sentence needs it."""
    words = frozenset(normalised(sentence.text)) - _FUNCTION_WORDS
    held: dict[int, frozenset[str]] = {}
    for number in sentence.citations:
        quote = by_number[number].quote if number in by_number else ""
        held[number] = words.intersection(normalised(quote))
    together = _union(held.values())
    return [
        bool(own) and (own == together or _union(held[n] for n in held if n != number) != together)
        for number, own in held.items()
    ]


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*sets)


def _attributed(article: Article, gold: GoldQuestion) -> bool:
    outlets = [outlet_name(name) for name in (article.publisher, article.agency) if name]
    accepted_outlets = [outlet_name(name) for name in _listed(gold.publisher)]
    days = [dated.day for dated in (article.published, article.updated) if dated is not None and _names_a_day(dated)]
    return (
        (gold.publisher is None or _share_a_name(outlets, accepted_outlets))
        and (gold.author is None or _share_a_name(article.authors, _listed(gold.author)))
        and (gold.date is None or gold.date in days)
    )


def _listed(names: str | None) -> list[str]:
    """Take gold's `A; B` apart."""
    return [name.strip() for name in (names or "").split(";") if name.strip()]


def _share_a_name(names: Iterable[str], accepted: Iterable[str]) -> bool:
    folded = {" ".join(name.split()).casefold() for name in accepted}
    return any(" ".join(name.split()).casefold() in folded for name in names)


def _names_a_day(dated: NewsDate) -> bool:
    """Say whether the date is precise enough: a month is no day, although its first day could be gold's by chance."""
    return dated.precision in ("day", "minute")
