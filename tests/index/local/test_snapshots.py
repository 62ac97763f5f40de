"""Saved caches on disk: linked whole or not at all, while others replace them."""

import errno
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.local.snapshots import Digests, Snapshots


def saved(folder: Path, *generations: int) -> Snapshots:
    """Save snapshots of two files, one of them in a folder."""
    snapshots = Snapshots(folder, "archive", "embedder", "words")

    def write(aside: Path) -> Digests:
        (aside / "words").mkdir()
        (aside / "words" / "meta.json").write_text("{}")
        (aside / "vectors").write_text("vectors")
        return {}

    for generation in generations:
        assert snapshots.write(generation, write) is not None
    return snapshots


def gone(snapshot: Path) -> None:
    snapshot.rename(snapshot.with_name("elsewhere"))


def half_gone(snapshot: Path) -> None:
    """Leave what is linked first, as if it had been given another name in the middle."""
    gone(snapshot / "words")


def without_its_stamp(snapshot: Path) -> None:
    (snapshot / "stamp.json").unlink()


@pytest.mark.parametrize("taken", [gone, half_gone, without_its_stamp])
def test_a_snapshot_that_is_gone_is_not_linked(tmp_path: Path, taken: Callable[[Path], None]) -> None:
    """It says so and leaves nothing where the next one is linked to."""
    snapshots = saved(tmp_path, 1, 2)
    taken(tmp_path / "snapshot-000000000002")
    work = snapshots.working_folder()
    assert snapshots.link(2, work.path) is None
    assert list(work.path.iterdir()) == []
    assert (snapshots.link(1, work.path) or {}).keys() == {"vectors", "words/meta.json"}
    assert sorted(path.name for path in work.path.rglob("*")) == ["meta.json", "vectors", "words"]
    work.remove()


def _newest_without_links(folder: Path, told: Any) -> None:
    """Tell what the newest snapshot is and what lies in the working folder, in a process in which no file can be linked."""

    def refuse(event: str, _: tuple[Any, ...]) -> None:
        if event == "os.link":
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    sys.addaudithook(refuse)
    snapshots = Snapshots(folder, "archive", "embedder", "words")
    work = snapshots.working_folder()
    found = snapshots.newest(work.path)
    told.send((found and (found[0], sorted(found[1])), sorted(path.name for path in work.path.rglob("*"))))
    work.remove()


def test_where_there_are_no_links_files_are_copied(tmp_path: Path) -> None:
    """Some file systems have no hard links, and some users may not link what others own: caches are used all the same."""
    saved(tmp_path, 1)
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=_newest_without_links, args=(tmp_path, theirs))
    process.start()
    theirs.close()
    assert ours.recv() == ((1, ["vectors", "words/meta.json"]), ["meta.json", "vectors", "words"])
    process.join()
    assert process.exitcode == 0


def test_a_folder_named_otherwise_is_no_snapshot(tmp_path: Path) -> None:
    """Its generation is in its name, written in twelve digits: only so can it be asked for."""
    snapshots = saved(tmp_path, 5)
    (tmp_path / "snapshot-000000000005").rename(tmp_path / "snapshot-5")
    assert snapshots.examine() == [(5, "its stamp names another generation")]
