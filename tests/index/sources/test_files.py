"""Files: which are read as what, which are refused and why, and that one bad file costs only itself."""

import gzip
import io
import json
import os
import socket
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from index.sources.files import MAX_TEXT_BYTES, find_files
from index.types import Article, Rejection

Read = Callable[[Path], list[Article | Rejection]]
TEXT = "Ferries return to the harbour\n\nThe café at the harbour of Example Town reopened on Friday — after nine days.\n"
BODY = "The café at the harbour of Example Town reopened on Friday — after nine days."
MAIL = ".eml files are not supported; save the message's text, or convert it to JSON Lines"
packed = partial(gzip.compress, mtime=0)  # the names of cases are made of their bytes, which must not hold the time of day


def tar(text: str) -> bytes:
    """Return an archive of one file."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as writing:
        entry = tarfile.TarInfo("a.txt")
        entry.size = len(text.encode())
        writing.addfile(entry, io.BytesIO(text.encode()))
    return archive.getvalue()


@pytest.fixture
def refusal(tmp_path: Path, read: Read) -> Callable[[str, bytes], str]:
    def write_and_read(name: str, content: bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content)
        (found,) = read(path)
        assert isinstance(found, Rejection)
        assert (found.origin.source, found.origin.position) == (str(path), "")
        return found.reason

    return write_and_read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_utf_8_or_utf_16(tmp_path: Path, read: Read, encoding: str) -> None:
    """UTF-8, with or without a mark, and UTF-16 with one give the same article."""
    (tmp_path / "a.txt").write_bytes(TEXT.encode(encoding))
    (found,) = read(tmp_path / "a.txt")
    assert isinstance(found, Article)
    assert (found.title, found.text) == ("Ferries return to the harbour", BODY)


def test_big_endian_utf_16_is_read(tmp_path: Path, read: Read) -> None:
    """The byte order mark says which UTF-16 it is."""
    (tmp_path / "a.txt").write_bytes(b"\xfe\xff" + TEXT.encode("utf-16-be"))
    (found,) = read(tmp_path / "a.txt")
    assert isinstance(found, Article)
    assert found.text == BODY


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "the file is empty"),
        ("a.txt", b" \n\r\n\t", "the file is empty"),
        ("a.txt", b"\xef\xbb\xbf", "the file is empty"),
        ("a.txt", "… — !".encode(), "the article has no text"),
        ("a.txt", bytes(range(256)), "a binary file, not text"),
        ("a.gz", packed(packed(TEXT.encode())), "gzip within gzip is not supported; unpack it first"),
        ("a.tar.gz", packed(tar(TEXT)), "an archive of files is not read; unpack it first and ingest the folder"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "a picture is not supported; extract its text first"),
        ("a.xml", b'<?xml version="1.0"?><opml/>', "XML of an unknown kind (<opml>); NITF, NewsML-G2, RSS and Atom are read"),
        ("a.eml", b"Subject: A\n\nB\n", MAIL),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_advice(
    refusal: Callable[[str, bytes], str], name: str, content: bytes, reason: str
) -> None:
    """Each refusal says what the file is and, where something helps, what to do."""
    assert refusal(name, content) == reason


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt.gz", packed(TEXT.encode())),
        ("a.txt", packed(TEXT.encode())),
        ("a.html", f"<!DOCTYPE html><html><body><article><p>{BODY * 5}</p></article></body></html>".encode()),
        ("a.txt", "Ferries return to the harbour\n\nThe café reopened.\n".encode("windows-1252")),
        ("a.csv", f"title,text\nFerries,{BODY}\n".encode()),
        ("a.csv.gz", packed(f"title;text\nFerries;{BODY}\n".encode())),
        ("a.json", b'[{"text": "The ferry left."}]'),
        ("a.json", b'{\n "text": "The ferry left."\n}'),
        ("a.jsonl.gz", packed(b'{"text": "The ferry left."}\n')),
        (
            "a.json",
            b'{"uri": "urn:x:1", "type": "text", "versioncreated": "2025-09-19T09:04:00Z", "body_text": "The ferry left."}',
        ),
        ("a.xml", b"<?xml version='1.0'?><nitf><body><body.content><p>The ferry left.</p></body.content></body></nitf>"),
        (
            "a.xml",
            f"<rss version='2.0'><channel><item><description>{BODY * 12}</description></item></channel></rss>".encode(),
        ),
    ],
)
def test_each_kind_is_read(tmp_path: Path, read: Read, name: str, content: bytes) -> None:
    """What a file is, packed or not, is told from its content; each gives its one article."""
    (tmp_path / name).write_bytes(content)
    (found,) = read(tmp_path / name)
    assert isinstance(found, Article), found
    assert "café" in found.text or found.text == "The ferry left."


def test_a_damaged_gzip_file_gives_what_stands_before(tmp_path: Path, read: Read) -> None:
    """Records before the damage are read, and the end is reported."""
    lines = "".join(json.dumps({"text": f"Ferry {os.urandom(500).hex()} left."}) + "\n" for _ in range(400))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-50_000])
    *articles, last = read(tmp_path / "a.jsonl.gz")
    assert len(articles) > 100
    assert all(isinstance(article, Article) for article in articles)
    assert isinstance(last, Rejection)
    assert last.reason.startswith("damaged gzip file")


def test_a_zip_archive_is_refused(tmp_path: Path, read: Read) -> None:
    """A real ZIP file is refused under any name."""
    with zipfile.ZipFile(tmp_path / "a.txt", "w") as archive:
        archive.writestr("b.txt", TEXT)
    (found,) = read(tmp_path / "a.txt")
    assert isinstance(found, Rejection)
    assert found.reason == "a ZIP archive or office file is not supported; unpack it first"


def test_a_huge_text_file_is_refused_unread(tmp_path: Path, read: Read) -> None:
    """A text file beyond the limit is refused without loading it."""
    with (tmp_path / "a.txt").open("wb") as file:
        file.write(b"The harbour reopened.\n" * 4000)
        file.truncate(MAX_TEXT_BYTES + 1)
    tracemalloc.start()
    (found,) = read(tmp_path / "a.txt")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Rejection)
    assert found.reason == "larger than 20,000,000 bytes; split it, or convert it to JSON Lines"
    assert peak < 1_000_000


@pytest.mark.parametrize("make", [lambda _: None, lambda path: path.symlink_to("nowhere")], ids=["missing", "dangling"])
def test_a_missing_path_is_reported(tmp_path: Path, read: Read, make: Callable[[Path], None]) -> None:
    """A path that leads to nothing is a failed row, not an error."""
    path = tmp_path / "a.txt"
    make(path)
    (found,) = read(path)
    assert isinstance(found, Rejection)
    assert found.reason == "no such file or folder"


def test_what_is_no_regular_file_is_reported(tmp_path: Path, read: Read) -> None:
    """A folder given as a file, a pipe and a socket are refused at once: reading them could wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        found = [item for path in (tmp_path, tmp_path / "pipe", tmp_path / "socket") for item in read(path)]
    assert [isinstance(item, Rejection) and item.reason for item in found] == ["not a regular file"] * 3


