"""The index works without a network: nothing tries to reach one."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = """
import json, socket, sys
from pathlib import Path

attempts = []

def refuse(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in ("127.0.0.1", "::1"):
            attempts.append(f"connect {address}")
            raise OSError("no network in this test")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        if arguments[0] not in (None, "", "localhost", "127.0.0.1", "::1"):
            attempts.append(f"{event} {arguments[0]}")
            raise OSError("no network in this test")

sys.addaudithook(refuse)
for reach in (lambda: socket.create_connection(("192.0.2.1", 9), 1), lambda: socket.getaddrinfo("example.org", 80)):
    try:
        reach()
    except OSError as error:
        assert str(error) == "no network in this test"
noticed = len(attempts)
attempts.clear()

from index.ingest import Fallbacks
from index.settings import IndexSettings
from index.sources.files import read_file
from index.types import Where
from index.embedder_wiring import build_embedder
from index.wiring import build_ingest, build_store

settings = IndexSettings(data=Path(sys.argv[2]))
embedder, store = build_embedder(settings), build_store(settings)
report = build_ingest(settings, store, embedder).run(read_file(Path(sys.argv[1]), embedder.embed_passages), Fallbacks())
with store.consistent():
    rows = [store.nearest(embedder.embed_question("When does the eclipse end?").vector, 1, Where())[0][0],
            store.matching(["eclipse"], 1, Where())[0][0]]
    positions = [article.origin.position for _, article in store.passages(rows)]
store.close()
print(json.dumps({"noticed": noticed, "attempts": attempts, "counts": report.counts, "positions": positions}))
"""


def test_ingest_and_search_reach_for_no_network(tmp_path: Path, samples: Path) -> None:
    """With every connection and name look-up refused, a file is ingested and searched, and none was even tried."""
    switches, kept = ("DATELINE_", "HF_", "TRANSFORMERS_", "TIKTOKEN_"), "DATELINE_EMBEDDER_CACHE"
    environment = {name: value for name, value in os.environ.items() if name == kept or not name.startswith(switches)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(samples / "evening-digest.txt"), str(tmp_path / "archive")],
        cwd=tmp_path, env={**environment, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "noticed": 2,
        "attempts": [],
        "counts": {"accepted": 5, "unchanged": 0, "updated": 0, "duplicate": 0, "near_duplicate": 0, "skipped": 0, "failed": 0},
        "positions": ["item 3", "item 3"],
    }
