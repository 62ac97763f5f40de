"""Turns the service's OpenAPI document against it for long: python -m benchmarks.hostile_http prints one JSON object.

Schemathesis makes thousands of requests, valid and broken, to every route of a service over the sample articles that may be
written to, with a key that may do everything. Exits 1 when anything is answered that the document does not promise.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.provenance import provenance

ROOT = Path(__file__).parent.parent
CASES = 5_000
_CONFIG = "tests/api/schemathesis.toml"


def main() -> None:
    """Ingest the samples, make a key, start the service, send the cases."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile_http", description=__doc__)
    parser.add_argument("--examples", type=int, default=450, help="how many cases a phase makes for each route (default 450)")
    parser.add_argument("--seed", type=int, default=7, help="of the cases (default 7)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-hostile-") as folder:
        data, report = Path(folder) / "data", Path(folder) / "report.json"
        samples = ["ingest", "examples/articles", "--publisher", "Dateline Sample Desk"]
        _dateline(*samples, "--data", str(data))
        secret = json.loads(_dateline("keys", "create", "all", "--scope", "admin", "--data", str(data), "--json"))["secret"]
        log = Path(folder) / "log"
        with _served(data, log) as url:
            done = subprocess.run(
                [
                    sys.executable, "-m", "schemathesis.cli", "--config-file", _CONFIG, "run", f"{url}/openapi.json",
                    "--header", f"Authorization: Bearer {secret}", "--max-examples", str(given.examples),
                    "--seed", str(given.seed), "--no-color", "--report", "json", "--report-json-path", str(report),
                ],
                cwd=ROOT, stdout=sys.stderr, check=False,
            )  # fmt: skip
        found = json.loads(report.read_text(encoding="utf-8"))
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").split("\n") if line.startswith("{")]
    faults = [event for event in events if event["event"] == "unexpected error"]
    print(*faults[:20], sep="\n", file=sys.stderr)
    statuses = Counter(event["status"] for event in events if event["event"] == "request")
    cases = found["test_cases"]["generated"]
    json.dump(
        {
            **provenance("hostile_http"), "schemathesis": found["schemathesis_version"],
            "operations": found["operations"]["tested"], "cases": cases, "seconds": found["running_time"],
            "with_failures": found["test_cases"]["with_failures"], "failures": found["failures"], "errors": found["errors"],
            # Of all requests, which are more than cases: probes without a key (401) are among them.
            "statuses": {str(status): count for status, count in sorted(statuses.items())},
            "unexpected_errors_in_the_log": len(faults), "limit": {"cases": CASES, "failures": 0},
        },
        sys.stdout, indent=2,
    )  # fmt: skip
    print()
    sys.exit(done.returncode != 0 or bool(faults) or cases < CASES)


@contextmanager
def _served(data: Path, log: Path) -> Iterator[str]:
    """Serve the archive; give the address once questions are answered. The log goes to a file: nobody would empty a pipe."""
    with log.open("w", encoding="utf-8") as written:
        command = [sys.executable, "-m", "api.cli", "serve", "--data", str(data), "--port", "0"]
        serve = subprocess.Popen(command, stderr=written, cwd=ROOT)
        try:
            while not (listening := [line for line in log.read_text(encoding="utf-8").splitlines() if '"listening"' in line]):
                if serve.poll() is not None:
                    sys.exit(log.read_text(encoding="utf-8"))
                time.sleep(0.05)
            url = json.loads(listening[0])["url"]
            while not _ready(url):
                time.sleep(0.05)
            yield url
        finally:
            serve.terminate()
            serve.wait(timeout=30)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5):  # noqa: S310 - our own service
            return True
    except urllib.error.HTTPError:
        return False


def _dateline(*arguments: str) -> str:
    done = subprocess.run([sys.executable, "-m", "api.cli", *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
