"""Whether the time of a refusal tells how much of a secret is right: a known beginning against none, over keep-alive connections.

The service is started in a process of its own, with one key and further ones, so that this process's work is not part of the
times. Kinds of wrong secrets are sent in turn, in an order that is drawn anew for each round; medians are compared.
"""

import argparse
import http.client
import json
import random
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from api.key_file import KeyFile
from api.keys import PREFIX
from benchmarks.provenance import ROOT, provenance

LIMIT_MS = 0.2
"""The largest difference of medians that is taken for none, from the sources named in docs/security.md."""
_OTHER_KEYS = 20


def wrong_secrets(secret: str) -> Mapping[str, Callable[[], str]]:
    """Return what makes a wrong secret of each kind; all but the last have the form of a key."""

    def beginning(kept: int) -> Callable[[], str]:
        return lambda: secret[:kept] + secrets.token_urlsafe(32)[: len(secret) - kept]

    def last_character() -> str:
        return secret[:-1] + ("A" if secret[-1] != "A" else "B")

    return {
        "random": beginning(len(PREFIX)),
        "random again": beginning(len(PREFIX)),
        "half is right": beginning(len(secret) // 2),
        "all but the last character": last_character,
        "no key at all by its form": lambda: "x" * len(secret),
    }


def refusal_ms(port: int, path: str, secret: str, count: int) -> dict[str, list[float]]:
    """Return how long each refusal took, in milliseconds, by kind."""
    kinds = wrong_secrets(secret)
    times: dict[str, list[float]] = {name: [] for name in kinds}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    warm_up = 50
    for turn in range(count + warm_up):
        for name in random.sample(list(kinds), len(kinds)):
            headers = {"Authorization": f"Bearer {kinds[name]()}"}
            started = time.perf_counter()
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            response.read()
            took = (time.perf_counter() - started) * 1000
            if response.status != http.client.UNAUTHORIZED:
                raise SystemExit(f"{name}: answered {response.status}, not 401")
            if turn >= warm_up:
                times[name].append(took)
    return times


def measure(count: int, path: str) -> dict[str, list[float]]:
    """Start a service with keys and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        keys = KeyFile(Path(folder))
        _, secret = keys.create(name="known", scopes=["ask"])
        for number in range(_OTHER_KEYS):
            keys.create(name=f"other {number}", scopes=["ask"])
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", folder]
        # A file and no pipe: nobody here has time to read the log.
        log = Path(folder) / "log"
        with log.open("wb") as file, subprocess.Popen(command, stderr=file, cwd=ROOT) as process:
            try:
                return refusal_ms(_port(log, process), path, secret, count)
            finally:
                process.terminate()


def _port(log: Path, process: "subprocess.Popen[bytes]") -> int:
    while process.poll() is None:
        if match := re.search(r"http://127\.0\.0\.1:(\d+)", log.read_text(encoding="utf-8")):
            return int(match[1])
        time.sleep(0.05)
    raise SystemExit(f"the service did not start: {log.read_text(encoding='utf-8')}")


def main() -> int:
    """Print medians and differences as JSON; status 1 when one is above the limit."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=2_000, help="requests of each kind")
    parser.add_argument("--path", default="/v1/articles")
    options = parser.parse_args()
    times = measure(options.count, options.path)
    medians = {name: statistics.median(values) for name, values in times.items()}
    formed = [name for name in medians if not name.startswith("no key")]
    differences = {name: medians[name] - medians["random"] for name in formed[1:]}
    worst = max(map(abs, differences.values()))
    result = {
        **provenance("key_timing"),
        "requests_of_each_kind": options.count,
        "median_ms": {name: round(value, 4) for name, value in medians.items()},
        "difference_from_random_ms": {name: round(value, 4) for name, value in differences.items()},
        "limit_ms": LIMIT_MS,
        "passed": worst < LIMIT_MS,
    }
    print(json.dumps(result, indent=2))
    return 0 if worst < LIMIT_MS else 1


if __name__ == "__main__":
    sys.exit(main())
