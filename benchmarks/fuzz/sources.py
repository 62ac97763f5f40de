"""Fuzz targets for what is read from files, requests and the web: bytes in, nothing out, an error if an invariant breaks."""

import io
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.fuzz.invariants import check_items, check_passages, embed
from index.articles import build_article
from index.encodings import UndecodableText, declared_in_markup, decode
from index.errors import SourceError
from index.sources import compilation, digest, newspaper, nitf, tables
from index.sources.compression import BadBody, read_body
from index.sources.credits import read_credit
from index.sources.feed import read_feed
from index.sources.files import read_file
from index.sources.formats import Input, decoded_text, read_content
from index.sources.frames import BrokenFrame, item_from_frame, prepared_from_frame, progress_from_frame, read_frame
from index.sources.newsml import looks_like_newsml, read_newsml
from index.sources.pdf import read_pdf
from index.sources.records import read_json, read_records
from index.sources.robots import read_rules
from index.sources.targets import Refused, read_target
from index.sources.text import read_markdown, read_plain
from index.types import NewsDate, Origin

_SOURCE = "fuzz"
_FETCHED = NewsDate(value="2025-09-19T09:04+00:00", precision="minute", read_from="fetch")
_ARTICLE = build_article(text="The ferry sails. It is late. " * 40, origin=Origin(source=_SOURCE))
_BODY_LIMIT = 1_000_000


def read_any(data: bytes) -> None:
    """Read content whose kind is told from its bytes, as files and uploads are."""
    check_items(read_content(data, Input(source=_SOURCE), embed))


def read_named_file(data: bytes) -> None:
    """Read a file whose suffix is told by the first byte: this is where compressed files and long tables go."""
    suffix = ("txt", "jsonl", "csv", "json", "xml", "gz", "html", "jsonl.gz")[data[0] % 8] if data else "txt"
    with TemporaryDirectory() as folder:
        path = Path(folder, f"file.{suffix}")
        path.write_bytes(data[1:])
        check_items(read_file(path, embed))


def read_digest(data: bytes) -> None:
    """Read a page of numbered items."""
    text = _text(data)
    if digest.looks_like_digest(text):
        check_items(digest.read_digest(text, _SOURCE))
    read_credit(text[:2_000], text[2_000:4_000].split("\n"))


def read_newspaper(data: bytes) -> None:
    """Read a page of interleaved columns, whether it looks like one or not."""
    text = _text(data)
    newspaper.looks_like_newspaper(text)
    check_items(newspaper.read_newspaper(text, _SOURCE, embed))


def read_written(data: bytes) -> None:
    """Read plain text, Markdown, and articles below each other, whatever it looks like."""
    text = _text(data)
    # One way for each input, since each input has its time.
    check_items(read_markdown(text, _SOURCE) if data[:1] < b"T" else read_plain(text, _SOURCE, fetched=_FETCHED))
    if compilation.looks_like_compilation(text):
        check_items(compilation.read_compilation(text, _SOURCE))


def read_html(data: bytes) -> None:
    """Read a fetched page."""
    about = Input(source=_SOURCE, url="https://news.example/a/b", media_type="text/html", fetched=_FETCHED)
    check_items(read_content(data, about, embed))


def read_feed_bytes(data: bytes) -> None:
    """Read a fetched feed."""
    check_items(read_feed(data, _SOURCE, fetched=_FETCHED, url="https://news.example/feed"))


def read_pdf_bytes(data: bytes) -> None:
    """Read a PDF file."""
    check_items(read_pdf(data, _SOURCE, embed))


def read_ninjs(data: bytes) -> None:
    """Read records in JSON, ninjs among them: as one document and as a line."""
    check_items(read_json(_text(data), _SOURCE))
    check_items(read_records(data.split(b"\n")[:200], _SOURCE))


def read_news_xml(data: bytes) -> None:
    """Read NITF, and NewsML-G2 where it looks like that."""
    head = data[:2_000].decode("latin-1")
    check_items(read_newsml(data, _SOURCE) if looks_like_newsml(head) else nitf.read_nitf(data, _SOURCE))


def read_table(data: bytes) -> None:
    """Read a table of articles."""
    check_items(tables.read_table(io.StringIO(_text(data)), _SOURCE))


def read_encodings(data: bytes) -> None:
    """Decode bytes; what is declared stands before the first line end."""
    declared, _, content = data.partition(b"\n")
    declared_in_markup(data)
    try:
        decoded = decode(content, declared=declared[:40].decode("latin-1"))
    except UndecodableText:
        return
    assert decoded.encoding
    decoded.text.encode()
    # A decoder that makes much of little would be a bomb of its own.
    assert len(decoded.text) <= len(content), "more characters than bytes"


def read_robots(data: bytes) -> None:
    """Read a robots.txt and ask it; the first line is the path that is asked for."""
    path, _, content = data.partition(b"\n")
    rules = read_rules("https://news.example", 200, content)
    assert 0.0 <= rules.delay <= 10.0  # noqa: PLR2004 - the longest wait between two requests
    try:
        target = read_target("https://news.example/" + path[:2_000].decode("latin-1"))
    except Refused:
        return
    assert rules.refusal(target) is None or rules.refusal(target)


def read_compressed(data: bytes) -> None:
    """Undo the compression of a fetched body; the first byte says which it claims and how it is cut."""
    if not data:
        return
    size = 1 + data[0] // 4 * 16
    chunks = [data[start : start + size] for start in range(1, len(data), size)]
    try:
        body = read_body(chunks, ("gzip", "deflate", "", "br")[data[0] % 4], limit=_BODY_LIMIT, cut=bool(data[0] & 4))
    except BadBody:
        return
    assert len(body) <= _BODY_LIMIT


def read_frames(data: bytes) -> None:
    """Read messages of a parser process that a hostile file may have taken over."""
    stream = io.BytesIO(data)
    try:
        while frame := read_frame(stream):
            with suppress(BrokenFrame):
                item_from_frame(*frame)
            with suppress(BrokenFrame):
                check_passages(_ARTICLE, prepared_from_frame(frame[0], _ARTICLE).passages, whole=False)
            assert 0.0 <= progress_from_frame(frame[0]) <= 1.0
    except BrokenFrame:
        return


def _text(data: bytes) -> str:
    """Return the text as formats does before it asks which kind it is; undecodable bytes stand for themselves."""
    try:
        return decoded_text(data, None).text.replace("\r\n", "\n")
    except SourceError:
        return data.decode("latin-1")
