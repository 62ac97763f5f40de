"""Ray's actors when they are not all alike, die, or start late: real actors that hold made-up models."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.distributed.connection import LOCAL, Connection
from index.distributed.embedding import ActorEmbedder, EmbeddingActor
from index.distributed.reading import Read, RemoteParser, _Worker
from index.errors import ClusterError, ModelError
from index.types import Origin, Rejection, Vectors

pytestmark = [pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: make setup-all"), pytest.mark.long]

SPACE = ("news@1", 4)


class Made:
    """A model whose rows all have their one at its place."""

    dimension = 4

    def __init__(self, name: str, place: int, *, signs: bool = True, seconds: float = 0.0, once: Path | None = None) -> None:
        self.name, self.place, self.gives_token_signs = name, place, signs
        self.seconds = seconds
        """How long it takes to load."""
        self.once = once
        """What is there when a text has killed a process."""

    def process(self, _: object) -> int:
        """Return the number of the process that holds it."""
        return os.getpid()

    def embed_passages(self, texts: list[str]) -> Vectors:
        """Return the same row for each text; a text may ask for more."""
        if "die" in texts:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.once is not None and "die once" in texts and not self.once.exists():
            self.once.mkdir()
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.01)
        return np.tile(np.eye(self.dimension, dtype=np.float32)[self.place], (len(texts), 1))


def build(folder: Path, *models: Made) -> Made:
    """Return the first model to whoever comes first, and so on; to all later ones the last."""
    for number in range(len(models)):
        with suppress(FileExistsError):
            (folder / str(number)).mkdir()
            break
    time.sleep(models[number].seconds)
    return models[number]


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    """Start Ray with room for two actors."""
    connection = Connection(LOCAL, cores=2)
    yield connection.ray
    connection.close()


@pytest.fixture
def actors(ray: Any, tmp_path: Path) -> Iterator[Any]:
    """Return what makes an embedder of such models; its actors end with the test."""
    made: list[ActorEmbedder] = []

    def make(*models: Made, count: int = 2) -> ActorEmbedder:
        made.append(ActorEmbedder(ray, partial(build, tmp_path, *models), count=count, space=SPACE))
        return made[-1]

    yield make
    for actor in {actor for embedder in made for actor in [*embedder._load, *embedder._starting.values()]}:
        ray.kill(actor)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (Made("other@2", 1), r"A worker embeds with other@2 \(4 numbers\), this machine with news@1"),
        (Made("news@1", 1, signs=False), "Some workers give the signs of tokens"),
    ],
    ids=["another model", "without signs"],
)
def test_a_node_with_another_model_gives_no_vector(actors: Any, other: Made, says: str) -> None:
    """Nothing would show it later: rows of two models look alike."""
    embedder = actors(Made("news@1", 0), other)
    rows: list[Vectors] = []
    with pytest.raises(ModelError, match=says):
        rows.extend(embedder.embed_passages(["text"] * 64) for _ in range(600))
    assert all((made[:, 0] == 1).all() for made in rows)


def test_an_actor_that_starts_anew_with_another_model_gives_no_vector(actors: Any) -> None:
    """Its node may have been replaced by one that was set up anew."""
    embedder = actors(Made("news@1", 0), Made("other@2", 1), count=1)
    assert embedder.embed_passages(["text"])[0, 0] == 1
    with pytest.raises(ModelError, match="other@2"):
        embedder.embed_passages(["die"])


@pytest.mark.parametrize("what", ["no room for it", "stopped", "dead for good"])
def test_a_page_is_read_whichever_actor_is_gone(actors: Any, ray: Any, what: str) -> None:
    """The reading worker asked one actor only, and waited for it for as long as its node was away."""
    embedder = actors(Made("news@1", 0), count=2)
    while len(embedder._load) < 2:
        embedder.embed_passages(["text"])
    living, gone = embedder.actors()
    if what == "no room for it":
        gone = ray.remote(EmbeddingActor).options(num_cpus=99, max_restarts=-1).remote(partial(Made, "news@1", 0))
    elif what == "stopped":
        os.kill(ray.get(gone.embed.remote("process", None)), signal.SIGSTOP)
    else:
        ray.kill(gone)
    worker = _Worker()
    worker.embedders = [gone, living] if os.getpid() % 2 == 0 else [living, gone]  # it begins with the one that is gone
    assert (worker.embed(["text"])[:, 0] == 1).all()
    ray.kill(gone)


def test_a_page_that_is_read_while_the_only_actor_starts_anew_waits_for_it(actors: Any, ray: Any) -> None:
    """It ended the ingest: there was no actor to choose from."""
    embedder = actors(Made("news@1", 0), Made("news@1", 0, seconds=3), count=1)
    os.kill(ray.get(embedder.actors()[0].embed.remote("process", None)), signal.SIGKILL)
    with ThreadPoolExecutor() as threads:
        embedding = threads.submit(embedder.embed_passages, ["text"])
        while embedder._load:
            time.sleep(0.01)
        worker = _Worker()
        worker.embedders = embedder.actors()
        assert (worker.embed(["text"])[:, 0] == 1).all()
        assert (embedding.result()[:, 0] == 1).all()


class LastFirst:
    """Ray, which tells of what ended later first, as it may."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray
        self.look: Callable[[], None] = lambda: None
        """Called whenever something is waited for."""

    def __getattr__(self, name: str) -> Any:
        """Be Ray in all else."""
        return getattr(self._ray, name)

    def wait(self, asked: list[Any], *, num_returns: int, timeout: float) -> tuple[list[Any], list[Any]]:
        """Look again a moment after the first has ended, when a death is known that came after it."""
        self.look()
        if not self._ray.wait(asked, num_returns=num_returns, timeout=timeout)[0]:
            return [], asked
        time.sleep(2)
        return self._ray.wait(asked, num_returns=len(asked), timeout=0)[0][-num_returns:], []


