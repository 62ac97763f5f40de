"""OpenAI's own library as a client of the service."""

from typing import Any

import httpx2
import openai

SHIPS = "How many ships will Norlink sell?"


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def client_of(http: httpx2.Client, **more: Any) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{http.base_url}/v1", api_key="unused", max_retries=0, **more)


def streamed(chat: openai.OpenAI, **request: Any) -> tuple[str, list[Any]]:
    with chat.chat.completions.create(model="dateline", stream=True, **request) as stream:
        chunks = list(stream)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices), chunks
