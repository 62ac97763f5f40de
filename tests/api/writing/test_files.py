"""Sending a file, which is ingested as the command does it."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.writing.sending import add, story, upload


def test_a_file_gives_the_ledger_of_the_command(
    client: httpx2.Client, tmp_path: Path, dateline: Callable[..., Any], records: Path
) -> None:
    """A file that is sent gives what `dateline ingest --json` prints, but for the name that it has there."""
    content = records.read_bytes() + b'{"title": "no text"}\n{broken\n' + records.read_bytes().splitlines()[0] + b"\n"
    file = tmp_path / "news.jsonl"
    file.write_bytes(content)
    out = dateline("ingest", file, "--data", tmp_path / "archive", "--json", "--language", "en").out
    # A late log line of the service, which runs in this process, may stand above what the command prints.
    printed = json.loads(out[out.index("{\n") :])
    sent = upload(client, content, name="news.jsonl", language="en")
    shown = json.loads(json.dumps(printed).replace(str(file), "news.jsonl"))
    assert sent == shown
    assert sent["counts"]["failed"] == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../x.csv", "x.csv"),
        ("/etc/passwd.csv", "passwd.csv"),
        ("C:\\news\\x.CSV", "x.CSV"),
        ("x\0.csv", "x.csv"),
        ("x\u202ecsv.csv", "xcsv.csv"),
        ("a" * 10_000 + ".csv", "a" * 200),
        ("n\u00e4chste\nZeile.csv", "n\u00e4chsteZeile.csv"),
        ("~root.csv", "~root.csv"),
        ("https://example.org/x.csv", "x.csv"),
    ],
)
def test_a_file_name_is_only_shown(client: httpx2.Client, folder: Path, name: str, shown: str) -> None:
    """Whatever it holds, the name chooses how the file is read, stands in the ledger, and touches no file of that name."""
    body = upload(client, f"one column\n{story('gate')}\n", name=name)
    assert [(entry["source"], entry["outcome"]) for entry in body["entries"]] == [(shown, "failed")]
    assert "column" in body["entries"][0]["reason"], "read as the table that the suffix names"
    assert {path.name for path in folder.iterdir()} == {"archive"}


def test_files_of_one_name_do_not_replace_each_other(client: httpx2.Client) -> None:
    """Two articles that are sent under one name are both kept, however alike; the same one again is unchanged."""
    texts = [story("reservoir").replace("731", count) for count in ("1,204", "1,310")]
    outcomes = [
        upload(client, f"# Report {n}\n\n{text}", name="report.md")["entries"][0]["outcome"] for n, text in enumerate(texts)
    ]
    assert outcomes[0] == "accepted"
    assert outcomes[1] in ("accepted", "near_duplicate")
    assert upload(client, f"# Report 1\n\n{texts[1]}", name="report.md")["entries"][0]["outcome"] == "unchanged"


@pytest.mark.parametrize("name", ["", "..", "/", "../", "\0", "\u202e"])
def test_a_file_without_a_name_is_an_upload(client: httpx2.Client, name: str) -> None:
    """An empty name is shown as `upload`, and the content says how it is read."""
    subject = f"garden {name.encode().hex()}"
    (entry,) = upload(client, story(subject), name=name)["entries"]
    assert (entry["source"], entry["outcome"]) == ("upload", "accepted")


def test_the_type_says_how_to_read_what_has_no_name(client: httpx2.Client) -> None:
    """`Content-Type` chooses the format where the name does not; a packed file is unpacked."""
    rows = b"one column\nvalue\n"
    body = client.post("/v1/ingest", content=rows, headers={"content-type": "text/csv; charset=utf-8"}).json()
    assert "column" in body["entries"][0]["reason"]
    packed = gzip.compress(json.dumps({"title": "Packed", "text": story("archive")}).encode())
    (entry,) = upload(client, packed, name="news.jsonl.gz")["entries"]
    assert (entry["outcome"], entry["title"], entry["position"]) == ("accepted", "Packed", "line 1")


@pytest.mark.parametrize("content", [b"", b"\0\1\2" * 100, b"PK\x03\x04 rest", b"%PDF-1.7 not really"])
def test_a_file_that_holds_no_article_is_in_the_ledger(client: httpx2.Client, content: bytes) -> None:
    """Nothing, and what cannot be read, is an entry with its reason, never an error of the service."""
    body = upload(client, content, name="thing")
    assert body["entries"][0]["outcome"] in ("failed", "skipped")
    assert body["entries"][0]["reason"]


def test_fallbacks_of_a_file_are_checked(client: httpx2.Client) -> None:
    """A date that is none is refused before the file is read; a form is no file."""
    response = client.post("/v1/ingest?published=soon", content=b"x")
    assert response.status_code == 422
    assert response.json()["errors"] == [
        {"field": "query.published", "message": "is no date that can be read; write it like 2025-09-19"}
    ]
    form = client.post("/v1/ingest", files={"file": ("x.txt", b"x")})
    assert form.status_code == 415
    assert "--data-binary" in form.json()["detail"]


def test_each_path_has_its_own_limit(client: httpx2.Client) -> None:
    """A file may be as large as `max_upload_bytes`, a question still only as large as `max_body_bytes`."""
    assert client.post("/v1/ingest", content=b"x" * 2_000_001).status_code == 413
    pieces = (b"x" * 100_000 for _ in range(21))
    assert client.post("/v1/ingest", content=pieces).status_code == 413
    assert client.post("/v1/ingest", content=b" " * 1_999_000).status_code == 200
    assert add(client, text="x" * 20_000).status_code == 201
    assert add(client, text="x" * 4_000_000).status_code == 413
    assert client.post("/v1/answer", json={"question": "x", "messages": ["x" * 20_000]}).status_code == 413
