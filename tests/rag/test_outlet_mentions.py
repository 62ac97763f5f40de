"""Outlets in questions. The archive of these tests holds invented and real outlets; nothing is said in any outlet's name."""

import time

import pytest

from rag.outlet_mentions import mentioned_outlets, names_an_outlet

KNOWN = (
    "Agence France-Presse", "Al Jazeera", "Associated Press", "BBC News", "Nature", "Reuters", "Sample Harbour Gazette",
    "Sky News",
    "The Guardian", "theguardian.com", "The New York Times", "The Sun", "The Times", "The Wall Street Journal",
    "The Washington Post", "Time", "Varby Evening Post", "Xinhua", "cnn.com", "usatoday.com",
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "publisher"),
    [
        ("What did Reuters say about the vote?", "Reuters"),
        ("what did reuters say about the vote?", "Reuters"),
        ("What did reuters report on tariffs?", "Reuters"),
        ("What has Reuters reported from Varby?", "Reuters"),
        ("According to Reuters, who won?", "Reuters"),
        ("Who won, according to the BBC?", "BBC News"),
        ("Who won, according to BBC News?", "BBC News"),
        ("how many ships sank, according to the bbc?", "BBC News"),
        ("How many ships sank according to CNN?", "cnn.com"),
        ("What does CNN say about the storm?", "cnn.com"),
        ("What did USA Today write about the storm?", "usatoday.com"),
        ("What did usatoday.com write about the storm?", "usatoday.com"),
        ("What did The New York Times publish about ferries?", "The New York Times"),
        ("What did the New York Times publish about ferries?", "The New York Times"),
        ("What did the NYT publish about ferries?", "The New York Times"),
        ("what did the new york times publish about ferries?", "The New York Times"),
        ("What did the WSJ report about Norlink?", "The Wall Street Journal"),
        ("What did the AP report from Varby?", "Associated Press"),
        ("What was reported by the Associated Press?", "Associated Press"),
        ("What was reported by AFP on Monday?", "Agence France-Presse"),
        ("Which articles by AFP mention the strike?", "Agence France-Presse"),
        ("Which stories from Xinhua mention the canal?", "Xinhua"),
        ("What is the news from Al Jazeera?", "Al Jazeera"),
        ("How did the Washington Post describe the budget?", "The Washington Post"),
        ("What did the newspaper The Sun say about the regatta?", "The Sun"),
        ("As Reuters reported, how many people marched?", "Reuters"),
        ("How many marched, as reported by Reuters?", "Reuters"),
        ("Reuters reported a fire in which port?", "Reuters"),
        ("What was published in the Sample Harbour Gazette about the ferry?", "Sample Harbour Gazette"),
        ("What does the Sample Harbour Gazette say will house the fish traders?", "Sample Harbour Gazette"),
        ("what did the sample harbour gazette say about eels?", "Sample Harbour Gazette"),
        ("What did the Varby Evening Post also write about eels?", "Varby Evening Post"),
        ("Laut Reuters, wer gewann?", "Reuters"),
        ("Was hat Reuters berichtet?", "Reuters"),
        ("Selon Reuters, qui a gagné ?", "Reuters"),
        ("Según Reuters, ¿quién ganó?", "Reuters"),
        ("What did The Times say about the bridge?", "The Times"),
    ],
)
def test_what_an_outlet_reported_is_asked_of_it(question: str, publisher: str) -> None:
    """Words that give a report to an outlet make it a filter."""
    assert _found(question) == [((publisher,), "attributed")]


@pytest.mark.parametrize(
    ("question", "publisher"),
    [
        ("What did the minister tell the BBC?", "BBC News"),
        ("Who told Reuters that the talks had failed?", "Reuters"),
        ("What did the bishop say in his interview with CNN?", "cnn.com"),
        ("What did CNN's reporters find in Varby?", "cnn.com"),
        ("What was in the New York Times about the bridge?", "The New York Times"),
        ("Which documents were seen by Reuters?", "Reuters"),
        ("What did the Washington Post investigation find?", "The Washington Post"),
    ],
)
def test_a_report_that_is_only_mentioned_is_a_preference(question: str, publisher: str) -> None:
    """Others may have carried it too."""
    assert _found(question) == [((publisher,), "near")]


