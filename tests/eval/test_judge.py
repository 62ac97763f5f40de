"""The optional judge: what is asked of the model, what becomes of its replies, and what happens when it fails.

The model is a small server on this machine that plays the vendor. RAGAS is the real one; where it is not installed, the tests
that need it are skipped.
"""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from pydantic import BaseModel

from eval.judge import judge_run
from eval.judge_model import API_KEY_VARIABLE, JudgeError, Unjudged, read_reply

needs_ragas = pytest.mark.skipif(find_spec("ragas") is None, reason="the extra `ragas` is not installed")

Row = dict[str, Any]
Reply = Mapping[str, Any] | str
Written = Callable[[str, Mapping[str, Any]], Reply | None]
"""What the model writes for a kind of prompt (`statements`, `verdicts`, `rating`) and its input; None: as a fair judge would."""

KEY = "key-of-the-judge"
QUOTE = "The ferry to Exampleton carried 812 passengers on Sunday."
SENTENCE = "The ferry carried 812 passengers."


def fair(kind: str, given: Mapping[str, Any]) -> Reply:
    """Judge by whole strings: what stands in the other text is right. A model does it better, but no more predictably."""
    match kind:
        case "statements":
            return {"statements": [part.strip() for part in given["answer"].split(". ") if part.strip()]}
        case "verdicts":
            words = set(re.findall(r"\w+", given["context"]))
            return {
                "statements": [
                    {"statement": said, "reason": "words", "verdict": int(set(re.findall(r"\w+", said)) <= words)}
                    for said in given["statements"]
                ]
            }
        case _:
            texts = (given["user_answer"], given["reference_answer"])
            return {"rating": 4 if texts[0] in texts[1] or texts[1] in texts[0] else 0}


