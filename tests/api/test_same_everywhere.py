"""One answer, whoever asks: terminal, HTTP, OpenAI's protocol, MCP, Slack and page show the same words, numbers and quotes."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from mcp import Client

from api.markdown import SOURCES_HEADING
from api.settings import ServiceSettings
from index.protocols import Embedder
from index.wiring import build_store
from rag.prompts import REFUSAL
from rag.wiring import build_pipeline
from tests.api.page.actions import ask
from tests.api.slack.fake_slack import fake_slack
from tests.api.slack.talking import Bot, in_slack

ONE = "How many ships will Norlink sell?"
TWO = "How long is the Sandholm bridge, and how many ships will Norlink sell?"
NONE = "Who won the chess championship of Skarv?"
_LINKED = re.compile(r"\[(\[\d+\])\]\([^)]*\)")
_SOURCE = re.compile(r"^(\d+)\. \[(.*?)\]\(.*?\) — .*?: “(.*)”$", re.MULTILINE)


@dataclass(frozen=True)
class Shown:
    """What a channel shows of an answer."""

    text: str
    sources: tuple[tuple[int, str, str], ...]
    """Number, title and quote of each."""


Ask = Callable[[str], Shown]


@pytest.fixture(scope="module")
def bot(
    archive: Path, embedder: Embedder, serving: Callable[[FastAPI], Any], ready: Callable[[httpx2.Client], None],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Bot]:  # fmt: skip
    """One service for all channels."""
    settings = ServiceSettings(data=archive)
    load = partial(build_pipeline, settings, store=build_store(settings), embedder=embedder)
    with fake_slack() as slack, in_slack(slack, serving, ready, tmp_path_factory.mktemp("bot"), load) as made:
        yield made


@pytest.fixture(scope="module")
def page(browser: Any, bot: Bot) -> Iterator[Any]:
    """The page of the service."""
    made = browser.new_page()
    made.goto(str(bot.http.base_url))
    yield made
    made.close()


@pytest.fixture(scope="module")
def mcp(bot: Bot) -> Iterator[Callable[[str], Any]]:
    """What calls the tool `ask`."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(f"{bot.http.base_url}/mcp")) as connection:
        yield lambda question: portal.call(connection.call_tool, "ask", {"question": question}).structured_content


def _listed(body: Mapping[str, Any]) -> tuple[tuple[int, str, str], ...]:
    return tuple((citation["number"], citation["title"], citation["quote"]) for citation in body["citations"])


def _in_markdown(text: str) -> Shown:
    words, _, below = text.partition(SOURCES_HEADING)
    return Shown(_LINKED.sub(r"\1", words).strip(), tuple((int(n), title, quote) for n, title, quote in _SOURCE.findall(below)))


@pytest.fixture(scope="module")
def channels(bot: Bot, page: Any, mcp: Callable[[str], Any], archive: Path) -> Mapping[str, Ask]:
    """Return how to ask in each channel."""
    turns = iter(range(1, 100))

    def over_http(question: str) -> Shown:
        body = bot.http.post("/v1/answer", json={"question": question}).json()
        return Shown(body["answer"], _listed(body))

    def in_the_terminal(question: str) -> Shown:
        command = [sys.executable, "-m", "api.cli", "ask", question, "--data", str(archive), "--json"]
        body = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
        return Shown(body["answer"], _listed(body))

    def as_openai(question: str, *, stream: bool) -> Shown:
        with openai.OpenAI(base_url=f"{bot.http.base_url}/v1", api_key="unused") as client:
            asked: dict[str, Any] = {"model": "dateline", "messages": [{"role": "user", "content": question}]}
            if not stream:
                return _in_markdown(client.chat.completions.create(**asked).choices[0].message.content or "")
            with client.chat.completions.create(**asked, stream=True) as chunks:
                return _in_markdown("".join(chunk.choices[0].delta.content or "" for chunk in chunks))

    def as_a_tool(question: str) -> Shown:
        body = mcp(question)
        shown = _in_markdown(body["answer"])
        assert shown.sources == _listed(body)
        return shown

    def in_slack(question: str) -> Shown:
        text, sources = bot.asked_over_slack(question)
        titles = ((source.number, source.about.split(" — ")[0], source.quote) for source in sources)
        return Shown(text.strip(), tuple(titles))

    def on_the_page(question: str) -> Shown:
        turn = ask(page, question, next(turns))
        sources = turn.locator(".cited li").all()
        return Shown(
            turn.locator(".answer").inner_text(),
            tuple(
                (
                    int(source.get_attribute("value")), source.locator(".headline").inner_text(),
                    source.locator("blockquote").inner_text().strip("“”"),
                )
                for source in sources
            ),
        )  # fmt: skip

    return {
        "HTTP": over_http, "terminal": in_the_terminal, "OpenAI": partial(as_openai, stream=False),
        "OpenAI, streamed": partial(as_openai, stream=True), "MCP": as_a_tool, "Slack": in_slack, "page": on_the_page,
    }  # fmt: skip


@pytest.mark.parametrize(("question", "articles"), [(ONE, 1), (TWO, 2)])
def test_the_same_answer_everywhere(channels: Mapping[str, Ask], question: str, articles: int) -> None:
    """Letter by letter, and quotes in the same order under the same numbers."""
    told = channels["HTTP"](question)
    assert len({title for _, title, _ in told.sources}) >= articles
    assert {name: asked(question) for name, asked in channels.items()} == dict.fromkeys(channels, told)


def test_nobody_is_told_what_the_archive_does_not_say(channels: Mapping[str, Ask]) -> None:
    """Every channel begins with the same sentence, and shows no source."""
    for name, asked in channels.items():
        shown = asked(NONE)
        assert shown.text.startswith(REFUSAL), name
        assert shown.sources == (), name
