"""The commands around ingest: the ledger, the history of an article, polling, stopping, and one's own intranet."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import apsw
import pytest

Dateline = Callable[..., Any]
TEXT = (
    "The ferry between Example Town and Sandholm will sail every {} from Monday, the harbour board said. It sold 4,100 tickets."
)


class News:
    """A feed of one whole story, which a test may change."""

    def __init__(self) -> None:
        self.story = TEXT.format("hour")
        self.asked = 0
        news = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Answer with the feed; there is no robots.txt."""
                news.asked += self.path == "/feed.xml"
                body = (
                    "<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel>"
                    f"<item><title>Ferry</title><guid>f1</guid><content:encoded>{news.story}</content:encoded></item></channel></rss>"
                ).encode()
                self.send_response(200 if self.path == "/feed.xml" else 404)
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/feed.xml"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def news() -> Iterator[News]:
    serving = News()
    yield serving
    serving.close()


def start(*arguments: object, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment},
    )  # fmt: skip


def test_a_feed_is_polled_until_stopped(news: News, dateline: Dateline, tmp_path: Path) -> None:
    """Every round prints its ledger; a story that changed meanwhile becomes a new version; Ctrl-C ends it with status 0."""
    data = tmp_path / "d"
    polling = start("ingest", news.url, "--every", "1s", "--json", "--data", data, DATELINE_FETCH_PRIVATE="127.0.0.1")
    try:
        deadline = time.monotonic() + 60
        while news.asked < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        news.story = TEXT.format("half hour")
        rounds = news.asked
        while news.asked < rounds + 2 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        polling.send_signal(signal.SIGINT)
        out, errors = polling.communicate(timeout=60)
    assert polling.returncode == 0, errors
    assert "Traceback" not in errors
    reports = [json.loads(part) for part in out.replace("}\n{", "}\n\0{").split("\0")]
    outcomes = [entry["outcome"] for report in reports for entry in report["entries"]]
    assert outcomes[0] == "accepted"
    assert outcomes.count("updated") == 1
    assert set(outcomes) == {"accepted", "unchanged", "updated"}
    article_id = reports[0]["entries"][0]["article_id"]

    history = json.loads(dateline("articles", "history", article_id, "--data", data, "--json").out)
    assert [(version["version"], version["current"]) for version in history["versions"]] == [(1, False), (2, True)]
    (change,) = [change for change in history["versions"][1]["changes"] if change["field"] == "text"]
    assert "every hour" in change["removed"]
    assert "every half hour" in change["added"]
    shown = dateline("articles", "history", article_id, "--data", data)
    assert shown.code == 0
    assert "version 2, current" in shown.out
    assert "\n  - The ferry" in shown.out
    assert "\n  + The ferry" in shown.out
    runs = json.loads(dateline("ledger", "--data", data, "--run", 0, "--json").out)["runs"]
    assert len(runs) >= len(reports) >= 3
    assert all(run["sources"] == [news.url] for run in runs)


def test_a_private_address_is_refused_with_what_to_do(news: News, dateline: Dateline, tmp_path: Path) -> None:
    """Without the setting nothing is fetched from this machine, and the ledger says how to allow it."""
    done = dateline("ingest", news.url, "--data", tmp_path / "d")
    assert done.code == 1
    assert "is not a public address" in done.out
    assert "DATELINE_FETCH_PRIVATE=127.0.0.1" in done.out
    assert news.asked == 0


def test_an_ingest_that_is_stopped_keeps_what_it_read(tmp_path: Path, dateline: Dateline) -> None:
    """Ctrl-C during a long ingest ends with 130, prints the ledger of what is stored, and the next run goes on from there."""
    records = tmp_path / "records.jsonl"
    lines = (json.dumps({"text": f"Ferry number{n} left the harbour with {n + 7} people on board."}) for n in range(20_000))
    records.write_text("\n".join(lines), encoding="utf-8")
    data = tmp_path / "d"
    running = start("ingest", records, "--data", data, "--json")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.2)
        if (data / "archive.sqlite").exists():
            listed = dateline("articles", "list", "--data", data, "--json")
            if listed.code == 0 and json.loads(listed.out)["total"] > 0:
                break
    running.send_signal(signal.SIGINT)
    out, errors = running.communicate(timeout=90)
    assert running.returncode == 130, errors
    assert "Traceback" not in errors
    assert "they are stored" in errors
    report = json.loads(out)
    assert report["stopped"]
    stored = json.loads(dateline("articles", "list", "--data", data, "--json").out)["total"]
    assert 0 < report["counts"]["accepted"] == stored < 20_000
    (run,) = json.loads(dateline("ledger", "--data", data, "--json").out)["runs"]
    assert run["finished"] is None


