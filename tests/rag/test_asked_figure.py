"""Which figure a question asks for."""

import pytest

from rag.asked_figure import lemma, read_asked_figure
from rag.language import stem


@pytest.mark.parametrize(
    ("question", "kind", "counted", "verb"),
    [
        ("How many people were injured in the accident?", "count", "people", "injured"),
        ("How many people have been killed?", "count", "people", "killed"),
        ("How many people died in the storm?", "count", "people", "killed"),
        ("How many ships will Norlink sell by May?", "count", "ships", "sell"),
        ("How many policy documents has the bank published?", "count", "policy documents", "published"),
        ("How many people live in Varby?", "count", "people", "live"),
        ("How many users does the app have?", "count", "users", ""),
        ("How many jobs will Norlink cut?", "count", "jobs", "cut"),
        ("How much did the Sandholm bridge cost?", "money", "", "cost"),
        ("What was the budget of the library?", "money", "", "budget"),
        ("What percentage of voters backed the tunnel?", "percent", "", "backed"),
        ("When does the bridge open?", "date", "", "open"),
    ],
)
def test_kind_thing_and_verb_are_read(question: str, kind: str, counted: str, verb: str) -> None:
    """A question for one figure gives what it is, what it counts, and what is said of it."""
    asked = read_asked_figure(question)
    assert asked is not None
    assert (asked.kind, asked.counted, asked.verb) == (kind, {stem(word) for word in counted.split()}, lemma(verb))


@pytest.mark.parametrize(
    "question",
    [
        "Who runs Norlink?",
        "By how much did profits rise?",
        "How many more ships will Norlink sell?",
        "How many ships does Norlink sell each year?",
        "How many years did Tove Askel lead the work?",
        "How much water does the canal hold?",
        "When?",
    ],
)
def test_other_questions_ask_for_no_single_figure(question: str) -> None:
    """Changes, rates, durations, and amounts that are no money are not read."""
    assert read_asked_figure(question) is None


def test_forms_of_a_verb_and_words_for_casualties_are_one() -> None:
    """`sold` is `sell`, `died` is `killed`, `hurt` is `injured`; the dead are not the injured."""
    assert lemma("sold") == lemma("sells")
    assert lemma("died") == lemma("killed")
    assert lemma("hurt") == lemma("injured") != lemma("killed")


def test_lengths_and_weights_are_counted_in_their_units() -> None:
    """`How long` wants metres or miles that are said to be `long`."""
    asked = read_asked_figure("How long is the Sandholm bridge?")
    assert asked is not None
    assert (asked.kind, asked.verb) == ("count", "long")
    assert {stem("metres"), stem("miles")} <= asked.counted
