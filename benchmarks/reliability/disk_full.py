"""Fills the disk under a running service: writing is refused with what to do, questions are answered, and room is used at once.

`python -m benchmarks.reliability.disk_full [--limit] [--clients N]`. As root the archive lies on a file system of 16 MB in
memory, of which a file takes the rest; else, or with `--limit`, the service may not write files beyond a size. Clients ask all
the time, while articles are sent until the disk is full, then some more and one is deleted with no byte left, then there is room
again. Prints one JSON object with what was answered, the commit and the date; exits 1 when it was something else than wanted.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from pathlib import Path
from typing import Any

from api.settings import ServiceSettings
from benchmarks.load.service import ROOT, command
from benchmarks.provenance import provenance
from benchmarks.reliability.journal import Expected
from benchmarks.reliability.light import told
from benchmarks.reliability.served import archive_found, environment, record, record_file, send, serving

MEGABYTES, _LEFT_BYTES = 16, 700_000
CLIENTS = 2
_ASKED_ABOUT, _MOST_SENT, _SENT_WHEN_FULL, _SENT_AFTER = 10, 400, 5, 5
_SECONDS, _BETWEEN_SECONDS = 1.0, 0.02
_FULL = int(HTTPStatus.INSUFFICIENT_STORAGE)


@dataclass(slots=True, kw_only=True)
class Report:
    """What a service answered."""

    room: str
    """How its room was limited."""
    stored_before: int = 0
    """Articles that were stored until the disk was full."""
    when_full: Counter[int] = field(default_factory=Counter)
    """Statuses of articles sent then."""
    questions: dict[str, Counter[int]] = field(default_factory=dict)
    """Statuses of questions, before the disk was full, while it was and after."""
    deleted: int = 0
    """Status of deleting an article then, with no byte left."""
    command: str = ""
    """What `dateline ingest` said on the full disk."""
    after: Counter[int] = field(default_factory=Counter)
    """Statuses of articles sent when there was room again."""
    wrong: list[str] = field(default_factory=list)


def fill(folder: Path, *, limit: bool, clients: int = CLIENTS, ingest: bool = True) -> Report:
    """Fill the disk under a service and give it room again.

    Args:
        folder: an empty one, for the archive.
        limit: whether to limit the size of files instead of mounting a small file system, which only root may.
        clients: how many ask all the time.
        ingest: whether to try the command beside the service, too, where the file system is full.
    """
    report, expected = Report(room="size of files" if limit else f"file system of {MEGABYTES} MB"), Expected()
    data, log, numbers = folder / "archive", folder.parent / "log", count(1)
    with nullcontext() if limit else _mounted(folder):
        with serving(data, log) as (url, process):
            for _ in range(_ASKED_ABOUT):
                if (status := _sent(url, next(numbers), expected)) != HTTPStatus.CREATED:
                    report.wrong.append(f"an article with room enough: {status}")
            with _asking(url, clients, report) as asking:
                free = _limited(process.pid, data) if limit else _ballast(folder)
                while report.stored_before < _MOST_SENT:
                    status = _sent(url, next(numbers), expected)
                    if status != HTTPStatus.CREATED:
                        report.when_full[status] += 1
                        break
                    report.stored_before += 1
                asking("while full")
                for _ in range(_SENT_WHEN_FULL):
                    if not limit:
                        _fill_up(folder)
                    report.when_full[_sent(url, next(numbers), expected)] += 1
                report.deleted = _deleted(url, expected)
                if ingest and not limit:
                    report.command = _by_command(data, folder.parent)
                time.sleep(_SECONDS)
                free()
                asking("afterwards")
                for _ in range(_SENT_AFTER):
                    report.after[_sent(url, next(numbers), expected)] += 1
                time.sleep(_SECONDS)
            process.terminate()
            process.wait(60)
        found = archive_found(ServiceSettings(data=data), expected)
    report.wrong += [*found.lost, *found.partial, *found.problems, *_unwanted(report, ingest=ingest and not limit)]
    if "unexpected error" in log.read_text():
        report.wrong.append("the log has an unexpected error")
    return report


def _unwanted(report: Report, *, ingest: bool) -> Iterator[str]:
    # One was seen to find room after the first was refused: what could not be written whole is free again.
    stored = report.when_full[int(HTTPStatus.CREATED)]
    if stored > 1 or set(report.when_full) - {int(HTTPStatus.CREATED)} != {_FULL}:
        yield f"articles on the full disk were answered {dict(report.when_full)}"
    if set(report.after) != {int(HTTPStatus.CREATED)}:
        yield f"articles after that were answered {dict(report.after)}"
    for moment, statuses in report.questions.items():
        if set(statuses) != {int(HTTPStatus.OK)}:
            yield f"questions {moment} were answered {dict(statuses)}"
    if report.deleted not in (HTTPStatus.NO_CONTENT, _FULL):
        yield f"deleting on the full disk was answered {report.deleted}"
    if ingest and not report.command.startswith("1: dateline: "):
        yield f"the command on the full disk: {report.command}"


def _sent(url: str, number: int, expected: Expected) -> int:
    expected.doubtful[number] = [None, 1]
    status, _ = send(url, "POST", "/v1/articles", record(number, 1))
    if status in (HTTPStatus.CREATED, _FULL):
        expected.settle(number, 1 if status == HTTPStatus.CREATED else None)
    return status


@contextmanager
def _asking(url: str, clients: int, report: Report) -> Iterator[Callable[[str], None]]:
    """Have clients ask all the time; yields what begins another moment under which their answers are counted."""
    stopped, moment = threading.Event(), ["before"]
    report.questions["before"] = Counter()

    def ask(client: int) -> None:
        for number in count(client):
            if stopped.is_set():
                return
            counted = report.questions[moment[0]]
            status, _ = send(url, "POST", "/v1/answer", {"question": f"When did ferry {number % _ASKED_ABOUT + 1} leave?"})
            counted[status] += 1
            time.sleep(_BETWEEN_SECONDS)

    def now(name: str) -> None:
        report.questions[name] = Counter()
        moment[0] = name

    threads = [threading.Thread(target=ask, args=(client,)) for client in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield now
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


@contextmanager
def _mounted(folder: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "dateline-full", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _ballast(folder: Path) -> Callable[[], None]:
    """Take the room of a file system, but for a little; returns what gives it back."""
    room = os.statvfs(folder)
    ballast = folder / "ballast"
    ballast.write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - _LEFT_BYTES)))
    return ballast.unlink


def _fill_up(folder: Path) -> None:
    """Take every byte that is left."""
    with (folder / "ballast").open("ab", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(512))


def _deleted(url: str, expected: Expected) -> int:
    """Delete an article, which may need room or not, and return the status."""
    _, listed = send(url, "GET", "/v1/articles?limit=1")
    (shown,) = listed["articles"]  # type: ignore[misc]  # what the route promises
    _, found = send(url, "GET", f"/v1/articles/{shown['article_id']}")
    said = told(str(found["text"]))
    status, _ = send(url, "DELETE", f"/v1/articles/{shown['article_id']}")
    if said is not None and status < HTTPStatus.BAD_REQUEST:
        expected.settle(said[0], None)
    return status


def _limited(pid: int, data: Path) -> Callable[[], None]:
    """Limit how large a process's files may grow; returns what ends that."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    largest = max(file.stat().st_size for file in data.glob("archive.sqlite*"))
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + _LEFT_BYTES // 2, before[1]))

    def free() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)

    return free


def _by_command(data: Path, folder: Path) -> str:
    """Return the exit code and the last line of `dateline ingest` into this archive."""
    file = record_file(folder / "more.jsonl", range(100_000, 100_020))
    done = subprocess.run(
        command("ingest", str(file), "--data", str(data)),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=environment(),
    )
    said = [line for line in done.stderr.splitlines() if not line.startswith("WARNING ")]
    return f"{done.returncode}: {' | '.join(said)}"


def main() -> None:
    """Fill the disk, print what was answered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--limit", action="store_true", help="limit the size of files, also as root")
    parser.add_argument("--clients", type=int, default=CLIENTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dateline-full-") as folder:
        (Path(folder) / "disk").mkdir()
        report = fill(Path(folder) / "disk", limit=arguments.limit or os.geteuid() != 0, clients=arguments.clients)
    shown: dict[str, Any] = {
        "room": report.room, "stored_before": report.stored_before, "when_full": report.when_full,
        "questions": report.questions, "deleted": report.deleted,
        "command": report.command, "after": report.after, "wrong": report.wrong,
    }  # fmt: skip
    print(json.dumps({**provenance("reliability.disk_full"), **shown}, indent=2))
    sys.exit(1 if report.wrong else 0)


if __name__ == "__main__":
    main()
