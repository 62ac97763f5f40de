"""Whether sentences hold the wanted kind of answer: by hand."""

import pytest

from rag.answer_kinds import KindFit, WantedKind
from rag.question import read_question


def fit(question: str, sentence: str) -> KindFit:
    return WantedKind(question, read_question(question)).fit(sentence)


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("How much did the bridge cost?", "It came to 640 million crowns.", "It has 640 cables."),
        ("How much is the prize worth?", "The winner gets €5,000.", "The winner gets 5,000 letters."),
        ("How long did the strike last?", "It was over after three and a half weeks.", "It was over after 14 meetings."),
        ("How many hours did the ferry wait?", "It left 12 hours late.", "It left with 12 cars."),
        ("What percentage of the mills use robots?", "About a third of them do.", "Robots run 300 of them."),
        ("How high is the tower?", "It stands 61 metres above the sea.", "It has 61 windows."),
    ],
)
def test_quantities_are_told_by_their_unit(question: str, holds: str, lacks: str) -> None:
    """Money, time, shares and lengths are each printed in their own way."""
    assert fit(question, holds).unit is True
    assert fit(question, lacks).unit is False


@pytest.mark.parametrize(
    ("sentence", "counts"),
    [
        ("It sold 14 ships in May 2024.", True),
        ("It sold a dozen ships.", True),
        ("It sold ships on 4 May 2024.", False),
        ("It sold 23 ships.", False),
    ],
)
def test_a_date_is_no_quantity(sentence: str, counts: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """The day on which something happened says not how much it was, nor does a number that the question holds."""
    assert fit("How many of its 23 ships did Norlink sell?", sentence).kind is counts


def test_other_questions_ask_for_no_unit() -> None:
    """A count of things has no unit, nor has what is no quantity."""
    assert fit("How many ships does Norlink sell?", "It sells 14 of them.").unit is None
    assert fit("Who pays the price?", "Norlink pays 5 crowns.").unit is None


@pytest.mark.parametrize(
    ("sentence", "exact"),
    [
        ("It opened on 4 March.", True),
        ("It opened on March 4, 2025.", True),
        ("It opened in 2024.", True),
        ("It opened on Thursday.", False),
        ("It opened again in 2025.", False),
    ],
)
def test_exact_dates_are_new_days_or_years(sentence: str, exact: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """A weekday is no exact date, and neither is the year that the question itself holds."""
    assert fit("When in 2025 did the bridge open?", sentence).exact_date is exact


@pytest.mark.parametrize(
    ("sentence", "person"),
    [
        ("Engineer Tove Askel led it.", True),
        ("Ludwig van Halden led it.", True),
        ("The engineers of Norlink led it.", False),
        ("Pekka Salmi led it.", False),
    ],
)
def test_persons_have_names_of_two_words(sentence: str, person: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """A name that the question holds is not the one asked for."""
    assert fit("Who led it before Pekka Salmi?", sentence).person is person


def test_reasons_are_told_by_their_words() -> None:
    """Only a question for a cause looks for them."""
    assert fit("Why did the ferry stop?", "It stopped because of ice.").reason is True
    assert fit("Why did the ferry stop?", "It stopped at Skarv.").reason is False
    assert fit("Where did the ferry stop?", "It stopped because of ice.").reason is None


@pytest.mark.parametrize(
    ("question", "to_come"),
    [("How many ships did Norlink sell?", True), ("How many ships will Norlink sell?", False)],
)
def test_announcements_do_not_tell_what_happened(question: str, to_come: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """To a question about the past, a sentence on what is planned is one of what is still to come."""
    assert fit(question, "Norlink is to sell 14 ships.").still_to_come is to_come
    assert fit(question, "Norlink sold 14 ships.").still_to_come is False
