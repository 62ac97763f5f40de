"""The optional judge when something fails: the server, the model's replies, the address or the key.

RAGAS is the real one; where it is not installed, the tests that need it are skipped.
"""

import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from eval.judge import judge_run
from eval.judge_model import API_KEY_VARIABLE, JudgeError
from tests.eval.judge.vendor import KEY, SENTENCE, Reply, Vendor, a_row, judged, needs_ragas


@needs_ragas
def test_a_server_that_stumbles_is_asked_again() -> None:
    """When every third request fails, every answer is judged all the same."""
    with Vendor(status=lambda number, _: 500 if number % 3 == 0 else 200) as vendor:
        scores, errors, _ = judged([a_row(number) for number in range(3)], vendor)
    assert scores == [{"faithfulness": 1.0, "correctness": 1.0}] * 3
    assert errors == {}
    assert len(vendor.requests) == 17


@needs_ragas
@pytest.mark.parametrize("status", [500, 401])
def test_an_error_costs_only_its_own_answer(status: int) -> None:
    """An answer that the server refuses is named with the reason, without the key, and all others are judged."""
    rows = [a_row(number) for number in range(4)]
    with Vendor(status=lambda _, prompt: status if "ferry 2" in prompt else 200) as vendor:
        scores, errors, done = judged(rows, vendor, concurrency=2)
    right = {"faithfulness": 1.0, "correctness": 1.0}
    assert scores == [right, right, None, right]
    assert list(errors) == ["q2"]
    assert errors["q2"].startswith(f"faithfulness: the judge answers Error code: {status} - ")
    assert "; correctness: the judge answers" in errors["q2"]
    assert "no, Bearer ***" in errors["q2"]
    assert KEY not in errors["q2"]
    assert done == 4


@needs_ragas
@pytest.mark.parametrize(
    ("kind", "said", "requests", "problem"),
    [
        ("statements", "No, thanks.", 3, "faithfulness: the reply holds no JSON object with statements: “No, thanks.”"),
        ("statements", "", 3, "faithfulness: the reply is no text"),
        ("statements", {"statements": []}, 3, "faithfulness: the judge finds no statement in the answer"),
        (
            "verdicts",
            {"statements": []},
            4,
            "faithfulness: the judge does not give one verdict of 0 or 1 on each of 1 statements",
        ),
        (
            "verdicts",
            {"statements": [{"statement": "s", "reason": "r", "verdict": 7}]},
            4,
            "faithfulness: the judge does not give one verdict of 0 or 1 on each of 1 statements",
        ),
        ("rating", {"rating": 3}, 4, "correctness: the judge gives a rating that is not 0, 2 or 4"),
        ("rating", "four", 3, "correctness: the reply holds no JSON object with rating: “four”"),
    ],
)
def test_a_reply_that_cannot_be_used_is_an_error_and_no_score(kind: str, said: Reply, requests: int, problem: str) -> None:
    """What is not said as it must be is told, not asked again (the model would repeat itself), and no half of it is a score."""
    with Vendor(written=lambda asked, _: said if asked == kind else None) as vendor:
        [scores], errors, _ = judged([a_row()], vendor)
    assert errors == {"q1": problem}
    assert scores == ({"correctness": 1.0} if problem.startswith("faithfulness") else {"faithfulness": 1.0})
    assert len(vendor.requests) == requests


@needs_ragas
def test_one_bad_rating_of_two_is_no_score() -> None:
    """RAGAS would let the good half stand for the whole."""

    def second_is_garbage(kind: str, given: Mapping[str, Any]) -> Reply | None:
        return "garbage" if kind == "rating" and given["reference_answer"] == SENTENCE else None

    with Vendor(written=second_is_garbage) as vendor:
        scores, errors, _ = judged([a_row()], vendor)
    assert scores == [{"faithfulness": 1.0}]
    assert errors == {"q1": "correctness: the reply holds no JSON object with rating: “garbage”"}


