"""The command that asks, searches, ingests and lists: exit codes, and what goes to stdout and to stderr."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from index.ingest import OUTCOMES
from tests.rag.chat_server import unused_port

Dateline = Callable[..., Any]
ASKED = "How much did the Sandholm bridge cost?"
OFF_TOPIC = "best pizza recipe with pineapple"


def test_ask_prints_the_answer_and_its_sources(dateline: Dateline, archive: Path) -> None:
    """An answer ends with status 0 and shows each source with outlet, author, day, title, link and quote."""
    done = dateline("ask", ASKED, "--data", archive)
    assert (done.code, done.err) == (0, "")
    number = re.search(r"cost 640 million crowns\. \[(\d)\]", done.out)
    assert number is not None
    source = "Harbour Gazette, by Mara Lind, 2025-03-05: Sandholm bridge opens to traffic, https://example.org/bridge"
    quote = "It is 2,870 metres long and cost 640 million crowns."
    assert f"[{number[1]}] {source}\n    “{quote}”\n" in done.out


def test_ask_names_agency_and_update(dateline: Dateline, archive: Path) -> None:
    """A wire story is attributed to the outlet and the agency, with the day it was updated."""
    done = dateline("ask", "Who is the director of the ferry company Norlink?", "--data", archive)
    assert done.code == 0
    assert "Coast Courier (Reuters), 2025-04-10, updated 2025-04-11: Norlink sells ferries" in done.out


def test_ask_abstains_with_status_three(dateline: Dateline, archive: Path) -> None:
    """What the archive does not say ends with status 3, the refusal, the reason and the nearest passages."""
    done = dateline("ask", OFF_TOPIC, "--data", archive)
    assert (done.code, done.err) == (3, "")
    assert done.out.startswith("The archive does not say.\n")
    assert "Nearest passages:" in done.out


@pytest.mark.parametrize(("question", "code"), [(ASKED, 0), (OFF_TOPIC, 3)])
def test_json_is_the_object_of_http(dateline: Dateline, archive: Path, client: httpx2.Client, question: str, code: int) -> None:
    """`ask --json` prints what POST /v1/answer gives."""
    done = dateline("ask", question, "--data", archive, "--json")
    assert done.code == code
    sent = client.post("/v1/answer", json={"question": question}).json()
    assert {**json.loads(done.out), "timings_ms": 0} == {**sent, "timings_ms": 0}


def test_a_model_that_fails_is_told_on_stderr(dateline: Dateline, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is the archive's own; what is written to stdout is nothing but the answer."""
    monkeypatch.setenv("DATELINE_GENERATOR", "openai")
    monkeypatch.setenv("DATELINE_GENERATOR_MODEL", "made-up")
    monkeypatch.setenv("DATELINE_GENERATOR_URL", f"http://127.0.0.1:{unused_port()}/v1")
    done = dateline("ask", ASKED, "--data", archive, "--json")
    answer = json.loads(done.out)
    assert (done.code, answer["generator"]) == (0, "extractive")
    assert answer["degraded"] in done.err
    assert "cannot be reached" in done.err


def test_search_json_is_the_object_of_http(dateline: Dateline, archive: Path, client: httpx2.Client) -> None:
    """`search --json` prints what POST /v1/search gives, with the same limits."""
    done = dateline("search", "bridge", "--data", archive, "--json", "--from", "2025-01-01", "--to", "2025-05-01", "-k", "1")
    sent = client.post("/v1/search", json={"question": "bridge", "from": "2025-01-01", "to": "2025-05-01", "k": 1}).json()
    assert done.code == 0
    assert json.loads(done.out) == sent
    assert len(sent["hits"]) == 1


def test_search_prints_passages(dateline: Dateline, archive: Path) -> None:
    """Passages are numbered, with title, outlet, day and id; publishers may be repeated."""
    done = dateline("search", "bridge", "--data", archive, "--publisher", "inland post", "--publisher", "REUTERS")
    assert done.code == 0
    assert re.findall(r"^\d\. (.+)$", done.out, re.MULTILINE) == [
        "Norlink sells ferries — Coast Courier, 2025-04-10",
        "Glass roof for the library — Inland Post, 2025-06-20",
    ]
    assert re.search(r"^   [0-9a-f]{20}:0-\d+$", done.out, re.MULTILINE)


def test_a_search_without_hits_says_so_on_stderr(dateline: Dateline, archive: Path) -> None:
    """Nothing found is no failure: an empty stdout and a word on stderr."""
    done = dateline("search", "bridge", "--data", archive, "--publisher", "Nobody")
    assert (done.code, done.out, done.err) == (0, "", "No passage matches.\n")


def test_ingest_prints_a_ledger_that_adds_up(dateline: Dateline, records: Path, tmp_path: Path) -> None:
    """First accepted, then unchanged; a missing file and a bad line fail with file, place and reason, and status 1."""
    first = dateline("ingest", records, "--data", tmp_path / "d")
    assert (first.code, first.out) == (
        0,
        "4 read: 4 accepted, 0 unchanged, 0 updated, 0 duplicate, 0 near-duplicate, 0 skipped, 0 failed\n",
    )
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"text": "A story about nothing much at all."}\n{"title": "no text"}\n')
    done = dateline("ingest", records, bad, tmp_path / "missing.txt", "--data", tmp_path / "d")
    assert done.code == 1
    assert done.out.endswith("7 read: 1 accepted, 4 unchanged, 0 updated, 0 duplicate, 0 near-duplicate, 0 skipped, 2 failed\n")
    assert f"failed: {tmp_path}/missing.txt: no such file" in done.out
    assert f"failed: {bad} line 2: " in done.out


