"""Lines of the log are written by a thread of their own, and those of a question without a request are whole."""

import asyncio
import io
import json
import os
import time
from collections.abc import Callable

import pytest
import structlog

from api.answers import Service
from api.log_writer import MOST_LINES, LogWriter
from rag.pipeline import Pipeline
from rag.types import Question

ASKED = "How much did the Sandholm bridge cost?"


def test_a_reader_that_hangs_holds_up_nothing() -> None:
    """Lines wait for a pipe that is full; too many are dropped; when it is read again, the log says how many are missing."""
    reading, writing = os.pipe()
    writer = LogWriter(os.fdopen(writing, "w"))
    line = json.dumps({"text": "x" * 87}) + "\n"
    started = time.monotonic()
    for _ in range(4 * MOST_LINES):
        writer.write(line)
    assert time.monotonic() - started < 10
    there = lost = 0
    with os.fdopen(reading) as pipe:
        # Every line is there or counted. The count can come in parts: the thread may write before the pipe is full.
        while there + lost < 4 * MOST_LINES:
            told = json.loads(pipe.readline())
            there += "text" in told
            lost += told.get("lines", 0)
    assert there + lost == 4 * MOST_LINES
    assert lost >= 2 * MOST_LINES


def test_what_was_taken_is_written_when_it_closes() -> None:
    """A process that ends leaves no line behind."""
    reading, writing = os.pipe()
    writer = LogWriter(os.fdopen(writing, "w"))
    for number in range(100):
        writer.write(f"{number}\n")
    writer.close()
    assert os.read(reading, 65_536).decode().split() == [str(number) for number in range(100)]
    os.close(reading)


@pytest.mark.parametrize("log_questions", [False, True])
def test_a_question_without_a_request_has_a_line(scripted_pipeline: Callable[..., Pipeline], *, log_questions: bool) -> None:
    """Over standard input and output there is no request; the question itself has a line, and its text only if switched on."""
    written, before = io.StringIO(), structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()], logger_factory=structlog.PrintLoggerFactory(file=written)
    )
    service = Service(1, log_questions=log_questions)
    service.pipeline = scripted_pipeline("It cost 640 million crowns. [S1]")
    pipeline = service.ready()
    prepared = pipeline.prepare(Question(text=ASKED))
    pipeline.finish(prepared, asyncio.run(pipeline.write(prepared).whole()))
    structlog.configure(**before)
    (line,) = map(json.loads, written.getvalue().splitlines())
    assert {**line, "retrieval_ms": 0} == {
        "event": "question", "abstained": None, "generator": "scripted", "citations": 1, "generation": 4, "retrieval_ms": 0,
        **({"question": ASKED} if log_questions else {}),
    }  # fmt: skip
    service.pipeline.close()