class Vendor:
    """An OpenAI-compatible server on this machine, which answers as a test wants."""

    def __init__(
        self,
        *,
        written: Written = lambda _kind, _given: None,
        status: Callable[[int, str], int] = lambda _number, _prompt: 200,
        body: bytes | None = None,
        ended: str = "stop",
        delay_s: float = 0.0,
        drip_s: float = 0.0,
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with vendor._lock:
                    vendor.requests.append(request)
                    vendor.headers.append({name.lower(): value for name, value in self.headers.items()})
                    vendor.paths.append(self.path)
                    number = len(vendor.requests)
                    vendor._at_once += 1
                    vendor.most_at_once = max(vendor.most_at_once, vendor._at_once)
                time.sleep(delay_s)
                with vendor._lock:
                    vendor._at_once -= 1
                prompt = request["messages"][0]["content"]
                code = status(number, prompt)
                if code != 200:
                    self._send(code, json.dumps({"error": {"message": f"no, {self.headers['Authorization']}"}}).encode())
                else:
                    self._send(200, body if body is not None else completion(prompt))

            def _send(self, code: int, content: bytes) -> None:
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.send_header("retry-after-ms", "5")
                # One that has stopped waiting has hung up.
                with suppress(ConnectionError):
                    self.end_headers()
                    for part in (bytes([byte]) for byte in content) if drip_s else (content,):
                        self.wfile.write(part)
                        time.sleep(drip_s)

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        def completion(prompt: str) -> bytes:
            given = json.loads(prompt.rsplit("input: ", 1)[1].removesuffix("Output: "))
            kind = "rating" if "user_answer" in given else "statements" if "answer" in given else "verdicts"
            said = written(kind, given)
            said = fair(kind, given) if said is None else said
            text = said if isinstance(said, str) else json.dumps(said)
            message = {"role": "assistant", "content": text}
            return json.dumps({"id": "1", "choices": [{"index": 0, "finish_reason": ended, "message": message}]}).encode()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(API_KEY_VARIABLE, KEY)


def a_row(number: int = 1, *sentences: str, **changed: Any) -> Row:
    """Make a row with an answer that its quote supports and that says what is accepted, unless changed."""
    expected = {"answers": ["812 passengers"], "all_of": []} | changed.pop("expected", {})
    citation = {"authors": [], "publisher": None, "agency": None, "published": None, "title": "Ferry", "quote": QUOTE}
    return {
        "id": f"q{number}",
        "question": f"How many passengers did ferry {number} carry?",
        "history": [],
        "error": None,
        "abstained": None,
        "sentences": [{"text": text} for text in sentences or (SENTENCE,)],
        "citations": [citation],
        "scores": {"answers": {"contains": 1.0}},
        "expected": expected,
    } | changed


def judged(
    rows: Sequence[Row], vendor: Vendor, *, concurrency: int = 1, timeout_s: float = 20.0
) -> tuple[list[dict[str, float] | None], dict[str, str], int]:
    """Judge the rows; return the new scores (None: no group), the errors, and how often there was progress."""
    done: list[None] = []
    judged_rows, errors = judge_run(
        rows, base_url=vendor.url, model="small", progress=lambda: done.append(None), concurrency=concurrency, timeout_s=timeout_s
    )
    assert [row["id"] for row in judged_rows] == [row["id"] for row in rows]
    return [row["scores"].get("judge") for row in judged_rows], errors, len(done)


@needs_ragas
def test_supported_and_right_answers_score_high_and_others_low() -> None:
    """Faithfulness is the share of statements in the quotes; correctness is agreement with an accepted answer."""
    rows = [
        a_row(1),
        a_row(2, SENTENCE, "The captain sang."),
        a_row(3, "The captain sang."),
        a_row(4, expected={"answers": ["none", SENTENCE]}),
    ]
    with Vendor() as vendor:
        scores, errors, done = judged(rows, vendor)
    assert scores == [
        {"faithfulness": 1.0, "correctness": 1.0},
        {"faithfulness": 0.5, "correctness": 1.0},
        {"faithfulness": 0.0, "correctness": 0.0},
        {"faithfulness": 1.0, "correctness": 1.0},
    ]
    assert (errors, done) == ({}, 4)


@needs_ragas
def test_the_two_ratings_of_correctness_are_averaged() -> None:
    """The second rating, with the answers swapped, counts as much as the first."""
    with Vendor(written=lambda _, given: {"rating": 2} if given.get("user_answer") == SENTENCE else None) as vendor:
        assert judged([a_row()], vendor)[0] == [{"faithfulness": 1.0, "correctness": 0.75}]


@needs_ragas
def test_the_model_is_asked_as_named_and_nothing_else_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Model, temperature 0 and the judge's own key are sent; nothing of an OpenAI account in the environment is."""
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, "of-the-account")
    with Vendor() as vendor:
        judged([a_row()], vendor)
        monkeypatch.delenv(API_KEY_VARIABLE)
        judged([a_row()], vendor)
        for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
            monkeypatch.delenv(name)
        judged([a_row()], vendor)
    assert set(vendor.paths) == {"/v1/chat/completions"}
    assert {(request["model"], request["temperature"]) for request in vendor.requests} == {("small", 0)}
    keys = [headers.get("authorization") for headers in vendor.headers]
    assert keys == [f"Bearer {KEY}"] * 4 + [None] * 8
    assert "of-the-account" not in str(vendor.headers)


@needs_ragas
def test_the_model_sees_what_a_reader_sees() -> None:
    """Earlier questions stand before the question, a quote after its author, outlet and date, and every part is wanted."""
    citation = {
        "authors": ["Ann Example"], "publisher": "The Exampleton Gull", "agency": None, "published": "2025-05-04",
        "title": "Record at sea", "quote": QUOTE,
    }  # fmt: skip
    row = a_row(
        history=["Which ferry sails to Exampleton?"],
        citations=[citation],
        expected={"answers": ["ignored"], "all_of": [["812", "eight hundred and twelve"], ["Sunday"]]},
    )
    given: list[Mapping[str, Any]] = []
    with Vendor(written=lambda _, shown: given.append(shown)) as vendor:
        judged([row], vendor)
    statements, verdicts, rating, swapped = given
    question = "Which ferry sails to Exampleton?\nHow many passengers did ferry 1 carry?"
    assert statements == {"question": question, "answer": SENTENCE}
    assert verdicts["context"] == f"Ann Example, The Exampleton Gull, 2025-05-04: {QUOTE}"
    assert rating == {
        "query": question,
        "user_answer": SENTENCE,
        "reference_answer": "812 (or: eight hundred and twelve) and Sunday",
    }
    assert swapped["user_answer"] == rating["reference_answer"]


@needs_ragas
def test_what_cannot_be_judged_is_left_out_without_asking() -> None:
    """Abstentions, failed questions and empty answers are not judged; without quotes or accepted answers, half is not."""
    rows = [
        a_row(1, abstained="low_score"),
        a_row(2, error="broke"),
        a_row(3, sentences=[]),
        a_row(4, citations=[]),
        a_row(5, expected={"answers": []}),
    ]
    with Vendor() as vendor:
        scores, errors, done = judged(rows, vendor, concurrency=3)
    assert scores == [None, None, None, {"correctness": 1.0}, {"faithfulness": 1.0}]
    assert (errors, done, len(vendor.requests)) == ({}, 5, 4)


