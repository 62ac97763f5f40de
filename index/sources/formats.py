"""Hands content to the source module that it asks for: by what it is, not only by what it is called."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.encodings import Decoded, UndecodableText, declared_in_markup, decode, is_binary
from index.errors import SourceError
from index.sources import compilation, digest, feed, html, newsml, newspaper, nitf, pdf, records, tables, text
from index.sources.continuity import Embed
from index.types import Article, Link, NewsDate, Origin, Rejection

# A whole year of one newspaper is about 100 MB; a single text file beyond this is not a page or a digest.
MAX_TEXT_BYTES = 20_000_000
MAX_PDF_BYTES = 100_000_000
_UNPACK, _EXTRACT = "unpack it first", "extract its text first"
_MAGIC = {
    b"PK\x03\x04": ("a ZIP archive or office file", _UNPACK), b"BZh": ("a bzip2 file", _UNPACK),
    b"\xfd7zXZ": ("an xz file", _UNPACK), b"7z\xbc\xaf": ("a 7-Zip archive", _UNPACK), b"Rar!": ("a RAR archive", _UNPACK),
    b"\x1f\x8b": ("gzip within gzip", _UNPACK), b"\x28\xb5\x2f\xfd": ("a zstd file", _UNPACK),
    b"\x89PNG": ("a picture", _EXTRACT), b"\xff\xd8\xff": ("a picture", _EXTRACT), b"GIF8": ("a picture", _EXTRACT),
    b"RIFF": ("a picture or recording", _EXTRACT), b"SQLite format 3": ("a database", _EXTRACT),
    b"\xd0\xcf\x11\xe0": ("an old office file", _EXTRACT), b"{\\rtf": ("an RTF file", _EXTRACT),
}  # fmt: skip
_TAR_MAGIC = slice(257, 262)
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|article|main)\b", re.IGNORECASE)
_HEAD = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """What is known of some content besides its bytes."""

    source: str
    suffix: str = ""
    """Of the file's name, without `.gz`, lower case, with the dot."""
    url: str | None = None
    media_type: str | None = None
    charset: str | None = None
    """As the server declared it."""
    fetched: NewsDate | None = None
    link: Link | None = None
    """What a feed says of the page."""

    @property
    def origin(self) -> Origin:
        """The source as a whole."""
        return Origin(source=self.source, record_id=self.link.origin.record_id if self.link else None)


def refuse_unsupported(head: bytes) -> None:
    """Refuse content whose first bytes say that it is no text.

    Raises:
        SourceError: names what it is.
    """
    if head[_TAR_MAGIC] == b"ustar":
        raise SourceError("an archive of files is not read; unpack it first and ingest the folder")
    for magic, (what, advice) in _MAGIC.items():
        if head.startswith(magic):
            raise SourceError(f"{what} is not supported; {advice}")
    if is_binary(head):
        raise SourceError("a binary file, not text")


def read_content(content: bytes, about: Input, embed: Embed) -> Iterator[Article | Link | Rejection]:
    """Yield the articles of some content and, with their place and reason, the things in it that could not become one."""
    try:
        yield from _read(content, about, embed)
    except SourceError as error:
        yield Rejection(origin=about.origin, reason=str(error))


def decoded_text(content: bytes, declared: str | None) -> Decoded:
    """Return the text of some bytes.

    Raises:
        SourceError: they are no text in any encoding that can be told.
    """
    try:
        return decode(content, declared=declared)
    except UndecodableText as error:
        raise SourceError(str(error)) from error


def _read(content: bytes, about: Input, embed: Embed) -> Iterator[Article | Link | Rejection]:
    if content.lstrip()[:5] == b"%PDF-":
        if len(content) > MAX_PDF_BYTES:
            raise SourceError(f"a PDF file of more than {MAX_PDF_BYTES:,} bytes; split it")
        yield from pdf.read_pdf(content, about.source, embed)
        return
    refuse_unsupported(content)
    if len(content) > MAX_TEXT_BYTES:
        raise SourceError(f"larger than {MAX_TEXT_BYTES:,} bytes; split it, or convert it to JSON Lines")
    head = content[:_HEAD].decode("latin-1").lstrip("\ufeff\xef\xbb\xbf\0 \t\r\n")
    if nitf.looks_like_nitf(head):
        yield from nitf.read_nitf(content, about.source)
    elif newsml.looks_like_newsml(head):
        yield from newsml.read_newsml(content, about.source)
    elif feed.looks_like_feed(head):
        yield from feed.read_feed(content, about.source, fetched=about.fetched, url=about.url, charset=about.charset)
    else:
        decoded = decoded_text(content, about.charset or declared_in_markup(content[:_HEAD]))
        yield from _with_note(_read_text(decoded.text.replace("\r\n", "\n"), about, embed), decoded.note)


def _read_text(decoded: str, about: Input, embed: Embed) -> Iterator[Article | Link | Rejection]:
    if not decoded.strip():
        raise SourceError("the file is empty")
    opening = decoded.lstrip("\ufeff \t\r\n")[:_HEAD]
    page = opening.startswith("<") and _HTML.search(opening)
    if about.suffix in (".eml", ".mbox"):
        raise SourceError(f"{about.suffix} files are not supported; save the message's text, or convert it to JSON Lines")
    if page or about.media_type in ("text/html", "application/xhtml+xml"):
        yield from html.read_html(decoded, about.origin, url=about.url, fetched=about.fetched, link=about.link)
    elif opening.startswith("<?xml") or (opening.startswith("<") and about.suffix == ".xml"):
        root = (nitf.xml_root_name(opening) or "")[:40]
        raise SourceError(f"XML of an unknown kind (<{root}>); NITF, NewsML-G2, RSS and Atom are read" if root else "broken XML")
    elif re.match(r"[\[{]\s*[\"{\]}]", opening):
        yield from records.read_json(decoded, about.source)
    elif tables.looks_like_table(opening, about.suffix):
        yield from tables.read_table(io.StringIO(decoded), about.source)
    else:
        yield from _read_written(decoded, about, embed)


def _read_written(decoded: str, about: Input, embed: Embed) -> Iterator[Article | Rejection]:
    """Read text that no program has marked up."""
    if digest.looks_like_digest(decoded):
        yield from digest.read_digest(decoded, about.source)
    elif compilation.looks_like_compilation(decoded):
        yield from compilation.read_compilation(decoded, about.source, fetched=about.fetched)
    elif text.looks_like_markdown(decoded):
        yield from text.read_markdown(decoded, about.source)
    elif newspaper.looks_like_newspaper(decoded):
        yield from newspaper.read_newspaper(decoded, about.source, embed)
    else:
        yield from text.read_plain(decoded, about.source, fetched=about.fetched)


def _with_note(items: Iterator[Article | Link | Rejection], note: str | None) -> Iterator[Article | Link | Rejection]:
    """Record in every article how its bytes were decoded, if that was not plain."""
    for item in items:
        if note and isinstance(item, Article):
            said = "; ".join(filter(None, [item.provenance.get("text"), note]))
            yield replace(item, provenance={**item.provenance, "text": said})
        else:
            yield item
