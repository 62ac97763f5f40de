"""Processes killed with `kill -9` in the middle of an ingest: nothing acknowledged is lost, nothing is half there or doubled."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import apsw

from index.ingest import IngestReport
from index.local.store import LocalStore
from index.types import Where

ROOT = Path(__file__).parents[2]
# Vectors do not matter here, only what is stored when; so the process that is killed need not load the model.
SCRIPT = """
import hashlib, sys
from pathlib import Path

import numpy as np

from index.embedding import EmbedderTokens
from index.ingest import Fallbacks, Ingest
from index.local.store import LocalStore
from index.preparation import Preparation
from index.sources.files import read_file

class Digests:
    name, dimension, gives_token_signs = "digests@00000000", 16, True
    def embed_passages(self, texts):
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") for text in texts]
        rows = np.array([np.random.default_rng(seed).normal(size=16) for seed in seeds], dtype=np.float32).reshape(-1, 16)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)
    def embed_with_signs(self, texts):
        return self.embed_passages(texts), [hashlib.sha256(text.encode()).digest() for text in texts]

records, folder = map(Path, sys.argv[1:])
embedder = Digests()
store = LocalStore(folder, embedder=embedder.name, dimension=16, chunker="crash")
ingest = Ingest(store=store, embedder=embedder, prepare=Preparation(EmbedderTokens(), 64))
print("ready", flush=True)
ingest.run(
    read_file(records, embedder.embed_passages), Fallbacks(), lambda entry: print(entry.article_id, entry.outcome, flush=True)
)
store.close()
"""


def write_records(path: Path, count: int) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            text = f"Ferry number{number} left the harbour. It carried {number + 7} people and came back at noon."
            file.write(json.dumps({"id": str(number), "text": text, "published": "2025-09-19"}) + "\n")
    return path


def start(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    kept = "DATELINE_EMBEDDER_CACHE"  # else the command would convert the model, which takes longer than all the rest
    environment = {name: value for name, value in os.environ.items() if name == kept or not name.startswith("DATELINE_")}
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=folder, env={**environment, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )


def check_whole(store: LocalStore) -> set[str]:
    """Check that the archive and its caches agree and that no article is half there; return its ids."""
    assert store._database.rows("PRAGMA integrity_check") == [("ok",)]
    assert store._database.rows("SELECT count(*) FROM passages WHERE article_row NOT IN (SELECT row FROM articles)") == [(0,)]
    articles = list(store.articles())
    with store.consistent():
        found = store.passages([row for row, _ in store.matching(["ferry"], 10_000, Where())])
    assert sorted(p.article_id for p, _ in found) == sorted(a.article_id for a in articles)
    assert all(article.text[p.start : p.end] == p.text for p, article in found)
    return {article.article_id for article in articles}


def test_nothing_acknowledged_is_lost_at_any_moment(tmp_path: Path) -> None:
    """Killed after 0, 1, 70 and 150 acknowledgements, an ingest has stored what it acknowledged; run again it doubles nothing."""
    records = write_records(tmp_path / "records.jsonl", 400)
    acknowledged: set[str] = set()
    for wanted, delay in ((0, 0.03), (1, 0.0), (70, 0.004), (150, 0.011)):
        process = start("-c", SCRIPT, str(records), str(tmp_path / "archive"), folder=tmp_path)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        lines = [process.stdout.readline() for _ in range(wanted)]
        time.sleep(delay)
        process.kill()
        # What it still said before it died counts too; a line without its end was not said.
        lines += [line for line in process.stdout.readlines() if line.endswith("\n")]
        assert process.wait() == -9
        process.stdout.close()
        assert len(lines) >= wanted
        acknowledged |= {line.split()[0] for line in lines}
        store = LocalStore(tmp_path / "archive", embedder="digests@00000000", dimension=16, chunker="crash")
        assert acknowledged <= check_whole(store)
        store.close()
    process = start("-c", SCRIPT, str(records), str(tmp_path / "archive"), folder=tmp_path)
    said = [line.split()[1] for line in process.communicate()[0].splitlines()[1:]]
    assert process.returncode == 0
    assert set(said) == {"unchanged", "accepted"}
    assert said.count("unchanged") >= len(acknowledged) >= 150
    store = LocalStore(tmp_path / "archive", embedder="digests@00000000", dimension=16, chunker="crash")
    assert len(check_whole(store)) == len(said) == 400
    store.close()


def test_a_killed_command_leaves_a_whole_archive(
    tmp_path: Path, open_store: Callable[..., LocalStore], ingest: Callable[..., IngestReport]
) -> None:
    """`dateline ingest`, killed while it stores, leaves whole articles only, and ingesting again completes them."""
    records = write_records(tmp_path / "records.jsonl", 110)
    file = tmp_path / "archive" / "archive.sqlite"
    process = start("-m", "api.cli", "ingest", str(records), "--data", str(tmp_path / "archive"), folder=tmp_path)
    assert process.stdout is not None
    while process.poll() is None and stored(file) < 5:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -9, "the command ended before it could be killed"
    process.stdout.close()
    store = open_store()
    before = check_whole(store)
    report = ingest(store, records)
    assert len(check_whole(store)) == 110
    assert report.counts == {
        "accepted": 110 - len(before), "unchanged": len(before), "updated": 0,
            "duplicate": 0, "near_duplicate": 0, "skipped": 0, "failed": 0,
    }  # fmt: skip
    assert 5 <= len(before) < 110
    store.close()


def stored(file: Path) -> int:
    """Return how many articles another process has committed."""
    if not file.exists():
        return 0
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READWRITE)
    connection.set_busy_timeout(5_000)
    try:
        return int(next(iter(connection.execute("SELECT count(*) FROM articles")))[0])
    except apsw.SQLError:
        return 0  # the tables are not there yet
    finally:
        connection.close()
