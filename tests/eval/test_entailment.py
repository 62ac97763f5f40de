"""What the lexical entailment accepts, what it refuses, and what it is known not to see. All towns and people are invented."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.entailment import OWN, best_threshold, read_pairs
from eval.entailment import THRESHOLD, Entailment, LexicalEntailment, support
from eval.matching import normalised

FERRY = (
    "Harbour Gazette, Friday, 19 September 2025: Ferry runs aground\n"
    "The ferry Orla ran aground off Tarnwick on Thursday with 412 passengers and 31 crew on board. No one was hurt, and the"
    " owner may replace the ship in 2027."
)
entails: Entailment = LexicalEntailment()


@pytest.mark.parametrize(
    "sentence",
    [
        "The ferry Orla ran aground off Tarnwick on Thursday with 412 passengers and 31 crew on board.",
        "The ferry Orla ran aground off Tarnwick on Thursday.",
        "With 412 passengers on board, the ferry Orla ran aground off Tarnwick.",
        "Nobody was hurt on the Orla.",
        "The ship may be replaced by its owner in 2027.",
        "The Harbour Gazette of 19 September 2025 says that the ferry Orla ran aground off Tarnwick.",
        "The ferry Orla has run aground.",
    ],
)
def test_what_the_premise_says_is_supported(sentence: str) -> None:
    """Whole, shortened, in another order, in other forms of its words, and who reported it when."""
    assert entails(FERRY, sentence)


@pytest.mark.parametrize(
    ("sentence", "what"),
    [
        ("The ferry Orla ran aground off Tarnwick with 421 passengers on board.", "another number"),
        ("The ferry Orla ran aground off Tarnwick with 31 passengers on board.", "the number of something else"),
        ("The ferry Orla ran aground off Tarnwick with 19 passengers on board.", "a number only of the date"),
        ("The ferry Orla ran aground off Tarnwick on Wednesday.", "another day"),
        ("The Harbour Gazette of 18 September 2025 says that the ferry Orla ran aground.", "another date"),
        ("The ferry Orla ran aground off Aldey on Thursday.", "another name"),
        ("The ferry Orla did not run aground off Tarnwick.", "denied"),
        ("Passengers were hurt on board the ferry Orla.", "what the premise denies"),
        ("The owner replaced the ship.", "what the premise leaves open"),
        ("All passengers of the ferry Orla ran aground.", "all"),
        ("The captain of the ferry Orla had fallen asleep on watch.", "another fact"),
        ("", "nothing"),
        ("…!", "no word"),
    ],
)
def test_what_it_does_not_say_is_refused(sentence: str, what: str) -> None:
    """Each sentence is like the premise but for one thing."""
    assert not entails(FERRY, sentence), what


@pytest.mark.parametrize(
    ("premise", "sentence"),
    [
        ("It cost 18.3bn crowns.", "It cost 18.3 billion crowns."),
        ("It cost $410 million.", "It cost 410,000,000 dollars."),
        ("Rents rose by 4.50% in May.", "Rents rose by 4.5 per cent in May."),
        ("Nine bakers left on Sept. 3, 2025.", "9 bakers left on 3 September 2025."),
        ("Twenty-four bakers left on 2025-09-03.", "24 bakers left on September 3rd, 2025."),
        ("A hundred bakers of the second shift left.", "100 bakers of the 2nd shift left."),
        ("The 16-year-old left.", "The 16 year-old left."),
        ("Two hundred thousand bakers left.", "200,000 bakers left."),
    ],
)
def test_one_number_in_two_forms_is_the_same(premise: str, sentence: str) -> None:
    """In words and digits, with thousands and scales, with signs of units, and dates in every order; both ways."""
    assert support(premise, sentence) == 1
    assert support(sentence, premise) == 1


@pytest.mark.parametrize(
    ("premise", "sentence"),
    [
        ("It fell to -5 degrees.", "It fell to 5 degrees."),
        ("It cost $5.", "It cost €5."),
        ("It cost 18.3bn crowns.", "It cost 18.3 million crowns."),
        ("Lantern 3 was launched.", "Lantern 4 was launched."),
        ("The 3G network was switched off.", "The 5G network was switched off."),
        ("She won in 2:19:44.", "She won in 2:17:44."),
        ("The third reactor stopped.", "The second reactor stopped."),
        ("It opened in September 2025.", "It opened on 1 September 2025."),
        ("It opened on 3 May.", "It opened on 3 March."),
    ],
)
def test_numbers_that_only_look_alike_are_not_the_same(premise: str, sentence: str) -> None:
    """Sign, currency, scale, version, time, rank, month, and a day that the premise does not name."""
    assert not entails(premise, sentence)


@pytest.mark.parametrize(
    ("premise", "sentence", "supported"),
    [
        ("Iranian bakers met in Aldey.", "Bakers of Iran met in Aldey.", True),
        ("Bakers of Austria met in Aldey.", "Bakers of Australia met in Aldey.", False),
        ("Henrike Daal resigned.", "Daal resigned.", True),
        ("Daal resigned.", "Henrike Daal resigned.", False),
        ("Norrsund beat Aldey in the final.", "Aldey beat Norrsund in the final.", False),
        ("Minister Jorun Haas resigned, and Olav Renn accepted it.", "Minister Olav Renn resigned.", False),
        ("Jorun Haas and Olav Renn resigned. Later Haas resigned as a member.", "Jorun Haas resigned.", True),
    ],
)
def test_names_must_be_there_and_do_what_they_do(premise: str, sentence: str, supported: bool) -> None:  # noqa: FBT001 - parameters of the case
    """A first name may be left out, not added; a people is of its country; another subject of the same verb is refused."""
    assert entails(premise, sentence) is supported


@pytest.mark.parametrize(
    ("premise", "sentence", "supported"),
    [
        ("The council failed to agree on the tram.", "The council agreed on the tram.", False),
        ("The council failed to agree on the tram.", "The council did not agree on the tram.", True),
        ("The bridge, which had not been painted, was closed.", "The bridge was closed.", True),
        ("The council plans to close the bridge.", "The council closed the bridge.", False),
        ("The council plans to close the bridge.", "The council will close the bridge.", True),
        ("The council closed the bridge.", "The council opened the bridge.", False),
        ("Prices of bread rose.", "Prices of bread fell.", False),
        ("Some bakers met.", "All bakers met.", False),
    ],
)
def test_denied_open_and_opposite(premise: str, sentence: str, supported: bool) -> None:  # noqa: FBT001 - parameters of the case
    """A denial reaches the word that it stands before, not the whole premise; a plan is not a deed."""
    assert entails(premise, sentence) is supported


@pytest.mark.parametrize("opening", ["The mayor denied that ", "The mayor does not say that ", "Perhaps "])
def test_words_in_a_row_are_no_support_when_those_before_turn_them(opening: str) -> None:
    """Only a whole sentence of the premise is supported as it stands."""
    assert not entails(f"{opening}the tram stopped in Aldey.", "The tram stopped in Aldey.")
    assert entails(f"{opening}nobody came. The tram stopped in Aldey.", "The tram stopped in Aldey.")


WORDS = (
    "The ferry Orla ran aground not no all may 412 -5 4.5% $3m Sept. 19 2025-09-19 U.S. “Salt Road”, [2021] it's … 北京 a".split()
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12), st.sampled_from([" ", "\n", ". "]))
def test_every_sentence_supports_itself(words: list[str], glue: str) -> None:
    """Whatever it holds, below a line on its source, and with more text around it: verbatim answers are supported."""
    sentence = glue.join(words)
    expected = float(bool(normalised(sentence)))
    assert support(f"Harbour Gazette, 3 May 2025: No ferry\n{sentence}", sentence) == expected
    assert support(f"Daal said so.\n{sentence}\n\nHarbour Gazette\nNobody came.", sentence) == expected


def test_the_threshold_is_that_of_the_pairs() -> None:
    """The constant is what the calibration chooses, so a change of the rule asks for a new one."""
    assert best_threshold(read_pairs(OWN)) == THRESHOLD


def test_the_threshold_decides() -> None:
    """A stricter one refuses what a looser one accepts."""
    premise, sentence = "The council closed the old bridge.", "The council closed the old wooden bridge at night."
    assert 0 < support(premise, sentence) < 1
    assert LexicalEntailment(threshold=0.1)(premise, sentence)
    assert not LexicalEntailment(threshold=1.0)(premise, sentence)


@pytest.mark.parametrize("name", ["entailment_pairs.jsonl", "entailment_held.jsonl"])
def test_the_pairs_are_balanced_and_none_is_there_twice(name: str) -> None:
    """At least 120, half of them supported."""
    path = Path(OWN).with_name(name)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 120
    assert sum(row["supported"] for row in rows) * 2 == len(rows)
    assert len({(row["premise"], row["sentence"]) for row in rows}) == len(rows)


@pytest.mark.xfail(reason="words cannot show who did it to whom; docs/adr/0016-entailment.md")
@pytest.mark.parametrize(
    ("premise", "sentence"),
    [
        ("A cyclist knocked down an officer.", "An officer knocked down a cyclist."),
        ("He was fined for selling cow's cheese as goat cheese.", "He was fined for selling goat cheese as cow's cheese."),
    ],
)
def test_swapped_roles_of_things_are_seen(premise: str, sentence: str) -> None:
    """The best known blind spot: it fails here as long as it is one."""
    assert not entails(premise, sentence)
