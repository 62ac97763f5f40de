"""Folders that processes work in: kept as long as they are used, removed when nobody uses them, whatever they are called."""

import logging
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.failpoints import VARIABLE
from index.local.store import LocalStore
from index.local.working_folders import remove_left
from index.types import Article

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
OPEN_FILES = Path("/proc/self/fd")


def folders(parent: Path) -> list[Path]:
    return sorted([*parent.glob("work-*"), *parent.glob("new-*")])


def held(parent: Path) -> list[str]:
    """Return the folders below this one that this process has open."""
    found = []
    for number in OPEN_FILES.iterdir():
        try:
            target = str(number.readlink())
        except FileNotFoundError:
            continue  # the one that lists them
        if Path(target).parent == parent and Path(target).name.startswith(("work-", "new-")):
            found.append(target)
    return found


def test_a_service_that_runs_for_days_keeps_its_folder(
    open_store: OpenStore, put: Put, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing renews the time of its folder; a process that starts two days later leaves it alone."""
    caches = tmp_path / "archive" / "caches"
    with closing(open_store()) as service:
        put(service, 1)
        (work,) = folders(caches)
        two_days_ago = time.time() - 48 * 3600
        os.utime(work, (two_days_ago, two_days_ago))
        with closing(open_store()) as ingest:
            put(ingest, 2)
        assert folders(caches) == [work]
        with service.consistent():
            assert service._caches.words.count() == 2
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert folders(caches) == []


@pytest.mark.parametrize("name", ["work-1-left", "work-{this}-left", "new-{parent}-left", "work-left", "new-"])
def test_what_nobody_uses_is_removed_whatever_its_name(tmp_path: Path, name: str) -> None:
    """Numbers of processes are used again, and mean another process in another container."""
    name = name.format(this=os.getpid(), parent=os.getppid())
    (tmp_path / name / "words").mkdir(parents=True)
    (tmp_path / name / "words" / "meta.json").write_text("{}")
    (tmp_path / "snapshot-000000000001").mkdir()
    remove_left(tmp_path, "work-", "new-")
    assert [path.name for path in tmp_path.iterdir()] == ["snapshot-000000000001"]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """While it lives nobody else removes its folder; when it is dead, the next start does."""
    program = (
        "import sys, time; from pathlib import Path; from index.local.working_folders import WorkingFolder\n"
        "folder = WorkingFolder(Path(sys.argv[1]), 'work-'); print(folder.path, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            made = Path(process.stdout.readline().strip())
            remove_left(tmp_path, "work-")
            assert folders(tmp_path) == [made]
        finally:
            process.kill()
    remove_left(tmp_path, "work-")
    assert folders(tmp_path) == []


def test_a_folder_that_another_cleans_up_before_it_is_locked_is_made_anew(tmp_path: Path) -> None:
    """A process that starts may look just then; what one gets is there nevertheless."""
    program = (
        "import sys; from pathlib import Path; from index.local.working_folders import WorkingFolder\n"
        "folder = WorkingFolder(Path(sys.argv[1]), 'work-'); print(folder.path, folder.path.exists())"
    )
    waiting = {**os.environ, VARIABLE: "snapshot.folder=2"}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=waiting
    ) as process:
        while not (first := folders(tmp_path)):
            time.sleep(0.01)
        remove_left(tmp_path, "work-")
        assert folders(tmp_path) == []
        said, _ = process.communicate(timeout=60)
    made, there = said.split()
    assert there == "True"
    assert Path(made) not in first


@pytest.mark.skipif(not OPEN_FILES.exists(), reason="only Linux lists a process's open files")
def test_no_descriptor_is_left_open(open_store: OpenStore, put: Put, tmp_path: Path) -> None:
    """One descriptor for the folder in use, whatever was given up before; none after closing."""
    caches = tmp_path / "archive" / "caches"
    store = open_store()
    for number in range(4):
        put(store, number)
        shutil.rmtree(caches)
        with store.consistent():
            store._caches.save()
        assert held(caches) == [str(folder) for folder in folders(caches)]
    store.close()
    assert held(caches) == []
    (snapshot,) = caches.glob("snapshot-*")
    (snapshot / "stamp.json").unlink()
    open_store().close()
    assert held(caches) == []
