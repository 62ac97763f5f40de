"""Has a language model write the answer, through any server with Anthropic's messages API."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from index.errors import ModelError
from rag.errors import GeneratorBusy, GeneratorError
from rag.generators.chat import API_KEY_VARIABLE, asked_pause, shown
from rag.generators.prompted import asked, prompted
from rag.prompts import Prompt
from rag.types import Evidence

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import MessageParam

INSTALL = "Install it with: .venv/bin/pip install -e '.[anthropic]'"
_ANTHROPIC = "https://api.anthropic.com"
# Limits of rate and load come as such statuses before the stream, and as such events in it.
_BUSY_EVENTS = frozenset({"overloaded_error", "rate_limit_error", "api_error", "timeout_error"})


class AnthropicGenerator:
    """A model behind Anthropic's messages API.

    Args:
        url: the base URL without `/v1`; empty for Anthropic itself.
        model: its name there.
        key: sent as the client sends it, if there is one.
        answer_tokens: the most tokens that the model may write, its thoughts among them.
        seconds: how long to wait for the server to say anything.

    Raises:
        ModelError: the client is not installed.
    """

    def __init__(self, *, url: str, model: str, key: str | None, answer_tokens: int, seconds: float) -> None:
        try:
            # Now, not within the first question's deadline: it takes a second.
            import_module("anthropic.resources.messages")
        except ModuleNotFoundError as error:
            raise ModelError(f"Setting generator is anthropic, whose client is not installed ({error}). {INSTALL}") from error
        self._url, self._model, self._key = url, model, key
        self._answer_tokens, self._seconds = answer_tokens, seconds
        # Connections are bound to an event loop, and commands and tests run several, one after another.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, anthropic.AsyncAnthropic] = WeakKeyDictionary()

    @property
    def name(self) -> str:
        """The model."""
        return self._model

    def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncGenerator[str, None]:
        """Yield what the model writes, without what it thinks aloud; nothing if there is no evidence.

        Raises:
            GeneratorBusy: the server cannot be reached, is overloaded or broke off; asking again may help.
            GeneratorError: it refuses the key, the model or the request, wrote nothing, or more than it may.
        """
        return prompted(self._model, question, evidence, self._completion)

    def ask(self, prompt: Prompt, *, varied: bool = False) -> AsyncGenerator[str, None]:  # noqa: ARG002 - the protocol's
        """Yield what the model writes for a prompt of the caller's; each time another, as these models do.

        Raises:
            GeneratorError: as `stream` does.
        """
        return asked(self._model, self._completion(prompt))

    async def _completion(self, prompt: Prompt) -> AsyncGenerator[str, None]:
        import anthropic  # noqa: PLC0415 - an extra, and one arm of a choice
        import httpx2  # noqa: PLC0415 - what the client lets through when a connection breaks in mid-stream

        reason: str | None = None
        ended = False
        try:
            # No temperature: newer models refuse any but their own.
            stream = await self._client().messages.create(
                model=self._model,
                max_tokens=self._answer_tokens,
                system=prompt.system,
                messages=cast("list[MessageParam]", prompt.turns),
                stream=True,
            )
            async with stream:
                async for event in stream:
                    # A server may send anything that is JSON; thoughts and calls of tools come as other kinds of delta.
                    kind, delta = getattr(event, "type", None), getattr(event, "delta", None)
                    if kind == "message_delta":
                        reason = getattr(delta, "stop_reason", None) or reason
                    ended = ended or kind == "message_stop"
                    text = getattr(delta, "text", None)
                    if kind == "content_block_delta" and isinstance(text, str):
                        yield text
        except anthropic.APIStatusError as error:
            raise self._refused(error) from error
        except (anthropic.APIConnectionError, httpx2.HTTPError, OSError) as error:
            raise GeneratorBusy(f"{self._where} cannot be reached or broke off ({shown(error)})") from error
        except (anthropic.AnthropicError, json.JSONDecodeError, UnicodeDecodeError, ValueError, TypeError, KeyError) as error:
            raise GeneratorError(f"{self._where} did not answer as the messages API does ({shown(error)})") from error
        self._check_end(reason, ended=ended)

    def _check_end(self, reason: str | None, *, ended: bool) -> None:
        if not ended:
            raise GeneratorBusy(f"{self._where} broke off in the middle")
        if reason == "max_tokens":
            raise GeneratorError(f"{self._model} had more to write than setting answer_tokens allows")
        if reason == "model_context_window_exceeded":
            raise GeneratorError(f"{self._model} had more to write than fits its window")
        if reason == "refusal":
            raise GeneratorError(f"{self._model} declined to answer")

    def _refused(self, error: "anthropic.APIStatusError") -> GeneratorError:
        status = error.status_code
        said = f"{self._where} answered {status}: {shown(error)}"
        if status in {401, 403}:
            return GeneratorError(f"{said}. The key is read from {API_KEY_VARIABLE}")
        # An error in mid-stream has the status of the stream, which began well.
        body = error.body if isinstance(error.body, dict) else {}
        details = body.get("error")
        kind = details.get("type") if isinstance(details, dict) else None
        if status in {408, 409, 425, 429} or status >= 500 or kind in _BUSY_EVENTS:  # noqa: PLR2004 - the server's own faults
            return GeneratorBusy(said, asked_pause(error.response.headers))
        return GeneratorError(said)

    @property
    def _where(self) -> str:
        return self._url or "Anthropic"

    def _client(self) -> "anthropic.AsyncAnthropic":
        import anthropic  # noqa: PLC0415 - as above

        loop = asyncio.get_running_loop()
        client = self._clients.get(loop)
        if client is None:
            # One layer retries, and that is `rag.writing`. Without a key and a URL the client would look for others' in the
            # environment and in files of the user's.
            client = anthropic.AsyncAnthropic(
                base_url=self._url or _ANTHROPIC, api_key=self._key or "none", max_retries=0, timeout=self._seconds,
                open_telemetry=False,
            )  # fmt: skip
            self._clients[loop] = client
        return client
