"""Reads the files of datasets: compressed or not, JSON Lines or one JSON document. Every fault is a GoldError."""

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eval.datasets.fields import Fields, called
from eval.errors import GoldError

_GZIP = b"\x1f\x8b"
# What git leaves in the place of a large file that was not downloaded (github.com/git-lfs/git-lfs, docs/spec.md).
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def read_lines(path: Path) -> Iterator[Fields]:
    """Yield the object on each line of a JSON Lines file; empty lines are passed over.

    Raises:
        GoldError: the file cannot be read, or a line is not a JSON object.
    """
    for number, line in raw_lines(path):
        yield line_object(line, path, number)


def raw_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the number and bytes of each line that is not empty, without a byte order mark.

    Raises:
        GoldError: the file cannot be read.
    """
    with _opened(path) as stream:
        # Bytes are split at line feeds only. Text may be split at U+2028, too, which JSON allows inside a string.
        for number, line in enumerate(stream, start=1):
            unmarked = line.removeprefix(codecs.BOM_UTF8) if number == 1 else line
            if unmarked.strip():
                yield number, unmarked


def line_object(line: bytes, path: Path, number: int) -> Fields:
    """Return the object that a line of a JSON Lines file holds.

    Raises:
        GoldError: it holds none.
    """
    try:
        values = json.loads(_decoded(line, path, number))
    except (ValueError, RecursionError) as error:
        raise GoldError(path, number, f"is not JSON ({error}). Write one JSON object on one line.") from error
    if not isinstance(values, dict):
        raise GoldError(path, number, f"is {called(values)}. Write one JSON object a line.")
    return Fields(path=path, position=number, values=values)


def text_lines(path: Path, *, empty: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the number and text of each line, without its end; empty ones only if asked for.

    Raises:
        GoldError: the file cannot be read, or is not UTF-8.
    """
    with _opened(path) as stream:
        for number, line in enumerate(stream, start=1):
            text = _decoded(line, path, number)
            if empty or text.strip():
                yield number, text.rstrip("\r\n")


def read_json(path: Path) -> object:
    """Return the value of a file that is one JSON document.

    Raises:
        GoldError: the file cannot be read, is empty, or is not JSON.
    """
    with _opened(path) as stream:
        text = _decoded(stream.read(), path, None)
    if not text.strip():
        raise GoldError(path, None, "is empty. Download it again.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise GoldError(path, None, f"is not JSON ({error}). Download it again, or mend it there.") from error


def read_start(path: Path, size: int) -> str:
    """Return the first bytes of a file as text, to tell its form by; what is not UTF-8 is replaced.

    Raises:
        GoldError: the file cannot be read.
    """
    with _opened(path) as stream:
        return stream.read(size).decode("utf-8-sig", errors="replace")


def files_of(folder: Path) -> dict[str, Path]:
    """Return the files of a folder by name without `.gz`, sorted; hidden files and folders are passed over.

    Raises:
        GoldError: the folder cannot be read, or holds a file with and without `.gz`.
    """
    files: dict[str, Path] = {}
    try:
        for path in sorted(folder.iterdir()):
            if path.is_file() and not path.name.startswith("."):
                name = path.name.removesuffix(".gz")
                if name in files:
                    raise GoldError(folder, None, f"holds both {name} and {name}.gz. Keep one of them.")
                files[name] = path
    except OSError as error:
        raise GoldError(folder, None, f"cannot be read ({error.strerror}). Name a folder with a dataset.") from error
    return files


def file_of(folder: Path, name: str) -> Path:
    """Return a file of a folder, compressed or not.

    Raises:
        GoldError: the folder cannot be read, or does not hold it.
    """
    found = files_of(folder).get(name)
    if found is None:
        raise GoldError(folder, None, f"holds no {name} and no {name}.gz. Put it there, or name another folder.")
    return found


@contextmanager
def _opened(path: Path) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading, undoing gzip; what goes wrong while it is read is raised as GoldError."""
    try:
        with path.open("rb") as raw:
            start = raw.peek(len(_LFS_POINTER))
            if start.startswith(_LFS_POINTER):
                raise GoldError(path, None, "is a pointer to the file, not the file. Get it with `git lfs pull`.")
            if start.startswith(_GZIP):
                with gzip.open(raw) as unzipped:
                    yield unzipped
            else:
                yield raw
    except EOFError as error:
        raise GoldError(path, None, "is cut off: the end of its gzip data is missing. Download it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise GoldError(path, None, f"is damaged gzip ({error}). Download it again.") from error
    except OSError as error:
        raise GoldError(path, None, f"cannot be read ({error.strerror}). Name a file that is there.") from error


def _decoded(data: bytes, path: Path, line: int | None) -> str:
    try:
        return data.decode("utf-8-sig" if line in (None, 1) else "utf-8")
    except UnicodeDecodeError as error:
        where = "" if line is None else " of the line"
        raise GoldError(path, line, f"is not UTF-8 text (byte {error.start}{where}). Save the file as UTF-8.") from error