def test_a_file_that_may_not_be_read_is_reported(tmp_path: Path, read: Read) -> None:
    """Missing permission is a failed row with advice."""
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "a.txt").chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read every file, `nobody` may not
    try:
        (found,) = read(tmp_path / "a.txt")
    finally:
        os.seteuid(user)
    assert isinstance(found, Rejection)
    assert found.reason == "permission denied; check who may read the file"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file of Linux that nobody can read from its start")
def test_a_file_that_breaks_off_is_reported(read: Read) -> None:
    """An error of the disk while reading is a failed row with what the system said."""
    (found,) = read(Path("/proc/self/mem"))
    assert isinstance(found, Rejection)
    assert found.reason == "cannot be read: Input/output error"


def test_folders_are_walked_in_name_order_and_hidden_files_reported(tmp_path: Path) -> None:
    """Every file of a folder is found, what begins with a dot is named as passed over, and a typed hidden file is read."""
    for name in ("b.txt", "a/z.txt", "a/.git/config", "c/.hidden.txt", ".top", "c/d/e.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found, hidden = find_files([str(tmp_path)])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["b.txt", "a/z.txt", "c/d/e.md"]
    assert sorted(str(path.relative_to(tmp_path)) for path in hidden) == [".top", "a/.git", "c/.hidden.txt"]
    assert find_files([str(tmp_path / ".top")]) == ([tmp_path / ".top"], [])


@pytest.mark.parametrize("typed", ["missing.txt", "x" * 300, "~nobody-has-this-name/a.txt"])
def test_a_path_that_cannot_exist_is_among_the_files(typed: str, read: Read) -> None:
    """Whatever was typed is reported like any other failure, so that the other sources are read."""
    found, hidden = find_files([typed])
    assert [path.name for path in found] == [Path(typed).name]
    assert hidden == []
    assert [type(item) for item in read(found[0])] == [Rejection]


def test_content_decides_what_a_file_is(tmp_path: Path, read: Read) -> None:
    """Records, digest, Markdown, page and plain text are known by their content under any suffix."""
    contents = {
        "records": '{"text": "Hives were counted."}\n{"text": "A road was closed."}\n',
        "digest": "1. (AP) Hives were counted.\n\nSource: AP\n\n2. (AP) A road was closed.\n",
        "markdown": "# Hives\n\nHives were counted.\n",
        "page": "Hives Are Counted\n\nBy JANE SAMPLE\n\nThey were many.\n\nRoad Is Closed\n\nBy JOHN SAMPLE\n\nIt was old.\n",
        "plain": "Hives were counted.\n",
    }
    for name, content in contents.items():
        (tmp_path / f"{name}.dat").write_text(content, encoding="utf-8")
    positions = {name: [item.origin.position for item in read(tmp_path / f"{name}.dat")] for name in contents}
    assert positions == {
        "records": ["line 1", "line 2"], "digest": ["item 1", "item 2"], "markdown": [""],
        "page": ["story 1", "story 2"], "plain": [""],
    }  # fmt: skip


def test_records_with_a_byte_order_mark_are_read(tmp_path: Path, read: Read) -> None:
    """The mark that Windows programs write is no part of the first record."""
    (tmp_path / "a.jsonl").write_bytes(b"\xef\xbb\xbf" + b'{"text": "Hives were counted."}\r\n{"text": "A road was closed."}\r\n')
    assert [type(item) for item in read(tmp_path / "a.jsonl")] == [Article, Article]


def test_a_line_of_50_megabytes_costs_no_memory(tmp_path: Path, read: Read) -> None:
    """An endless line is refused in place, the records around it are read, and it is never held as a whole."""
    path = tmp_path / "a.jsonl"
    with path.open("wb") as file:
        file.write(json.dumps({"text": "Hives were counted."}).encode() + b"\n")
        file.write(b'{"text": "')
        for _ in range(50):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n')
        file.write(json.dumps({"text": "A road was closed."}).encode() + b"\n")
    tracemalloc.start()
    found = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [item.text if isinstance(item, Article) else item.reason for item in found] == [
        "Hives were counted.",
        "the line is longer than 4,000,000 bytes; split it into one article a line",
        "A road was closed.",
    ]
    assert [item.origin.position for item in found] == ["line 1", "line 2", "line 3"]
    assert peak < 20_000_000


def test_an_endless_first_line_is_known_as_a_record(tmp_path: Path, read: Read) -> None:
    """A records file whose first line is too long is still read record by record."""
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "' + b"x" * 5_000_000 + b'"}\n{"text": "A road was closed."}\n')
    assert [type(item) for item in read(tmp_path / "a.jsonl")] == [Rejection, Article]


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp874", "เรือข้ามฟากกลับมาให้บริการที่ท่าเรือเมื่อวันศุกร์ หลังจากปิดซ่อมเก้าวัน เรือสองลำออกก่อนเที่ยง"),
        ("cp932", "港は金曜日に九日間の修理を終えて再開した。正午までに二隻のフェリーが出港した。"),
        ("big5hkscs", "港口經過九天維修後於星期五重開，兩艘渡輪在中午前離港，乘客表示歡迎。"),
    ],
)
def test_a_table_is_read_in_the_encoding_that_is_told_from_it(tmp_path: Path, read: Read, codec: str, text: str) -> None:
    """Also where the web's name of it is none that Python knows."""
    file = tmp_path / "news.csv"
    file.write_bytes(f"title,text\nA,{text}\nB,{text}{text}\n".encode(codec))
    assert [found.text for found in read(file) if isinstance(found, Article)] == [text, text + text]
