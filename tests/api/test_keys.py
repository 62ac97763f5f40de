"""Access keys: making, listing and revoking them, the file that they stand in, and how a running service sees it."""

import asyncio
import hashlib
import json
import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from api.key_file import KeyFile
from api.key_ring import EVERY, KeyRing
from api.keys import KeysUnusable, key_of

Dateline = Callable[..., Any]
SOON = 0.02


def test_a_key_is_shown_once_and_only_its_digest_is_stored(dateline: Dateline, tmp_path: Path) -> None:
    """The secret alone goes to stdout; the file, for its owner only, has the sha256; no command prints either again."""
    done = dateline("keys", "create", "intranet", "--rate", "60/minute", "--data", tmp_path / "d")
    secret = done.out.strip()
    assert done.code == 0
    assert (len(secret), secret[:3]) == (46, "dl_")
    assert "shown only now" in done.err
    assert "every request" in done.err
    file = tmp_path / "d" / "keys.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert secret not in file.read_text()
    (stored,) = json.loads(file.read_text())["keys"]
    assert stored["sha256"] == hashlib.sha256(secret.encode()).hexdigest()
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["keys.json"]
    for shown in (
        dateline("keys", "list", "--data", tmp_path / "d"),
        dateline("keys", "list", "--json", "--data", tmp_path / "d"),
    ):
        assert shown.code == 0
        assert stored["id"] in shown.out
        assert "60/minute" in shown.out
        assert secret not in shown.out + shown.err
        assert stored["sha256"] not in shown.out + shown.err


def test_keys_are_listed_as_json(dateline: Dateline, tmp_path: Path) -> None:
    """Everything but secret and digest; creating prints the same with the secret."""
    page = ("--scope", "publishable", "--origin", "https://www.example.org")
    made = json.loads(dateline("keys", "create", "site", *page, "--json", "--data", tmp_path).out)
    both = json.loads(dateline("keys", "create", "desk", "--scope", "ask", "--scope", "ingest", "--json", "--data", tmp_path).out)
    listed = json.loads(dateline("keys", "list", "--json", "--data", tmp_path).out)["keys"]
    assert made.pop("secret") != both.pop("secret")
    assert listed == [made, both]
    assert (made["scopes"], made["origins"], made["rate"]) == (["publishable"], ["https://www.example.org"], None)
    assert (both["scopes"], both["revoked"]) == (["ask", "ingest"], None)


def test_a_revoked_key_stays_in_the_list(dateline: Dateline, tmp_path: Path) -> None:
    """It is marked with the time; revoking it again, or another id, is wrong usage; the last one leaves the service closed."""
    dateline("keys", "create", "first", "--data", tmp_path)
    (key,) = json.loads(dateline("keys", "list", "--json", "--data", tmp_path).out)["keys"]
    done = dateline("keys", "revoke", key["id"], "--data", tmp_path)
    assert (done.code, done.out) == (0, "")
    assert f"revoked {key['id']} (first)" in done.err
    assert "nobody is let in" in done.err
    (after,) = json.loads(dateline("keys", "list", "--json", "--data", tmp_path).out)["keys"]
    assert after["revoked"]
    assert {**after, "revoked": None} == key
    for unknown in (key["id"], "00000000", "../../etc/passwd", "é"):
        refused = dateline("keys", "revoke", unknown, "--data", tmp_path)
        assert (refused.code, refused.out, refused.err.count("\n")) == (2, "", 1)
        assert "dateline keys list" in refused.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["x", "--scope", "root"], "--scope: 'root' is none of ask, ingest, admin, publishable"),
        (["x", "--rate", "often"], "--rate: 'often' is no rate; write it like 60/minute"),
        (["x", "--rate", "0/minute"], "--rate: '0/minute' is no rate"),
        (["x", "--rate", "60/minute; 1/day"], "is no rate"),
        (["x", "--rate", "99999999/second"], "is no rate"),
        (["x", "--origin", "https://a.example"], "--origin is for publishable keys"),
        (["x", "--scope", "publishable"], "needs the web pages"),
        (["x", "--scope", "publishable", "--scope", "admin", "--origin", "https://a.example"], "may only ask"),
        (["x", "--scope", "publishable", "--origin", "*"], "--origin: '*' is no origin"),
        (["x", "--scope", "publishable", "--origin", "https://a.example/page"], "is no origin"),
        (["x", "--scope", "publishable", "--origin", "https://A.example"], "is no origin"),
        ([""], "NAME"),
        (["a\x1b[31mb"], "NAME"),
        (["x" * 101], "NAME"),
    ],
)
def test_what_cannot_be_a_key_is_told_in_one_line(dateline: Dateline, tmp_path: Path, arguments: list[str], told: str) -> None:
    """Wrong usage ends with status 2 and makes nothing."""
    done = dateline("keys", "create", *arguments, "--data", tmp_path / "d")
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "d").exists()


def test_without_keys_the_list_says_how_to_make_one(dateline: Dateline, tmp_path: Path) -> None:
    """No file is no error, and none is made by looking."""
    done = dateline("keys", "list", "--data", tmp_path / "d")
    assert (done.code, done.out) == (0, "")
    assert "dateline keys create" in done.err
    assert dateline("keys", "revoke", "00000000", "--data", tmp_path / "d").code == 2
    assert not (tmp_path / "d").exists()


