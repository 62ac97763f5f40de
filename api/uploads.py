"""Takes the body of a request as a file that a parser process can read. The sender's file name never becomes a path."""

import errno
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from anyio import fail_after, open_file
from fastapi import Request
from starlette.exceptions import HTTPException

from index.errors import ArchiveFull

UNNAMED = "upload"
"""What the ledger calls a file whose sender gave no name."""
_SHOWN_CHARACTERS = 200
# The only suffixes that decide how content is read; everything else is told from the bytes.
_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".xml", ".eml", ".mbox")
_SUFFIX_OF_TYPE = {
    "application/jsonl": ".jsonl", "application/x-ndjson": ".jsonl", "application/x-jsonlines": ".jsonl",
    "text/csv": ".csv", "text/tab-separated-values": ".tsv", "message/rfc822": ".eml",
}  # fmt: skip
_GZIP = gzip.compress(b"")[:2]
# The largest body at 1.7 Mbit/s. Whoever is slower would only hold one of the few places.
BODY_SECONDS = 120.0


def shown_name(name: str) -> str:
    """Return the last part of a file name as the ledger shows it: printable, at most 200 characters, never empty."""
    last = name.replace("\\", "/").rpartition("/")[2]
    printable = "".join(character for character in last if character.isprintable()).strip()
    return printable[:_SHOWN_CHARACTERS] if printable.strip(".") else UNNAMED


def suffix_of(name: str, media_type: str) -> str:
    """Return the suffix that says how a file is to be read, one of a fixed list; empty when its content says it."""
    # A suffix is at most six characters, so only the end of the name is looked at.
    end = name.casefold().removesuffix(".gz")[-10:].replace("/", "").replace("\0", "")
    found = PurePosixPath(f"x{end}").suffix
    return found if found in _SUFFIXES else _SUFFIX_OF_TYPE.get(media_type.partition(";")[0].strip().casefold(), "")


async def received(request: Request) -> bytes:
    """Return the whole body.

    Raises:
        HTTPException: it took too long (408), or is too large (413).
        ClientDisconnect: the client left.
    """
    try:
        with fail_after(BODY_SECONDS):
            return await request.body()
    except TimeoutError as error:
        raise _too_slow() from error


async def received_as_file(request: Request, folder: Path, suffix: str) -> Path:
    """Write the body into the folder, under a name of ours, and return its path.

    Raises:
        HTTPException: it took too long (408), or is too large (413).
        ClientDisconnect: the client left.
        ArchiveFull: there is no room for it.
    """
    path = folder / f"file{suffix}"
    head = b""
    try:
        with fail_after(BODY_SECONDS):
            async with await open_file(path, "wb") as file:
                async for piece in request.stream():
                    head = head or piece[:2]
                    await file.write(piece)
    except TimeoutError as error:
        raise _too_slow() from error
    except OSError as error:
        raise no_room(error) from error
    # Of a packed file, the suffix before `.gz` counts.
    return path.rename(folder / f"file{suffix}.gz") if head == _GZIP else path


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Give a folder for what is sent, and remove it afterwards.

    Raises:
        ArchiveFull: there is no room for it, or no place.
    """
    try:
        folder = TemporaryDirectory(prefix="dateline-")
    except FileNotFoundError as error:
        # Also what is said when no file can be written in any of the usual places, which are tried before the first is used.
        raise ArchiveFull("There is no place for temporary files; free some space, or set TMPDIR.") from error
    except OSError as error:
        raise no_room(error) from error
    with folder as path:
        yield Path(path)


def no_room(error: OSError) -> Exception:
    """Return what to raise when a file of the request cannot be written: `ArchiveFull` if the disk is full."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ArchiveFull("There is no room for temporary files; free some space and send it again.")
    return error


def _too_slow() -> HTTPException:
    return HTTPException(408, f"The body was not whole after {BODY_SECONDS:g} s; send it again over a faster connection.")
