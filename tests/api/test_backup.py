"""`dateline backup` and `dateline restore`: the same answers as at that generation, and clear errors."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import apsw
import httpx2
import pytest
from fastapi import FastAPI

from api.app import create_app
from api.settings import ServiceSettings
from index.protocols import Embedder
from rag.wiring import build_pipeline

Dateline = Callable[..., Any]
ROOT = Path(__file__).parents[2]
QUESTIONS = (
    "How long is the bridge over the Sandholm strait?",
    "How many ships will Norlink sell?",
    "Who leads the council of Varby?",
    "What is the latest news of Sandholm?",
)
LATER = "Norlink has sold all of its 23 ships, said its director, Pekka Salmi, on Monday. The last ship left Sandholm at noon."


@pytest.fixture
def data(archive: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(archive, tmp_path / "data"))


def start(*arguments: object) -> subprocess.Popen[str]:
    """Start the command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *map(str, arguments)], env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def answers(client: httpx2.Client) -> list[dict[str, Any]]:
    """Return what the service answers and finds, without how long it took."""
    found = [client.post("/v1/answer", json={"question": question, "as_of": "2025-12-01"}).json() for question in QUESTIONS]
    found += [client.post("/v1/search", json={"question": question}).json() for question in QUESTIONS]
    return [{name: value for name, value in body.items() if name != "timings_ms"} for body in found]


@pytest.fixture
def service(
    embedder: Embedder,
    serving: Callable[[FastAPI], AbstractContextManager[httpx2.Client]],
    ready: Callable[[httpx2.Client], None],
) -> Callable[[Path], AbstractContextManager[httpx2.Client]]:
    @contextmanager
    def serve(folder: Path) -> Iterator[httpx2.Client]:
        """Serve an archive, and give a client when it is ready."""
        settings = ServiceSettings(data=folder)
        with serving(create_app(settings, lambda: build_pipeline(settings, embedder=embedder))) as client:
            ready(client)
            yield client

    return serve


def test_a_backup_of_a_serving_archive_gives_identical_answers(
    data: Path, dateline: Dateline, tmp_path: Path, service: Callable[[Path], AbstractContextManager[httpx2.Client]]
) -> None:
    """Of its generation: what the archive is told afterwards is not in it, and the archive goes on as if nothing had been."""
    with service(data) as client:
        before = answers(client)
        made = start("backup", tmp_path / "b", "--data", data, "--json")
        out, err = made.communicate()
        assert client.post("/v1/articles", json={"text": LATER, "published": "2025-06-01"}).status_code == 201
        after = answers(client)
    assert (made.returncode, err) == (0, "")
    assert after != before
    restored = dateline("restore", tmp_path / "b", "--data", tmp_path / "new" / "data", "--json")
    assert restored.code == 0
    with service(tmp_path / "new" / "data") as client:
        assert answers(client) == before
    body = json.loads(out)
    assert body | {"data": str(tmp_path / "new" / "data")} == json.loads(restored.out)
    assert (body["generation"], body["articles"], body["passages"]) == (4, 4, 4)
    assert body["manifest"] == {"embedder": "all-MiniLM-L6-v2@53aa5117", "dimension": "384", "chunker": "sentences-1/168"}
    assert dateline("check", "--data", tmp_path / "new" / "data").code == 0


def test_the_file_is_a_database_and_says_what_it_holds(data: Path, dateline: Dateline, tmp_path: Path) -> None:
    """Without Dateline, any SQLite reads it, and its last lines tell the rest."""
    (data / "keys.json").write_text("{}")
    done = dateline("backup", tmp_path / "b", "--data", data)
    assert done.code == 0
    assert f"backup: {tmp_path / 'b'}, of 20" in done.out
    assert "archive: generation 4: 4 articles, 4 passages" in done.out
    connection = apsw.Connection(
        (tmp_path / "b").as_uri() + "?immutable=1", flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    )
    assert list(connection.execute("SELECT count(*) FROM articles")) == [(4,)]
    connection.close()
    description, _ = (tmp_path / "b").read_bytes().splitlines()[-2:]
    said = json.loads(description)
    assert f"sha256 {said['sha256']} of the first {said['bytes']:,} bytes" in done.out
    restored = dateline("restore", tmp_path / "b", "--data", tmp_path / "new")
    assert restored.out == done.out.replace(f"folder: {data}", f"folder: {tmp_path / 'new'}")
    assert restored.err.startswith("Access keys are no part of a backup")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["archive.sqlite"]


def test_what_cannot_be_done_is_one_line(data: Path, dateline: Dateline, tmp_path: Path) -> None:
    """Status 1 and what to do, whichever of both ends it is about; 2 for wrong usage."""
    (tmp_path / "taken").write_text("mine")
    for arguments, message in (
        (("backup", tmp_path / "taken", "--data", data), "exists already; choose another name"),
        (("backup", tmp_path / "no" / "b", "--data", data), "cannot be written"),
        (("backup", tmp_path / "b", "--data", tmp_path / "no"), "There is no archive in"),
        (("restore", tmp_path / "taken", "--data", tmp_path / "new"), "is no backup"),
        (("restore", tmp_path / "no", "--data", tmp_path / "new"), "cannot be used"),
        (("restore", tmp_path / "taken", "--data", data), "is no backup"),
    ):
        done = dateline(*arguments)
        assert (done.code, done.out) == (1, ""), arguments
        assert message in done.err
        assert done.err.count("\n") == 1
    assert (tmp_path / "taken").read_text() == "mine"
    assert dateline("backup").code == 2
    assert dateline("backup", tmp_path / "b", "--data", data).code == 0
    assert "is not empty" in dateline("restore", tmp_path / "b", "--data", data).err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "data", "taken"]


def test_a_damaged_archive_names_the_way_back(data: Path, dateline: Dateline, tmp_path: Path) -> None:
    """`check`, `ask` and `backup` tell of the command that restores a backup."""
    with (data / "archive.sqlite").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 4096 * 20)
    for arguments in (("check",), ("check", "--repair"), ("ask", "What?"), ("backup", tmp_path / "b")):
        done = dateline(*arguments, "--data", data)
        assert done.code == 1
        assert "dateline restore BACKUP --data NEW_FOLDER" in done.err
        assert not (tmp_path / "b").exists()


def test_an_interrupted_backup_leaves_nothing(data: Path, tmp_path: Path) -> None:
    """Ctrl-C while it is copied or checked ends it with 130. The command is a process of its own, as cron starts it."""
    connection = apsw.Connection(str(data / "archive.sqlite"))
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(
        "CREATE TABLE padding AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
        " SELECT i, randomblob(2000) AS noise FROM n"
    )  # some 40 MB: a second
    connection.close()
    (tmp_path / "out").mkdir()
    with start("backup", tmp_path / "out" / "b", "--data", data) as process:
        while not list((tmp_path / "out").iterdir()):
            assert process.poll() is None
            time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "dateline: interrupted\n"
    assert list((tmp_path / "out").iterdir()) == []
