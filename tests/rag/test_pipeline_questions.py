"""The pipeline end to end on a real archive: abstaining, odd questions, and what becomes of changed archives."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from index.protocols import PassageStore
from index.types import Article
from rag.errors import InvalidQuestion
from rag.pipeline import Pipeline
from rag.prompts import REFUSAL
from rag.types import Question, Turn
from tests.rag.asking import ASKED, QUOTE, BuildPipeline, ask

BuildArchive = Callable[[Iterable[Article]], PassageStore]


def test_an_unknown_generator_is_refused(pipeline: Pipeline) -> None:
    """A question may name only what is set up."""
    with pytest.raises(InvalidQuestion, match="openai is not set up here; there is extractive"):
        ask(pipeline, generator="openai")
    assert ask(pipeline, generator="extractive").generator == "extractive"


@pytest.mark.parametrize(
    ("text", "limits", "reason"),
    [
        ("best pizza recipe with pineapple", {}, "low_score"),
        ("what is this", {}, "no_match"),
        ("?!", {}, "no_match"),
        (ASKED, {"publishers": ("Nobody",)}, "no_match"),
        (ASKED, {"since": date(2030, 1, 1)}, "date_window_empty"),
        (ASKED, {"until": date(2000, 1, 1)}, "date_window_empty"),
        (ASKED, {"since": date(2025, 3, 1), "as_of": date(2025, 2, 1)}, "date_window_empty"),
        (ASKED, {"publishers": ("Nobody",), "as_of": date(2030, 1, 1)}, "no_match"),
        (ASKED, {"publishers": ("Nobody",), "since": date(2025, 1, 1)}, "no_match"),
    ],
)
def test_abstaining_calls_no_generator(
    *,
    news: PassageStore,
    build_pipeline_over: BuildPipeline,
    scripted: type[Any],
    text: str,
    limits: dict[str, Any],
    reason: str,
) -> None:
    """Each reason to abstain is told as what it is, before any generator is asked."""
    generator = scripted(f"{QUOTE} [S1]")
    answer = ask(build_pipeline_over(news, generator), text, **limits)
    assert generator.calls == 0
    assert answer.abstained is not None
    assert answer.abstained.reason == reason
    assert answer.text == REFUSAL
    assert answer.completion == ""


def test_an_empty_archive_says_so(build_archive: BuildArchive, build_pipeline_over: BuildPipeline, scripted: type[Any]) -> None:
    """Without articles the answer says how to add some, and no generator is asked."""
    generator = scripted("x")
    answer = ask(build_pipeline_over(build_archive([]), generator))
    assert answer.abstained is not None
    assert answer.abstained.reason == "no_match"
    assert "dateline ingest" in answer.abstained.message
    assert answer.hits == answer.nearest == ()
    assert generator.calls == 0


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Question(text=""), "question"),
        (Question(text=" \n\t"), "question"),
        (Question(text="a" * 2001), "question"),
        (Question(text="a \ud800 b"), "question"),
        (Question(text="x", k=0), "k"),
        (Question(text="x", k=-1), "k"),
        (Question(text="x", k=101), "k"),
        (Question(text="x", since=date(2025, 2, 2), until=date(2025, 2, 1)), "from"),
    ],
)
def test_unusable_questions_are_refused(pipeline: Pipeline, question: Question, field: str) -> None:
    """Answering and searching refuse the same questions, naming the field."""
    with pytest.raises(InvalidQuestion) as answering:
        asyncio.run(pipeline.answer(question))
    with pytest.raises(InvalidQuestion) as searching:
        pipeline.search(question)
    assert answering.value.field == searching.value.field == field
    assert str(answering.value).startswith(f"{field}: ")


@pytest.mark.parametrize(
    "text",
    [
        "bridge " * 285,
        'title:"bridge" AND -cost*',
        "bridge\x00cost",
        "桥梁花了多少钱？",
        "🌉?",
        "'; DROP TABLE articles; --",
        "{{7*7}}",
    ],
)
def test_odd_questions_are_only_words(pipeline: Pipeline, text: str) -> None:
    """Very long questions, operators, other scripts, NUL and code are answered or abstained from, never an error."""
    answer = ask(pipeline, text)
    assert bool(answer.citations) is (answer.abstained is None)


def test_search_finds_what_answering_rests_on(pipeline: Pipeline) -> None:
    """Searching gives the passages that answering retrieves."""
    question = Question(text=ASKED, as_of=date(2025, 12, 1))
    assert pipeline.search(question) == list(asyncio.run(pipeline.answer(question)).hits)


def test_copies_are_one_source(
    build_archive: BuildArchive, build_pipeline_over: BuildPipeline, article_of: Callable[..., Article]
) -> None:
    """The same text carried by two outlets is cited once, and the citation names the other outlet."""
    text = "The bridge over the Sandholm strait cost 640 million crowns."
    first = article_of(text, publisher="Harbour Gazette", day="2025-03-05")
    second = replace(first, origin=replace(first.origin, source="/news/other.txt"), publisher="Inland Post")
    answer = ask(build_pipeline_over(build_archive([first, second])))
    assert [[copy.publisher for copy in citation.also_in] for citation in answer.citations] == [["Inland Post"]]


def test_an_outlet_is_asked_what_it_said(
    build_archive: BuildArchive, build_pipeline_over: BuildPipeline, article_of: Callable[..., Article]
) -> None:
    """By its articles, in whose sentences it is not named; where they say nothing of it, not at all."""
    bridge = article_of("The bridge over the Sandholm strait cost 640 million crowns.", publisher="Harbour Gazette")
    other = article_of("The Sandholm bridge is late, and the toll for it will rise in May.", publisher="Inland Post")
    pipeline = build_pipeline_over(build_archive([bridge, other]))
    said = ask(pipeline, "What did the Harbour Gazette say about the Sandholm bridge?")
    assert [citation.article.publisher for citation in said.citations] == ["Harbour Gazette"]
    assert ask(pipeline, "What did the Inland Post report about a fire in the harbour?").abstained is not None


def test_a_deleted_article_is_cited_no_more(
    build_archive: BuildArchive, build_pipeline_over: BuildPipeline, article_of: Callable[..., Article]
) -> None:
    """The next answer after a deletion rests on what is left, at a later generation."""
    store = build_archive(
        [article_of("The Sandholm bridge cost 640 million crowns."), article_of("The Sandholm bridge cost 7 lives, too.")]
    )
    pipeline = build_pipeline_over(store)
    before = ask(pipeline)
    gone = before.citations[0].article.article_id
    store.delete(gone)
    after = ask(pipeline)
    assert gone not in {hit.article.article_id for hit in after.hits}
    assert len(after.hits) == len(before.hits) - 1
    assert after.generation == before.generation + 1 == store.stats().generation


@pytest.mark.parametrize("printed", ["[S1]", "[S2]", "[ S1 ]"])
def test_keys_printed_in_an_article_do_no_harm(
    build_archive: BuildArchive, build_pipeline_over: BuildPipeline, article_of: Callable[..., Article], printed: str
) -> None:
    """A sentence that prints something like a key is answered whole and quoted as printed."""
    sentence = f"The Sandholm bridge {printed} cost 640 million crowns."
    answer = ask(build_pipeline_over(build_archive([article_of(sentence), article_of("The Sandholm bridge is old now.")])))
    assert "cost 640 million crowns" in answer.sentences[0].text
    assert answer.sentences[0].text.startswith("The Sandholm bridge")
    assert printed in answer.citations[0].quote


def test_a_follow_up_is_understood_from_the_conversation(pipeline: Pipeline) -> None:
    """It is answered as the question that it stands for, which the answer shows; a whole question is left as it is."""
    earlier = (Turn("user", "How long is the Sandholm bridge?"), Turn("assistant", "It is 2,870 metres long."))
    answer = ask(pipeline, "And how much did it cost?", earlier=earlier)
    assert answer.question == "And how much did it cost?"
    assert answer.standalone is not None
    assert "Sandholm" in answer.standalone
    assert "640 million crowns" in answer.text
    whole = ask(pipeline, ASKED, earlier=earlier)
    assert (whole.standalone, whole.text) == (None, ask(pipeline, ASKED).text)


def test_a_question_with_two_parts_finds_passages_for_both(pipeline: Pipeline) -> None:
    """What answers the second part is among the first hits, however much the first part finds."""
    hits = pipeline.search(Question(text="How long is the Sandholm bridge and who electrified the lamp on Skarv island?", k=2))
    assert {hit.article.title for hit in hits} == {"Sandholm bridge opens to traffic", "How the lighthouse keeps time"}


def test_what_happened_is_found_article_by_article(pipeline: Pipeline) -> None:
    """A course of events is told from several articles, each found once."""
    hits = pipeline.search(Question(text="What happened with the Sandholm bridge and the ferries since March 2025?", k=4))
    ids = [hit.article.article_id for hit in hits]
    assert len(ids) == len(set(ids)) == 4
