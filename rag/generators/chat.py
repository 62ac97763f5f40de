"""Has a language model write the answer, through any server with OpenAI's chat completions API."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from rag.errors import GeneratorBusy, GeneratorError
from rag.generators.prompted import VARIED, asked, prompted
from rag.prompts import Prompt
from rag.types import Evidence

if TYPE_CHECKING:
    import openai
    from openai.types.chat import ChatCompletionMessageParam

API_KEY_VARIABLE = "DATELINE_GENERATOR_API_KEY"
"""The environment variable that the key is read from: keys are no settings, which files hold and messages print."""
_SHOWN_CHARACTERS = 200


class ChatGenerator:
    """A chat model behind OpenAI's API: vLLM, llama.cpp, Ollama, LM Studio, DeepSeek, Qwen, OpenAI itself.

    Args:
        url: the base URL, such as `http://127.0.0.1:11434/v1`; empty for OpenAI.
        model: its name there.
        key: sent as a bearer token, if there is one.
        answer_tokens: the most tokens that the model may write.
        seconds: how long to wait for the server to say anything.
    """

    def __init__(self, *, url: str, model: str, key: str | None, answer_tokens: int, seconds: float) -> None:
        # Now, not within the first question's deadline: it takes a second.
        import_module("openai.resources.chat")
        self._url, self._model, self._key = url, model, key
        self._seconds = seconds
        # OpenAI's own newer models take only the newer name, and no temperature but their own; other servers know the older one.
        self._limits: dict[str, Any] = (
            {"max_tokens": answer_tokens, "temperature": 0.0} if url else {"max_completion_tokens": answer_tokens}
        )
        # Connections are bound to an event loop, and commands and tests run several, one after another.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        """The model."""
        return self._model

    def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncGenerator[str, None]:
        """Yield what the model writes, without what it thinks aloud.

        Raises:
            GeneratorBusy: the server cannot be reached, is overloaded or broke off; asking again may help.
            GeneratorError: it refuses the key, the model or the request, wrote nothing, or more than it may.
        """
        return prompted(self._model, question, evidence, self._completion)

    def ask(self, prompt: Prompt, *, varied: bool = False) -> AsyncGenerator[str, None]:
        """Yield what the model writes for a prompt of the caller's; `varied`: another time it writes something else.

        Raises:
            GeneratorError: as `stream` does.
        """
        return asked(self._model, self._completion(prompt, varied=varied))

    async def _completion(self, prompt: Prompt, *, varied: bool = False) -> AsyncGenerator[str, None]:
        import httpx2  # noqa: PLC0415 - what the OpenAI client lets through when a connection breaks in mid-stream
        import openai  # noqa: PLC0415 - half a second, and one arm of a choice

        where = self._url or "OpenAI"
        limits = self._limits | ({"temperature": VARIED} if varied and "temperature" in self._limits else {})
        try:
            # The lines as they come: making the library's objects of each takes three times as long as all else that is done with
            # a token, and a hundred answers at fifty tokens a second are five thousand of them.
            asked = self._client().chat.completions.with_streaming_response.create(
                model=self._model,
                messages=cast("list[ChatCompletionMessageParam]", [{"role": "system", "content": prompt.system}, *prompt.turns]),
                stream=True,
                **limits,
            )
            end: object = None
            async with asked as response, aclosing(_events(response.iter_lines())) as events:
                async for chunk in events:
                    # A server may send anything that is JSON.
                    choice = (chunk.get("choices") or [{}])[0]
                    content = (choice.get("delta") or {}).get("content")
                    end = end or choice.get("finish_reason")
                    if isinstance(content, str):
                        yield content
        except openai.APIStatusError as error:
            raise self._refused(error) from error
        except (openai.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise GeneratorBusy(f"{where} cannot be reached or broke off ({shown(error)})") from error
        except (openai.OpenAIError, ValueError, TypeError, AttributeError, LookupError) as error:
            raise GeneratorError(f"{where} did not answer as a chat model does ({shown(error)})") from error

        if end is None:
            raise GeneratorBusy(f"{where} broke off in the middle")
        if end == "length":
            raise GeneratorError(f"{self._model} had more to write than setting answer_tokens allows")

    def _refused(self, error: "openai.APIStatusError") -> GeneratorError:
        where, status = self._url or "OpenAI", error.status_code
        said = f"{where} answered {status}: {shown(error)}"
        if status in {401, 403}:
            return GeneratorError(f"{said}. The key is read from {API_KEY_VARIABLE}")
        if status in {408, 409, 425, 429} or status >= 500:  # noqa: PLR2004 - the server's own faults
            return GeneratorBusy(said, asked_pause(error.response.headers))
        return GeneratorError(said)

    def _client(self) -> "openai.AsyncOpenAI":
        import openai  # noqa: PLC0415 - as above

        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            # One layer retries, and that is `rag.writing`. Servers at home want no key, the client insists on one.
            client = openai.AsyncOpenAI(
                base_url=self._url or None, api_key=self._key or "none", max_retries=0, timeout=self._seconds
            )
            self._clients[loop] = client
        return client


async def _events(lines: AsyncIterator[str]) -> AsyncGenerator[dict[str, Any], None]:
    """Yield what server-sent events hold; one that broke off in the middle is none.

    Raises:
        ValueError: it is no JSON, or the server tells of an error.
    """
    data = ""
    async for line in lines:
        if line.startswith("data:"):
            data += line.removeprefix("data:").strip()
        elif data and not line:
            if data == "[DONE]":
                return
            event, data = json.loads(data), ""
            if problem := event.get("error"):
                raise ValueError(problem.get("message") if isinstance(problem, dict) else str(problem))
            yield event


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header; the form with a date is not read."""
    try:
        seconds = float(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def shown(error: Exception) -> str:
    """Return the beginning of a message in a form that a terminal can take."""
    text = " ".join(str(error).split())[:_SHOWN_CHARACTERS]
    return "".join(c for c in text if c.isprintable()) or type(error).__name__
