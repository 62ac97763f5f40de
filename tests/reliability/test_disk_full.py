"""A full disk under a running service."""

import os
from pathlib import Path

import pytest

from benchmarks.reliability.disk_full import fill


@pytest.mark.long
def test_a_full_disk_stops_writing_alone_and_only_while_it_is_full(tmp_path: Path) -> None:
    """Articles are refused with 507, all questions are answered, and without a restart articles are taken when there is room."""
    folder = tmp_path / "disk"
    folder.mkdir()
    report = fill(folder, limit=os.geteuid() != 0, clients=1, ingest=False)
    assert not report.wrong
    assert set(report.when_full) == {507}
    assert set(report.questions["while full"]) == {200}
    assert set(report.after) == {201}
