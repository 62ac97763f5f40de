"""Files from outside: their names touch nothing, links lead nowhere, and what unfolds is stopped, whatever it is called."""

import gzip
import io
import os
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest

from api.settings import ServiceSettings
from index.sources.files import find_files

STORY = "The lock of Tved was rebuilt on 3 May 2025. Its keeper, Ilka Brandt, had waited for two years, and 400 people came."
MEGABYTE = 1_000_000


PLANTED = "planted-by-upload.txt"
TEMPORARY = tempfile.gettempdir()


@pytest.mark.parametrize(
    "name",
    [
        f"../../../../../..{TEMPORARY}/{PLANTED}", f"{TEMPORARY}/{PLANTED}", f"....//....//{PLANTED}", f"..\\..\\{PLANTED}",
        f"C:{PLANTED}", f"\\\\host\\share\\{PLANTED}", f"x\0{PLANTED}", "CON", "nul.txt", "AUX.", "LPT1:", "é" * 150,
        "a" * 300 + ".txt", "gpj.\u202etxt", "x\r\nSet-Cookie: a=b", "$(id).txt", "-rf", "*", "file:///etc/hostname", "keys.json",
        "archive.sqlite", ".", " ", "\ufeff", "%2e%2e%2fx",
    ],
    ids=ascii,
)  # fmt: skip
def test_a_name_touches_nothing(desk: httpx2.Client, archive: Path, name: str) -> None:
    """It is at most shown, on one line, and no file of that name is made, read or replaced anywhere near."""
    response = desk.post("/v1/ingest", content=STORY, params={"name": name})
    assert response.status_code == 200
    (entry,) = response.json()["entries"]
    assert entry["outcome"] in ("accepted", "unchanged", "duplicate"), entry
    assert entry["source"].isprintable()
    assert len(entry["source"]) <= 200
    assert not set("/\\") & set(entry["source"])
    assert not Path(TEMPORARY, PLANTED).exists()
    # Not with `rglob`: other tests' folders come and go meanwhile.
    assert not [file for _, _, files in os.walk(archive.parent.parent) for file in files if file.endswith(PLANTED)]


def test_a_folder_is_not_left_through_its_links(tmp_path: Path) -> None:
    """What leads out of it, or in a circle, is passed over and named; what leads within it, or was named itself, is read."""
    secret, folder = tmp_path / "secret.txt", tmp_path / "delivered"
    secret.write_text(STORY)
    (folder / "inner").mkdir(parents=True)
    (folder / "good.txt").write_text(STORY)
    (folder / "within.txt").symlink_to("good.txt")
    for name, target in (
        ("out.txt", "../secret.txt"),
        ("absolute.txt", secret),
        ("circle.txt", "circle.txt"),
        ("gone.txt", "/gone"),
    ):
        (folder / name).symlink_to(target)
    (folder / "inner" / "far.txt").symlink_to("../out.txt")
    (folder / "parent").symlink_to("..", target_is_directory=True)
    found, passed = find_files([str(folder)])
    assert [path.name for path in found] == ["good.txt", "within.txt"]
    assert sorted(path.name for path in passed) == ["absolute.txt", "circle.txt", "far.txt", "gone.txt", "out.txt"]
    assert find_files([str(folder / "out.txt")]) == ([folder / "out.txt"], [])


@contextmanager
def memory_bound(most: int) -> Iterator[None]:
    """Fail if this process, the service in it included, holds so many bytes more at any moment."""
    process, peak, done = psutil.Process(), 0, threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.01):
            peak = max(peak, process.memory_info().rss - before)

    watching = threading.Thread(target=watch)
    watching.start()
    yield
    done.set()
    watching.join()
    assert peak < most


def zipped(*names: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, bytes(50 * MEGABYTE))
    return made.getvalue()


BOMBS = {
    "gzip of nothing": (gzip.compress(bytes(250 * MEGABYTE), 1), "a binary file"),
    "gzip of words": (gzip.compress(b"word " * 40 * MEGABYTE, 1), "than 20,000,000 bytes"),
    "gzip of one record": (gzip.compress(b'{"text": "' + b"a" * 200 * MEGABYTE, 1), "than "),
    "gzip in gzip": (gzip.compress(gzip.compress(bytes(50 * MEGABYTE))), "gzip within gzip"),
    "a zip archive": (zipped("a.txt"), "a ZIP archive or office file is not supported"),
    "an office file": (zipped("[Content_Types].xml", "word/document.xml"), "a ZIP archive or office file is not supported"),
    "an archive with a path": (zipped("../../evil.txt"), "a ZIP archive or office file is not supported"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_what_unfolds_is_stopped(desk: httpx2.Client, name: str) -> None:
    """Over HTTP: an entry with the reason, in time, with less than 100 MB more in the service."""
    content, reason = BOMBS[name]
    assert len(content) < 5 * MEGABYTE
    started = time.monotonic()
    with memory_bound(100 * MEGABYTE):
        response = desk.post("/v1/ingest", content=content, params={"name": "news.gz"})
    assert response.status_code == 200, response.text
    entries = response.json()["entries"]
    assert {entry["outcome"] for entry in entries} == {"failed"}
    assert all(reason in entry["reason"] for entry in entries), entries
    assert time.monotonic() - started < 40
    assert desk.post("/v1/search", json={"question": "bridge"}).status_code == 200


PACKED = gzip.compress(b'{"question": "' + b"x" * 60 * MEGABYTE + b'"}', 1)


@pytest.mark.parametrize("path", ["/v1/answer", "/v1/articles", "/v1/chat/completions", "/mcp"])
def test_a_body_that_says_it_is_packed_is_not_unpacked(desk: httpx2.Client, path: str) -> None:
    """The service reads no compressed bodies, so none can unfold in it."""
    with memory_bound(40 * MEGABYTE):
        headers = {
            "Content-Encoding": "gzip",
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        assert 400 <= desk.post(path, content=PACKED, headers=headers).status_code < 500


def test_files_and_bodies_have_limits_by_default() -> None:
    """Nobody has to remember to set them."""
    settings = ServiceSettings()
    assert settings.max_body_bytes <= MEGABYTE
    assert settings.max_upload_bytes <= 25 * MEGABYTE
