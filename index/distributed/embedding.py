"""Embeds passages on Ray's actors, a core each: whatever is killed, every text gets its vector once, in the order asked for."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import ClusterError, ModelError
from index.protocols import Embedder
from index.types import QuestionEmbedding, Vectors

logger = logging.getLogger(__name__)

Build = Callable[[], Embedder]
# What OpenVINO computes at once (`index.openvino_embedding`): a batch is lost with its actor, and the last ones of a window keep
# the others waiting.
BATCH = 16
# One is computed, the next one waits there already.
_AHEAD = 2
# As often is one batch tried on actors that die. Later it is not by accident.
_TRIES = 4
# How long no actor at all may be there: long enough for a node to be replaced, or a model to be converted.
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What an actor says of itself."""

    name: str
    dimension: int
    gives_token_signs: bool


class EmbeddingActor:
    """Holds one embedder in a process of its own; Ray starts it anew where it dies."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._made: Embedder | None = None

    def about(self) -> About:
        """Return what the embedder is, loaded by then."""
        made = self._embedder()
        return About(name=made.name, dimension=made.dimension, gives_token_signs=made.gives_token_signs)

    def embed(self, method: str, argument: Any) -> Any:
        """Return what this method of the embedder returns."""
        return getattr(self._embedder(), method)(argument)

    def _embedder(self) -> Embedder:
        # Not when the actor is made: Ray does not tell why that failed.
        if self._made is None:
            self._made = self._build()
        return self._made


class ActorEmbedder:
    """An embedder whose work is done by `count` actors. Texts of dead actors are given to others, and Ray starts new ones.

    `space` is the name and the length of the vectors that the archive holds. Actors are asked for theirs whenever they start, so
    a node with another model ends the work, which raises `ModelError` then.

    Raises:
        ClusterError: no actor can be started.
        ModelError: the model cannot be used there, or is another one.
    """

    def __init__(self, ray: Any, build: Build, *, count: int, space: tuple[str, int]) -> None:
        self._ray = ray
        self._space = space
        self._lock = threading.Lock()
        made = ray.remote(EmbeddingActor).options(num_cpus=1, max_restarts=-1, scheduling_strategy="SPREAD")
        first = made.remote(build)
        self._actors = [first]
        self._starting = {self._asked(first): first}
        self._load: dict[Any, int] = {}
        """The batches that each actor has, of those that are there."""
        self._signs: bool | None = None
        # One by one where the model must first be converted, which would take all memory if each did it.
        self._started(self._next_done({}))
        for _ in range(count - 1):
            actor = made.remote(build)
            self._actors.append(actor)
            self._starting[self._asked(actor)] = actor

    def actors(self) -> list[Any]:
        """Return Ray's handles of all actors, those too that are being started."""
        return list(self._actors)

    @property
    def name(self) -> str:
        """The model, which every actor has."""
        return self._space[0]

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return self._space[1]

    @property
    def gives_token_signs(self) -> bool:
        """Whether `embed_with_signs` gives the signs of tokens."""
        return bool(self._signs)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Return one unit row for each text, in order.

        Raises:
            ClusterError: no actor is left, or the texts kill every one.
        """
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for numbers, made in self._spread("embed_passages", texts):
            rows[numbers] = made
        return rows

    def embed_with_signs(self, texts: Sequence[str]) -> tuple[Vectors, list[bytes]]:
        """Return the same rows, and for each text the signs of its tokens.

        Raises:
            ClusterError: no actor is left, or the texts kill every one.
        """
        rows, signs = np.zeros((len(texts), self.dimension), dtype=np.float32), [b""] * len(texts)
        for numbers, (made, of_tokens) in self._spread("embed_with_signs", texts):
            rows[numbers] = made
            for number, sign in zip(numbers, of_tokens, strict=True):
                signs[number] = sign
        return rows, signs

    def token_starts(self, texts: Sequence[str]) -> list[NDArray[np.intp]]:
        """Return for each text where each token begins that `embed_with_signs` gives the signs of."""
        found: list[NDArray[np.intp]] = [np.zeros(0, np.intp)] * len(texts)
        for numbers, starts in self._spread("token_starts", texts):
            for number, start in zip(numbers, starts, strict=True):
                found[number] = start
        return found

    def embed_question(self, text: str) -> QuestionEmbedding:
        """Return the vector of a question."""
        made: QuestionEmbedding
        (made,) = self._work([("embed_question", text)])
        return made

    def _spread(self, method: str, texts: Sequence[str]) -> list[tuple[list[int], Any]]:
        """Return what the method makes of the texts, in batches: the places of their texts, and the result."""
        # Of like length, as the embedder wants them; the longest first, so that the last ones, for which some wait, are short.
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        batches = [order[first : first + BATCH] for first in range(0, len(order), BATCH)]
        made = self._work([(method, [texts[number] for number in numbers]) for numbers in batches])
        return list(zip(batches, made, strict=True))

    def _work(self, calls: Sequence[tuple[str, Any]]) -> list[Any]:
        """Return the result of each call, whichever actor gave it."""
        made: list[Any] = [None] * len(calls)
        tries = [0] * len(calls)
        waiting, running = deque(range(len(calls))), dict[Any, tuple[Any, int]]()
        with self._lock:
            self._load = dict.fromkeys(self._load, 0)  # an error may have left some
            while waiting or running:
                while waiting and (actor := self._least_busy()) is not None:
                    number = waiting.popleft()
                    running[actor.embed.remote(*calls[number])] = (actor, number)
                    self._load[actor] += 1
                done = self._next_done(running)
                if done in self._starting:
                    self._started(done)
                    continue
                actor, number = running.pop(done)
                try:
                    made[number] = self._ray.get(done)
                    if actor in self._load:  # else it has died since, and is being started
                        self._load[actor] = max(0, self._load[actor] - 1)
                except self._ray.exceptions.RayTaskError as error:
                    raise _plain(error) from error
                except self._ray.exceptions.RayError as error:
                    tries[number] += 1
                    logger.debug("an embedding worker was lost (%s)", error)
                    if tries[number] == _TRIES:
                        raise ClusterError(
                            f"embedding workers died {_TRIES} times on the same passages, perhaps for want of memory; what was "
                            "acknowledged is stored. Run the same command again, with fewer --embedders"
                        ) from error
                    waiting.appendleft(number)
                    if self._load.pop(actor, None) is not None:
                        self._starting[self._asked(actor)] = actor
        return made

    def _least_busy(self) -> Any:
        free = [actor for actor, batches in self._load.items() if batches < _AHEAD]
        return min(free, key=self._load.__getitem__, default=None)

    def _next_done(self, running: dict[Any, tuple[Any, int]]) -> Any:
        """Wait for a batch, or for an actor that is started."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            done, _ = self._ray.wait([*running, *self._starting], num_returns=1, timeout=1.0)
            if done:
                return done[0]
            if not running and time.monotonic() > deadline:
                raise ClusterError(
                    f"no embedding worker was there for {PATIENCE_SECONDS:g} s; what was acknowledged is stored. See to the "
                    "cluster (ray status) and run the same command again"
                )

    def _asked(self, actor: Any) -> Any:
        return actor.about.options(max_task_retries=-1).remote()

    def _started(self, asked: Any) -> None:
        """Take an actor that is there now; one that never will be is given up."""
        actor = self._starting.pop(asked)
        try:
            about: About = self._ray.get(asked)
        except self._ray.exceptions.RayTaskError as error:
            raise _plain(error) from error
        except self._ray.exceptions.RayError as error:
            if not self._load and not self._starting:
                raise ClusterError(f"no embedding worker can be started ({str(error).strip()[:300]})") from error
            return
        self._refuse_other(about)
        self._load[actor] = 0

    def _refuse_other(self, about: About) -> None:
        """Raise unless the actor embeds as this machine does: each node may have something else installed, also later."""
        name, dimension = self._space
        if (about.name, about.dimension) != self._space:
            raise ModelError(
                f"A worker embeds with {about.name} ({about.dimension} numbers), this machine with {name} ({dimension}). "
                "Install the same Dateline and the same model on all nodes."
            )
        if self._signs not in (None, about.gives_token_signs):
            raise ModelError(
                f"Some workers give the signs of tokens for {name}, others do not. Install the same Dateline on all nodes."
            )
        self._signs = about.gives_token_signs


def _plain(error: Any) -> Exception:
    """Return the error that a worker raised, without Ray's account of it."""
    cause = error.cause
    if isinstance(cause, ModelError):
        return cause
    if isinstance(cause, ImportError):
        return ClusterError(f"a node of the cluster lacks what ingest needs ({cause}); install the same Dateline on all nodes")
    return ClusterError(f"an embedding worker failed: {type(cause).__name__}: {str(cause)[:300]}")