def test_an_actor_that_died_gets_no_work_until_it_is_there_again(ray: Any, tmp_path: Path) -> None:
    """What it had made came in after the news of its death, and it was taken for alive."""
    model = Made("news@1", 0, seconds=3, once=tmp_path / "killed")
    reordered = LastFirst(ray)
    embedder = ActorEmbedder(reordered, partial(build, tmp_path, model), count=1, space=SPACE)
    seen: list[tuple[int, int]] = []
    reordered.look = lambda: seen.append((len(embedder._load), len(embedder._starting)))
    assert (embedder.embed_passages(["die once"] * 16 + ["a longer text"] * 16)[:, 0] == 1).all()
    assert (tmp_path / "killed").exists()
    assert set(seen) == {(1, 0), (0, 1)}
    ray.kill(embedder.actors()[0])


def sent_otherwise(*_: object) -> Iterator[list[Read]]:
    """Send what a worker sends that began anew with a changed file: cut elsewhere, so that one thing is in no sending."""
    for numbers in ((0, 1), (3, 4)):
        origin = Origin(source="news.jsonl")
        yield [Read(number=n, item=Rejection(origin=origin, reason=f"number {n}"), at=0.0) for n in numbers]


def test_a_source_that_changed_while_it_was_read_is_an_error(ray: Any) -> None:
    """What came behind the gap was passed over without a word, and the ingest was called whole."""
    parser = RemoteParser(ray, passage_tokens=168, embedders=list)
    parser._task = ray.remote(sent_otherwise).options(num_cpus=0, num_returns="streaming")
    parser.start({"source": "news.jsonl"})
    found: list[Any] = []
    with pytest.raises(ClusterError, match=r"news\.jsonl: it changed while it was read"):
        found.extend(parser.items())
    assert [item.reason for item in found] == ["number 0", "number 1"]
    parser.kill()
