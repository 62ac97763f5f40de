"""Times the service as a user meets it: start to ready, and the answer to one question after another on a warm service.

Prints one JSON object with the figures, the limits they are held against, the commit and the date; exits 1 above a limit.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from benchmarks.provenance import provenance

ROOT = Path(__file__).parent.parent
READY_SECONDS = 8.0
ANSWER_P50_MS = 80.0
ROUNDS = 3


def main() -> None:
    """Ingest the samples, start the service, ask every gold question `ROUNDS` times."""
    gold = (ROOT / "examples/gold.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in gold]
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as data:
        samples = [str(ROOT / "examples/articles"), "--data", data, "--publisher", "Dateline Sample Desk"]
        subprocess.run([*_command("ingest"), *samples], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        started = time.perf_counter()
        with subprocess.Popen(
            [*_command("serve"), "--data", data, "--port", "0"], stderr=subprocess.PIPE, text=True, cwd=ROOT
        ) as serve:
            try:
                url = _ready(serve)
                ready = time.perf_counter() - started
                _time_answers(url, questions[:5])  # the first questions load what is loaded once
                taken = [ms for _ in range(ROUNDS) for ms in _time_answers(url, questions)]
            finally:
                serve.terminate()
    report = {
        **provenance("serving"),
        "answers": len(taken),
        "ready_s": {"measured": round(ready, 2), "limit": READY_SECONDS},
        "answer_p50_ms": {"measured": round(statistics.median(taken), 1), "limit": ANSWER_P50_MS},
        "answer_p95_ms": round(statistics.quantiles(taken, n=20)[-1], 1),
    }
    print(json.dumps(report, indent=2))
    if ready > READY_SECONDS or statistics.median(taken) > ANSWER_P50_MS:
        sys.exit(1)


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "api.cli", name]


def _ready(serve: "subprocess.Popen[str]") -> str:
    """Return the service's address once `/readyz` says so."""
    url = next(json.loads(line)["url"] for line in serve.stderr or () if '"listening"' in line)
    while True:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own service
                return str(url)
        except urllib.error.HTTPError as error:
            if error.code != 503:  # noqa: PLR2004
                raise
        time.sleep(0.02)


def _time_answers(url: str, questions: list[str]) -> list[float]:
    taken = []
    for question in questions:
        body = json.dumps({"question": question}).encode()
        request = urllib.request.Request(f"{url}/v1/answer", body, {"Content-Type": "application/json"})  # noqa: S310
        started = time.perf_counter()
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            response.read()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


if __name__ == "__main__":
    main()
