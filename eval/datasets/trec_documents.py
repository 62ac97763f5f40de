"""The documents of TREC collections: `<DOC>` elements with `<DOCNO>`, a headline and `<TEXT>`, one after the other in a file."""

import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.fields import Fields
from eval.datasets.reading import read_start, text_lines
from eval.datasets.types import Document

_START_CHARACTERS = 1000
_DOCUMENT = re.compile(r"\s*<doc>", re.IGNORECASE)
_PARAGRAPH = re.compile(r"</?p\b[^>]*>|\n\s*\n", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
# The collections name one thing differently: HEAD in AP, HEADLINE in FT and LA Times, TI in FBIS, TITLE in later ones.
_TITLES = ("headline", "head", "title", "ti", "hl")
_DATES = ("date", "date1", "date_time")


def document_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return those of the files that begin with a `<DOC>` element.

    Raises:
        GoldError: a file cannot be read.
    """
    return tuple(path for path in paths if _DOCUMENT.match(read_start(path, _START_CHARACTERS)))


def trec_documents(folder: Path, paths: Iterable[Path]) -> Iterator[Document]:
    """Yield the documents of the files; they are told apart by `<DOCNO>`.

    Raises:
        GoldError: a file is not readable, or a document has no `<DOCNO>`, that of another, or no end.
    """
    return unique((found for path in paths for found in _documents(path)), folder, "documents")


def _documents(path: Path) -> Iterator[tuple[Fields, str, Document]]:
    lines: list[str] = []
    first = 0
    for number, line in text_lines(path, empty=True):
        if not lines and _DOCUMENT.match(line):
            first = number
        if first:
            lines.append(line)
        if lines and "</doc>" in line.lower():
            yield _document("\n".join(lines), Fields(path=path, position=first, values={}))
            lines, first = [], 0
    if lines:
        raise Fields(path=path, position=first, values={}).wrong("the <DOC> has no </DOC>. Is the file whole? Download it again.")


def _document(source: str, fields: Fields) -> tuple[Fields, str, Document]:
    numbers = _elements(source, "docno")
    if len(numbers) != 1:
        raise fields.wrong(f"the <DOC> has {len(numbers)} <DOCNO>. Write one, and begin every <DOC> on a line of its own.")
    identity = numbers[0]
    title = next((text for name in _TITLES for text in _elements(source, name)), None)
    published = next((text for name in _DATES for text in _elements(source, name)), None)
    text = "\n\n".join(_elements(source, "text"))
    record = {"id": identity, "title": title, "published": published, "text": text or title or ""}
    return fields, identity, Document(document_id=identity, record=record)


def _elements(source: str, name: str) -> list[str]:
    """Return the texts of all elements with this name that have some; their paragraphs are parted by an empty line."""
    found = re.findall(rf"<{name}>(.*?)</{name}>", source, re.DOTALL | re.IGNORECASE)
    return [text for element in found if (text := _text(element))]


def _text(element: str) -> str:
    pieces = (" ".join(html.unescape(_TAG.sub(" ", piece)).split()) for piece in _PARAGRAPH.split(element))
    return "\n\n".join(piece for piece in pieces if piece)