def test_ingest_json_is_the_ledger(dateline: Dateline, records: Path, tmp_path: Path) -> None:
    """`ingest --json` prints counts that add up and an entry for each article."""
    done = dateline("ingest", records, "--data", tmp_path / "d", "--json")
    ledger = json.loads(done.out)
    assert ledger["read"] == sum(ledger["counts"].values()) == len(ledger["entries"]) == 4
    assert set(ledger["counts"]) == set(OUTCOMES)
    assert [entry["position"] for entry in ledger["entries"]] == ["line 1", "line 2", "line 3", "line 4"]
    assert {entry["outcome"] for entry in ledger["entries"]} == {"accepted"}


def test_a_dry_run_stores_nothing(dateline: Dateline, records: Path, tmp_path: Path) -> None:
    """`--dry-run` prints the ledger and says that nothing was stored, and nothing is."""
    done = dateline("ingest", records, "--data", tmp_path / "d", "--dry-run")
    assert done.out.startswith("4 read: 4 accepted")
    assert "--dry-run" in done.err
    assert json.loads(dateline("articles", "list", "--data", tmp_path / "d", "--json").out) == {"articles": [], "total": 0}


def test_ingest_options_fill_gaps_and_say_so(dateline: Dateline, tmp_path: Path) -> None:
    """Publisher, day and language are given to articles that lack them, and noted as options."""
    file = tmp_path / "a.txt"
    file.write_text("A Plain Title\n\nA story about nothing much at all, in one sentence.\n")
    options = ("--publisher", "Inland Post", "--published", "2025-02-03", "--language", "en")
    entry = json.loads(dateline("ingest", file, "--data", tmp_path / "d", "--json", *options).out)["entries"][0]
    done = dateline("articles", "show", entry["article_id"], "--data", tmp_path / "d", "--json")
    article = json.loads(done.out)
    assert (article["publisher"], article["published"], article["language"]) == ("Inland Post", "2025-02-03", "en")
    assert article["provenance"] == {"publisher": "option", "published": "option", "language": "option"}


def test_hidden_files_are_named(dateline: Dateline, records: Path, tmp_path: Path) -> None:
    """Hidden files in a folder are passed over, and the command says so."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / ".hidden.txt").write_text("secret")
    (folder / "news.jsonl").write_bytes(records.read_bytes())
    done = dateline("ingest", folder, "--data", tmp_path / "d")
    assert done.code == 0
    assert ".hidden.txt" in done.err


def test_articles_are_listed(dateline: Dateline, archive: Path, client: httpx2.Client) -> None:
    """The table shows every article, newest first, uncut when piped; `--json` is the object of HTTP."""
    done = dateline("articles", "list", "--data", archive)
    rows = done.out.splitlines()[1:]
    assert (done.code, len(rows)) == (0, 4)
    assert [row.split()[1] for row in rows] == ["2025-06-20", "2025-04-10", "2025-03-05", "undated"]
    assert all(re.match(r"[0-9a-f]{20} ", row) for row in rows)
    assert "Sandholm bridge opens to traffic" in done.out
    listed = dateline("articles", "list", "--data", archive, "--json")
    assert json.loads(listed.out) == client.get("/v1/articles").json()


def test_an_article_is_shown(dateline: Dateline, archive: Path, client: httpx2.Client) -> None:
    """`show` prints facts and text; `--json` is the object of HTTP."""
    listed = client.get("/v1/articles").json()["articles"][1]
    done = dateline("articles", "show", listed["article_id"], "--data", archive)
    assert done.code == 0
    for line in ("publisher: Coast Courier", "agency: Reuters", "published: 2025-04-10 (read from record)"):
        assert f"{line}\n" in done.out
    assert "Its director, Pekka Salmi" in done.out
    shown = dateline("articles", "show", listed["article_id"], "--data", archive, "--json")
    assert json.loads(shown.out) == client.get(f"/v1/articles/{listed['article_id']}").json()


def test_a_deleted_article_is_gone(dateline: Dateline, records: Path, tmp_path: Path) -> None:
    """After `delete` an article is neither listed nor answered from; deleting it again is an error."""
    data = ("--data", tmp_path / "d")
    ledger = json.loads(dateline("ingest", records, *data, "--json").out)
    bridge = ledger["entries"][0]["article_id"]
    done = dateline("articles", "delete", bridge, *data)
    assert (done.code, done.out, done.err) == (0, "", f"deleted {bridge}\n")
    assert bridge not in dateline("articles", "list", *data).out
    assert "640 million" not in dateline("ask", ASKED, *data).out
    assert dateline("articles", "delete", bridge, *data).code == 1


@pytest.mark.parametrize("command", ["show", "delete"])
@pytest.mark.parametrize("article_id", ["0123456789abcdef0123", "", "'; --", "\x1b[31mred", "\udcff"])
def test_an_unknown_id_is_one_line(dateline: Dateline, archive: Path, command: str, article_id: str) -> None:
    """An id that no article has ends with status 1 and a line that names it and says what to do, without escape sequences."""
    done = dateline("articles", command, article_id, "--data", archive)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("dateline: No article has the id ")
    assert "dateline articles list" in done.err
    assert done.err.count("\n") == 1
    assert "\x1b" not in done.err


def test_an_empty_archive_is_told(dateline: Dateline, tmp_path: Path) -> None:
    """Listing nothing says how to add articles; asking abstains."""
    done = dateline("articles", "list", "--data", tmp_path / "d")
    assert done.code == 0
    assert "dateline ingest" in done.err
    asked = dateline("ask", ASKED, "--data", tmp_path / "d")
    assert asked.code == 3
    assert "dateline ingest" in asked.out
