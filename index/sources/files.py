"""Finds the files that a user named and hands each to the source module that its content asks for."""

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from index.errors import SourceError
from index.sources import digest, newspaper, records, text
from index.sources.continuity import Embed
from index.types import Article, Origin, Rejection

# A whole year of one newspaper is about 100 MB; a single text file beyond this is not a page or a digest.
MAX_TEXT_BYTES = 20_000_000
_HEAD_BYTES = 1 << 16
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_MAGIC = {
    b"%PDF": "a PDF file", b"PK\x03\x04": "a ZIP archive or office file", b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture", b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file", b"7z\xbc\xaf": "a 7-Zip archive", b"Rar!": "a RAR archive", b"SQLite": "a database",
    b"\xd0\xcf\x11\xe0": "an old office file", b"{\\rtf": "an RTF file",
}  # fmt: skip


def find_files(sources: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Return (files to read, hidden files passed over) for paths as typed; folders are walked in name order.

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
                (hidden if name.startswith(".") else found).append(Path(folder, name))
    return found, hidden


def read_file(path: Path, embed: Embed) -> Iterator[Article | Rejection]:
    """Yield the file's articles and, with their place and reason, the things in it that could not become one."""
    # A name that is not UTF-8 cannot be stored as it is.
    source = os.fsencode(os.path.abspath(path)).decode(errors="replace")  # noqa: PTH100 - keeps links, drops `..`
    try:
        if not path.exists():
            raise SourceError("no such file or folder")
        if not path.is_file():
            raise SourceError("not a regular file")
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            _refuse_binary(head)
            first = head.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0]
            if records.looks_like_records(first.decode(errors="replace")) or _is_records_file(path, first):
                file.seek(3 if head.startswith(b"\xef\xbb\xbf") else 0)
                yield from records.read_records(_lines(file), source)
                return
            if path.stat().st_size > MAX_TEXT_BYTES:
                raise SourceError(f"larger than {MAX_TEXT_BYTES:,} bytes; split it, or convert it to JSON Lines")
            file.seek(0)
            decoded = _decode(file.read())
        yield from _read_text(decoded, path, source, embed)
    except SourceError as error:
        yield Rejection(origin=Origin(source=source), reason=str(error))
    except PermissionError:
        yield Rejection(origin=Origin(source=source), reason="permission denied; check who may read the file")
    except OSError as error:
        yield Rejection(origin=Origin(source=source), reason=f"cannot be read: {error.strerror}")


def _is_records_file(path: Path, first_line: bytes) -> bool:
    """A JSONL file may begin with a line so long, or so broken, that its end is not seen."""
    return path.suffix.casefold() in (".jsonl", ".ndjson") or (
        path.suffix.casefold() == ".json" and first_line.startswith(b'{"') and len(first_line) >= _HEAD_BYTES // 2
    )


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield lines; of one that is too long only so much that it is refused, without holding the rest in memory."""
    limit = records.MAX_LINE_BYTES + 2
    while line := file.readline(limit):
        yield line
        while len(line) == limit and not line.endswith(b"\n"):
            line = file.readline(limit)


def _read_text(decoded: str, path: Path, source: str, embed: Embed) -> Iterator[Article | Rejection]:
    if not decoded.strip():
        raise SourceError("the file is empty")
    opening = decoded.lstrip()[:200].casefold()
    if opening.startswith(("<!doctype html", "<html", "<?xml", "<rss", "<feed")):
        raise SourceError("HTML pages, feeds and XML are not supported yet; save the page as text")
    if path.suffix.casefold() in (".csv", ".tsv", ".eml", ".mbox"):
        raise SourceError(f"{path.suffix} files are not supported yet; convert it to JSON Lines, one article a line")
    if re.match(r'\{\s*"', opening):
        raise SourceError("a JSON object over several lines; write one record a line (JSON Lines)")
    if opening.startswith("[") and opening.replace(" ", "").replace("\n", "").startswith("[{"):
        raise SourceError("a JSON list is not supported yet; write one record a line (JSON Lines)")
    if digest.looks_like_digest(decoded):
        yield from digest.read_digest(decoded, source)
    elif text.looks_like_markdown(decoded):
        yield from text.read_markdown(decoded, source)
    elif newspaper.looks_like_newspaper(decoded):
        yield from newspaper.read_newspaper(decoded, source, embed)
    else:
        yield from text.read_plain(decoded, source)


def _refuse_binary(head: bytes) -> None:
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise SourceError(f"{what} is not supported; extract its text first")
    if head[:2] not in _UTF16 and b"\0" in head:
        raise SourceError("a binary file, not text")


def _decode(content: bytes) -> str:
    encoding = _UTF16.get(content[:2], "utf-8-sig")
    try:
        return content.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise SourceError(
            f"not {'UTF-16' if encoding == 'utf-16' else 'UTF-8'} text (byte {error.start:,}); "
            "convert it, for example: iconv -f WINDOWS-1252 -t UTF-8 FILE"
        ) from error
