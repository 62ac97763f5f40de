"""Turns text into vectors with a server that speaks OpenAI's embeddings API: hosted, or vLLM, llama.cpp, Ollama and others."""

import json
import math
import time
import weakref
from collections.abc import Sequence
from typing import Any

import httpcore2
import numpy as np
from numpy.typing import NDArray

from index.embedding import unit_rows
from index.errors import ModelError
from index.types import QuestionEmbedding, Vectors

API_KEY_VARIABLE = "DATELINE_EMBEDDER_API_KEY"
"""The environment variable that holds the server's key; a server that wants none needs none. Not a setting: keys are no text
for files."""
_BATCH = 64
_ATTEMPTS = 3
_PAUSE_SECONDS = 0.5
# A server that asks for a longer pause than this is out of service as far as a question is concerned.
_LONGEST_PAUSE_SECONDS = 10.0
_WORTH_REPEATING = frozenset({408, 409, 429, 500, 502, 503, 504})
_SHOWN_CHARACTERS = 200


class RemoteEmbedder:
    """One model of a server with OpenAI's `POST {url}/embeddings`; safe for threads.

    `dimension` is what the archive holds; None asks the server, by embedding one word. `seconds` is how long one request may
    wait, for the connection and for each part of the answer. A failed request is tried three times in all.

    Raises:
        ModelError: the server cannot be reached, refuses, or answers something else than vectors of one length.
    """

    def __init__(
        self, url: str, model: str, *, key: str | None = None, dimension: int | None = None, seconds: float = 30.0
    ) -> None:
        self._url = f"{url.rstrip('/')}/embeddings"
        self._model = model
        self._headers = [("Content-Type", "application/json"), ("Accept", "application/json")]
        if key:
            self._headers.append(("Authorization", f"Bearer {key}"))
        self._timeouts = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        self._pool = httpcore2.ConnectionPool(max_connections=8)
        weakref.finalize(self, self._pool.close)  # an embedder has no end of its own, connections are kept open between requests
        self._dimension = dimension if dimension is not None else self._request(["word"]).shape[1]

    @property
    def name(self) -> str:
        """What archives record of the model."""
        return remote_name(self._model)

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in order.

        Raises:
            ModelError: the server failed, also when asked again, or answered vectors of another length.
        """
        rows = [np.zeros((0, self._dimension), dtype=np.float32)]
        for first in range(0, len(texts), _BATCH):
            made = self._request(texts[first : first + _BATCH])
            if made.shape[1] != self._dimension:
                raise ModelError(
                    f"{self._url} gives {made.shape[1]} numbers a text for {self._model!r}, but the archive has "
                    f"{self._dimension}: it is another model than the one the archive was made with."
                )
            rows.append(made)
        return np.concatenate(rows)

    @property
    def gives_token_signs(self) -> bool:
        """False: the API has no place for the vectors of tokens."""
        return False

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the rows of `embed_passages`, and no signs."""
        return self.embed_passages(texts), [b""] * len(texts)

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return nothing for any text: there are no signs of tokens."""
        return [np.zeros(0, dtype=np.intp) for _ in texts]

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Return one unit vector, without any of tokens.

        Raises:
            ModelError: as for passages.
        """
        (vector,) = self.embed_passages([text])
        return QuestionEmbedding(vector=vector, tokens=np.zeros((0, self._dimension), dtype=np.float32), spans=())

    def _request(self, texts: Sequence[str]) -> Vectors:
        """Embed one batch."""
        # Servers refuse an empty text; a space is as empty.
        asked = {"model": self._model, "input": [text or " " for text in texts], "encoding_format": "float"}
        answer = self._post(json.dumps(asked).encode())
        try:
            data = sorted(json.loads(answer)["data"], key=lambda item: item["index"])
            rows = np.asarray([item["embedding"] for item in data], dtype=np.float32)
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{self._url} did not answer with embeddings: {_shown(answer)}") from error
        if rows.ndim != 2 or rows.shape[0] != len(texts) or not rows.shape[1] or not np.isfinite(rows).all():  # noqa: PLR2004
            raise ModelError(
                f"{self._url} answered {rows.shape[0]} embeddings for {len(texts)} texts, or ones that are no numbers."
            )
        return unit_rows(rows)

    def _post(self, body: bytes) -> bytes:
        """Return the body of a good answer, asking again when that may help."""
        problem = ""
        for attempt in range(1, _ATTEMPTS + 1):
            pause = _PAUSE_SECONDS * 2 ** (attempt - 1)
            try:
                answer = self._pool.request(
                    "POST", self._url, headers=self._headers, content=body, extensions={"timeout": self._timeouts}
                )
            except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError) as error:
                problem = f"cannot be reached ({type(error).__name__}: {error})"
            except (httpcore2.UnsupportedProtocol, ValueError, OSError) as error:
                raise ModelError(f"{self._url} cannot be asked ({error}); check the setting embedder_url.") from error
            else:
                if answer.status == 200:  # noqa: PLR2004 - OK
                    return bytes(answer.content)
                problem = f"answered {answer.status}: {_shown(answer.content)}"
                if answer.status in {401, 403}:
                    problem += f" (the key is read from {API_KEY_VARIABLE})"
                if answer.status not in _WORTH_REPEATING:
                    break
                pause = max(pause, _asked_pause(answer.headers))
            if attempt == _ATTEMPTS or pause > _LONGEST_PAUSE_SECONDS:
                break
            time.sleep(pause)
        raise ModelError(f"The embeddings server {self._url} {problem}")


def remote_name(model: str) -> str:
    """Return what archives record of a server's model. The API tells no revision, and the same model may move to another URL."""
    return f"{model}@unversioned"


def _asked_pause(headers: Sequence[tuple[bytes, bytes]]) -> float:
    """Return the seconds of a Retry-After header, 0 without one; the form with a date is not read."""
    for name, value in headers:
        if name.lower() == b"retry-after":
            try:
                seconds = float(value)
            except ValueError:
                return 0.0
            return seconds if math.isfinite(seconds) else 0.0
    return 0.0


def _shown(content: Any) -> str:
    """Return the beginning of an answer in a form that a terminal can take."""
    text = bytes(content[: 4 * _SHOWN_CHARACTERS]).decode(errors="replace")
    return repr("".join(c for c in text if c.isprintable())[:_SHOWN_CHARACTERS])
