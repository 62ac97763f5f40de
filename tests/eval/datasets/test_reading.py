"""Files are read whether compressed or not, and every fault is named with its place and its remedy."""

import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from eval.datasets.reading import file_of, files_of, read_json, read_lines
from eval.errors import GoldError

Write = Callable[..., Path]
ROW = {"id": "a", "text": "The lock opened.\u2028Then it shut."}
packed = partial(gzip.compress, mtime=0)  # the names of cases are made of their bytes, which must not hold the time of day


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz", "compressed_without_saying_so.jsonl"])
def test_lines_are_read_from_plain_and_compressed_files(write: Write, name: str) -> None:
    """A byte order mark, empty lines and a line separator inside a string change nothing; line numbers are the file's."""
    path = write(name, "\ufeff", "", ROW, ROW | {"id": "b"})
    if name.startswith("compressed"):
        path.write_bytes(gzip.compress(path.read_bytes()))

    assert [(fields.position, fields.values["id"], fields.text("text")) for fields in read_lines(path)] == [
        (3, "a", ROW["text"]),
        (4, "b", ROW["text"]),
    ]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"id": 1}\n{"id": ', "line 2: is not JSON"),
        (b'{"id": 1}\n["id"]\n', "line 2: is a list. Write one JSON object a line"),
        (b'{"id": 1}\n{"id": "\xe9"}\n', "line 2: is not UTF-8 text (byte 8 of the line). Save the file as UTF-8"),
        (b"[" * 100_000, "line 1: is not JSON"),
        (packed(b'{"id": 1}\n' * 1000)[:-12], "is cut off: the end of its gzip data is missing. Download it again"),
        (packed(b'{"id": 1}\n')[:-8] + b"\0" * 8, "is damaged gzip (CRC check failed"),
        (packed(b'{"id": 1}\n')[:10] + b"\xff" * 20, "is damaged gzip (Error -3"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "is a pointer to the file, not the file"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, data: bytes, problem: str) -> None:
    """What is cut off, damaged, of another encoding or not there yet says so, with the line where there is one."""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(data)

    with pytest.raises(GoldError) as refused:
        list(read_lines(path))

    assert str(path) in str(refused.value)
    assert problem in str(refused.value)


def test_a_json_document_that_is_none_is_refused(write: Write, tmp_path: Path) -> None:
    """An empty file, broken JSON, bytes that are not UTF-8 and no file at all are refused as a whole."""
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe9"}')
    for path, problem in (
        (write("empty.json"), "is empty. Download it again"),
        (write("broken.json", '{"data": ['), "is not JSON"),
        (tmp_path / "latin.json", "is not UTF-8 text (byte 7)"),
        (tmp_path / "none.json", "cannot be read (No such file or directory)"),
    ):
        with pytest.raises(GoldError) as refused:
            read_json(path)
        assert problem in str(refused.value)


def test_files_of_a_folder_are_known_without_their_compression(write: Write, tmp_path: Path) -> None:
    """Hidden files and folders do not count."""
    paths = [write("a.jsonl.gz"), write("b.jsonl")]
    write(".hidden.jsonl")
    write("folder/c.jsonl")

    assert files_of(tmp_path) == dict(zip(("a.jsonl", "b.jsonl"), paths, strict=True))
    assert file_of(tmp_path, "a.jsonl") == paths[0]


def test_a_folder_that_is_not_as_it_should_be_is_refused(write: Write, tmp_path: Path) -> None:
    """A missing folder, a missing file, and a file both with and without compression are refused."""
    write("both/a.jsonl")
    write("both/a.jsonl.gz")
    for folder, problem in (
        (tmp_path / "none", "cannot be read (No such file or directory). Name a folder"),
        (tmp_path / "both", "holds both a.jsonl and a.jsonl.gz. Keep one of them"),
        (tmp_path, "holds no a.jsonl and no a.jsonl.gz. Put it there"),
    ):
        with pytest.raises(GoldError) as refused:
            file_of(folder, "a.jsonl")
        assert str(refused.value) == f"{folder}: {refused.value.problem}"
        assert problem in refused.value.problem