@needs_ragas
@pytest.mark.parametrize("body", [b"<html>busy</html>", b"[]", b'{"choices": []}', b'{"choices": [{"message": null}]}'])
def test_a_server_that_is_none_is_an_error_of_the_answer(body: bytes) -> None:
    """Whatever is sent in place of a completion is told as such."""
    with Vendor(body=body) as vendor:
        scores, errors, _ = judged([a_row()], vendor)
    assert scores == [None]
    assert "faithfulness: the judge sends no chat completion (" in errors["q1"]


@needs_ragas
def test_a_reply_that_is_cut_off_is_not_read() -> None:
    """What a model had not finished is not judged by, even where it can be read."""
    with Vendor(ended="length") as vendor:
        scores, errors, _ = judged([a_row()], vendor)
    assert scores == [None]
    assert "faithfulness: the reply was cut off; it may have 4,096 tokens" in errors["q1"]


@needs_ragas
@pytest.mark.parametrize("slow", [{"delay_s": 1.0}, {"drip_s": 0.05}])
def test_a_slow_model_is_not_waited_for_without_end(slow: Mapping[str, float]) -> None:
    """After the timeout the answer is given up, and the next one begins, even if something comes all the time."""
    started = time.perf_counter()
    with Vendor(**slow) as vendor:
        scores, errors, done = judged([a_row(1, citations=[]), a_row(2, citations=[])], vendor, timeout_s=0.2)
    assert scores == [None, None]
    assert errors == dict.fromkeys(("q1", "q2"), "correctness: no reply within 0.2 s")
    assert done == 2
    assert time.perf_counter() - started < 3


@needs_ragas
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_wrong_key_or_model_ends_it_at_once(status: int) -> None:
    """What would go wrong with every answer is not tried with every answer, and the key is not repeated."""
    with Vendor(status=lambda *_: status) as vendor, pytest.raises(JudgeError) as caught:
        judged([a_row(number) for number in range(9)], vendor, concurrency=3)
    assert str(caught.value).startswith(f"The judge at {vendor.url} answers Error code: {status}")
    assert f"Check --base-url, --model and {API_KEY_VARIABLE}." in str(caught.value)
    assert KEY not in str(caught.value)
    assert len(vendor.requests) == 1


@needs_ragas
def test_a_server_that_is_not_there_ends_it_at_once() -> None:
    """Nobody listens: the message says where, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
    with pytest.raises(JudgeError, match=rf"The judge at {url} cannot be reached \(.+\)\. Start it, or correct --base-url\."):
        judge_run([a_row()], base_url=url, model="small", progress=lambda: None)


@pytest.mark.parametrize(
    "url",
    ["localhost:8080/v1", "file:///etc/hosts", "http://", "http://me:secret@host/v1", "http://host/v1?key=secret", "http://[/"],
)
def test_a_url_that_is_none_is_refused(url: str) -> None:
    """A password or key in the URL is refused too, and not repeated: the report keeps the URL."""
    with pytest.raises(JudgeError, match=r"--base-url must be an http or https URL") as caught:
        judge_run([a_row()], base_url=url, model="small", progress=lambda: None)
    assert "secret" not in str(caught.value)


def test_a_key_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key with a line break in it would be repeated by the error of the HTTP client."""
    monkeypatch.setenv(API_KEY_VARIABLE, "one\ntwo")
    with pytest.raises(JudgeError, match=f"{API_KEY_VARIABLE} holds characters that no key has") as caught:
        judge_run([a_row()], base_url="http://localhost/v1", model="small", progress=lambda: None)
    assert "two" not in str(caught.value)


def test_without_the_extra_it_says_what_to_install() -> None:
    """Importing the module needs nothing; judging without RAGAS tells the remedy. A module that is None cannot be imported."""
    program = """
import sys
from eval.judge import judge_run
assert not {"ragas", "openai"} & set(sys.modules)
sys.modules["ragas"] = sys.modules["openai"] = None
judge_run([], base_url="http://localhost/v1", model="small", progress=print)
"""
    root = Path(__file__).parents[3]
    ended = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines()[-1].endswith("Install it with: .venv/bin/pip install -e '.[ragas]'")
    assert "eval.judge_model.JudgeError: " in ended.stderr
