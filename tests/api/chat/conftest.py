"""OpenAI's own library, asking the service over the archive of four articles."""

from collections.abc import Iterator

import httpx2
import openai
import pytest

from tests.api.chat.library import client_of


@pytest.fixture(scope="session")
def chat(client: httpx2.Client) -> Iterator[openai.OpenAI]:
    with client_of(client) as made:
        yield made
