"""Reading questions: what kind of answer, which names, which things."""

import pytest

from rag.language import stem
from rag.question import read_question


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("When did the bridge open?", "date"),
        ("In what year was the lamp electrified?", "date"),
        ("On which day does the sale end?", "date"),
        ("How many ships does Norlink sell?", "number"),
        ("How much did the bridge cost?", "number"),
        ("What percentage of mills use robots?", "number"),
        ("What is the total cost of the bridge?", "number"),
        ("By how much did prices rise?", "number"),
        ("Who led the work?", "person"),
        ("Which minister resigned?", "person"),
        ("Whose plan won?", "person"),
        ("Where does the treaty apply?", "place"),
        ("In which city was it signed?", "place"),
        ("Which company sells ferries?", "name"),
        ("What firm won the competition?", "name"),
        ("Why did the ferries stop?", "other"),
        ("What is harvest now, decrypt later?", "other"),
        ("What happened in Varby?", "other"),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, wants: str) -> None:
    """The question word, and what it asks about, decide the kind of answer."""
    assert read_question(question).wants == wants


def test_names_and_numbers_are_insisted_on() -> None:
    """Capitalised words inside the question and words with digits are names; its first word is not."""
    reading = read_question("Did Pekka Salmi sell 14 ships to Norlink in 2025?")
    assert reading.names == {stem(word) for word in ("Pekka", "Salmi", "14", "Norlink", "2025")}


@pytest.mark.parametrize("question", ["which ships did norlink sell in 2025", "WHICH SHIPS DID NORLINK SELL IN 2025"])
def test_without_mixed_case_only_numbers_are_names(question: str) -> None:
    """In a question typed all small or all large no word can be told to be a name."""
    assert read_question(question).names == {"2025"}


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("How many users does the app have?", ("users",)),
        ("Which innovation forum was held in Shanghai?", ("innovation", "forum")),
        ("How many more patients were treated?", ("patients",)),
        ("Who led the work?", ()),
        ("What is it?", ()),
    ],
)
def test_things_are_what_is_counted_or_chosen_among(question: str, things: tuple[str, ...]) -> None:
    """What follows `how many` or `which` is the thing asked about, up to the verb."""
    assert read_question(question).things == things


@pytest.mark.parametrize(
    ("question", "compares"),
    [
        ("Which orchard harvested more, the northern or the southern?", True),
        ("Is EAST older than WEST?", True),
        ("How do the two forecasts differ?", True),
        ("How many ships does Norlink sell?", False),
        ("Who supported the orchestra?", False),
    ],
)
def test_comparing_questions_are_told(question: str, compares: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """`or`, `than` and the like, as words, make a question about several things."""
    assert read_question(question).compares is compares


def test_operators_are_only_words() -> None:
    """Quotes, fields and boolean operators of search engines mean nothing: words are words."""
    reading = read_question('title:"ferries" -sale +(bridge OR tunnel)* AND ~x^2')
    assert {"title", "ferries", "sale", "bridge", "tunnel"} <= set(reading.words)
    assert not set('"+-*~^():') & set("".join(reading.words))


@pytest.mark.parametrize("question", ["?!…", "what is this", "   ", "the of and"])
def test_a_question_may_hold_nothing_to_look_for(question: str) -> None:
    """Punctuation and function words leave no word to look for."""
    assert read_question(question).words == ()