def test_the_ledger_can_be_asked(dateline: Dateline, records: Path, tmp_path: Path) -> None:
    """The last run by default; by run, outcome and source; wrong ones are refused."""
    data = ("--data", tmp_path / "d")
    nothing = dateline("ledger", *data)
    assert (nothing.code, nothing.out) == (0, "")
    assert "Nothing was ever ingested" in nothing.err
    dateline("ingest", records, *data)
    dateline("ingest", records, tmp_path / "none.txt", *data)
    last = json.loads(dateline("ledger", *data, "--json").out)
    assert [run["run"] for run in last["runs"]] == [2]
    assert last["runs"][0]["read"] == len(last["rows"]) == 5
    assert last["runs"][0]["counts"] == {"unchanged": 4, "failed": 1}
    assert len(json.loads(dateline("ledger", *data, "--run", 0, "--json").out)["rows"]) == 9
    assert len(json.loads(dateline("ledger", *data, "--run", 1, "--json").out)["rows"]) == 4
    shown = dateline("ledger", *data, "--outcome", "failed", "--source", "none.txt")
    assert shown.out.startswith(f"failed: {tmp_path}/none.txt: no such file or folder\nrun 2: started ")
    assert shown.out.endswith("  5 read: 1 failed, 4 unchanged\n")
    assert dateline("ledger", *data, "--outcome", "near-duplicate").code == 0
    for wrong in (("--run", 7), ("--outcome", "lost"), ("--limit", 0)):
        refused = dateline("ledger", *data, *wrong)
        assert refused.code == 2
        assert wrong[0] in refused.err


@pytest.mark.parametrize("wrong", [("--every", "soon"), ("--every", "0m"), ("--every", "15"), ("--language", "english please")])
def test_wrong_options_of_ingest_are_refused(dateline: Dateline, records: Path, tmp_path: Path, wrong: tuple[str, str]) -> None:
    """What is no interval or language is refused before anything is made."""
    done = dateline("ingest", records, *wrong, "--data", tmp_path / "d")
    assert done.code == 2
    assert wrong[0] in done.err
    assert not (tmp_path / "d").exists()


def test_a_wrong_setting_for_fetching_is_refused(
    dateline: Dateline, records: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is no host, address or network is named."""
    monkeypatch.setenv("DATELINE_FETCH_PRIVATE", "10.0.0.0/99")
    done = dateline("ingest", records, "--data", tmp_path / "d")
    assert done.code == 2
    assert "10.0.0.0/99" in done.err


def test_the_history_of_an_unknown_article_fails(dateline: Dateline, archive: Path) -> None:
    """Exit 1, with how to find an id."""
    done = dateline("articles", "history", "0" * 20, "--data", archive)
    assert done.code == 1
    assert "dateline articles list" in done.err


def test_an_archive_is_checked_and_its_caches_repaired(archive: Path, dateline: Dateline, tmp_path: Path) -> None:
    """Whole: status 0 and what it holds; a changed cache: status 1 and what to do; after `--repair` it is whole again."""
    data = tmp_path / "d"
    shutil.copytree(archive, data)
    whole = dateline("check", "--data", data)
    assert (whole.code, whole.err) == (0, "")
    assert "4 articles" in whole.out
    assert "every one is compared in full (recall 1)" in whole.out
    assert whole.out.endswith("Nothing is wrong.\n")
    body = json.loads(dateline("check", "--data", data, "--json").out)
    assert (body["ok"], body["articles"], body["problems"], body["vector_index"]["recall"]) == (True, 4, [], 1.0)

    (snapshot,) = (data / "caches").glob("snapshot-*")
    (snapshot / "rows.npy").write_bytes(b"")
    broken = dateline("check", "--data", data)
    assert broken.code == 1
    assert "problem in the caches: the saved caches of generation 4: rows.npy is not as it was written" in broken.out
    assert broken.err == "The caches can be made anew: dateline check --repair\n"
    repaired = dateline("check", "--repair", "--data", data)
    assert repaired.code == 0
    assert repaired.out == whole.out


def test_a_damaged_archive_is_not_repaired_but_named(archive: Path, dateline: Dateline, tmp_path: Path) -> None:
    """What is wrong with the truth itself is told with what to do; a folder without an archive is an error."""
    data = tmp_path / "d"
    shutil.copytree(archive, data)
    connection = apsw.Connection(str(data / "archive.sqlite"))
    connection.execute("UPDATE articles SET text = 'Something else entirely.' || text WHERE row = 1")
    connection.close()
    for arguments in (("check",), ("check", "--repair")):
        done = dateline(*arguments, "--data", data)
        assert done.code == 1
        assert "problem in the archive: article " in done.out
        assert "restore a backup" in done.err
    nothing = dateline("check", "--data", tmp_path / "nowhere")
    assert (nothing.code, nothing.out) == (1, "")
    assert "There is no archive in" in nothing.err
