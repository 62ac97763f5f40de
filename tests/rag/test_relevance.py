"""Assessing sentences: coverage by hand, kinds of answer, order."""

from collections.abc import Callable, Sequence

import pytest

from rag.relevance import assess, is_sentence
from rag.types import Evidence

EvidenceOf = Callable[..., list[Evidence]]


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


def test_coverage_counts_whole_beside_and_around(evidence_of: EvidenceOf) -> None:
    """A word counts 1 in the sentence, 0.4 in a neighbouring one, 0.3 elsewhere in the passage; here of three words."""
    evidence = evidence_of("Norlink sells ferries. Nobody knew. It is late. The company smiled.")
    found = {c.text: c.coverage for c in assess("Which company sells ferries?", evidence, alike).candidates}
    assert found == {
        "Norlink sells ferries.": pytest.approx((1 + 1 + 0.3) / 3),
        "Nobody knew.": pytest.approx((0.4 + 0.4 + 0.3) / 3),
        "It is late.": pytest.approx((0.3 + 0.3 + 0.4) / 3),
        "The company smiled.": pytest.approx((0.3 + 0.3 + 1) / 3),
    }


def test_rare_words_count_more(evidence_of: EvidenceOf) -> None:
    """Of two sentences with one word of the question each, the one with the rarer word is better."""
    evidence = evidence_of("Prices rose sharply then.", "Tungsten arrived early then.")
    rarity = {"tungsten": 5.0, "prices": 1.0}
    assessment = assess("Do tungsten prices matter", evidence, lambda words: [rarity.get(w.casefold(), 0.1) for w in words])
    assert assessment.candidates[0].text == "Tungsten arrived early then."


def test_names_weigh_more_than_words(evidence_of: EvidenceOf) -> None:
    """A name of the question counts 1.3 times as much as another word of the same rarity."""
    assessment = assess("Did Norlink sell cars?", evidence_of("Norlink waits."), alike)
    assert assessment.weights == {"norlink": 1.3, "sell": 1.0, "car": 1.0}
    assert assessment.candidates[0].coverage == pytest.approx(1.3 / 3.3)


@pytest.mark.parametrize(
    ("question", "sentence", "holds"),
    [
        ("How many ships sailed in 2025?", "Many ships sailed in 2025.", False),
        ("How many ships sailed in 2025?", "In 2025 it was 14 ships that sailed.", True),
        ("How many ships sailed in 2025?", "A dozen ships sailed out.", True),
        ("When did Norlink sail?", "Then Norlink sailed off.", False),
        ("When did Norlink sail?", "On Thursday Norlink sailed off.", True),
        ("Who leads Norlink?", "At Norlink somebody else leads.", False),
        ("Who leads Norlink?", "At Norlink the leader is Pekka Salmi.", True),
        ("Why did Norlink sail?", "At Norlink the leader is Pekka Salmi.", None),
    ],
)
def test_the_wanted_kind_must_be_news(evidence_of: EvidenceOf, question: str, sentence: str, holds: bool | None) -> None:  # noqa: FBT001 - a parameter of the case
    """A number, name or date that the question itself holds is no answer to it."""
    assert assess(question, evidence_of(sentence), alike).candidates[0].wanted_kind is holds


def test_the_counted_thing_beats_another_number(evidence_of: EvidenceOf) -> None:
    """To `how many users` a number of users is better than a number of anything else beside the same words."""
    evidence = evidence_of("The app has users in 40 languages already. The app has 170 million American users already.")
    assert "170 million" in assess("How many users does the app have?", evidence, alike).candidates[0].text


def test_ties_go_to_the_better_passage(evidence_of: EvidenceOf) -> None:
    """The same sentence in two passages stands first from the first."""
    assessment = assess("Do ferries sail?", evidence_of("Ferries sail.", "Ferries sail."), alike)
    assert [c.key for c in assessment.candidates] == ["S1", "S2"]


def test_closeness_moves_a_passage_up(evidence_of: EvidenceOf) -> None:
    """With equal words, the passage that is nearer in meaning is better, even if it was ranked lower."""
    near, far = evidence_of("Ferries sail.", similarity=0.9), evidence_of("Ferries sail.", similarity=0.1)
    first, second = far[0], near[0]
    assert assess("Do ferries sail?", [first, second], alike).candidates[0].closeness == 0.9


def test_only_six_passages_are_read(evidence_of: EvidenceOf) -> None:
    """Sentences from the seventh passage on are no candidates."""
    evidence = evidence_of(*(f"Ferry number {n} sails." for n in range(9)))
    assert {c.key for c in assess("Do ferries sail?", evidence, alike).candidates} == {f"S{n}" for n in range(1, 7)}


def test_share_is_the_weighted_part_of_the_question(evidence_of: EvidenceOf) -> None:
    """Holding the name and one of two words is (1.3 + 1) / 3.3 of the question; nothing asked is nothing held."""
    assessment = assess("Did Norlink sell cars?", evidence_of("Norlink waits."), alike)
    assert assessment.share(frozenset({"norlink", "car", "elsewhere"})) == pytest.approx(2.3 / 3.3)
    assert assess("?", evidence_of("Norlink waits."), alike).share(frozenset({"norlink"})) == 0


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("It opened on Friday.", True),
        ("“It opened on Friday.”", True),
        ("It opened on Friday", False),
        ("Sandholm bridge opens to traffic", False),
        ("No way.", False),
    ],
)
def test_headlines_and_scraps_are_no_sentences(text: str, whole: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """An answer sentence ends like one and has more than two words."""
    assert is_sentence(text) is whole
