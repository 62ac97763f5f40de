"""Times how long the first words of an answer take from the server to the screen, in the Chromium of this machine.

`python -m benchmarks.painting [--rounds N]`. A generator writes one sentence of the evidence and takes its time for the next, so
that the first event stands alone on the line. From when the server hands it over until the frame that shows it was drawn, by
the one clock of this machine; also with a processor slowed down to a quarter, as a phone is. Prints one JSON object with the
figures, the limit, the commit and the date; exits 1 above the limit.
"""

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from anyio import sleep
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import create_app
from api.logs import configure_logging
from api.settings import ServiceSettings
from benchmarks.provenance import provenance
from index.embedder_wiring import build_embedder
from index.wiring import build_store
from rag.pipeline import Pipeline
from rag.tokens import TiktokenCounter
from rag.types import Evidence
from tests.browser import started

ROOT = Path(__file__).parent.parent
LIMIT_MS = 300.0
ROUNDS = 40
# Longer than any first sentence may take, so that the second cannot push it.
PAUSE_SECONDS = 0.6
SLOWED = 4
QUESTION = "What did the Federal Reserve do with interest rates in December 2024?"
WHEN_PAINTED = """() => {
  window.painted = new Promise((resolve) => {
    const seen = new MutationObserver(() => {
      if (!document.querySelector(".turn .answer")?.textContent) return;
      seen.disconnect();
      // The first callback runs before the frame is drawn, the second after it was.
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now())));
    });
    seen.observe(document.getElementById("conversation"), { childList: true, subtree: true });
  });
}"""


class Slow:
    """A generator that writes a sentence of the best evidence, waits, and writes it again."""

    name = "slow"

    async def stream(self, question: str, evidence: Sequence[Evidence]) -> AsyncIterator[str]:  # noqa: ARG002 - the protocol's
        """Yield the sentence, and after a pause the rest."""
        best = evidence[0]
        sentence = f"{best.hit.passage.text.partition('. ')[0]}. [{best.key}] "
        # A sentence is known to be whole when the next begins.
        yield f"{sentence}It "
        await sleep(PAUSE_SECONDS)
        yield "went on."


class Stamps:
    """Notes when the first words of each answer are handed to the server that sends them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.sent_ms: list[float] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        first = True

        async def stamped(message: Message) -> None:
            nonlocal first
            if first and message.get("body", b"").startswith(b"event: token"):
                first = False
                self.sent_ms.append(time.time() * 1000)
            await send(message)

        await self._app(scope, receive, stamped)


def main() -> None:
    """Ask again and again, at full speed and slowed down; print how long painting took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many questions at each speed ({ROUNDS})")
    rounds = parser.parse_args().rounds
    with (
        tempfile.TemporaryDirectory(prefix="dateline-bench-") as data,
        _serving(Path(data)) as (address, stamps),
        started() as browser,
    ):
        figures = {}
        for name, slowed in (("full_speed", 1), (f"slowed_{SLOWED}_times", SLOWED)):
            page = browser.new_page(viewport={"width": 390, "height": 844})
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slowed})
            page.goto(address)
            page.locator("#latest li").first.wait_for()
            _painted(page, stamps)  # the first answer loads what is loaded once
            figures[name] = _figures([_painted(page, stamps) for _ in range(rounds)])
            page.close()
    report = {
        **provenance("painting"),
        "rounds": rounds,
        "painted_ms": figures,
        "limit_p95_ms": LIMIT_MS,
    }
    print(json.dumps(report, indent=2))
    if any(found["p95"] > LIMIT_MS for found in figures.values()):
        sys.exit(1)


def _painted(page: Any, stamps: Stamps) -> float:
    """Ask; return the milliseconds from sending the first words to having painted them."""
    page.evaluate(WHEN_PAINTED)
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    painted = float(page.evaluate("window.painted"))
    sent = stamps.sent_ms[-1]
    page.locator(".turn .answer[data-state=whole]").wait_for()
    page.click("#start-over")
    return painted - sent


def _figures(taken: Sequence[float]) -> dict[str, float]:
    found = {"p50": statistics.median(taken), "p95": statistics.quantiles(taken, n=20)[-1], "max": max(taken)}
    return {name: round(value, 1) for name, value in found.items()}


@contextmanager
def _serving(data: Path) -> Iterator[tuple[str, Stamps]]:
    """Serve the sample articles with the generator above."""
    ingest = [sys.executable, "-m", "api.cli", "ingest", str(ROOT / "examples/articles"), "--data", str(data)]
    subprocess.run(ingest, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    settings = ServiceSettings(data=data, log_level="error")
    configure_logging(settings)

    def load() -> Pipeline:
        return Pipeline(
            store=build_store(settings), embedder=build_embedder(settings), generator=Slow(), tokens=TiktokenCounter(),
            evidence_tokens=4_000, recency_strength=settings.recency_strength, recency_days=settings.recency_days,
        )  # fmt: skip

    stamps = Stamps(create_app(settings, load))
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(stamps, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/", stamps
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


if __name__ == "__main__":
    main()
