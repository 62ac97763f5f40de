"""Says where independent sources give different figures for what a question asks. Told only where both sides can be cited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.cleaning import normalise
from index.outlets import outlet_name
from index.types import Article
from rag.asked_figure import lemma, read_asked_figure
from rag.claim_comparison import comparable
from rag.claims import Claim, read_claims
from rag.printed_date import MONTHS, printed_date
from rag.printed_figures import agree, plausible
from rag.question import read_question
from rag.relevance import Rarity
from rag.types import Citation, Evidence

# Two sentences with this share of word runs in common are one text, corrected or brought up to date (as in `rag.diversity`).
_SHINGLE, _SAME_WORDS = 4, 0.6
# These say what kind of figure is asked for; no answer repeats them.
_ASKS = frozenset("percentage percent share proportion money date day".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one source says: `article.text[start:end] == quote`, and `figure` is a part of the quote."""

    evidence: Evidence
    start: int
    end: int
    quote: str
    figure: str
    """As printed, with what limits it: `at least 12`, `640 million crowns`, `4 May`."""
    unit: str
    """What is counted, as printed: `people`; empty for sums, shares and days."""

    @property
    def source(self) -> str:
        """The outlet with the date, as people read it: `Harbour Gazette (3 March 2025)`."""
        article = self.evidence.hit.article
        assert article.dated is not None  # noqa: S101 - an undated article is never a side
        return f"{outlet_name(article.publisher or '')} ({printed_date(article.dated)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """One question, several figures."""

    sides: tuple[Side, ...]
    """At least two, of different outlets, the oldest first."""

    def __str__(self) -> str:
        """Return it for people: `Harbour Gazette (3 March 2025): 12; Coast Courier (4 March 2025): 19`."""
        return "; ".join(f"{side.source}: {_inside_a_line(side.figure)}" for side in self.sides)


def find_conflicts(
    question: str,
    citations: Sequence[Citation],
    evidence: Sequence[Evidence],
    *,
    rarity: Rarity,
    stories: Mapping[str, int],
) -> tuple[Conflict, ...]:
    """Return where another source of the evidence gives another figure than the answer's citations do; mostly nothing.

    Compared are only claims that stand in a citation's quote with claims of other outlets, other stories and other wire
    services, on the figure that the question asks for, of the same time. Figures that may both be right (rounded, `more than`)
    are no conflict. Undated articles and unknown outlets are left out, since they could not be told apart by name and date.

    Args:
        question: as asked.
        citations: of the answer.
        evidence: what the generator was shown.
        rarity: the inverse document frequency of words.
        stories: for each article id of the evidence the number of its story (`PassageStore.clusters`).
    """
    asked = read_asked_figure(question)
    if asked is None or not citations:
        return ()
    reading = read_question(question)
    words = [word for word in reading.words if word.casefold() not in _ASKS]
    rare = rarity(words)
    # Half of the weight is equal: in an archive of a few articles any word that one of them lacks is rare.
    weights = {lemma(word): weight + sum(rare) / len(rare) for word, weight in zip(words, rare, strict=True)}
    if not weights.keys() - asked.counted - {asked.verb}:
        return ()  # `How many people were killed?` could mean any event
    claims = [
        claim
        for item in evidence
        if item.hit.article.publisher
        for claim in read_claims(question, asked, item, weights, reading.names)
    ]
    for cited in (claim for claim in claims if _is_cited(claim, citations)):
        sides = _sides(cited, claims, question, stories)
        if sides:
            return (Conflict(sides=tuple(map(_side, sorted(sides, key=lambda claim: claim.day)))),)
    return ()


def _inside_a_line(figure: str) -> str:
    """Write `At least 12` small; `May 4` and `US$12` stay."""
    first = figure.split(maxsplit=1)[0]
    return figure if first in MONTHS or not first.isalpha() else figure[0].lower() + figure[1:]


def _is_cited(claim: Claim, citations: Sequence[Citation]) -> bool:
    first, last = claim.start + claim.figure.start, claim.start + claim.figure.end
    return any(
        citation.article.article_id == claim.evidence.hit.article.article_id and citation.start <= first and last <= citation.end
        for citation in citations
    )


def _sides(cited: Claim, claims: Sequence[Claim], question: str, stories: Mapping[str, int]) -> list[Claim]:
    """Return the cited claim with those of the sources that are independent of it and of each other, or nothing."""
    sides = [cited]
    for claim in claims:
        if (
            all(_independent(claim, side, stories) for side in sides)
            and comparable(cited, claim, question)
            and plausible(cited.figure, claim.figure)
        ):
            sides.append(claim)
    return sides if any(not agree(cited.figure, side.figure) for side in sides) else []


def _independent(one: Claim, other: Claim, stories: Mapping[str, int]) -> bool:
    first, second = one.evidence.hit.article, other.evidence.hit.article
    if first.article_id == second.article_id or _outlets(first) & _outlets(second):
        return False
    story = stories.get(first.article_id)
    if story is not None and story == stories.get(second.article_id):
        return False
    if _quotes(one, second) or _quotes(other, first):
        return False
    runs, other_runs = _runs(one.sentence), _runs(other.sentence)
    return len(runs & other_runs) < _SAME_WORDS * min(len(runs), len(other_runs))


def _outlets(article: Article) -> set[str]:
    return {outlet_name(name).casefold() for name in (article.publisher, article.agency) if name}


def _quotes(claim: Claim, article: Article) -> bool:
    """Return whether a sentence names the other outlet: it tells what that one reported."""
    sentence = claim.sentence.casefold()
    return any(name in sentence for name in _outlets(article))


def _runs(text: str) -> set[tuple[str, ...]]:
    words = normalise(text).split()
    return {tuple(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}


def _side(claim: Claim) -> Side:
    return Side(
        evidence=claim.evidence,
        start=claim.start,
        end=claim.end,
        quote=claim.sentence,
        figure=claim.sentence[claim.figure.start : claim.figure.end],
        unit=" ".join(claim.unit),
    )
