"""A small language model in this process: it loads, answers, stops when told to, and says what is wrong with its file."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import ValidationError

from index.errors import ModelError
from index.protocols import PassageStore
from rag.errors import GeneratorError
from rag.generators.llama import LlamaGenerator
from rag.pipeline import Pipeline
from rag.settings import RagSettings
from rag.types import Answer, Evidence, Question
from rag.wiring import build_generator
from tests.rag.plain_extractive import plain_extractive
from tests.rag.small_model import SMALL_MODEL, needs_small_model

needs_llama = pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra `llama` is not installed")

EvidenceOf = Callable[..., list[Evidence]]
FACT = "Norlink will sell 14 of its 23 ships. Its director is Pekka Salmi."
ASKED = "How many ships will Norlink sell?"


@pytest.fixture(scope="module")
def small() -> LlamaGenerator:
    """SmolLM2, loaded once for these tests."""
    return LlamaGenerator(path=SMALL_MODEL, answer_tokens=40, window=4_096)


async def collect(generator: LlamaGenerator, evidence: list[Evidence], question: str = ASKED) -> list[str]:
    return [piece async for piece in generator.stream(question, evidence)]


async def read(generator: LlamaGenerator, evidence: list[Evidence]) -> list[str]:
    """Return the pieces; so small a model does not always find an end, and each prompt is another."""
    pieces: list[str] = []
    try:
        async for piece in generator.stream(ASKED, evidence):
            pieces.append(piece)  # noqa: PERF401 - what came before an error counts
    except GeneratorError as error:
        assert "setting answer_tokens" in str(error)  # noqa: PT017 - either is right
    return pieces


@needs_small_model
def test_it_answers_from_the_evidence(small: LlamaGenerator, evidence_of: EvidenceOf) -> None:
    """Even the smallest model finds a number in one sentence, at least once in six prompts, and writes it in pieces."""
    tries = (asyncio.run(read(small, evidence_of(FACT))) for _ in range(6))
    assert any("14" in "".join(written) and len(written) > 1 for written in tries)
    assert small.name == "SmolLM2-135M-Instruct.Q4_1"


@pytest.mark.long
@needs_small_model
def test_only_verified_sentences_of_it_are_shown(
    small: LlamaGenerator, news: PassageStore, build_pipeline_over: Callable[..., Pipeline]
) -> None:
    """Whatever it wrote, each sentence of the answer has a quote that is in the archive, or there is no answer."""
    pipeline = build_pipeline_over(
        news, small, kind="llama", generator_seconds=120.0, fallback=plain_extractive(news.rarity), window=1_000
    )
    answer: Answer = asyncio.run(pipeline.answer(Question(text="How much did the Sandholm bridge cost?")))
    assert answer.completion
    assert answer.abstained is not None or answer.sentences
    for sentence in answer.sentences:
        assert sentence.citations
        assert sentence.unsupported == ()


@pytest.mark.long
@needs_small_model
def test_the_event_loop_goes_on(small: LlamaGenerator, evidence_of: EvidenceOf) -> None:
    """While the model reads and writes, other work of the loop gets its turns."""

    async def both() -> int:
        writing = asyncio.ensure_future(read(small, evidence_of(FACT)))
        turns = 0
        while not writing.done():
            await asyncio.sleep(0.005)
            turns += 1
        await writing
        return turns

    assert asyncio.run(both()) > 10


@needs_small_model
def test_who_leaves_stops_the_model(small: LlamaGenerator, evidence_of: EvidenceOf) -> None:
    """A reader who leaves in mid-sentence ends the generation: the next one needs not wait for the rest."""

    async def leave() -> float:
        long = LlamaGenerator(path=SMALL_MODEL, answer_tokens=2_000, window=4_096)
        long._server, long._worker = small._server or small._loaded(), small._worker
        async with aclosing(long.stream("Tell me everything about it, in many words.", evidence_of(FACT * 3))) as pieces:
            await anext(pieces)
        left = time.monotonic()
        await asyncio.wrap_future(small._worker.submit(lambda: None))
        return time.monotonic() - left

    assert asyncio.run(leave()) < 1


@pytest.mark.long
@needs_small_model
def test_who_leaves_while_it_reads_stops_it_too(small: LlamaGenerator, evidence_of: EvidenceOf) -> None:
    """The prompt is read in batches, and a reader who has gone is noticed between two of them."""

    async def leave() -> list[int]:
        heard: list[int] = []
        reading = asyncio.Event()
        loop = asyncio.get_running_loop()
        loaded = small._loaded()

        class Listening:
            def handle_chat_completions(self, asked: dict[str, object], take: Callable[[dict[str, object]], bool]) -> None:
                def both(chunk: dict[str, object]) -> bool:
                    progress = chunk.get("prompt_progress")
                    if isinstance(progress, dict):
                        heard.append(progress["processed"])
                        loop.call_soon_threadsafe(reading.set)
                    return take(chunk)

                loaded.handle_chat_completions(asked, both)

        small._server = Listening()
        try:
            task = asyncio.ensure_future(
                collect(small, evidence_of(" ".join(["It will sell one more of its ships soon."] * 200)))
            )
            await reading.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wrap_future(small._worker.submit(lambda: None))
        finally:
            small._server = loaded
        return heard

    # The prompt has some 2,000 tokens; two batches may be under way.
    assert max(asyncio.run(leave())) <= 512


@pytest.mark.long
@needs_small_model
def test_two_at_a_time_take_turns(small: LlamaGenerator, evidence_of: EvidenceOf) -> None:
    """Both are answered; one who gives up in the line costs nothing."""

    async def three() -> list[list[str]]:
        asked = [asyncio.ensure_future(read(small, evidence_of(FACT))) for _ in range(3)]
        await asyncio.sleep(0.01)
        asked.pop().cancel()
        return await asyncio.gather(*asked)

    assert all(asyncio.run(three()))


@pytest.mark.long
@needs_small_model
def test_a_prompt_longer_than_the_window_is_told(small: LlamaGenerator, evidence_of: EvidenceOf) -> None:
    """The model's own words about it reach the answer, which then comes from the archive's sentences."""
    with pytest.raises(GeneratorError, match=r"cannot answer: request \(\d+ tokens\) exceeds"):
        asyncio.run(collect(small, evidence_of(" ".join(["One word and another."] * 2_000))))


@pytest.mark.long
@needs_small_model
def test_an_answer_that_was_too_long_says_so(small: LlamaGenerator, evidence_of: EvidenceOf) -> None:
    """The limit of tokens ends it with an error that names the setting."""
    short = LlamaGenerator(path=SMALL_MODEL, answer_tokens=2, window=4_096)
    short._server, short._worker = small._loaded(), small._worker
    with pytest.raises(GeneratorError, match="setting answer_tokens"):
        asyncio.run(collect(short, evidence_of(FACT)))


@needs_small_model
def test_it_prints_nothing_and_lets_nobody_in(tmp_path: Path) -> None:
    """No line on stdout or stderr, no open port, Ctrl-C still Python's; a process of its own shows it."""
    program = f"""
import asyncio, signal, sys
from pathlib import Path
import psutil
from index.articles import build_article
from index.types import Hit, Origin, Passage
from rag.generators.llama import LlamaGenerator
from rag.types import Evidence
article = build_article(text={FACT!r}, origin=Origin(source="/1"))
passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
evidence = [Evidence(key="S1", hit=Hit(passage=passage, article=article, score=1.0, similarity=0.6, ranks={{}}))]
model = LlamaGenerator(path=Path({str(SMALL_MODEL)!r}), answer_tokens=40, window=2048)
async def write():
    return [piece async for piece in model.stream({ASKED!r}, evidence)]
written = asyncio.run(write())
listening = [c for c in psutil.Process().net_connections("all") if c.status == "LISTEN"]
sockets = [c.laddr for c in psutil.Process().net_connections("unix") if c.laddr and Path(c.laddr).exists()]
try:
    signal.raise_signal(signal.SIGINT)
    stopped = False
except KeyboardInterrupt:
    stopped = True
Path(sys.argv[1]).write_text(repr((bool(written), listening, sockets, stopped)))
"""
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "out")], capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert (tmp_path / "out").read_text() == "(True, [], [], True)"


