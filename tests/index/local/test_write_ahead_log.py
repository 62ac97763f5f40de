"""Looking for transactions that a damaged log lost: what there is to find, and how much is read for it."""

import struct
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from index.local.write_ahead_log import loses_transactions

PAGE = 4096
FRAME = 24 + PAGE
TRANSACTIONS = 40


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Make the log of forty transactions, as a crash leaves it."""
    with closing(apsw.Connection(str(tmp_path / "archive.sqlite"))) as connection:
        for setting in (f"page_size = {PAGE}", "journal_mode = WAL", "wal_autocheckpoint = 0"):
            connection.pragma(*setting.split(" = "))
        connection.execute("CREATE TABLE ferries (name TEXT)")
        for number in range(TRANSACTIONS - 1):
            connection.execute("INSERT INTO ferries VALUES (?)", (f"number {number}",))
        (tmp_path / "copy").write_bytes((tmp_path / "archive.sqlite-wal").read_bytes())
    return tmp_path / "copy"


def change(log: Path, at: int) -> None:
    content = bytearray(log.read_bytes())
    content[at] ^= 4
    log.write_bytes(content)


def frames(log: Path) -> int:
    return (log.stat().st_size - 32) // FRAME


def test_transactions_behind_a_flipped_bit_are_lost(log: Path) -> None:
    """In a page, or in a frame's checksum: whole transactions follow it. What SQLite reads is not looked at."""
    assert not loses_transactions(log, frames(log))
    for place in (1_000, 20):
        change(log, 32 + 10 * FRAME + place)
        assert loses_transactions(log, 10)
        assert not loses_transactions(log, frames(log))
        change(log, 32 + 10 * FRAME + place)


def test_a_crash_in_the_last_transaction_loses_nothing(log: Path) -> None:
    """Nothing can tell a last transaction that is damaged from one that was being written; of the one before, it can."""
    last = 32 + (frames(log) - 1) * FRAME
    change(log, last + 1_000)
    assert not loses_transactions(log, frames(log) - 1)
    change(log, last + 1_000)
    change(log, last - FRAME + 1_000)
    assert loses_transactions(log, frames(log) - 2)


@pytest.mark.parametrize(
    "damage", [lambda log: change(log, 0), lambda log: change(log, 13), lambda log: change(log, 30)], ids=["magic", "salt", "sum"]
)
def test_a_changed_head_loses_everything(log: Path, damage: Callable[[Path], None]) -> None:
    """It is written in one piece before any frame, so no crash makes it wrong."""
    damage(log)
    assert loses_transactions(log, 0)


def test_logs_without_a_frame_lose_nothing(log: Path, tmp_path: Path) -> None:
    """None at all, an empty one, one that is cut within its head, one that is cut within a frame."""
    assert not loses_transactions(tmp_path / "nowhere", 0)
    for length in (0, 20, 40, 32 + FRAME + 100):
        cut = tmp_path / "cut"
        cut.write_bytes(log.read_bytes()[:length])
        assert not loses_transactions(cut, 1 if length > FRAME else 0)


def test_a_large_log_is_not_held_in_memory(log: Path) -> None:
    """Frames from before the log was begun anew have other salts; 200 MB of them cost next to nothing."""
    count = frames(log)
    with log.open("r+b") as file:
        for number in range(count, 50_000):
            file.seek(32 + number * FRAME)
            file.write(struct.pack(">II8sII", 2, 2, b"othersal", 1, 1))
        file.truncate(32 + 50_000 * FRAME)
    tracemalloc.start()
    try:
        assert not loses_transactions(log, count)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