@needs_ragas
def test_other_scores_stay_and_an_earlier_judge_goes() -> None:
    """The row is not changed; its copy keeps what the run measured and holds nothing of an earlier judge."""
    earlier = {"answers": {"contains": 1.0}, "judge": {"correctness": 0.25}}
    rows = [a_row(1, scores=earlier), a_row(2, scores=earlier, abstained="low_score")]
    with Vendor() as vendor:
        first, second = judge_run(rows, base_url=vendor.url, model="small", progress=lambda: None)[0]
    assert first["scores"] == {"answers": {"contains": 1.0}, "judge": {"faithfulness": 1.0, "correctness": 1.0}}
    assert second["scores"] == {"answers": {"contains": 1.0}}
    assert rows[0]["scores"] == earlier


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
def test_no_more_answers_are_judged_at_once_than_wanted() -> None:
    """The first is judged alone; after it as many at once as allowed, and no more."""
    with Vendor(delay_s=0.02) as vendor:
        scores, _, _ = judged([a_row(number) for number in range(9)], vendor, concurrency=3)
    assert scores == [{"faithfulness": 1.0, "correctness": 1.0}] * 9
    assert vendor.most_at_once == 3
    # Faithfulness asks for the statements first: of the first answer, and of no other until that is judged.
    assert ["ferry 0" in request["messages"][0]["content"] for request in vendor.requests[:5]][0::4] == [True, False]


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


@needs_ragas
def test_nothing_is_sent_or_kept_elsewhere(connections: list[str]) -> None:
    """RAGAS can report its use to its makers and keep an id of the user for that: neither happens."""
    with Vendor() as vendor:
        judged([a_row()], vendor)
    assert set(connections) == {"127.0.0.1"}


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


class Rating(BaseModel):
    """A form of reply."""

    rating: int


@pytest.mark.parametrize(
    "reply",
    [
        '{"rating": 4}',
        '```json\n{"rating": 4}\n```',
        '<think>Perhaps {"rating": 2}, {or so}</think> {"rating": 4}',
        '{"rating": 2} No: {"properties": {"rating": 4}}',
        '{"a": ' * 3_000 + ' {"rating": "4"}',
    ],
)
def test_the_last_object_that_fits_is_the_reply(reply: str) -> None:
    """Fences, thoughts, wrappers and brackets without end do not hide what the model says in the end."""
    assert read_reply(reply, Rating) == Rating(rating=4)


def test_a_reply_without_an_object_that_fits_is_refused() -> None:
    """A long reply is not repeated whole."""
    with pytest.raises(Unjudged, match="the reply holds no JSON object with rating: “") as caught:
        read_reply('{"score": 4} ' * 100, Rating)
    assert len(str(caught.value)) < 300


def test_without_the_extra_it_says_what_to_install() -> None:
    """Importing the module needs nothing; judging without RAGAS tells the remedy. A module that is None cannot be imported."""
    program = """
import sys
from eval.judge import judge_run
assert not {"ragas", "openai"} & set(sys.modules)
sys.modules["ragas"] = sys.modules["openai"] = None
judge_run([], base_url="http://localhost/v1", model="small", progress=print)
"""
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert ended.stderr.splitlines()[-1].endswith("Install it with: pip install 'dateline[ragas]'")
    assert "eval.judge_model.JudgeError: " in ended.stderr


_heard: list[list[str]] = []


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if not _heard:
        return
    match event:
        case "socket.connect":
            _heard[-1].append(str(arguments[1][0]))
        case "socket.getaddrinfo":
            _heard[-1].append(str(arguments[0]))
        case "open" if "uuid.json" in str(arguments[0]):
            _heard[-1].append(str(arguments[0]))


@pytest.fixture(scope="module")
def _listening() -> None:
    # Such a hook cannot be removed; without a list it does nothing.
    sys.addaudithook(_listen)


@pytest.fixture
def connections(_listening: None) -> Iterator[list[str]]:
    """Give what this process connects to and looks up, and the id file that it opens, until the test ends."""
    _heard.append([])
    yield _heard[-1]
    _heard.clear()
