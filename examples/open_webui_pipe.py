"""
title: Dateline
description: Answers from your news archive; every number is a source with the words that it rests on.
version: 0.1.0
license: Apache-2.0
"""  # noqa: D205, D212, D415 - Open WebUI reads this form

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
from pydantic import BaseModel, Field

Emit = Callable[[dict[str, Any]], Awaitable[None]]
# Open WebUI makes a plain [1] a button that opens the first source, and lists the sources itself.
_LINK, _SOURCES = re.compile(r"\[(\[\d+\])\]\([^)\s]*\)"), "\n\n**Sources**\n"


class Pipe:
    """A model of Open WebUI that asks Dateline."""

    class Valves(BaseModel):
        """What an administrator sets."""

        base_url: str = Field("http://127.0.0.1:8000", description="Where Dateline is, as Open WebUI's server reaches it.")
        api_key: str = Field("", description="A key of `dateline keys create`; empty where none was made.")

    def __init__(self) -> None:
        self.valves = self.Valves()

    async def pipe(self, body: dict[str, Any], __event_emitter__: Emit | None = None) -> AsyncIterator[str]:
        """Yield the answer sentence by sentence, then show its sources; what goes wrong is said in its place."""

        async def emit(kind: str, **data: Any) -> None:
            if __event_emitter__ is not None:
                await __event_emitter__({"type": kind, "data": data})

        url = f"{self.valves.base_url.rstrip('/')}/v1/chat/completions"
        asked = {"model": "dateline", "messages": body["messages"], "stream": True}
        headers = {"Authorization": f"Bearer {self.valves.api_key}"} if self.valves.api_key else {}
        said = "Answered from the archive"
        await emit("status", description="Searching the archive", done=False)
        try:
            # The last line holds the whole answer; a minute without even a keep-alive means that nobody is there.
            session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None, sock_read=60), read_bufsize=4_000_000)
            async with session, session.post(url, json=asked, headers=headers) as reply:
                if reply.status != 200:  # noqa: PLR2004
                    told = (await reply.json()).get("error") or {}
                    raise ValueError(told.get("message", f"{url} answers with status {reply.status}"))
                async for line in reply.content:
                    if not line.startswith(b"data: {"):
                        continue
                    chunk = json.loads(line[6:])
                    if "error" in chunk:
                        raise ValueError(chunk["error"]["message"])
                    yield _LINK.sub(r"\1", chunk["choices"][0]["delta"].get("content", "").partition(_SOURCES)[0])
                    for found in zip(
                        (chunk.get("dateline") or {}).get("citations", ()), chunk.get("search_results", ()), strict=True
                    ):
                        await emit("source", **_source(*found))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            said = "Dateline did not answer"
            yield f"Dateline did not answer: {error or type(error).__name__}"
        await emit("status", description=said, done=True)


def _source(citation: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return a numbered source; sources of one name or id would become one, and later numbers would lead to the wrong one."""
    name = (
        f"{citation['number']}. {found['title']} — {citation['publisher'] or 'unknown publisher'}, {found['date'] or 'undated'}"
    )
    place = {
        "source": f"{citation['article_id']}#{citation['number']}",
        "name": name,
        "url": found["url"],
        "source_url": found["url"],
    }
    return {
        "source": {"name": name, "id": place["source"], "url": found["url"]},
        "document": [citation["quote"]],
        "metadata": [place],
    }
