"""Saved caches on disk: each stamped with what it was made from and the digest of every file, so that no other is ever loaded.

A snapshot is written aside and appears by one rename. A process works on hard links of it, because neither Tantivy
nor we ever change a file once written; so several processes share one snapshot and none can spoil it for the others.
"""

import fcntl
import hashlib
import json
import logging
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from index.failpoints import reached
from index.local.working_folders import WorkingFolder, link_or_copy, remove_left

logger = logging.getLogger(__name__)

_STAMP = "stamp.json"
_KEEP = 2
# How the names begin of folders that processes work in, and of snapshots that are being written or removed.
_WORK, _NEW = "work-", "new-"


Digests = Mapping[str, str]
"""The sha256 of files, by their names in a snapshot."""


class FilesSpoilt(Exception):  # noqa: N818
    """A working file that is never changed is not as it was written any more: a disk lost it, or somebody else wrote there."""


class Snapshots:
    """The snapshots in one folder, of one archive, one embedder and one analysis of words."""

    def __init__(self, folder: Path, archive: str, embedder: str, words: str) -> None:
        self._folder = folder
        self._archive = archive
        self._embedder = embedder
        self._words = words
        folder.mkdir(parents=True, exist_ok=True)
        remove_left(folder, _WORK, _NEW)

    def working_folder(self) -> WorkingFolder:
        """Return a new empty folder that only this process uses."""
        return WorkingFolder(self._folder, _WORK)

    def newest(self, work: Path) -> tuple[int, Digests] | None:
        """Link or copy the newest whole snapshot's files into `work`; return its generation and their digests, None without one.

        A snapshot that is damaged or of another embedder is set aside under another name, never loaded, never deleted.
        """
        for snapshot in self._snapshots():
            problem = self._problem(snapshot)
            if problem is None:
                if (digests := self.link(_generation(snapshot), work)) is not None:
                    return _generation(snapshot), digests
                continue  # another process replaced it just now
            _set_aside(snapshot, problem)
        return None

    def examine(self) -> list[tuple[int, str | None]]:
        """Return the generation of every snapshot, newest first, and what is wrong with it; changes nothing."""
        found = [(snapshot, self._problem(snapshot)) for snapshot in self._snapshots()]
        # Another process may have replaced one while it was read.
        return [(_generation(snapshot), problem) for snapshot, problem in found if problem is None or snapshot.exists()]

    def link(self, generation: int, work: Path) -> Digests | None:
        """Give the files of a snapshot a second name, or a copy, in `work` and return their digests.

        None, and no file there, if it is not, or no longer, whole.
        """
        snapshot = self._folder / _name(generation)
        try:
            digests: Digests = json.loads((snapshot / _STAMP).read_text())["files"]
            # It may have been given another name at any moment: then some or all of its files are not found.
            if _link(snapshot, work) == digests.keys():
                return digests
        except (FileNotFoundError, ValueError):
            pass
        _empty(work)
        return None

    def set_aside(self, generation: int, problem: str) -> None:
        """Give a snapshot that cannot be used another name, so that the next save replaces it."""
        _set_aside(self._folder / _name(generation), problem)

    def set_aside_later(self, present: Callable[[], int]) -> None:
        """Give snapshots that are later than the archive's present generation another name: an older file was put back.

        The archive will come to their generation again, with other articles.
        """
        found = self._snapshots()  # listed first: what others save from here on may be later than what is read then
        generation = present() if found else 0
        for snapshot in found:
            if _generation(snapshot) > generation:
                _set_aside(snapshot, f"the archive is at generation {generation}")

    def write(self, generation: int, save: Callable[[Path], Digests]) -> Digests | None:
        """Publish what `save` writes into the folder it is given and return the digests of its files.

        `save` returns the digests that files must have. None if another process is writing a snapshot or has a newer one.

        Raises:
            FilesSpoilt: a file has another digest; nothing was published.
            OSError: it cannot be written.
        """
        with self._turn() as ours:
            if not ours or any(_generation(s) >= generation for s in self._snapshots()):
                return None
            written = WorkingFolder(self._folder, _NEW)
            aside = written.path
            try:
                reached("snapshot.begun")
                known = save(aside)
                files = {str(p.relative_to(aside)): _digest(p) for p in sorted(aside.rglob("*")) if p.is_file()}
                for name, digest in known.items():
                    if files.get(name) != digest:
                        raise FilesSpoilt(f"{name} is no longer as it was written")
                made_from = {"archive": self._archive, "embedder": self._embedder, "words": self._words}
                stamp = {"generation": generation, **made_from, "files": files}
                (aside / _STAMP).write_text(json.dumps(stamp, indent=1))
                reached("snapshot.stamped")
                for path in [*aside.rglob("*"), aside]:
                    _flush(path)
                reached("snapshot.flushed")
                aside.rename(self._folder / _name(generation))
                reached("snapshot.renamed")
                _flush(self._folder)
                reached("snapshot.published")
            except BaseException:
                written.remove()
                raise
            written.release()
            for old in self._snapshots()[_KEEP:]:
                # Under a name that nobody looks for: one that is half removed when the process dies is no damage.
                gone = self._folder / f"{_NEW}{secrets.token_hex(8)}"
                old.rename(gone)
                shutil.rmtree(gone, ignore_errors=True)
            reached("snapshot.cleaned")
            return files

    def _snapshots(self) -> list[Path]:
        return sorted(self._folder.glob("snapshot-*"), reverse=True)

    def _problem(self, snapshot: Path) -> str | None:
        try:
            stamp = json.loads((snapshot / _STAMP).read_text())
            for key, own, problem in (
                ("archive", self._archive, "made from another archive"),
                ("embedder", self._embedder, f"made with embedder {stamp.get('embedder')}"),
                ("words", self._words, "its words were analysed by other rules"),
            ):
                if stamp.get(key) != own:
                    return problem
            if snapshot.name != _name(stamp["generation"]):
                return "its stamp names another generation"
            # Nothing but what lies there is read, and nothing that lies there is left out.
            there = {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()} - {_STAMP}
            if there != set(stamp["files"].keys()):
                return "its files are not those that were written"
            for name, digest in stamp["files"].items():
                if _digest(snapshot / name) != digest:
                    return f"{name} is not as it was written"
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            return f"unreadable ({error})"
        return None

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Hold the writers' lock; yields False at once if another process holds it."""
        with (self._folder / "writer.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


def _name(generation: int) -> str:
    return f"snapshot-{generation:012}"


def _set_aside(snapshot: Path, problem: str) -> None:
    aside = snapshot.with_name(f"aside-{snapshot.name}-{time.time_ns()}")
    logger.warning("cache %s was set aside as %s and will be rebuilt: %s", snapshot.name, aside.name, problem)
    try:
        snapshot.rename(aside)
    except OSError as error:
        logger.warning("cache %s could not be renamed: %s", snapshot.name, error)


def _generation(snapshot: Path) -> int:
    digits = snapshot.name.removeprefix("snapshot-")
    return int(digits) if digits.isdigit() else -1


def _link(snapshot: Path, work: Path) -> set[str]:
    linked = set()
    for path in sorted(snapshot.rglob("*")):
        name = str(path.relative_to(snapshot))
        if path.is_dir():
            (work / name).mkdir(exist_ok=True)
        elif name != _STAMP:
            link_or_copy(path, work / name)
            linked.add(name)
    return linked


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
