"""The optional judge: what is asked of the model, and which scores its replies become.

RAGAS is the real one; where it is not installed, the tests that need it are skipped.
"""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from eval.judge import judge_run
from eval.judge_model import API_KEY_VARIABLE
from tests.eval.judge.vendor import KEY, QUOTE, SENTENCE, Vendor, a_row, judged, needs_ragas


@needs_ragas
def test_supported_and_right_answers_score_high_and_others_low() -> None:
    """Faithfulness is the share of statements in the quotes; correctness is agreement with an accepted answer."""
    rows = [
        a_row(1),
        a_row(2, SENTENCE, "The captain sang."),
        a_row(3, "The captain sang."),
        a_row(4, expected={"answers": ["none", SENTENCE]}),
    ]
    with Vendor() as vendor:
        scores, errors, done = judged(rows, vendor)
    assert scores == [
        {"faithfulness": 1.0, "correctness": 1.0},
        {"faithfulness": 0.5, "correctness": 1.0},
        {"faithfulness": 0.0, "correctness": 0.0},
        {"faithfulness": 1.0, "correctness": 1.0},
    ]
    assert (errors, done) == ({}, 4)


@needs_ragas
def test_the_two_ratings_of_correctness_are_averaged() -> None:
    """The second rating, with the answers swapped, counts as much as the first."""
    with Vendor(written=lambda _, given: {"rating": 2} if given.get("user_answer") == SENTENCE else None) as vendor:
        assert judged([a_row()], vendor)[0] == [{"faithfulness": 1.0, "correctness": 0.75}]


@needs_ragas
def test_the_model_is_asked_as_named_and_nothing_else_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Model, temperature 0 and the judge's own key are sent; nothing of an OpenAI account in the environment is."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-the-account")
    with Vendor() as vendor:
        judged([a_row()], vendor)
        monkeypatch.delenv(API_KEY_VARIABLE)
        judged([a_row()], vendor)
        for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
            monkeypatch.delenv(name)
        judged([a_row()], vendor)
    assert set(vendor.paths) == {"/v1/chat/completions"}
    assert {(request["model"], request["temperature"]) for request in vendor.requests} == {("small", 0)}
    keys = [headers.get("authorization") for headers in vendor.headers]
    assert keys == [f"Bearer {KEY}"] * 4 + [None] * 8
    assert "of-the-account" not in str(vendor.headers)


@needs_ragas
def test_the_model_sees_what_a_reader_sees() -> None:
    """Earlier questions stand before the question, a quote after its author, outlet and date, and every part is wanted."""
    citation = {
        "authors": ["Ann Example"], "publisher": "The Exampleton Gull", "agency": None, "published": "2025-05-04",
        "title": "Record at sea", "quote": QUOTE,
    }  # fmt: skip
    row = a_row(
        history=["Which ferry sails to Exampleton?"],
        citations=[citation],
        expected={"answers": ["ignored"], "all_of": [["812", "eight hundred and twelve"], ["Sunday"]]},
    )
    given: list[Any] = []
    with Vendor(written=lambda _, shown: given.append(shown)) as vendor:
        judged([row], vendor)
    statements, verdicts, rating, swapped = given
    question = "Which ferry sails to Exampleton?\nHow many passengers did ferry 1 carry?"
    assert statements == {"question": question, "answer": SENTENCE}
    assert verdicts["context"] == f"Ann Example, The Exampleton Gull, 2025-05-04: {QUOTE}"
    assert rating == {
        "query": question,
        "user_answer": SENTENCE,
        "reference_answer": "812 (or: eight hundred and twelve) and Sunday",
    }
    assert swapped["user_answer"] == rating["reference_answer"]


@needs_ragas
def test_what_cannot_be_judged_is_left_out_without_asking() -> None:
    """Abstentions, failed questions and empty answers are not judged; without quotes or accepted answers, half is not."""
    rows = [
        a_row(1, abstained="low_score"),
        a_row(2, error="broke"),
        a_row(3, sentences=[]),
        a_row(4, citations=[]),
        a_row(5, expected={"answers": []}),
    ]
    with Vendor() as vendor:
        scores, errors, done = judged(rows, vendor, concurrency=3)
    assert scores == [None, None, None, {"correctness": 1.0}, {"faithfulness": 1.0}]
    assert (errors, done, len(vendor.requests)) == ({}, 5, 4)


@needs_ragas
def test_other_scores_stay_and_an_earlier_judge_goes() -> None:
    """The row is not changed; its copy keeps what the run measured and holds nothing of an earlier judge."""
    earlier = {"answers": {"contains": 1.0}, "judge": {"correctness": 0.25}}
    rows = [a_row(1, scores=earlier), a_row(2, scores=earlier, abstained="low_score")]
    with Vendor() as vendor:
        first, second = judge_run(rows, base_url=vendor.url, model="small", progress=lambda: None)[0]
    assert first["scores"] == {"answers": {"contains": 1.0}, "judge": {"faithfulness": 1.0, "correctness": 1.0}}
    assert second["scores"] == {"answers": {"contains": 1.0}}
    assert rows[0]["scores"] == earlier


@needs_ragas
def test_no_more_answers_are_judged_at_once_than_wanted() -> None:
    """The first is judged alone; after it as many at once as allowed, and no more."""
    with Vendor(delay_s=0.02) as vendor:
        scores, _, _ = judged([a_row(number) for number in range(9)], vendor, concurrency=3)
    assert scores == [{"faithfulness": 1.0, "correctness": 1.0}] * 9
    assert vendor.most_at_once == 3
    # Faithfulness asks for the statements first: of the first answer, and of no other until that is judged.
    assert ["ferry 0" in request["messages"][0]["content"] for request in vendor.requests[:5]][0::4] == [True, False]


@needs_ragas
def test_nothing_is_sent_or_kept_elsewhere(connections: list[str]) -> None:
    """RAGAS can report its use to its makers and keep an id of the user for that: neither happens."""
    with Vendor() as vendor:
        judged([a_row()], vendor)
    assert set(connections) == {"127.0.0.1"}


_heard: list[list[str]] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if not _heard:
        return
    match event:
        case "socket.connect":
            _heard[-1].append(str(arguments[1][0]))
        case "socket.getaddrinfo":
            _heard[-1].append(str(arguments[0]))
        case "open" if "uuid.json" in str(arguments[0]):
            _heard[-1].append(str(arguments[0]))


@pytest.fixture(scope="module")
def _listening() -> None:
    # Such a hook cannot be removed; without a list it does nothing.
    sys.addaudithook(_listen)


@pytest.fixture
def connections(_listening: None) -> Iterator[list[str]]:
    """Give what this process connects to and looks up, and the id file that it opens, until the test ends."""
    _heard.append([])
    yield _heard[-1]
    _heard.clear()