DAMAGED = {
    "empty": "",
    "cut off": '{"version": 1, "keys": [{"id": "0',
    "no object": "[]",
    "another version": '{"version": 2, "keys": []}',
    "unknown field": '{"version": 1, "keys": [], "open": true}',
    "half a key": '{"version": 1, "keys": [{"id": "00000000"}]}',
    "no digest": json.dumps(
        {"version": 1, "keys": [{"id": "0" * 8, "name": "x", "sha256": "", "scopes": ["ask"], "created": "2026-01-01T00:00:00Z"}]}
    ),
    "endless rate": json.dumps(
        {
            "keys": [
                {
                    "id": "0" * 8,
                    "name": "x",
                    "sha256": "a" * 64,
                    "scopes": ["ask"],
                    "created": "2026-01-01T00:00:00Z",
                    "rate": "9" * 100_000,
                }
            ]
        }
    ),
    "no text": "\udcff\udcfe",
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_file_ends_every_command_and_is_left_alone(dateline: Dateline, tmp_path: Path, content: str) -> None:
    """Status 1 and what to do; a new key never replaces what may hold others."""
    file = tmp_path / "keys.json"
    file.write_text(content, errors="surrogateescape")
    before = file.read_bytes()
    for command in (["create", "x"], ["list"], ["revoke", "00000000"]):
        done = dateline("keys", *command, "--data", tmp_path)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert str(file) in done.err
        assert "nobody is let in" in done.err
        assert len(done.err) < 1_000
    assert file.read_bytes() == before


def test_a_folder_or_pipe_in_place_of_the_file_does_not_hang(tmp_path: Path) -> None:
    """What is no file is unreadable, at once."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "keys.json").mkdir()
    (tmp_path / "b").mkdir()
    os.mkfifo(tmp_path / "b" / "keys.json")
    for name in "ab":
        with pytest.raises(KeysUnusable):
            KeyFile(tmp_path / name).read()


def test_keys_made_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    """Writers wait for each other; whoever reads meanwhile sees a whole file."""
    file, problems = KeyFile(tmp_path), []

    def make(name: str) -> None:
        for number in range(10):
            KeyFile(tmp_path).create(name=f"{name}{number}", scopes=["ask"])

    makers = [threading.Thread(target=make, args=(name,)) for name in "abcd"]
    for maker in makers:
        maker.start()
    while any(maker.is_alive() for maker in makers):
        try:
            file.read()
        except KeysUnusable as error:
            problems.append(error)
    found = file.read()
    assert found is not None
    assert {key.name for key in found[1]} == {f"{name}{number}" for name in "abcd" for number in range(10)}
    assert not problems


def test_only_the_whole_secret_is_known(tmp_path: Path) -> None:
    """Not a part of it, not its digest, not another case, not what looks like it."""
    key, secret = KeyFile(tmp_path).create(name="x", scopes=["ask"])
    keys = [KeyFile(tmp_path).create(name="other", scopes=["ask"])[0], key]
    assert key_of(secret.encode(), keys) is key
    assert key_of(secret.encode(), []) is None
    whole = secret.encode()
    parts = [b"", b"dl_", whole[:-1], whole[3:], whole + b"=", whole + b"\n", whole.upper(), whole * 2]
    wrong = [
        *parts,
        key.sha256.encode(),
        b"dl_" + b"\xff" * 43,
        b"dl_" + "é".encode() * 21 + b"a",
        b"\x00" * 46,
        b"dl_" + b"A" * 43,
    ]
    assert [key_of(sent, keys) for sent in wrong] == [None] * len(wrong)


def test_a_key_shows_no_digest(tmp_path: Path) -> None:
    """What is printed of it in a traceback or a log helps nobody."""
    key, secret = KeyFile(tmp_path).create(name="x", scopes=["ask"])
    assert key.sha256 not in repr(key)
    assert secret not in repr(key)
    with pytest.raises(ValidationError):
        KeyFile(tmp_path).create(name="x", scopes=[])


def looked(ring: KeyRing) -> list[str] | str | None:
    """Return the names of the keys that a ring knows after its next look, or what it says."""
    time.sleep(SOON)
    try:
        keys = asyncio.run(ring.keys())
    except KeysUnusable as error:
        return str(error)
    return None if keys is None else [key.name for key in keys]


def test_a_service_sees_what_becomes_of_the_keys(tmp_path: Path) -> None:
    """None, made, revoked, damaged, repaired, gone: once there were keys, nothing that happens to the file opens the service."""
    file, ring = KeyFile(tmp_path), KeyRing(KeyFile(tmp_path), required=False, every=SOON)
    assert looked(ring) is None
    key, _ = file.create(name="a", scopes=["ask"])
    assert looked(ring) == ["a"]
    file.create(name="b", scopes=["ask"])
    file.revoke(key.id)
    assert looked(ring) == ["b"]
    kept = file.path.read_bytes()
    file.path.write_bytes(kept[:-20])
    assert "cannot be read" in str(looked(ring))
    file.path.write_bytes(kept)
    assert looked(ring) == ["b"]
    file.path.unlink()
    assert "missing now" in str(looked(ring))


def test_removing_a_damaged_file_does_not_open_a_service(tmp_path: Path) -> None:
    """Also when it was damaged from the start, so that no key was ever read."""
    file, ring = KeyFile(tmp_path), KeyRing(KeyFile(tmp_path), required=False, every=SOON)
    file.path.write_text("{")
    assert "cannot be read" in str(looked(ring))
    file.path.unlink()
    assert "missing now" in str(looked(ring))


def test_a_service_looks_often_enough() -> None:
    """A revoked key is refused within two seconds."""
    assert EVERY < 2


def test_a_service_that_others_reach_is_closed_without_keys(tmp_path: Path) -> None:
    """Also when there never was a file: it may have been removed since the start."""
    assert "is missing" in str(looked(KeyRing(KeyFile(tmp_path), required=True, every=SOON)))


def test_a_worker_that_is_started_anew_knows_that_there_were_keys(tmp_path: Path) -> None:
    """Without the file it is closed, as those are that run already."""
    assert "missing now" in str(looked(KeyRing(KeyFile(tmp_path), required=False, seen=True, every=SOON)))
