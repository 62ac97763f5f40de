"""Timelines: which questions ask for one, which sentences are picked, and how finished lines get their dates."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from index.protocols import PassageStore
from index.types import Article, Hit, Passage
from rag.citations import CitationReader, CitedText
from rag.pipeline import Pipeline
from rag.timeline import AT_MOST, asks_for_timeline, one_an_article, timeline, topic_of
from rag.types import Evidence, Question

ShownOf = Callable[..., list[Evidence]]


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


@pytest.fixture(scope="session")
def shown(article_of: Callable[..., Article]) -> ShownOf:
    def make(*articles: tuple[str | None, str], similarity: float = 0.6) -> list[Evidence]:
        """Show each dated text as one passage that is its whole article."""
        made = []
        for number, (day, text) in enumerate(articles, start=1):
            article = article_of(text, title="Untitled", day=day, publisher="Harbour Gazette")
            passage = Passage(article_id=article.article_id, start=0, end=len(text), text=text)
            hit = Hit(passage=passage, article=article, score=1 / number, similarity=similarity, ranks={"words": number})
            made.append(Evidence(key=f"S{number}", hit=hit))
        return made

    return make


STRIKE = (
    ("2025-05-09", "The strike at Norlink ended with a wage rise of four per cent. Crews return on Monday."),
    ("2025-05-02", "Norlink cancelled all sailings on the second day of the strike. Hotels complain."),
    (None, "A strike at Norlink would be the first in thirty years, its history shows. Few remember it."),
    ("2025-05-05", "Talks about the strike at Norlink broke down after an hour. A mediator was named."),
)


@pytest.mark.parametrize(
    "question",
    [
        "what happened with the ferry strike in May 2025",
        "What happened in Varby in May?",
        "What has happened in Varby since the strike?",
        "What happened between 3 May and 9 May in Varby?",
        "What happened this week in Varby?",
        "Timeline of the strike",
        "Give me a chronology of the talks",
        "How did the talks develop?",
        "How has the strike evolved since March?",
        "Summarise the events around the port.",
        "What are the main events of the strike?",
        "What's been going on with the port?",
    ],
)
def test_a_course_of_events_is_asked_for(question: str) -> None:
    """By name, by a period, or by how something went on."""
    assert asks_for_timeline(question)


@pytest.mark.parametrize(
    "question",
    [
        "what happened to the dog that bit the mayor?",
        "What happened to Norlink in 2025?",
        "What happened in Varby on 5 May?",
        "What happened with the strike on Monday?",
        "What happened yesterday?",
        "What happened after the bridge opened?",
        "How did the company develop the vaccine?",
        "Who says what happened in 1979?",
        "Who wrote “Timeline of the Strike”?",
        "When did the strike end?",
        "Was passierte im Mai 2025 in Varby?",
        "",
    ],
)
def test_one_event_or_one_outcome_is_no_timeline(question: str) -> None:
    """What became of one thing, one day, a title in quotes, another question with the same words."""
    assert not asks_for_timeline(question)


def test_lines_stand_in_order_of_dates_with_undated_ones_last(shown: ShownOf) -> None:
    """The rank of the passages decides nothing about the order of the lines."""
    events = timeline("What happened with the strike at Norlink?", shown(*STRIKE), alike)
    assert [event.dated.value if event.dated else None for event in events] == ["2025-05-02", "2025-05-05", "2025-05-09", None]
    assert [event.key for event in events] == ["S2", "S4", "S1", "S3"]


def test_lines_are_verbatim_and_one_an_article(shown: ShownOf) -> None:
    """Each is a slice of the passage whose key it has, and no article speaks twice."""
    evidence = shown(*STRIKE)
    events = timeline("What happened with the strike at Norlink?", evidence, alike)
    passages = {item.key: item.hit.passage.text for item in evidence}
    assert all(event.text in passages[event.key] for event in events)
    assert len({event.key for event in events}) == len(events) == 4


def test_two_passages_of_an_article_give_one_line(shown: ShownOf) -> None:
    """The better sentence of both is taken."""
    text = "Hotels complain about the strike. The strike at Norlink in Varby began at noon."
    evidence = shown(("2025-05-01", text))
    first, second = text.split(". ")
    halves = [
        replace(evidence[0].hit, passage=Passage(article_id=evidence[0].hit.article.article_id, start=s, end=s + len(t), text=t))
        for s, t in ((0, first + "."), (len(first) + 2, second))
    ]
    events = timeline(
        "Timeline of the strike at Norlink in Varby", [Evidence(key=f"S{n}", hit=h) for n, h in enumerate(halves)], alike
    )
    assert [event.text for event in events] == [second]


def test_one_event_in_two_outlets_is_one_line(shown: ShownOf) -> None:
    """A sentence that says the same in other order does not repeat the event; the better passage tells it."""
    evidence = shown(
        ("2025-05-02", "Norlink cancelled all sailings on the second day of the strike."),
        ("2025-05-03", "On the second day of the strike all sailings were cancelled by Norlink, the port said."),
    )
    assert [event.key for event in timeline("Timeline of the strike at Norlink", evidence, alike)] == ["S1"]


def test_other_matters_get_no_line(shown: ShownOf) -> None:
    """An article without the name that is asked for, and a sentence far below the best, are left out."""
    evidence = shown(
        *STRIKE[:2],
        ("2025-05-04", "The strike at Halden goes on in its tenth week. Nobody talks."),
        ("2025-05-06", "Norlink paints a ship. It is green now."),
    )
    assert {event.key for event in timeline("What happened with the strike at Norlink?", evidence, alike)} == {"S1", "S2"}


def test_articles_of_other_times_are_left_out(shown: ShownOf) -> None:
    """A period in the question limits the lines, and its own words need not stand in them."""
    evidence = shown(*STRIKE[:2], ("2025-03-01", "Norlink and the union began to talk about a strike. Both hope."))
    question = "What happened with the strike at Norlink in May 2025?"
    assert {event.key for event in timeline(question, evidence, alike)} == {"S1", "S2"}


def test_a_period_of_which_nothing_is_known_limits_nothing(shown: ShownOf) -> None:
    """Articles about a time may be of a later one; better those than none."""
    evidence = shown(*STRIKE[:2])
    assert len(timeline("What happened with the strike at Norlink in 2019?", evidence, alike)) == 2


def test_last_month_is_told_from_the_day_of_asking(shown: ShownOf) -> None:
    """Asked in June it is May; without that day it is told from the newest article."""
    evidence = shown(*STRIKE[:2], ("2025-04-01", "Norlink and the union began to talk about a strike. Both hope."))
    question = "What happened with the strike at Norlink last month?"
    asked = timeline(question, evidence, alike, asked_on=date(2025, 6, 10))
    assert {event.key for event in asked} == {"S1", "S2"}
    assert [event.key for event in timeline(question, evidence, alike)] == ["S3"]


def test_at_most_eight_lines(shown: ShownOf) -> None:
    """Of ten articles the eight best speak."""
    things = "anchors boats cranes docks engines flags gates hulls islands jetties".split()
    evidence = shown(*((f"2025-05-{n:02}", f"The strike at Norlink reached {thing}.") for n, thing in enumerate(things, start=1)))
    assert len(timeline("Timeline of the strike at Norlink", evidence, alike)) == AT_MOST


def test_the_opening_of_an_article_is_preferred(shown: ShownOf) -> None:
    """Among sentences that fit alike the one that opens the article tells its news; one that opens with a pronoun does not."""
    evidence = shown(("2025-05-01", "The strike at Norlink began on Thursday. The strike at Norlink hurts hotels."))
    assert timeline("Timeline of the strike at Norlink", evidence, alike)[0].text == "The strike at Norlink began on Thursday."


@pytest.mark.parametrize("question", ["Timeline of the strike", "", "?"])
def test_without_sentences_there_are_no_lines(shown: ShownOf, question: str) -> None:
    """No evidence, or only a headline without an end mark, gives nothing."""
    assert timeline(question, [], alike) == []
    assert timeline(question, shown(("2025-05-01", "Strike at Norlink")), alike) == []


def dated(draft: str, evidence: Sequence[Evidence]) -> CitedText:
    reader = CitationReader(evidence, lambda _: (), dated=True)
    reader.feed(draft)
    reader.end()
    return reader.cited


def test_finished_lines_carry_the_days_of_their_citations(shown: ShownOf) -> None:
    """The draft is verbatim, so every quote is exact and nothing is unsupported; the day is put in front afterwards."""
    evidence = shown(*STRIKE)
    events = timeline("What happened with the strike at Norlink?", evidence, alike)
    cited = dated("\n".join(f"{event.text} [{event.key}]" for event in events), evidence)
    assert all(citation.verified == "exact" for citation in cited.citations)
    assert all(not sentence.unsupported for sentence in cited.sentences)
    assert cited.text.split("\n") == [
        "2 May 2025: Norlink cancelled all sailings on the second day of the strike. [1]",
        "5 May 2025: Talks about the strike at Norlink broke down after an hour. [2]",
        "9 May 2025: The strike at Norlink ended with a wage rise of four per cent. [3]",
        "Undated: A strike at Norlink would be the first in thirty years, its history shows. [4]",
    ]


@pytest.mark.parametrize(("day", "shows"), [("2025", "2025: "), ("2025-05", "May 2025: "), ("2025-05-02", "2 May 2025: ")])
def test_a_day_is_no_more_precise_than_it_was_printed(shown: ShownOf, day: str, shows: str) -> None:
    """An article of which only the year is known is not dated to the first of January."""
    evidence = shown((day, "The strike at Norlink began."))
    cited = dated("The strike at Norlink began. [S1]", evidence)
    assert cited.text.startswith(shows)


def test_what_an_article_prints_as_a_citation_is_not_one(shown: ShownOf) -> None:
    """A footnote `[1]` of the article is written `(1)`, as in other answers."""
    evidence = shown(("2025-05-02", "The strike at Norlink [1] began."))
    cited = dated("The strike at Norlink [1] began. [S1]", evidence)
    assert cited.text == "2 May 2025: The strike at Norlink (1) began. [1]"


@pytest.mark.parametrize(
    "other",
    [
        "Follow the strike at Norlink in our daily letter on Monday.",
        "When will the strike at Norlink end?",
        "He said that the strike at Norlink hurts hotels.",
        "I think the strike at Norlink is a mistake.",
        "Write to strike@example.org about the strike at Norlink.",
    ],
)
def test_what_tells_no_event_is_not_a_line(shown: ShownOf, other: str) -> None:
    """Advertisements and questions never; opinions and what `he` said not where the article tells the event."""
    evidence = shown(("2025-05-01", f"{other} At noon the strike at Norlink began."))
    assert [event.text for event in timeline("Timeline of the strike at Norlink", evidence, alike)] == [
        "At noon the strike at Norlink began."
    ]


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("Timeline of the strike", "the strike"),
        ("Give me a chronology of the talks in Varby", "the talks in Varby"),
        ("How did the talks in Varby develop in 2025?", "How did the talks in Varby in 2025?"),
        ("What happened with the strike in May?", "What happened with the strike in May?"),
        ("timeline", "timeline"),
    ],
)
def test_the_words_that_ask_for_a_timeline_are_not_its_matter(question: str, topic: str) -> None:
    """`Timeline` is not looked for in articles, unless it is all there is."""
    assert topic_of(question) == topic


def test_hits_are_spread_over_articles(shown: ShownOf) -> None:
    """The best passage of each article stays, in order, up to the number wanted."""
    hits = [item.hit for item in shown(*STRIKE)]
    assert one_an_article([hits[0], hits[0], hits[1], hits[0], hits[2]], 2) == [hits[0], hits[1]]


def test_a_timeline_comes_out_of_an_archive(
    build_archive: Callable[[Iterable[Article]], PassageStore],
    article_of: Callable[..., Article],
    build_pipeline_over: Callable[..., Pipeline],
) -> None:
    """From ingest to finished lines with real parts: a generator that writes the timeline, each line verified."""
    store = build_archive(article_of(text, title=f"Strike {n}", day=day) for n, (day, text) in enumerate(STRIKE))

    class Telling:
        name = "telling"

        async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:
            for event in timeline(question, evidence, store.rarity):
                yield f"{event.text} [{event.key}]\n"

    answer = asyncio.run(build_pipeline_over(store, Telling()).answer(Question(text="What happened with the strike at Norlink?")))
    assert answer.abstained is None
    days = [citation.article.dated.value for citation in answer.citations if citation.article.dated]
    assert days == ["2025-05-02", "2025-05-05", "2025-05-09"]
    assert all(citation.verified == "exact" for citation in answer.citations)
