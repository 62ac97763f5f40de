"""Backups of an archive that is written to, and what becomes of them when something goes wrong."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RLIMIT_FSIZE, getrlimit, setrlimit

import apsw
import pytest

from index.backups import Backup
from index.errors import ArchiveDamaged, ArchiveFull, ArchiveMismatch, ArchiveUnavailable
from index.local.backup import make_backup
from index.local.restore import restore_backup
from index.local.store import LocalStore
from index.local.unfinished import PREFIX, publish, unfinished
from index.types import Where
from tests.index.local.ingesting import ROOT, SCRIPT, check_whole, start, write_records
from tests.index.local.test_migrations import unpack

OpenStore = Callable[..., LocalStore]
Put = Callable[..., object]


@pytest.fixture
def folder(ferries: Path, tmp_path: Path) -> Path:
    """Return the folder of an archive of thirty ferries."""
    return Path(shutil.copytree(ferries, tmp_path / "archive"))


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond this."""
    soft, hard = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        setrlimit(RLIMIT_FSIZE, (soft, hard))


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_backups_during_an_ingest_hold_whole_generations(tmp_path: Path) -> None:
    """Each has what was acknowledged before it began, nothing half stored, and is searched like the archive itself."""
    records = write_records(tmp_path / "records.jsonl", 400)
    process = start("-c", SCRIPT, str(records), str(tmp_path / "archive"), folder=tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    acknowledged, made = set[str](), list[tuple[Path, Backup, set[str]]]()
    for number in range(3):
        acknowledged |= {process.stdout.readline().split()[0] for _ in range(25)}
        target = tmp_path / f"{number}.backup"
        made.append((target, make_backup(tmp_path / "archive", target), set(acknowledged)))
    assert process.poll() is None, "it still ingests"
    process.kill()
    process.wait()
    process.stdout.close()
    generations = [backup.generation for _, backup, _ in made]
    assert generations == sorted(set(generations))
    for target, backup, then in made:
        assert restore_backup(target, tmp_path / target.stem) == backup
        store = LocalStore(tmp_path / target.stem, embedder="digests@00000000", dimension=16, chunker="crash")
        stats = store.stats()
        assert (stats.generation, stats.articles, stats.passages) == (backup.generation, backup.articles, backup.passages)
        assert then <= check_whole(store)
        store.close()


def test_a_restored_archive_does_not_take_the_caches_of_the_other(
    folder: Path, open_store: OpenStore, put: Put, tmp_path: Path
) -> None:
    """Both go on differently from the same generation; caches of one, moved beside the other, would find wrong articles."""
    make_backup(folder, tmp_path / "b")
    store = open_store()
    put(store, 100, "sank off Skarv")
    store.close()
    restore_backup(tmp_path / "b", tmp_path / "restored")
    store = open_store(tmp_path / "restored")
    put(store, 200, "was painted green")
    store.close()
    shutil.rmtree(tmp_path / "restored" / "caches")
    shutil.copytree(folder / "caches", tmp_path / "restored" / "caches")
    store = open_store(tmp_path / "restored")
    with store.consistent():
        assert store.matching(["skarv"], 5, Where()) == []
        assert len(store.matching(["green"], 5, Where())) == 1
    store.close()


def test_what_was_deleted_is_in_no_backup(folder: Path, open_store: OpenStore, put: Put, tmp_path: Path) -> None:
    """Not even in pages that SQLite has not used again."""
    store = open_store()
    article = put(store, 300, "carried a secret cargo of anchovies")
    make_backup(folder, tmp_path / "with")
    store.delete(article.article_id)  # type: ignore[attr-defined]
    make_backup(folder, tmp_path / "without")
    store.close()
    assert b"anchovies" in (tmp_path / "with").read_bytes()
    assert b"anchovies" not in (tmp_path / "without").read_bytes()


def test_an_archive_of_an_earlier_schema_is_backed_up_as_it_is(tmp_path: Path, open_store: OpenStore) -> None:
    """So there is a way back before a newer Dateline migrates it; restored, it is migrated when it is opened."""
    file = unpack("schema-1-first", tmp_path / "old" / "archive.sqlite")
    before = file.read_bytes()
    backup = make_backup(tmp_path / "old", tmp_path / "b")
    assert (backup.schema_version, backup.articles, file.read_bytes()) == (1, 6, before)
    assert left_in(tmp_path / "old") == ["archive.sqlite"]
    restore_backup(tmp_path / "b", tmp_path / "archive")
    store = open_store()
    assert store.stats().articles == 6
    store.check()
    store.close()


def test_a_newer_archive_is_not_backed_up(folder: Path, tmp_path: Path) -> None:
    """What a future schema needs is not known here."""
    connection = apsw.Connection(str(folder / "archive.sqlite"))
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ArchiveMismatch, match="newer Dateline"):
        make_backup(folder, tmp_path / "b")
    assert left_in(tmp_path) == ["archive"]


