"""Whether an answer rests on what it cites, names the right source, and abstains when it should. Knows no ranking.

Citation `precision` and `recall` are those of ALCE (Gao et al., "Enabling Large Language Models to Generate Text with
Citations", EMNLP 2023) with any `Entailment` in the place of its inference model, and quotes in the place of passages.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from eval.entailment import Entailment
from eval.gold import GoldQuestion
from eval.matching import contains
from index.date_words import MONTHS_BY_LANGUAGE, WEEKDAYS_BY_LANGUAGE
from index.outlets import outlet_name
from index.types import Article, NewsDate
from rag.types import Answer, Citation, Sentence

# The long form stands last in its group.
_MONTH_NAMES = [group.split()[-1].capitalize() for group in MONTHS_BY_LANGUAGE["en"].split("|")]
_DAY_NAMES = [group.split()[-1].capitalize() for group in WEEKDAYS_BY_LANGUAGE["en"].split("|")]


def quote_is_exact(citation: Citation, stored_text: Callable[[str], str | None]) -> bool:
    """Return whether the quote stands letter by letter, at the offsets that the citation names, in the archive's article.

    `stored_text` gives the text of an article by its id, None if the archive does not hold it: the copy of the article that the
    answer carries is not asked. An empty quote is not exact.
    """
    text, quote, start = stored_text(citation.article.article_id), citation.quote, citation.start
    # A slice takes negative offsets and such behind the end; a citation may not.
    return text is not None and start >= 0 and text[start : citation.end] == quote and 0 < len(quote) == citation.end - start


def premise(citations: Sequence[Citation]) -> str:
    """Return what a sentence with these citations rests on: each quote after a line with what the citation says of its article.

    That line names outlet, agency, authors, dates and the printed title, because a sentence may say who reported something and
    when, and a quote may say `he` of whom the title names.
    """
    return "\n\n".join(f"{_credit(citation.article)}\n{citation.quote}" for citation in citations)


def sentence_support(answer: Answer, entails: Entailment) -> tuple[bool, ...]:
    """Return for each sentence of the answer whether its citations together entail it; without citations, nothing does."""
    by_number = {citation.number: citation for citation in answer.citations}
    return tuple(_supported(sentence, _cited(sentence, by_number).values(), entails) for sentence in answer.sentences)


def citation_scores(answer: Answer, *, entails: Entailment, stored_text: Callable[[str], str | None]) -> Mapping[str, float]:
    """Return the citation metrics of one answer that was given; of an abstention, none.

    - `quote_valid`: 1 if every citation's quote is exact (`quote_is_exact`); 1 when there are no citations.
    - `recall`: the share of sentences that their citations together entail; 0 without sentences.
    - `precision`: the share of citations, counted once for each sentence they stand at, whose sentence is so entailed and that
      entail it alone, or without which the others do not. A citation that stands at no sentence counts as imprecise, as does a
      number without a citation. Absent when nothing is cited.
    """
    if answer.abstained is not None:
        return {}
    by_number = {citation.number: citation for citation in answer.citations}
    support = sentence_support(answer, entails)
    precise = [
        needed
        for sentence, supported in zip(answer.sentences, support, strict=True)
        for needed in _precise(sentence, by_number, entails, supported=supported)
    ]
    standing = {number for sentence in answer.sentences for number in sentence.citations}
    precise += [False] * len(by_number.keys() - standing)
    scores = {
        "quote_valid": float(all(quote_is_exact(citation, stored_text) for citation in answer.citations)),
        "recall": sum(support) / len(support) if support else 0.0,
    }
    if precise:
        scores["precision"] = sum(precise) / len(precise)
    return scores


def attribution_scores(answer: Answer, gold: GoldQuestion) -> Mapping[str, float]:
    """Return whether the answer cites the source that gold names; of an abstention or an unanswerable question, nothing.

    - `publisher`, `author`, `date`: 1 if the judged article has it; absent when gold does not name it.
    - `attribution`: 1 if it has all that gold names; absent when gold names nothing.

    Judged are the articles whose quote holds gold evidence, or the first citation's if none does; of several, the one that has
    most of what gold names, so that an outlet of one article and an author of another make no right source. Without citations
    everything is 0.
    """
    if answer.abstained is not None or gold.answerable is False:
        return {}
    holding = [c for c in answer.citations if any(contains(c.quote, sought) for sought in gold.evidence)]
    judged = [_named_right(citation.article, gold) for citation in holding or answer.citations[:1]]
    named = {"publisher": gold.publisher, "author": gold.author, "date": gold.date}
    wrong = {name: 0.0 for name, value in named.items() if value is not None}
    if not wrong:
        return {}
    best = max(judged, key=lambda right: sum(right.values()), default=wrong)
    return {"attribution": min(best.values()), **best}


def quoted_evidence(answer: Answer, gold: GoldQuestion) -> Mapping[str, float]:
    """Return `evidence`, the share of gold's evidence strings that a cited quote holds (`matching.contains`).

    Of an abstention, an unanswerable question and gold without evidence, nothing.
    """
    if answer.abstained is not None or gold.answerable is False or not gold.evidence:
        return {}
    held = [any(contains(citation.quote, sought) for citation in answer.citations) for sought in gold.evidence]
    return {"evidence": sum(held) / len(held)}


def abstention_scores(*, abstained: bool, answerable: bool | None) -> Mapping[str, float]:
    """Return what one question adds to the abstention metrics: each is the mean over the questions that have it.

    - `precision`: of the abstentions, the share on unanswerable questions.
    - `recall`: of the unanswerable questions, the share abstained on.
    - `false_rate`: of the answerable questions, the share abstained on.

    A question of which nobody knows whether it can be answered adds nothing.
    """
    if answerable is None:
        return {}
    scores = {"false_rate" if answerable else "recall": float(abstained)}
    if abstained:
        scores["precision"] = float(not answerable)
    return scores


def _cited(sentence: Sentence, by_number: Mapping[int, Citation]) -> dict[int, Citation]:
    return {number: by_number[number] for number in sentence.citations if number in by_number}


def _supported(sentence: Sentence, citations: Iterable[Citation], entails: Entailment) -> bool:
    resting_on = list(citations)
    return bool(resting_on) and entails(premise(resting_on), sentence.text)


def _precise(sentence: Sentence, by_number: Mapping[int, Citation], entails: Entailment, *, supported: bool) -> Iterator[bool]:
    """Say of each number at the sentence whether it is a citation that helps to support it."""
    cited = _cited(sentence, by_number)
    for number in dict.fromkeys(sentence.citations):
        if not supported or number not in cited:
            yield False
            continue
        others = [citation for other, citation in cited.items() if other != number]
        yield not others or _supported(sentence, [cited[number]], entails) or not _supported(sentence, others, entails)


def _credit(article: Article) -> str:
    """Write what the citation says of its article: `Harbour Gazette, Jane Roe, Friday, 19 September 2025: Bridge closes`."""
    dates = [_in_words(dated) for dated in (article.published, article.updated) if dated is not None]
    parts = [part for part in (article.publisher, article.agency, *article.authors, *dict.fromkeys(dates)) if part]
    # A title that the source did not print is text of the article that nobody cited.
    return f"{', '.join(parts)}: {article.title if article.title_printed else ''}".strip(" :")


def _in_words(dated: NewsDate) -> str:
    """Write a date as news prints it, no more precise than it is."""
    day = dated.day
    if dated.precision == "year":
        return str(day.year)
    month = f"{_MONTH_NAMES[day.month - 1]} {day.year}"
    return f"{_DAY_NAMES[day.weekday()]}, {day.day} {month}" if _names_a_day(dated) else month


def _named_right(article: Article, gold: GoldQuestion) -> dict[str, float]:
    """Say of each thing that gold names whether the article has it."""
    right: dict[str, float] = {}
    if gold.publisher is not None:
        outlets = [outlet_name(name) for name in (article.publisher, article.agency) if name]
        right["publisher"] = float(_share_a_name(outlets, map(outlet_name, _listed(gold.publisher))))
    if gold.author is not None:
        right["author"] = float(_share_a_name(article.authors, _listed(gold.author)))
    if gold.date is not None:
        dates = (article.published, article.updated)
        right["date"] = float(gold.date in [dated.day for dated in dates if dated is not None and _names_a_day(dated)])
    return right


def _listed(names: str) -> list[str]:
    """Take gold's `A; B` apart."""
    return [name.strip() for name in names.split(";") if name.strip()]


def _share_a_name(names: Iterable[str], accepted: Iterable[str]) -> bool:
    folded = {" ".join(name.split()).casefold() for name in accepted}
    return any(" ".join(name.split()).casefold() in folded for name in names)


def _names_a_day(dated: NewsDate) -> bool:
    """Say whether the date is precise enough: a month is no day, although its first day could be gold's by chance."""
    return dated.precision in ("day", "minute")
