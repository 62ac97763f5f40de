"""What tests of the page have in common: the articles, the questions, generators of their own, and what a reader does."""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx2
from anyio import sleep
from fastapi import FastAPI

from rag.errors import GeneratorError
from rag.types import Evidence

Serving = Callable[[FastAPI], AbstractContextManager[httpx2.Client]]
Ready = Callable[[httpx2.Client], None]
Open = Callable[..., Any]
Desk = Callable[..., AbstractContextManager[httpx2.Client]]

PAYLOAD = '<img src=x onerror="window.hit=1"><script>window.hit=1</script><svg onload=window.hit=1>\'"><a href=javascript:hit=1>'
ARTICLES: tuple[dict[str, Any], ...] = (
    {
        "title": "Kettle museum finds a royal kettle 👑", "publisher": "Brasswick Echo", "authors": ["Ines Talla"],
        "published": "2025-02-11", "updated": "2025-02-13", "url": "https://example.org/kettle", "section": "Culture",
        "text": "🫖🫖 The kettle museum 👩‍👩‍👧 of Brasswick is 𝟛 rooms wide. It has been open since 1962.\n\nThe museum found "
        "an old kettle in its cellar. The smith Bero Quandt made the copper kettle of Queen Otilde in 1741.\n\n"
        + "Much else is there. " * 200,
    },
    {
        "title": "Brasswick kettle goes on tour", "publisher": "Vale Herald", "published": "2025-05-02",
        "text": "The copper kettle of Queen Otilde leaves Brasswick in June. It will be shown in 9 towns.",
    },
    {
        "title": "Trams of Ottervale", "publisher": "Otter Post", "published": "2025-03-03",
        "text": "The trams of Ottervale run every 7 minutes. Driver Sanna Brook counts 41 stops.",
    },
    {"title": "A note without a day", "text": "The weathercock of Lindmoor was gilded by Odo Farl."},
)  # fmt: skip
KETTLE, FOLLOW_UP, UNKNOWN = (
    "Who made the copper kettle of Queen Otilde?",
    "When was it made?",
    "What is the price of saffron in Peru?",
)
TRAMS = "How often do the trams of Ottervale run?"


MILL = "The windmill of Hestvik grinds again since 4 May 2025. The miller Tora Lunde sells 300 kilos of flour a week."
RECORDS = (
    {"title": "Windmill grinds again", "publisher": "Hestvik Times", "published": "2025-05-05", "text": MILL},
    {"title": "Flour from the windmill", "publisher": "Fjord Courier", "published": "2025-05-06", "text": MILL},
    {"title": "A headline without a story", "publisher": "Hestvik Times"},
)
LARGEST = 20_000


class Slow:
    """A generator that writes a sentence and then takes its time."""

    name = "slow"

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Yield one sentence, and another that nobody waits for."""
        yield "The smith Bero Quandt made the copper kettle of Queen Otilde in 1741. [S1] It will "
        await sleep(60)
        yield "be shown in 9 towns. [S2]"


class Failing:
    """A generator whose model went away."""

    name = "failing"

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Break off."""
        yield "It "
        raise GeneratorError("The language model went away; start it again.")


def attacking(item: Any) -> Any:
    """Return what was read, with the attack in every field of the trams: reading takes tags out, which the page must not need."""
    if "Ottervale" not in getattr(item, "title", ""):
        return item
    return replace(
        item, title=f"Trams of Ottervale {PAYLOAD}", publisher=f"Otter Post {PAYLOAD}", authors=(PAYLOAD,), section=PAYLOAD,
        url="javascript:window.hit=1", corrections=(PAYLOAD,), language='en" onfocus=hit=1', text=f"{item.text} {PAYLOAD}",
    )  # fmt: skip


def ask(page: Any, question: str, turn: int = 1) -> Any:
    """Ask on a page or in a frame, and wait for the whole answer; return its turn."""
    page.fill("#question", question)
    page.press("#question", "Enter")
    shown = page.locator(f".turn:nth-child({turn})")
    shown.locator(".answer[data-state=whole]").wait_for(state="attached")
    return shown


def open_quote(page: Any, link: Any) -> Any:
    """Choose a link to a quote; return the mark in the article."""
    link.click()
    mark = page.locator("#reader mark")
    mark.wait_for()
    return mark


def bodies(page: Any, path: str) -> list[dict[str, Any]]:
    """Return the list to which the bodies of the page's requests of a path will be added."""
    sent: list[dict[str, Any]] = []
    page.on("request", lambda request: sent.append(request.post_data_json) if request.url.endswith(path) else None)
    return sent


def file(name: str, *records: dict[str, str]) -> dict[str, Any]:
    """Return a file as a browser is given one."""
    content = "".join(json.dumps(record) + "\n" for record in records)
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content.encode()}


def rows(ledger: Any) -> list[list[str]]:
    """Return the cells of a ledger as they read."""
    return [row.locator("th, td").all_inner_texts() for row in ledger.locator("tbody tr").all()]
