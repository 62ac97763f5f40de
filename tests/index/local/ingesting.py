"""An ingest in a process of its own that needs no model, for tests that look at the archive meanwhile."""

import json
import os
import subprocess
import sys
from pathlib import Path

from index.local.store import LocalStore
from index.types import Where

ROOT = Path(__file__).parents[3]
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
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
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
