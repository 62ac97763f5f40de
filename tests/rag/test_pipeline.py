"""The pipeline end to end on a real archive: invariants, and generators that misbehave."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from index.protocols import PassageStore
from rag.errors import GeneratorError
from rag.pipeline import Pipeline
from rag.prompts import REFUSAL
from rag.types import Answer
from tests.rag.asking import ASKED, QUOTE, BuildPipeline, ask


@pytest.fixture
def writing(news: PassageStore, build_pipeline_over: BuildPipeline, scripted: type[Any]) -> Callable[..., Answer]:
    def write(*pieces: str) -> Answer:
        """Answer `ASKED` with a generator that writes these pieces; S1 is the article on the bridge."""
        generator = scripted(*pieces)
        answer = ask(build_pipeline_over(news, generator))
        assert generator.calls == 1
        assert generator.seen[0].hit.article.title == "Sandholm bridge opens to traffic"
        return answer

    return write


def test_an_answer_carries_its_source(pipeline: Pipeline) -> None:
    """The citation of the fact has publisher, author and date of its article."""
    answer = ask(pipeline)
    citation = next(citation for citation in answer.citations if "640 million crowns" in citation.quote)
    assert citation.article.publisher == "Harbour Gazette"
    assert citation.article.authors == ("Mara Lind",)
    assert citation.article.published is not None
    assert citation.article.published.value == "2025-03-05"
    assert answer.question == ASKED
    assert answer.generator == "extractive"
    assert answer.nearest == ()


def test_the_newest_cited_article_dates_the_answer(writing: Callable[..., Answer]) -> None:
    """`newest_source` is the latest day among the cited articles, not among all that were found."""
    answer = writing(f"{QUOTE} [S1]")
    assert answer.newest_source == date(2025, 3, 5)
    assert max(hit.article.dated.day for hit in answer.hits if hit.article.dated) > date(2025, 3, 5)


def test_an_undated_source_has_no_day(pipeline: Pipeline) -> None:
    """An answer that cites only undated articles has no newest day."""
    answer = ask(pipeline, "Who electrified the lamp of the lighthouse on Skarv island?", publishers=("Harbour Gazette",), k=1)
    assert {citation.article.title for citation in answer.citations} == {"How the lighthouse keeps time"}
    assert answer.newest_source is None


@pytest.mark.parametrize("text", [ASKED, "best pizza recipe with pineapple"])
def test_the_same_question_has_the_same_answer(pipeline: Pipeline, text: str) -> None:
    """Asked again, everything but the timings is the same."""
    one, other = (replace(ask(pipeline, text, as_of=date(2025, 12, 1)), timings_ms={}) for _ in range(2))
    assert one == other


def test_timings_are_told(pipeline: Pipeline) -> None:
    """Embedding, retrieving and writing are timed in milliseconds and make up the total."""
    timings = ask(pipeline).timings_ms
    assert set(timings) == {"embed", "retrieve", "generate", "total"}
    assert timings["embed"] + timings["retrieve"] + timings["generate"] == pytest.approx(timings["total"], abs=0.2)


def test_the_draft_is_kept_as_written(writing: Callable[..., Answer]) -> None:
    """What the generator wrote stays readable beside what was verified of it."""
    answer = writing(f"{QUOTE} [S1]", " Cats are nice. [S1]")
    assert answer.completion == f"{QUOTE} [S1] Cats are nice. [S1]"
    assert answer.text == f"{QUOTE} [1]"


@pytest.mark.parametrize(
    "pieces",
    [
        ("Cats are nice. [S9]",),
        ("It is 2,871 metres long and cost 640 million crowns. [S1]",),
        ("Cats are nice. [S1]",),
        ("",),
        (),
        ("[S1]",),
        ("I cannot answer this.",),
    ],
)
def test_an_unverified_draft_is_not_shown(writing: Callable[..., Answer], pieces: tuple[str, ...]) -> None:
    """Invented keys, wrong figures, words without a source and silence all end in the refusal, with the reason `unverified`."""
    answer = writing(*pieces)
    assert answer.text == REFUSAL
    assert answer.abstained is not None
    assert answer.abstained.reason == "unverified"
    assert answer.sentences == answer.citations == ()
    assert answer.nearest == answer.hits[:3]
    assert answer.newest_source is None


def test_invented_parts_go_and_verified_ones_stay(writing: Callable[..., Answer]) -> None:
    """Of a mixed draft the verified sentences remain, renumbered."""
    answer = writing(
        f"Cats are nice. [S1] {QUOTE} [S1][S9] Nobody said this. Engineer Tove Askel led the work for nine years. [S1]"
    )
    assert answer.text == f"{QUOTE} [1] Engineer Tove Askel led the work for nine years. [2]"
    assert answer.abstained is None


def test_a_paraphrase_is_quoted(writing: Callable[..., Answer]) -> None:
    """A paraphrase is shown with the real sentence; of a number that the source lacks nothing is shown."""
    answer = writing("The bridge cost 640 million crowns and is 2,870 metres long. [S1]")
    assert answer.citations[0].quote == QUOTE
    assert answer.text == "The bridge cost 640 million crowns and is 2,870 metres long. [1]"


def test_a_refusal_of_the_generator_is_an_abstention(writing: Callable[..., Answer]) -> None:
    """A model that read the evidence and found no answer says so with the refusal, and the answer says why."""
    answer = writing("The archive does not say. [S1]")
    assert answer.text == REFUSAL
    assert answer.abstained is not None
    assert answer.abstained.reason == "low_score"
    assert answer.nearest == answer.hits[:3]


def test_pieces_may_be_single_characters(writing: Callable[..., Answer]) -> None:
    """A marker split over many pieces is a marker all the same."""
    whole = f"{QUOTE} [S1]"
    assert writing(*whole).text == writing(whole).text == f"{QUOTE} [1]"


def test_a_generator_that_breaks_off_is_an_error(
    news: PassageStore, build_pipeline_over: BuildPipeline, scripted: type[Any]
) -> None:
    """Without one verified sentence, and with nobody to fall back on, the generator's error reaches the caller."""
    generator = scripted("It is 2,870 metres", error=GeneratorError("gone"))
    with pytest.raises(GeneratorError, match="gone"):
        ask(build_pipeline_over(news, generator))


def test_what_was_verified_before_a_break_stays(
    news: PassageStore, build_pipeline_over: BuildPipeline, scripted: type[Any]
) -> None:
    """Whole sentences count, half ones do not, and the answer says that it may be incomplete."""
    generator = scripted(f"{QUOTE} [S1] Engineer Tove Askel led", error=GeneratorError("gone"))
    answer = ask(build_pipeline_over(news, generator))
    assert answer.text == f"{QUOTE} [1]"
    assert answer.degraded == "The answer may be incomplete: gone."
    assert answer.generator == "scripted"


def test_evidence_is_what_was_found_first(news: PassageStore, build_pipeline_over: BuildPipeline, scripted: type[Any]) -> None:
    """The generator sees the hits, best first, under the keys S1, S2 and so on."""
    generator = scripted("")
    answer = ask(build_pipeline_over(news, generator), k=4)
    assert [item.hit for item in generator.seen] == list(answer.hits)
    assert [item.key for item in generator.seen] == ["S1", "S2", "S3", "S4"]