@needs_small_model
def test_a_truncated_file_is_told(tmp_path: Path, evidence_of: EvidenceOf) -> None:
    """Half a download begins like a model; it cannot be loaded, and the message names it."""
    half = tmp_path / "half.gguf"
    with SMALL_MODEL.open("rb") as whole:
        half.write_bytes(whole.read(20_000_000))
    generator = LlamaGenerator(path=half, answer_tokens=40, window=2_048)
    with pytest.raises(GeneratorError, match=r"half\.gguf cannot be loaded: it is incomplete"):
        asyncio.run(collect(generator, evidence_of(FACT)))


@needs_llama
@pytest.mark.parametrize(
    ("content", "told"), [(None, "cannot be read: No such file"), (b"<html>", "is no GGUF"), (b"", "no GGUF")]
)
def test_what_cannot_be_a_model_ends_the_start(tmp_path: Path, news: PassageStore, content: bytes | None, told: str) -> None:
    """A missing file, a page saved under its name and an empty file are told before the first question, with the setting."""
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    settings = RagSettings(generator="llama", generator_model=str(file))
    with pytest.raises(ModelError, match=told) as caught:
        build_generator(settings, plain_extractive(news.rarity))
    assert "generator_model" in str(caught.value)


@pytest.mark.parametrize(("kind", "library"), [("llama", "xllamacpp"), ("anthropic", "anthropic")])
def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path, kind: str, library: str) -> None:
    """Run in a process that cannot import the library."""
    program = f"""
import sys
sys.modules[{library!r}] = None
from rag.settings import RagSettings
from rag.wiring import build_generator
try:
    build_generator(RagSettings(generator={kind!r}, generator_model={str(tmp_path)!r}), None)
except Exception as error:
    print(type(error).__name__, error)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.startswith("ModelError ")
    assert ended.stdout.strip().endswith(f"Install it with: .venv/bin/pip install -e '.[{kind}]'")


@pytest.mark.parametrize("kind", ["openai", "anthropic", "llama"])
def test_a_language_model_must_be_named(kind: str) -> None:
    """Setting generator alone is not enough; the error names the setting that is missing."""
    with pytest.raises(ValidationError, match=f"setting generator is {kind}, which needs the"):
        RagSettings.model_validate({"generator": kind})