@pytest.mark.parametrize(
    "question",
    [
        "Why did the BBC apologise?",
        "Who bought the Washington Post?",
        "Who owns Time?",
        "Which paper did the senator sue, the New York Times or the Wall Street Journal?",
        "Who is the editor of The Guardian?",
        "Why was the BBC's coverage of the war criticised?",
        "Which CNN programme turned 20?",
        "A new BBC drama tells of which poet?",
        "Who was suspended by BBC News?",
        "How many people work for Reuters?",
        "Did the BBC say it was sorry?",
        "Did the Washington Post report that its owner resigned?",
        "What did Reuters say about its losses, and did Reuters say it would cut jobs?",
        "Why is Xinhua banned?",
        # words, not names
        "In time, what will happen?",
        "What does nature say about us?",
        "what does nature say about us?",
        "what did the sun say?",
        "Where does the sun rise?",
        "What time is it?",
        "How many times did he say so?",
        # not in the archive
        "What did the Ledger of Nowhere say?",
        "According to Bloomberg, who won?",
        "According to a new study, who sleeps best?",
        "According to the Harbour Gazette, who won?",
        "",
        "?",
    ],
)
def test_an_outlet_as_the_topic_is_no_mention(question: str) -> None:
    """What is asked about an outlet others report; everyday words and unknown outlets are none."""
    assert [kind for _, kind in _found(question) if kind == "attributed"] == []
    assert _found(question) == []


def test_outlets_asked_together_are_all_found() -> None:
    """`Xinhua and Reuters` share what stands beside them."""
    found = _found("What did Xinhua and Reuters report about the talks?")
    assert found == [(("Xinhua",), "attributed"), (("Reuters",), "attributed")]
    assert _found("According to Reuters or the BBC, who won?") == [(("Reuters",), "attributed"), (("BBC News",), "attributed")]


def test_one_outlet_under_two_names_is_one_mention_with_both() -> None:
    """The archive has it as `The Guardian` and as `theguardian.com`; a filter needs both."""
    assert _found("What did the Guardian say about eels?") == [(("The Guardian", "theguardian.com"), "attributed")]


def test_an_archive_that_keeps_names_in_small_letters_is_read_the_same() -> None:
    """Filters compare names without case, so that is how an archive may list them."""
    folded = [name.casefold() for name in KNOWN]
    for question in ("What did the NYT say?", "According to the BBC, who won?", "what did cnn say?", "As AFP reported, who won?"):
        mentions = mentioned_outlets(question, folded)
        assert [(mention.publishers, mention.kind) for mention in mentions] == [
            (tuple(name.casefold() for name in names), kind) for names, kind in _found(question)
        ]
        assert mentions


def test_an_abbreviation_of_two_outlets_is_of_neither() -> None:
    """Nobody can tell which one is meant."""
    assert mentioned_outlets("What did the VEP say?", ("Varby Evening Post", "Vale Echo Post")) == ()


def test_the_longest_name_counts() -> None:
    """`The New York Times` is not `The Times`; `Sky News` is not BBC News."""
    mention = mentioned_outlets("What did the New York Times say?", KNOWN)[0]
    assert mention.publishers == ("The New York Times",)
    assert mention.words == "New York Times"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Why did the BBC apologise?", True),
        ("What did Reuters report about the harbour?", True),
        ("who bought the new york times?", True),
        ("Who reopened the harbour in time?", False),
    ],
)
def test_an_outlet_may_be_named_as_a_source_or_as_a_topic(question: str, *, names: bool) -> None:
    """Either way, whoever names it wants what it said or what it is about, and no other outlet in its place."""
    assert names_an_outlet(question, [*KNOWN, "Time"]) is names
    assert not names_an_outlet(question, ())


def test_no_outlets_and_hostile_questions_are_harmless() -> None:
    """Nothing known, nothing found; two thousand characters are read at once."""
    assert mentioned_outlets("What did Reuters say?", ()) == ()
    assert mentioned_outlets("What did Reuters say?", ("", "...", "The")) == ()
    for piece in ("Reuters and ", "did the ", "according to ", "A.B.C. ", "The New York "):
        started = time.process_time()
        mentioned_outlets((piece * 2000)[:2000], KNOWN)
        assert time.process_time() - started < 1


def _found(question: str) -> list[tuple[tuple[str, ...], str]]:
    return [(mention.publishers, mention.kind) for mention in mentioned_outlets(question, KNOWN)]
