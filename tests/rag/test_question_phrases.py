"""Phrases in quotes: what a question wants to see in exactly this order."""

import pytest

from rag.question import read_question


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('Who said "will take over"?', ("will take over",)),
        ("Who said “will take over” and “gold card,” and when?", ("will take over", "gold card,")),
        ("Qui a dit « le port est ouvert » ?", ("le port est ouvert",)),
        ("Wer sagte „der Hafen ist offen“?", ("der Hafen ist offen",)),
        ("谁说「港口重新开放」？", ("港口重新开放",)),
        ('Is "the gate" the same as “the gate”?', ("the gate",)),
        ("Who opened the harbour?", ()),
        ('Why is a 6" pipe wider than a 5" one?', ()),
        ('Who said "will take over?', ()),
        ('What is "" or " " or “ ”?', ()),
        ("What is the 'gate' of O'Brien’s harbour?", ()),
    ],
)
def test_what_stands_in_double_quotes_is_a_phrase(question: str, phrases: tuple[str, ...]) -> None:
    """Straight, curly, pointed, low and corner quotes count, each phrase once; inch marks and single quotes do not."""
    assert read_question(question).phrases == phrases


def test_quoted_words_are_looked_for_as_words_too() -> None:
    """Where nothing holds the phrase, its words still find what there is."""
    assert {"gold", "card"} <= set(read_question("Who sells a “gold card”?").words)