def test_nothing_is_overwritten(folder: Path, tmp_path: Path) -> None:
    """Neither a file, nor a folder, nor what a link points to, nor what appears while the backup is made."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, message in (("file", "exists already"), ("link", "exists already"), ("archive", "is a folder; name a file in it")):
        with pytest.raises(ArchiveUnavailable, match=message):
            make_backup(folder, tmp_path / name)
    later = tmp_path / "later"
    with pytest.raises(ArchiveUnavailable, match="exists already"):
        make_backup(folder, later, lambda *_: later.write_text("theirs") and None)
    assert (later.read_text(), (tmp_path / "file").read_text()) == ("theirs", "mine")
    assert left_in(tmp_path) == ["archive", "file", "later", "link"]


def test_a_target_that_cannot_be_written_is_told(folder: Path, tmp_path: Path) -> None:
    """A folder that is not there, or is none."""
    (tmp_path / "file").touch()
    for target in (tmp_path / "nowhere" / "b", tmp_path / "file" / "b"):
        with pytest.raises(ArchiveUnavailable, match="cannot be written"):
            make_backup(folder, target)
    with pytest.raises(ArchiveUnavailable, match="There is no archive in"):
        make_backup(tmp_path / "nowhere", tmp_path / "b")


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_no_room_leaves_no_half_file(folder: Path, tmp_path: Path, share: float) -> None:
    """Wherever the file stops growing, in the database or in what describes it, for a backup and for an archive."""
    whole = make_backup(folder, tmp_path / "whole")
    with files_up_to(int(whole.bytes * share)), pytest.raises(ArchiveUnavailable, match=r"free (some )?space") as told:
        make_backup(folder, tmp_path / "b")
    assert str(tmp_path / "b") in str(told.value)
    with files_up_to(int(whole.bytes * share) - (share == 1)), pytest.raises(ArchiveFull, match="free some space"):
        restore_backup(tmp_path / "whole", tmp_path / "new" / "archive")
    assert left_in(tmp_path) == ["archive", "whole"]
    make_backup(folder, tmp_path / "b")


def test_a_full_disk_leaves_no_half_file(folder: Path, tmp_path: Path) -> None:
    """On a real disk without room, one of 128 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", disk], check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    try:
        with pytest.raises(ArchiveFull, match="There is no room for"):
            make_backup(folder, disk / "b")
        make_backup(folder, tmp_path / "b")
        with pytest.raises(ArchiveFull, match="There is no room for"):
            restore_backup(tmp_path / "b", disk)
        assert left_in(disk) == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_damaged_archive_is_not_backed_up(folder: Path, tmp_path: Path) -> None:
    """A backup of it would take the place of a good one: a changed text, and a page that is overwritten."""
    file = folder / "archive.sqlite"
    connection = apsw.Connection(str(file))
    connection.execute("UPDATE articles SET text = 'Something else. ' || text WHERE row = 17")
    connection.close()
    with pytest.raises(ArchiveDamaged, match=r"the text of article \w+ is not .* dateline restore BACKUP --data NEW_FOLDER"):
        make_backup(folder, tmp_path / "b")
    with file.open("r+b") as opened:
        opened.seek(4096 * 2)
        opened.write(b"\xa5" * (file.stat().st_size - 4096 * 2))
    with pytest.raises(ArchiveDamaged, match="no backup"):
        make_backup(folder, tmp_path / "b")
    file.write_bytes(b"no database " * 1000)
    with pytest.raises(ArchiveDamaged, match="no backup"):
        make_backup(folder, tmp_path / "b")
    assert left_in(tmp_path) == ["archive"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE articles SET text = replace(text, 'Ferry', 'FERRY') WHERE row = 3",
            "a row of articles is not as it was written",
        ),
        ("UPDATE articles SET details = replace(details, 'News', 'Nows') WHERE row = 3", "a row of articles is not"),
        ("UPDATE passages SET start = 1 WHERE row = 5", "a row of passages is not as it was written (row 5)"),
        ("UPDATE meta SET value = '4' WHERE name = 'generation'", "a row of meta is not as it was written (name generation)"),
        ("UPDATE meta SET value = 'many' WHERE name = 'generation'", "a row of meta is not"),
        ("DELETE FROM sign_digests WHERE passage_row = 7", "the signs of passage 7 are not as they were written"),
        ("ALTER TABLE articles RENAME COLUMN text TO words", "is damaged"),
    ],
)
def test_what_is_not_as_it_was_written_is_not_backed_up(folder: Path, tmp_path: Path, change: str, said: str) -> None:
    """A restored archive would refuse it, and by then it would have taken the place of a good backup."""
    connection = apsw.Connection(str(folder / "archive.sqlite"))
    connection.execute("INSERT OR IGNORE INTO token_signs VALUES (7, x'00')")
    connection.execute(change)
    connection.close()
    with pytest.raises(ArchiveDamaged, match=re.escape(said)):
        make_backup(folder, tmp_path / "backup")
    assert left_in(tmp_path) == ["archive"]


def test_a_killed_backup_leaves_nothing_of_that_name(folder: Path, tmp_path: Path) -> None:
    """What it leaves is removed by the next one; what another process is still writing is not."""
    (tmp_path / "out").mkdir()
    script = (
        "import sys, time; from pathlib import Path; from index.local.backup import make_backup\n"
        "make_backup(Path(sys.argv[1]), Path(sys.argv[2]), lambda what, _: print(what, flush=True) or time.sleep(60))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, folder, tmp_path / "out" / "b"], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "checking\n"
        process.send_signal(signal.SIGKILL)
    (left,) = (tmp_path / "out").iterdir()
    assert left.name.startswith(PREFIX)
    an_hour_ago = time.time() - 3600
    with unfinished(tmp_path / "out" / "other", 0o600) as (path, file):
        journals = [beside.with_name(f"{beside.name}-journal") for beside in (left, path)]
        for journal in journals:
            journal.touch()
        for old in (left, path, *journals):
            os.utime(old, (an_hour_ago, an_hour_ago))
        make_backup(folder, tmp_path / "out" / "b")
        assert [old.exists() for old in (left, journals[0], path, journals[1])] == [False, False, True, True]
        publish(path, file, tmp_path / "out" / "other")
    assert left_in(tmp_path / "out") == ["b", "other"]
    assert (tmp_path / "out" / "b").stat().st_mode & 0o777 == 0o600
