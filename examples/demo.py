"""The demo of the README: ingests the sample articles, starts the service, asks three questions over HTTP, prints the answers.

Everything happens in a temporary folder and on a free port of this machine.
"""

import json
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ARTICLES = Path(__file__).parent / "articles"
QUESTIONS = (
    "How long did the EAST tokamak keep its plasma in January 2025?",
    "How many gigawatts of renewable power capacity did the world add in 2024?",
    "Who won the 2025 Nobel Peace Prize?",
)
START_SECONDS = 60


def main() -> None:
    """Run the demo; exit 1 with a message when a step fails."""
    with tempfile.TemporaryDirectory(prefix="dateline-demo-") as data:
        print("Ingesting the sample articles …", flush=True)
        ingest = [*_command("ingest"), str(ARTICLES), "--data", data, "--publisher", "Dateline Sample Desk"]
        subprocess.run(ingest, check=True)
        with _service(data) as url:
            for question in QUESTIONS:
                _print_answer(_ask(url, question))


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "api.cli", name]


@contextmanager
def _service(data: str) -> Iterator[str]:
    """Start the service on a free port, wait until it is ready, stop it at the end."""
    print("\nStarting the service …", flush=True)
    serve = subprocess.Popen([*_command("serve"), "--data", data, "--port", "0"], stderr=subprocess.PIPE, text=True)
    try:
        yield _when_ready(serve)
    finally:
        serve.terminate()
        serve.wait(timeout=20)


def _when_ready(serve: "subprocess.Popen[str]") -> str:
    deadline = time.monotonic() + START_SECONDS
    url = ""
    for line in serve.stderr or ():
        event = json.loads(line) if line.startswith("{") else {"event": line.strip()}
        url = event.get("url", url)
        if event["event"] == "ready":
            return url
        if event["event"] not in ("listening", "ready") or time.monotonic() > deadline:
            break
    sys.exit("The service did not start; try: .venv/bin/dateline serve")


def _ask(url: str, question: str) -> dict[str, object]:
    body = json.dumps({"question": question}).encode()
    request = urllib.request.Request(f"{url}/v1/answer", body, {"Content-Type": "application/json"})  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: dict[str, object] = json.load(response)
            return answer
    except urllib.error.URLError as error:
        sys.exit(f"The service did not answer: {error}")


def _print_answer(answer: dict[str, object]) -> None:
    print(f"\nQ: {answer['question']}")
    print(textwrap.fill(f"A: {answer['answer']}", 100, subsequent_indent="   "))
    for citation in answer["citations"]:  # type: ignore[attr-defined]
        authors = " and ".join(citation["authors"]) or "no author"
        print(f"   [{citation['number']}] {citation['publisher']}, {authors}, {citation['published'] or 'undated'}")
        print(textwrap.fill(f"“{citation['quote']}”", 100, initial_indent=" " * 7, subsequent_indent=" " * 7))
    if answer["abstained"]:
        print(f"   ({answer['abstained']['reason']}: {answer['abstained']['message']})")  # type: ignore[index]


if __name__ == "__main__":
    main()
