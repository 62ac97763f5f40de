"""Finding the sides of questions: by hand."""

import pytest

from rag.language import stem
from rag.sides import sides_of


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("Which orchard is larger, the northern or the southern orchard?", {"northern"}, {"southern", "orchard"}),
        ("Which has more ships, Norlink or Seabird?", {"Norlink"}, {"Seabird"}),
        ("Was the fare lower in May or in June 2024?", {"May"}, {"June", "2024"}),
        ("Did the fleet grow more from 2021 to 2022 or from 2022 to 2023?", {"2021"}, {"2023"}),
        ("Did Varby or Sandholm build the higher bridge?", {"Varby"}, {"Sandholm"}),
        ("How did the forecast for Varby change from April to July?", {"April"}, {"July"}),
        ("Who led Norlink in 2024 and in 2025?", {"2024"}, {"2025"}),
        ("What happened on the ninth and on the tenth voyage?", {"ninth"}, {"tenth"}),
        ("A storm hit Varby and Skarv. Who pays more, Norlink or Seabird?", {"Norlink"}, {"Seabird"}),
    ],
)
def test_alternatives_names_and_dates_are_sides(question: str, one: set[str], other: set[str]) -> None:
    """What stands on both sides of `or`, `and` or `from … to …`, without the words that both have."""
    first, second = sides_of(question)
    assert first.own == {stem(word) for word in one}
    assert second.own == {stem(word) for word in other}


def test_two_questions_in_one_are_parted() -> None:
    """A second question word begins a side that is a question of its own."""
    first, second = sides_of("When did the strike begin, and who ended it?")
    assert (first.question, second.question) == ("When did the strike begin", "who ended it?")


@pytest.mark.parametrize(
    "question",
    [
        "Who leads Norlink?",
        "What do goods and services cost?",
        "Which ships, if any, were sold?",
        "Norlink or Norlink?",
        "",
        "or",
    ],
)
def test_one_thing_has_no_sides(question: str) -> None:
    """`and` between words that are no names parts nothing, and two equal sides are one."""
    assert sides_of(question) == ()
