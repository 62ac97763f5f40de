"""Finds the files that a user named, opens them, also through gzip, and reads long ones line by line."""

import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from index.encodings import codec_of
from index.errors import SourceError
from index.sources import records, tables
from index.sources.continuity import Embed
from index.sources.formats import MAX_PDF_BYTES, MAX_TEXT_BYTES, Input, decoded_text, read_content, refuse_unsupported
from index.types import Article, Link, Origin, Rejection

_HEAD_BYTES = 1 << 16
_GZIP = b"\x1f\x8b"
# A line that goes on for this long is no text but a bomb, or not a file of lines at all.
_ENDLESS_LINE_BYTES = 64_000_000


def find_files(sources: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Return (files to read, files passed over) for paths as typed; folders are walked in name order.

    Passed over is what is hidden, and links that lead out of the folder: whoever delivers a folder could otherwise have any file
    of this machine read into the archive. A link that is named itself is read.

    A path that does not exist is returned with the files, so that reading it reports it like any other failure.
    """
    found: list[Path] = []
    hidden: list[Path] = []
    for source in sources:
        path = Path(source)
        try:
            path = path.expanduser()
            folder_given = path.is_dir()
        except (OSError, RuntimeError):  # a name that is too long, a user that does not exist
            folder_given = False
        if not folder_given:
            found.append(path)
            continue
        for folder, folders, names in os.walk(path):
            hidden.extend(Path(folder, name) for name in sorted(folders) if name.startswith("."))
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                file = Path(folder, name)
                (hidden if name.startswith(".") or _leads_out(file, path) else found).append(file)
    return found, hidden


def _leads_out(file: Path, folder: Path) -> bool:
    try:
        return file.is_symlink() and not file.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links that lead in a circle
        return True


def source_name(path: Path) -> str:
    """Return the name that the ledger gives a file: its absolute path."""
    # A name that is not UTF-8 cannot be stored as it is.
    return os.fsencode(os.path.abspath(path)).decode(errors="replace")  # noqa: PTH100 - keeps links, drops `..`


def read_file(
    path: Path, embed: Embed, progress: Callable[[float], None] = lambda _: None
) -> Iterator[Article | Link | Rejection]:
    """Yield the file's articles and, with their place and reason, the things in it that could not become one.

    `progress` is told how far the file is read, 0 to 1.
    """
    source = source_name(path)
    try:
        if not path.exists():
            raise SourceError("no such file or folder")
        if not path.is_file():
            raise SourceError("not a regular file")
        with path.open("rb") as raw:
            size = max(1, path.stat().st_size)
            with _opened(raw) as (file, suffix_of):
                yield from _read(file, suffix_of(path), source, embed, note=lambda: progress(raw.tell() / size), size=size)
    except SourceError as error:
        yield Rejection(origin=Origin(source=source), reason=str(error))
    except PermissionError:
        yield Rejection(origin=Origin(source=source), reason="permission denied; check who may read the file")
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        yield Rejection(origin=Origin(source=source), reason=f"damaged gzip file ({error}); what stands after is not read")
    except OSError as error:
        yield Rejection(origin=Origin(source=source), reason=f"cannot be read: {error.strerror}")


@contextmanager
def _opened(raw: BinaryIO) -> Iterator[tuple[BinaryIO, Callable[[Path], str]]]:
    """Open what a file holds, and say how to tell its suffix."""
    packed = raw.read(2) == _GZIP
    raw.seek(0)
    if not packed:
        yield raw, lambda path: path.suffix.casefold()
        return
    with gzip.GzipFile(fileobj=raw) as unpacked:
        yield cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", unpacked))), lambda path: Path(path.stem).suffix.casefold()


def _read(
    file: BinaryIO, suffix: str, source: str, embed: Embed, *, note: Callable[[], None], size: int
) -> Iterator[Article | Link | Rejection]:
    head = file.read(_HEAD_BYTES)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    first = start.split(b"\n", 1)[0]
    pdf = start.startswith(b"%PDF-")
    if not pdf:
        refuse_unsupported(head)
    if records.looks_like_records(first.decode(errors="replace")) or _is_records_file(suffix, first):
        file.seek(3 if head.startswith(b"\xef\xbb\xbf") else 0)
        yield from records.read_records(_lines(file, note), source)
    elif tables.looks_like_table(head.decode(errors="replace"), suffix) and not pdf:
        file.seek(0)
        yield from tables.read_table(_text_lines(file, head, note), source)
    else:
        limit = MAX_PDF_BYTES if pdf else MAX_TEXT_BYTES
        file.seek(0)
        content = b"" if size > limit else file.read(limit + 1)
        if size > limit or len(content) > limit:
            raise SourceError(f"larger than {limit:,} bytes; split it{'' if pdf else ', or convert it to JSON Lines'}")
        yield from read_content(content, Input(source=source, suffix=suffix), embed)


def _is_records_file(suffix: str, first_line: bytes) -> bool:
    """A JSONL file may begin with a line so long, or so broken, that its end is not seen."""
    return suffix in (".jsonl", ".ndjson") or (
        suffix == ".json" and first_line.startswith(b'{"') and len(first_line) >= _HEAD_BYTES // 2
    )


def _lines(file: BinaryIO, note: Callable[[], None]) -> Iterator[bytes]:
    """Yield lines; of one that is too long only so much that it is refused, without holding the rest in memory."""
    limit = records.MAX_LINE_BYTES + 2
    while line := file.readline(limit):
        note()
        yield line
        passed = 0
        while len(line) == limit and not line.endswith(b"\n"):
            line = file.readline(limit)
            passed += len(line)
            if passed > _ENDLESS_LINE_BYTES:
                raise SourceError(f"a line of more than {_ENDLESS_LINE_BYTES:,} bytes; what stands after it is not read")


def _text_lines(file: BinaryIO, head: bytes, note: Callable[[], None]) -> Iterator[str]:
    """Yield decoded lines; the encoding is told from the head, and a line that does not fit it is decoded by itself."""
    encoding = decoded_text(head[: head.rfind(b"\n") + 1] or head, None).encoding
    if encoding.replace("-", "_").startswith(("utf_16", "utf_32")):
        content = file.read(MAX_TEXT_BYTES + 1)
        if len(content) > MAX_TEXT_BYTES:
            raise SourceError(f"a table of more than {MAX_TEXT_BYTES:,} bytes in {encoding}; convert it to UTF-8")
        yield from decoded_text(content, None).text.splitlines(keepends=True)
        return
    codec = codec_of(encoding) or encoding
    for line in _lines(file, note):
        try:
            yield line.decode(codec)
        except UnicodeDecodeError:
            yield decoded_text(line, encoding).text
