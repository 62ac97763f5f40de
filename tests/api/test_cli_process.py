"""The command as a process of its own: its streams, signals, and readers who leave."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path


def test_the_module_is_the_command(archive: Path) -> None:
    """`python -m api.cli` prints results to stdout alone and errors to stderr alone, without a traceback."""

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "api.cli", *arguments, "--data", str(archive)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    listed = run("articles", "list", "--json")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert json.loads(listed.stdout)["total"] == 4
    unknown = run("articles", "show", "0123456789abcdef0123")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("dateline: No article has the id '0123456789abcdef0123'")
    assert "Traceback" not in unknown.stderr


def test_debug_shows_the_traceback() -> None:
    """`--debug`, wherever it stands, adds the traceback to the error line."""
    command = [sys.executable, "-m", "api.cli", "ask", "--debug", "x", "-k", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "dateline: k: " in done.stderr


def test_an_ingest_that_is_interrupted_before_it_reads_stores_nothing(records: Path, tmp_path: Path) -> None:
    """Ctrl-C while the model is loading ends with status 130, an empty ledger and no traceback."""
    command = [sys.executable, "-m", "api.cli", "ingest", str(records), "--data", str(tmp_path / "d"), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 30
        # The archive is opened first, and loading the model takes seconds after that.
        while not (tmp_path / "d" / "archive.sqlite").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "Stopping" in errors
    report = json.loads(out)
    assert (report["stopped"], report["counts"]["accepted"]) == (True, 0)


def test_a_reader_who_leaves_ends_the_command(archive: Path) -> None:
    """A closed pipe, as with `| head`, leaves no traceback."""
    command = [sys.executable, "-m", "api.cli", "articles", "list", "--json", "--data", str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        process.wait(timeout=60)
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
