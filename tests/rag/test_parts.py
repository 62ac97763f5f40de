"""Questions that ask several things: how they are split, what is never split, and how what is found is merged."""

from collections.abc import Callable

import pytest

from index.types import Hit
from rag.comparisons import sides
from rag.parts import AT_MOST, interleaved, parts
from rag.types import Evidence
from rag.verb_forms import base_of, positive_of


@pytest.mark.parametrize(
    ("question", "split"),
    [
        ("Who leads the port and when did it open?", ("Who leads the port?", "When did the port open?")),
        ("Why did it close, and what will happen to the ships?", ("Why did it close?", "What will happen to the ships?")),
        ("Who is Pekka Salmi and what does he do?", ("Who is Pekka Salmi?", "What does Pekka Salmi do?")),
        ("Did Norlink sell ships and did it buy trains?", ("Did Norlink sell ships?", "Did Norlink buy trains?")),
        (
            "Who leads the port, when did it open and how much did it cost?",
            ("Who leads the port?", "When did the port open?", "How much did the port cost?"),
        ),
        ("Who leads the port? When did it open?", ("Who leads the port?", "When did the port open?")),
        ("When and where did the talks begin?", ("When did the talks begin?", "Where did the talks begin?")),
        (
            "How many people live in Trinidad and Tobago and who governs Varby?",
            ("How many people live in Trinidad and Tobago?", "Who governs Varby?"),
        ),
    ],
)  # fmt: skip
def test_several_questions_become_questions_that_stand_alone(question: str, split: tuple[str, ...]) -> None:
    """Each has its own question word and verb, and names what its pronoun means."""
    assert parts(question) == split


@pytest.mark.parametrize(
    ("question", "split"),
    [
        ("Which has more users, Norlink or Halden?", ("How many users does Norlink have?", "How many users does Halden have?")),
        (
            "Who sold more ships in 2024, Norlink or Halden?",
            ("How many ships did Norlink sell in 2024?", "How many ships did Halden sell in 2024?"),
        ),
        (
            "Which orchards harvested more apples, the northern or the southern orchards?",
            ("How many apples did the northern orchards harvest?", "How many apples did the southern orchards harvest?"),
        ),
        ("Which is larger: Varby or Sandholm?", ("How large is Varby?", "How large is Sandholm?")),
        ("Which is more costly, the ferry or the bridge?", ("How costly is the ferry?", "How costly is the bridge?")),
        ("Which cost more, the ferry or the bridge?", ("How much did the ferry cost?", "How much did the bridge cost?")),
        ("Which grew faster, Norlink or Halden?", ("How fast did Norlink grow?", "How fast did Halden grow?")),
        ("Which bank opened first, Varby Bank or Halden Bank?", ("When did Varby Bank open?", "When did Halden Bank open?")),
        ("Who has won more cups, Norlink or Halden?", ("How many cups has Norlink won?", "How many cups has Halden won?")),
        ("Did Norlink or Halden grow faster?", ("How fast did Norlink grow?", "How fast did Halden grow?")),
        ("Will the ferry or the bridge close?", ("Will the ferry close?", "Will the bridge close?")),
        ("Is Varby older than Sandholm?", ("How old is Varby?", "How old is Sandholm?")),
        ("Does Varby have more ships than Skarv?", ("How many ships does Varby have?", "How many ships does Skarv have?")),
        ("Which of Varby and Skarv has more ships?", ("How many ships does Varby have?", "How many ships does Skarv have?")),
        ("How many more cars does Varby own than Skarv?", ("How many cars does Varby own?", "How many cars does Skarv own?")),
        ("How much taller is the tower than the mast?", ("How tall is the tower?", "How tall is the mast?")),
        ("How do Norlink and Halden differ in fees?", ("What are Norlink's fees?", "What are Halden's fees?")),
        ("How does Skarv compare with the Line in size?", ("What is Skarv's size?", "What is the size of the Line?")),
        ("Compare Norlink and Halden.", ("What is Norlink?", "What is Halden?")),
        (
            "Which company was founded in Varby, Norlink, Halden or Askel?",
            ("Was Norlink founded in Varby?", "Was Halden founded in Varby?", "Was Askel founded in Varby?"),
        ),
    ],
)  # fmt: skip
def test_a_comparison_becomes_one_question_a_side(question: str, split: tuple[str, ...]) -> None:
    """Each asks how much, how large or when, so that its answer can be set against the other's."""
    assert parts(question) == split


