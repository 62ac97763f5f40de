"""Archives that were written by the code of earlier commits are brought up to date: all of it, in one step, or not at all.

`archives/` holds one for each schema, made of the same seven articles by `dateline ingest` of the commits 790e46c (schema 1),
a54749c (2) and a5e402a (3); `schema-1-first` is of f4554c9, which kept no titles of their own and gave archives no identity.
An eighth record had no text; a second run brought a new version of the sixth, and a copy of the fourth.
"""

import asyncio
import json
import lzma
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from api.settings import ServiceSettings
from index.ingest import IngestReport
from index.local.checking import check_archive
from index.local.schema import SCHEMA_VERSION
from index.local.store import LocalStore
from index.protocols import Embedder
from rag.types import Question
from rag.wiring import build_pipeline
from tests.index.local.dying import KEPT, MANIFEST, REFUSED

ROOT = Path(__file__).parents[3]
ARCHIVES = {"schema-1-first": 1, "schema-1-last": 1, "schema-2": 2, "schema-3": 3}
MEMORY = Path("/dev/shm")  # noqa: S108 - where flushing costs nothing: processes are killed here, not machines
OpenStore = Callable[..., LocalStore]


def unpack(name: str, file: Path) -> Path:
    """Write an archive of an earlier schema and return its file; `new` is an empty one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    packed = Path(__file__).parent / "archives" / f"{name}.sqlite.xz"
    file.write_bytes(b"" if name == "new" else lzma.decompress(packed.read_bytes()))
    return file


def rows_of(file: Path) -> list[list[tuple[object, ...]]]:
    """Return everything of an archive that a migration must not change."""
    connection = apsw.Connection(str(file))
    try:
        return [list(connection.execute(statement)) for statement in KEPT]
    finally:
        connection.close()


@pytest.mark.parametrize(("name", "version"), ARCHIVES.items())
def test_an_archive_of_an_earlier_schema_is_kept_whole(
    name: str, version: int, tmp_path: Path, open_store: OpenStore, ingest: Callable[..., IngestReport]
) -> None:
    """Articles, vectors, copies and ledger stay, row for row; it can be searched, examined and written to as any other."""
    file = unpack(name, tmp_path / "archive" / "archive.sqlite")
    before = rows_of(file)
    store = open_store()
    assert store._database.one("PRAGMA user_version") == (SCHEMA_VERSION,)
    store.check()
    articles = {article.title: article for article in store.articles()}
    assert len(articles) == 6
    assert articles["Norlink sells ferries"].agency == "Reuters"
    assert articles["How the lighthouse keeps time"].published is None
    storm = articles["Storm Berit cuts power"]
    assert "9,600 homes" in storm.text
    assert [version.current for version in store.history(storm.article_id)][-1]
    assert len(store.history(storm.article_id)) == (1 if version == 1 else 2), "schema 1 kept no earlier versions"
    (copy,) = store.copies(articles["Glass roof for the library"].article_id)
    assert copy.publisher == "Valley Mail"
    assert store._database.rows("SELECT count(*) FROM articles WHERE title = json_extract(details, '$.title')") == [(6,)]
    store.close()
    assert rows_of(file) == before
    found = check_archive(file.parent, embedder=MANIFEST["embedder"], dimension=384, chunker=MANIFEST["chunker"])
    assert (found.problems, found.generation, found.articles, found.snapshot) == ((), 8, 6, 8)
    outcomes = Counter(row[4] for row in before[4])
    assert outcomes == {"accepted": 6, "unchanged": 5, "updated": 1, "duplicate": 1, "failed": 1}

    news = tmp_path / "news.jsonl"
    news.write_text(json.dumps({"title": "Kiln of Orre lit", "text": "The old kiln of Orre was lit again on 3 May 2025."}) + "\n")
    store = open_store()
    assert ingest(store, news).counts["accepted"] == 1
    assert store._database.rows("SELECT count(*) FROM signs_missing") == [(0,)]
    store.close()
    found = check_archive(file.parent, embedder=MANIFEST["embedder"], dimension=384, chunker=MANIFEST["chunker"])
    assert (found.problems, found.generation, found.articles) == ((), 9, 7)


@pytest.mark.parametrize("name", ARCHIVES)
def test_an_archive_of_an_earlier_schema_answers(name: str, tmp_path: Path, embedder: Embedder) -> None:
    """A question is answered with a quote that stands in the stored article at its offsets."""
    unpack(name, tmp_path / "archive.sqlite")
    pipeline = build_pipeline(ServiceSettings(data=tmp_path), embedder=embedder)
    try:
        answer = asyncio.run(pipeline.answer(Question(text="How many ships will Norlink sell?")))
        citation = answer.citations[0]
        assert "14 of its 23 ships" in citation.quote
        article = pipeline.store.article(citation.article.article_id)
        assert article.text[citation.start : citation.end] == citation.quote
    finally:
        pipeline.close()


@pytest.mark.parametrize(("name", "version", "step"), [("new", 0, 3), ("schema-1-first", 1, 1), ("schema-2", 2, 1)])
def test_a_migration_is_whole_or_did_not_happen(name: str, version: int, step: int, tmp_path: Path) -> None:
    """Killed (SIGKILL) at any write or flush, in the middle of a write, or out of room: the old schema or the new, all rows.

    Opened again, it has the new one. A disk that stays full is said, and the old archive can be read. The same for a new archive.
    """
    archive = unpack(name, tmp_path / "old.sqlite")
    folder = (MEMORY if os.access(MEMORY, os.W_OK) else tmp_path) / f"dateline-dying-{os.getpid()}"
    done = subprocess.run(
        [sys.executable, "-c", "from tests.index.local.dying import main; main()", str(archive), str(folder), str(step)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    shutil.rmtree(folder, ignore_errors=True)
    assert done.returncode == 0, done.stderr
    counted, *attempts = map(json.loads, done.stdout.splitlines())
    assert 2 * len(attempts) > counted["operations"] > 15
    assert {attempt["version"] for attempt in attempts} == {version, SCHEMA_VERSION}
    assert {attempt["after"] for attempt in attempts} == {SCHEMA_VERSION}
    digests = {attempt["digest"] for attempt in attempts if attempt["version"]} | {
        attempt["digest_after"] for attempt in attempts
    }
    assert len(digests) == 1, "nothing that was stored has changed"
    ended = {how: {attempt["status"] for attempt in attempts if attempt["how"] == how} for how in ("killed", "torn", "full")}
    assert ended == {"killed": {-9}, "torn": {-9}, "full": {REFUSED, 0}}
    refused = {attempt["version"] for attempt in attempts if attempt["status"] == REFUSED}
    assert refused == ({version} if version else {version, SCHEMA_VERSION}), (
        "a new archive is given its tables, then its settings"
    )
