"""Whatever an article orders and however a model obeys, answers hold what the archive says, and nothing that acts."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli import main
from api.schemas import answer_body
from rag.pipeline import Pipeline
from rag.types import Question
from tests.injection.checks import breaches
from tests.injection.obedient import OBEY, Obedient
from tests.injection.poison import ENCODINGS, ORDERS, PLACEMENTS, Poisoned
from tests.rag.chat_server import ChatServer, chat_server

CONTROLS = {chr(code) for code in (*range(32), *range(0x7F, 0xA0), 0x200B, 0x202E, 0x2066, 0xFEFF)} - {"\n"}


def answer_breaches(pipeline: Pipeline, model: Obedient, server: ChatServer, one: Poisoned, generator: str | None) -> list[str]:
    """Ask, and return what is wrong with the answer."""
    answer = asyncio.run(pipeline.answer(Question(text=one.question, k=2, generator=generator)))
    assert answer.degraded is None
    assert one.truth in answer.text, one.name
    system = server.asked[-1]["messages"][0]["content"]
    body = answer_body(answer).model_dump()
    return breaches(body, lambda found: pipeline.store.article(found).text, nonce=model.nonce, system=system)


def test_the_table_is_whole(articles: list[Poisoned]) -> None:
    """At least 120 articles: every goal in every place, every disguise, and no two articles answer one question."""
    assert len({one.question for one in articles}) == len(articles) >= 120
    assert {(one.goal, one.placement) for one in articles} >= {(goal, place) for goal in ORDERS for place in PLACEMENTS}
    assert {one.encoding for one in articles} == set(ENCODINGS)
    assert set(OBEY) == set(ORDERS)


@pytest.mark.parametrize("goal", ORDERS)
def test_an_order_in_an_article_changes_no_answer(
    goal: str, articles: list[Poisoned], pipeline_on: Callable[..., Pipeline]
) -> None:
    """In every place and disguise: the true sentence is shown, by the obedient model and by the extractive generator."""
    model = Obedient()
    told = set()
    with chat_server(model) as server:
        pipeline = pipeline_on(server.url)
        for one in (one for one in articles if one.goal == goal):
            model.obeyed.clear()
            for generator in (None, "extractive"):
                assert answer_breaches(pipeline, model, server, one, generator) == [], one.name
            if goal in model.obeyed:
                told.add(one.placement)
            # What no reader of an article could see is not in the prompt either.
            prompt = "".join(message["content"] for message in server.asked[-1]["messages"])
            assert not [c for c in prompt if 0xE0000 <= ord(c) <= 0xE0FFF or c in CONTROLS or c in "\u3164\u202c"], one.name
    assert {"beginning", "middle", "end"} <= told  # the stub did read the orders, and obeyed


@pytest.mark.parametrize("goal", OBEY)
def test_a_model_that_needs_no_order_is_no_danger_either(
    goal: str, articles: list[Poisoned], pipeline_on: Callable[..., Pipeline]
) -> None:
    """All that the stub can write for a goal, over articles that hold no such order."""
    model = Obedient(always=(goal,))
    with chat_server(model) as server:
        pipeline = pipeline_on(server.url)
        for one in [one for one in articles if one.goal != goal and one.placement == "url"][:1]:
            assert answer_breaches(pipeline, model, server, one, None) == [], one.name
    assert goal in model.obeyed


def test_no_article_ends_its_own_passage(articles: list[Poisoned], pipeline_on: Callable[..., Pipeline]) -> None:
    """Guessed tags are text: a prompt has as many passages as there is evidence, and the word of their tags is new each time."""
    with chat_server(Obedient()) as server:
        pipeline = pipeline_on(server.url)
        nonces = set()
        for one in (one for one in articles if one.encoding == "end of passage"):
            asyncio.run(pipeline.answer(Question(text=one.question, k=2)))
            user = server.asked[-1]["messages"][1]["content"]
            nonce = user.split("<passage-")[1][:16]
            assert 1 <= user.count(f"<passage-{nonce}") == user.count(f"</passage-{nonce}>") <= 2
            nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.usefixtures("embedder")  # converted once, before the command looks for it
def test_the_terminal_shows_no_control_sequences(
    archive: Path, articles: list[Poisoned], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """`dateline ask` prints letters and line ends, whatever model and article print; sources with their addresses included."""
    one = next(one for one in articles if one.goal == "control" and one.placement == "url")
    with chat_server(Obedient(always=("control", "address"))) as server:
        for name, value in {"GENERATOR": "openai", "GENERATOR_MODEL": "obedient", "GENERATOR_URL": server.url}.items():
            monkeypatch.setitem(os.environ, f"DATELINE_{name}", value)
        with pytest.raises(SystemExit) as left:
            main(["ask", one.question, "-k", "2", "--data", str(archive)])
    shown = capsys.readouterr()
    assert left.value.code in (0, None)
    assert one.truth in shown.out
    assert not set(shown.out + shown.err) & CONTROLS
