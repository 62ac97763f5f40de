"""Processes that die by SIGKILL: what they acknowledged is there, whole, and what they did not is there or not, never half."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from api.settings import ServiceSettings
from benchmarks.load.service import ROOT, command
from benchmarks.reliability.journal import Expected
from benchmarks.reliability.kills import kills, table
from benchmarks.reliability.light import ingest, open_store
from benchmarks.reliability.served import archive_found, environment, record_file, service_kills
from benchmarks.reliability.whole import examine
from index.failpoints import STEPS, VARIABLE, arm

# With the command, fifty.
KILLS, SERVICES = 47, 2


def test_nothing_is_lost_when_processes_are_killed(tmp_path: Path) -> None:
    """At every failpoint and at random moments of all that changes an archive."""
    done = list(kills(tmp_path, KILLS, seed=8))
    assert len(done) == KILLS
    found = table(done)
    assert {f"at {step}" for step in STEPS} <= set(found)
    assert {"in ingest", "in delete"} & set(found)
    wrong = [what for kill in done for what in (*kill.found.lost, *kill.found.partial, *kill.found.problems)]
    assert not wrong
    assert not [kill.kind for kill in done if not kill.killed]
    assert max(kill.found.articles for kill in done) > 5


def test_nothing_is_lost_when_services_are_killed(tmp_path: Path) -> None:
    """What was answered 2xx is there, and nothing that was sent is half there."""
    done = list(service_kills(tmp_path, SERVICES, seed=8))
    assert [moment for moment, _ in done] == ["during requests", "at write.committed"]
    assert not [what for _, found in done for what in (*found.lost, *found.partial, *found.problems)]
    assert done[-1][1].articles > 0


def test_the_command_dies_at_the_step_that_the_variable_names(tmp_path: Path) -> None:
    """`dateline ingest`, killed behind its seventh commit, leaves five whole articles; the same command again completes them.

    The first two commits are the archive's description and the beginning of the run.
    """
    file = record_file(tmp_path / "records.jsonl", range(1, 13))
    ingesting = command("ingest", str(file), "--data", str(tmp_path / "archive"))
    expected = Expected(doubtful={number: [None, 1] for number in range(1, 13)})
    killed = subprocess.run(ingesting, cwd=ROOT, env={**environment(), VARIABLE: "write.committed:7"}, check=False)
    assert killed.returncode == -signal.SIGKILL
    found = archive_found(ServiceSettings(data=tmp_path / "archive"), expected)
    assert found.good, found
    assert found.articles == 5
    again = subprocess.run(ingesting, cwd=ROOT, env=environment(), check=False, capture_output=True)
    assert again.returncode == 0
    expected.stored = dict.fromkeys(range(1, 13), 1)
    found = archive_found(ServiceSettings(data=tmp_path / "archive"), expected)
    assert found.good, found
    assert found.articles == 12


@pytest.mark.parametrize(
    ("damage", "where"),
    [
        ("DELETE FROM articles WHERE record_id = '2'", "lost"),
        ("DELETE FROM passages WHERE row = (SELECT min(row) FROM passages)", "partial"),
        ("UPDATE passages SET vector = zeroblob(32) WHERE row = 1", "partial"),
        ("DELETE FROM token_signs WHERE passage_row = 1", "partial"),
        ("DELETE FROM ledger WHERE row = 1", "partial"),
        ("UPDATE articles SET text = replace(text, 'sailing 1', 'sailing 2') WHERE row = 1", "partial"),
    ],
)
def test_the_examination_sees_what_is_missing(tmp_path: Path, damage: str, where: str) -> None:
    """An article, a passage, a vector, signs, a ledger entry that are gone, and a text that was changed."""
    with closing(open_store(tmp_path)) as store:
        ingest(store, [(number, 1) for number in range(1, 5)])
    expected = Expected(stored=dict.fromkeys(range(1, 5), 1))
    assert examine(tmp_path, expected).good
    with closing(open_store(tmp_path)) as store:
        store._database.rows(damage)
    assert getattr(examine(tmp_path, expected), where)


@pytest.mark.parametrize(("given", "least"), [("snapshot.words=0.3", 0.3), ("snapshot.vectors=9", 0.0), ("", 0.0)])
def test_a_failpoint_can_wait(given: str, least: float) -> None:
    """A step with seconds is waited at, and all others are passed."""
    timed = (
        "import time; from index.failpoints import reached; s = time.time(); reached('snapshot.words'); print(time.time() - s)"
    )
    done = subprocess.run(
        [sys.executable, "-c", timed], cwd=ROOT, env={**os.environ, VARIABLE: given}, check=True, capture_output=True, text=True
    )
    assert least <= float(done.stdout) < least + 5


def test_a_failpoint_that_there_is_not_is_refused() -> None:
    """A typing error must not look like a step that was survived."""
    with pytest.raises(ValueError, match=r"no step 'snapshot\.wrods'"):
        arm("snapshot.wrods")
