"""Conflicts between independent sources: which sources are compared, and how both sides are told."""

import asyncio
from collections.abc import Callable
from datetime import date

import pytest

from index.protocols import PassageStore
from rag.conflicts import find_conflicts
from rag.pipeline import Pipeline
from rag.types import Citation, Question
from tests.rag.ferry_accident import INJURED, LEAD, NINETEEN, TWELVE, ArticleOf, Find, alike, cited, find, shown


def test_both_sides_can_be_verified(gazette: Find, courier: Find) -> None:
    """Each side gives its evidence, where the sentence stands in the article, and the figure with its unit from that sentence."""
    sides = find(INJURED, gazette(TWELVE), courier(NINETEEN))[0].sides
    for side in sides:
        assert side.evidence.hit.article.text[side.start : side.end] == side.quote
        assert side.figure in side.quote
    assert [(side.evidence.key, side.quote, side.figure, side.unit) for side in sides] == [
        ("S1", TWELVE, "12", "people"), ("S2", NINETEEN, "19", "people"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param({}, {"publisher": "Harbour Gazette"}, id="one outlet"),
        pytest.param({"agency": "Reuters"}, {"agency": "Reuters"}, id="one agency"),
        pytest.param({"publisher": "Reuters"}, {"agency": "Reuters"}, id="the agency and its customer"),
        pytest.param({"day": None}, {}, id="no date"),
        pytest.param({}, {"day": "2025-03"}, id="no day"),
        pytest.param({}, {"publisher": None}, id="no outlet"),
        pytest.param({}, {"day": "2025-03-21"}, id="weeks apart"),
    ],
)
def test_only_independent_sources_of_one_time_are_compared(
    gazette: Find, courier: Find, one: dict[str, str | None], other: dict[str, str | None]
) -> None:
    """One outlet, one wire service, unknown outlets or dates, and dates far apart make no conflict."""
    assert find(INJURED, gazette(TWELVE), courier(NINETEEN))
    assert find(INJURED, gazette(TWELVE, **one), courier(NINETEEN, **other)) == ()


def test_edited_copies_of_one_story_are_no_conflict(gazette: Find, courier: Find) -> None:
    """Articles that share the number of a story are one source; with numbers of their own they are two."""
    one, other = gazette(TWELVE), courier(NINETEEN)
    assert find(INJURED, one, other, stories={one.article_id: 7, other.article_id: 7}) == ()
    assert find(INJURED, one, other, stories={one.article_id: 7, other.article_id: 8})


def test_one_sentence_with_another_number_is_a_later_state_of_one_text(gazette: Find, courier: Find) -> None:
    """Two outlets that print the same sentence with another figure carry one text at two times."""
    text = "On Monday morning {} people were injured when a ferry hit the old pier at Sandholm in thick fog, rescuers said."
    assert find(INJURED, gazette(text.format(12)), courier(text.format(19))) == ()


def test_only_a_figure_that_the_answer_cites_can_be_contradicted(gazette: Find, courier: Find) -> None:
    """A quote that does not hold the figure has no conflict, whatever the evidence says."""
    evidence = [shown("S1", gazette(f"The fog was thick. {TWELVE}")), shown("S2", courier(NINETEEN))]
    quote = "The fog was thick."
    start = len(LEAD)
    fog = Citation(number=1, article=evidence[0].hit.article, quote=quote, start=start, end=start + len(quote), verified="exact")
    assert find_conflicts(INJURED, [fog], evidence, rarity=alike, stories={}) == ()
    assert find_conflicts(INJURED, [], evidence, rarity=alike, stories={}) == ()
    assert find_conflicts(INJURED, [cited(evidence[0])], evidence, rarity=alike, stories={})


def test_a_third_source_is_told_with_its_date(gazette: Find, courier: Find, article_of: ArticleOf) -> None:
    """Every independent source has its place, in the order of time, also one that agrees with another."""
    third = article_of(
        f"{LEAD}On Monday 19 people were injured, doctors said.", title="Sandholm ferry accident", day="2025-03-05",
        publisher="Inland Post",
    )  # fmt: skip
    assert str(find(INJURED, gazette(TWELVE), courier(NINETEEN), third)[0]) == (
        "Harbour Gazette (3 March 2025): 12; Coast Courier (4 March 2025): 19; Inland Post (5 March 2025): 19"
    )


def test_the_answer_of_a_pipeline_and_its_evidence_are_compared(
    gazette: Find, courier: Find, build_archive: Callable[..., PassageStore], build_pipeline_over: Callable[..., Pipeline]
) -> None:
    """What retrieval finds and the extractive generator cites gives the conflict between two stored articles."""
    pipeline = build_pipeline_over(build_archive([gazette(TWELVE), courier(NINETEEN)]))
    answer = asyncio.run(pipeline.answer(Question(text=INJURED, as_of=date(2025, 3, 10))))
    assert answer.conflicts == ("Harbour Gazette (3 March 2025): 12; Coast Courier (4 March 2025): 19",)
    assert {citation.article.publisher for citation in answer.citations} == {"Harbour Gazette", "Coast Courier"}
    shown = " ".join(citation.quote for citation in answer.citations)
    assert "12" in shown
    assert "19" in shown
    assert {n for sentence in answer.sentences for n in sentence.citations} == {citation.number for citation in answer.citations}