@pytest.mark.parametrize(
    "question",
    [
        "Who leads the port?",
        "What does Johnson and Johnson sell?",
        "How many people live in Trinidad and Tobago?",
        "What is the distance between Varby and Sandholm?",
        "What did talks between Norlink and Halden bring?",
        "Who wrote “War and when does it end”?",
        "Who wrote 'Which is better, peace or war'?",
        "What is the name and age of the director?",
        "What did the director say and do?",
        "How many ships did Norlink sell and buy?",
        "Who leads the port and since when?",
        "Did Salmi say when the port opens and who leads it?",
        "Who is the man who leads the port and who sold the ships?",
        "What happened when the port opened and how many came?",
        "Did the council approve or reject the plan?",
        "Did prices rise more than expected?",
        "Did prices rise faster than in 2023?",
        "Does Norlink own more land in Varby than Halden?",
        "Norlink sold ships. Who bought them? When was that?",
        "Can a ship sail empty? If so, is it taxed?",
        "How did Norlink differ from Halden in managing its ports?",
        "Which firm won the competition, and what will it build?",
        "Are ferries or bridges safer",
        "Wer leitet den Hafen und wann wurde er eröffnet?",
        "norlink and halden ships",
        "and",
        " ",
        "? ? ?",
        "Who " + "and when did it open " * 100,
    ],
)
def test_what_asks_one_thing_is_returned_letter_by_letter(question: str) -> None:
    """Names, quotes, pairs, reported questions and what cannot be told apart stay whole."""
    assert parts(question) == (question,)


def test_more_than_four_questions_are_not_split() -> None:
    """Five parts would each get too few passages, so the question is asked as it is."""
    asked = ["who leads Norlink", "who leads Halden", "who leads Varby", "who leads Skarv", "who leads Sandholm"]
    four, five = ("W" + " and ".join(asked[:n])[1:] + "?" for n in (AT_MOST, 5))
    assert len(parts(four)) == AT_MOST
    assert parts(five) == (five,)


def test_sides_of_what_is_no_comparison_are_none() -> None:
    """A question that compares nothing has no sides."""
    assert sides("Who leads the port and when did it open?") == ()
    assert sides("") == ()


@pytest.fixture
def hits(evidence_of: Callable[..., list[Evidence]]) -> list[Hit]:
    """Six passages with falling scores."""
    return [item.hit for item in evidence_of(*(f"Ferry {n} sails." for n in range(6)))]


def test_lists_take_turns(hits: list[Hit]) -> None:
    """Each list's first comes before any list's second, and the lists' order breaks the tie."""
    a, b, c, d, e, f = hits
    merged = interleaved([[a, b, c], [d, e, f]], 5)
    assert [hit.passage for hit in merged] == [hit.passage for hit in (a, d, b, e, c)]


def test_a_passage_found_twice_takes_one_place(hits: list[Hit]) -> None:
    """What several parts find stands once, at its best place, and leaves room for others."""
    a, b, c, d, *_ = hits
    merged = interleaved([[a, b], [b, a, c], [d]], 4)
    assert [hit.passage for hit in merged] == [hit.passage for hit in (a, b, d, c)]


def test_merged_scores_never_rise(hits: list[Hit]) -> None:
    """Readers of hits may rely on the first having the highest score."""
    scores = [hit.score for hit in interleaved([hits[3:], hits[:3]], 6)]
    assert scores == sorted(scores, reverse=True)


def test_one_list_is_left_alone(hits: list[Hit]) -> None:
    """What a reranker put into another order than that of the scores keeps both."""
    assert interleaved([hits[::-1]], 3) == hits[:2:-1]


def test_nothing_found_is_nothing_merged() -> None:
    """No list, or only empty ones, gives no hit."""
    assert interleaved([], 8) == []
    assert interleaved([[], []], 8) == []


@pytest.mark.parametrize(
    ("form", "base"),
    [
        ("sold", ("did", "sell")),
        ("harvested", ("did", "harvest")),
        ("closed", ("did", "close")),
        ("hired", ("did", "hire")),
        ("tried", ("did", "try")),
        ("planned", ("did", "plan")),
        ("has", ("does", "have")),
        ("watches", ("does", "watch")),
        ("carries", ("does", "carry")),
        ("red", None),
        ("ship", None),
    ],
)
def test_verbs_get_their_base_form(form: str, base: tuple[str, str] | None) -> None:
    """Irregular ones from a list, regular ones by spelling; what is no such form has none."""
    assert base_of(form) == base


def test_comparatives_get_their_positive() -> None:
    """`larger` and `largest` are of `large`; a word that only ends like one is not."""
    assert [positive_of(word) for word in ("larger", "Largest", "ferry", "water")] == ["large", "large", None, None]


@pytest.mark.parametrize(
    "question",
    [
        "Which pump moved more water, that of the north dyke or that of the south dyke?",
        "Which final lasted longer, the one in Varby or the one in Sandholm?",
        "Which is higher, the cost of the ferry or the cost of the quay?",
    ],
)
def test_a_part_that_cannot_stand_alone_is_not_made(question: str) -> None:
    """What stands for something that the other part names, or has a verb too many, stays one question."""
    made = parts(question)
    assert made == (question,) or not any(" that of " in part or " the one " in part or part.endswith(" is?") for part in made)
