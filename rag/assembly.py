"""Makes the answer of what was prepared and written: abstaining, other sources' figures, dates. Reads no archive."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rag.citations import CitedText, without_keys
from rag.conclusions import conclusion
from rag.conflicts import Conflict, Side, find_conflicts
from rag.links import without_links
from rag.newest import newest_note
from rag.prepared import Prepared
from rag.prompts import REFUSAL
from rag.types import Abstention, Answer, Citation, Sentence
from rag.writing import Draft

_UNVERIFIED = Abstention(
    reason="unverified", message="No sentence of the draft could be verified against the archive, so none is shown."
)
_REFUSED = Abstention(
    reason="low_score", message="The nearest passages were read and do not answer the question; they are listed as nearest."
)


def assemble(prepared: Prepared, draft: Draft) -> Answer:
    """Return the answer that the draft's verified sentences make, with what other sources say otherwise behind them."""
    cited = draft.cited
    abstained = prepared.abstained
    if abstained is None and not cited.sentences:
        abstained = _REFUSED if cited.refused else _UNVERIFIED
    text = prepared.question.text
    conflicts = find_conflicts(
        text, cited.citations, prepared.evidence, rarity=lambda words: [prepared.rarity.get(word, 0.0) for word in words],
        stories=prepared.stories,
    )  # fmt: skip
    for side in (side for conflict in conflicts for side in conflict.sides):
        cited = _with_side(cited, side, prepared)
    return Answer(
        question=prepared.asked, standalone=text if text != prepared.asked else None,
        text=REFUSAL if abstained else cited.text, abstained=abstained, sentences=cited.sentences, citations=cited.citations,
        nearest=prepared.hits[:3] if abstained else (), newest_source=_newest(cited.citations),
        newest_note=newest_note(text, cited.citations),
        conclusion=None if abstained else conclusion(text, cited.citations), premise=_premise(prepared, cited),
        conflicts=_told(conflicts),
        generator=draft.generator,
        generation=prepared.generation, hits=prepared.hits, completion=draft.completion, timings_ms=_timings(prepared),
        degraded=draft.problem, unranked=prepared.unranked,
    )  # fmt: skip


def _premise(prepared: Prepared, cited: CitedText) -> str | None:
    """Return what the archive says otherwise, if the sentence that says so could be cited."""
    return str(prepared.contradiction) if prepared.contradiction is not None and cited.sentences else None


def _told(conflicts: Sequence[Conflict]) -> tuple[str, ...]:
    return tuple(map(str, conflicts))


def _with_side(cited: CitedText, side: Side, prepared: Prepared) -> CitedText:
    """Add the sentence of a source that gives another figure, with its citation, if the answer does not hold it."""
    article = side.evidence.hit.article
    if any(
        citation.article.article_id == article.article_id and citation.start <= side.start and side.end <= citation.end
        for citation in cited.citations
    ):
        return cited
    number = len(cited.citations) + 1
    added = Citation(
        number=number, article=article, quote=side.quote, start=side.start, end=side.end, verified="exact",
        also_in=tuple(prepared.copies.get(article.article_id, ())),
    )  # fmt: skip
    text = without_links(without_keys(side.quote))
    return replace(
        cited, text=f"{cited.text} {text} [{number}]", sentences=(*cited.sentences, Sentence(text=text, citations=(number,))),
        citations=(*cited.citations, added),
    )  # fmt: skip


def _newest(citations: tuple[Citation, ...]) -> date | None:
    return max((c.article.dated.day for c in citations if c.article.dated), default=None)


def _timings(prepared: Prepared) -> dict[str, float]:
    total = _ms(prepared.started, time.perf_counter())
    spent = sum(prepared.timings_ms.values())
    return {**prepared.timings_ms, "generate": round(total - spent, 1), "total": total}


def _ms(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
