"""What the words of a question narrow: asked on Wednesday, 19 November 2025, of an archive with two outlets."""

from datetime import date

import pytest

from rag.outlet_mentions import OutletMention
from rag.scope import of_the_outlets, outlet_factors, read_scope
from rag.types import Question

ASKED = date(2025, 11, 19)
KNOWN = ("Sample Harbour Gazette", "Reuters")


def test_a_date_of_an_event_only_prefers() -> None:
    """`In August` sets no limit."""
    scope = read_scope(Question(text="What burned down in August?"), ASKED, KNOWN)
    assert scope.question == Question(text="What burned down in August?")
    assert scope.window is not None
    assert scope.limited_by == ()


def test_words_about_publication_limit_the_days() -> None:
    """`News from last week` is searched in last week's articles, and the asker can be told so."""
    scope = read_scope(Question(text="What is the news from last week?"), ASKED, KNOWN)
    assert (scope.question.since, scope.question.until) == (date(2025, 11, 9), date(2025, 11, 16))
    assert scope.window is None
    assert scope.limited_by == ("last week",)


def test_an_attributed_report_limits_outlet_and_days() -> None:
    """`What did Reuters report in August` asks for Reuters, of August."""
    scope = read_scope(Question(text="What did Reuters report in August?"), ASKED, KNOWN)
    assert scope.question.publishers == ("Reuters",)
    assert (scope.question.since, scope.question.until) == (date(2025, 8, 1), date(2025, 8, 31))
    assert scope.limited_by == ("Reuters", "in August")


def test_the_limits_of_the_caller_are_only_narrowed() -> None:
    """A wider window than the caller's ends where the caller's does."""
    asked = Question(text="Which articles from August 2025 mention eels?", since=date(2025, 8, 10), as_of=date(2025, 8, 20))
    scope = read_scope(asked, date(2025, 8, 20), KNOWN)
    assert (scope.question.since, scope.question.until, scope.question.as_of) == (
        date(2025, 8, 10),
        date(2025, 8, 20),
        date(2025, 8, 20),
    )


def test_words_against_the_caller_set_no_limit() -> None:
    """Another month and another outlet than the caller asked for change nothing."""
    text = "What did Reuters report in August 2025?"
    asked = Question(text=text, since=date(2025, 1, 1), until=date(2025, 3, 31), publishers=("Sample Harbour Gazette",))
    scope = read_scope(asked, ASKED, KNOWN)
    assert scope.question == asked
    assert scope.window is None
    assert scope.limited_by == ()


def test_an_outlet_in_passing_is_preferred() -> None:
    """Its articles get a factor, as publisher or as agency; no other does."""
    scope = read_scope(Question(text="Who told Reuters that the talks had failed?"), ASKED, KNOWN)
    assert scope.question.publishers == ()
    assert outlet_factors([("REUTERS", None), ("Sample Harbour Gazette", "Reuters"), (None, None)], scope.near) == [1.25, 1.25, 1]


def test_without_mentions_every_factor_is_one() -> None:
    """Nothing is preferred."""
    assert outlet_factors([("Reuters", None), (None, None)], ()) == [1, 1]
    mention = OutletMention(publishers=("Reuters",), kind="near", words="Reuters")
    assert outlet_factors([], (mention,)) == []


@pytest.mark.parametrize(
    ("text", "publishers", "asked"),
    [
        ("What did Reuters say about the ban?", ("Reuters",), "What was said about the ban?"),
        ("what has the Sample Harbour Gazette written on eels", ("Sample Harbour Gazette",), "What was said about eels"),
        (
            "What did Reuters and the Sample Harbour Gazette report about eels?",
            ("Reuters", "Sample Harbour Gazette"),
            "What was said about eels?",
        ),
        ("What did the news agency Reuters say?", (), "What did the news agency Reuters say?"),
        ("What did Norlink say about the ban?", (), "What did Norlink say about the ban?"),
        ("Who owns Reuters?", (), "Who owns Reuters?"),
    ],
)
def test_an_outlet_is_not_looked_for_in_its_own_sentences(text: str, publishers: tuple[str, ...], asked: str) -> None:
    """What it said about something is what is said about that in its articles."""
    found = of_the_outlets(Question(text=text), ASKED, lambda: KNOWN)
    assert (found.publishers, found.text) == (publishers, asked)


def test_an_outlet_is_taken_out_inside_the_callers_limits_only() -> None:
    """Days of the caller stay; where the caller asks for another outlet, nothing changes."""
    asked = Question(text="What did Reuters say about eels?", since=date(2025, 8, 1))
    assert of_the_outlets(asked, ASKED, lambda: KNOWN).since == date(2025, 8, 1)
    other = Question(text="What did Reuters say about eels?", publishers=("Sample Harbour Gazette",))
    assert of_the_outlets(other, ASKED, lambda: KNOWN) == other
