"""A small server on this machine that plays the vendor of the judge's model, and the rows that are judged."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self

import pytest

from eval.judge import judge_run

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
