"""The language model that judges: asks it through an OpenAI-compatible URL, and reads what it says. Knows no metric."""

import asyncio
import json
from importlib import import_module
from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel

from eval.errors import EvalError

API_KEY_VARIABLE = "DATELINE_JUDGE_API_KEY"
"""The environment variable that holds the key of the judge's server; a server that wants none needs none."""

INSTALL = "Install it with: .venv/bin/pip install -e '.[ragas]'"

# Enough for the verdicts on some forty statements; a model that does not stop is cut off here.
_REPLY_TOKENS = 4_096
_REPLY_CHARACTERS = 40_000
_SHOWN_CHARACTERS = 200
# Wrong key, no right to the model, no such model or path: the next question would end the same way.
_HOPELESS = frozenset({401, 403, 404})


class JudgeError(EvalError):
    """The judge cannot be used at all: not installed, a wrong URL, no such model, a wrong key."""


class Unjudged(Exception):  # noqa: N818 - is an outcome
    """One metric could not be judged on one answer; says why. Ends the judging of nothing else."""


class Server:
    """One model on an OpenAI-compatible server. Close it by `async with`."""

    def __init__(self, *, base_url: str, model: str, api_key: str | None, timeout_s: float) -> None:
        """Prepare, without asking anything.

        Raises:
            JudgeError: the URL or the key cannot be one, or the client is not installed.
        """
        _check(base_url, api_key)
        self.asked = False
        self.proven = False
        """Set it when an answer has been judged: from then on a refusal is the error of one answer, and not the end."""
        self._openai = _client_library()
        # Without these arguments, the client would send the keys and the organisation of the user's OpenAI account.
        self._client = self._openai.AsyncOpenAI(base_url=base_url, api_key=api_key or "none", max_retries=2, timeout=timeout_s)
        left_out = ["OpenAI-Organization", "OpenAI-Project", *([] if api_key else ["Authorization"])]
        self._headers = {name: self._openai.Omit() for name in left_out}
        self._base_url, self._model, self._key, self._timeout_s = base_url, model, api_key, timeout_s

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def reply(self, prompt: str) -> str:
        """Return what the model writes, at temperature 0. What the server cannot serve is sent again, twice at most.

        Raises:
            JudgeError: nothing can be judged with this URL, key and model.
            Unjudged: there is no whole reply to this prompt.
        """
        self.asked = True
        openai = self._openai
        try:
            async with asyncio.timeout(self._timeout_s):
                # No response format is asked for: servers know different ones, and refuse those that they do not know.
                completion = await self._client.chat.completions.create(
                    model=self._model, messages=[{"role": "user", "content": prompt}], temperature=0,
                    max_tokens=_REPLY_TOKENS, extra_headers=self._headers,
                )  # fmt: skip
                choice = completion.choices[0]
                text, ended = choice.message.content, choice.finish_reason
        except (TimeoutError, openai.APITimeoutError):
            raise Unjudged(f"no reply within {self._timeout_s:g} s") from None
        except openai.APIConnectionError as error:
            raise self._fault(f"cannot be reached ({error.__cause__ or error})", "Start it, or correct --base-url.") from None
        except openai.APIStatusError as error:
            problem = f"answers {error.message}"
            if error.status_code in _HOPELESS:
                raise self._fault(problem, f"Check --base-url, --model and {API_KEY_VARIABLE}.") from None
            raise Unjudged(self._clean(f"the judge {problem}")) from None
        except (openai.OpenAIError, AttributeError, IndexError, TypeError, ValueError) as error:
            raise Unjudged(self._clean(f"the judge sends no chat completion ({error})")) from None
        if ended == "length":
            raise Unjudged(f"the reply was cut off; it may have {_REPLY_TOKENS:,} tokens")
        if not isinstance(text, str) or not text.strip() or len(text) > _REPLY_CHARACTERS:
            raise Unjudged("the reply is no text" if not text else "the reply has no sensible length")
        return text

    def _fault(self, problem: str, remedy: str) -> Exception:
        if self.proven:
            return Unjudged(self._clean(f"the judge {problem}"))
        return JudgeError(f"{self._clean(f'The judge at {self._base_url} {problem}')}. {remedy}")

    def _clean(self, message: str) -> str:
        """Return the message in one short line, without the key, which a server may repeat."""
        return shown(message.replace(self._key, "***") if self._key else message)


class Asking:
    """What RAGAS takes for its model: asks for one metric of one answer, and keeps what was said."""

    def __init__(self, server: Server) -> None:
        self.replies: list[Any] = []
        """What the model said, read, in the order of asking."""
        self.fault: Exception | None = None
        """What ended the asking."""
        self._server = server

    async def agenerate(self, prompt: str, response_model: type[BaseModel]) -> BaseModel:
        """Return the model's reply as an instance of `response_model`; RAGAS calls this.

        Raises:
            JudgeError: see `Server.reply`.
            Unjudged: see `Server.reply`; or the reply does not hold what is wanted, or an earlier one did not.
        """
        if self.fault is not None:
            # RAGAS goes on after some errors and would return the half that it has as the score.
            raise self.fault
        try:
            reply = read_reply(await self._server.reply(prompt), response_model)
        except (JudgeError, Unjudged) as fault:
            self.fault = fault
            raise
        self.replies.append(reply)
        return reply


def read_reply(reply: str, model: type[BaseModel]) -> BaseModel:
    """Return the last JSON object of the reply that fits: models think aloud before it, and put fences around it.

    Raises:
        Unjudged: no object fits.
    """
    found: BaseModel | None = None
    start = reply.find("{")
    while start >= 0:
        try:
            value, end = json.JSONDecoder().raw_decode(reply, start)
            found = model.model_validate(value)
        except (ValueError, RecursionError):
            end = start + 1
        start = reply.find("{", end)
    if found is None:
        raise Unjudged(f"the reply holds no JSON object with {', '.join(model.model_fields)}: “{shown(reply)}”")
    return found


def shown(text: str) -> str:
    """Return the text as one line, cut where it gets long."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else line[:_SHOWN_CHARACTERS] + " …"


def _client_library() -> Any:
    try:
        # By name, so that types are checked alike whether or not the extra is installed.
        return import_module("openai")
    except ImportError as error:
        raise JudgeError(f"The judge's client cannot be imported ({error}). {INSTALL}") from error


def _check(base_url: str, api_key: str | None) -> None:
    try:
        url = urlsplit(base_url)
        usable = url.scheme in {"http", "https"} and url.hostname and (url.port is None or url.port)
        bare = not (url.username or url.password or url.query or url.fragment)
    except ValueError:
        usable = bare = False
    if not usable or not bare:
        # The URL is not repeated: it may hold a password.
        remedy = f"Write it as http://localhost:8080/v1, and put a key into {API_KEY_VARIABLE}."
        raise JudgeError(f"--base-url must be an http or https URL with a host and a path, and nothing else. {remedy}")
    if api_key and not (api_key.isascii() and api_key.isprintable()):
        raise JudgeError(f"{API_KEY_VARIABLE} holds characters that no key has. Set it again.")
