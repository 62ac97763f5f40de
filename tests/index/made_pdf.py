"""PDF files written in the format's own words, and what is read from them."""

from collections.abc import Mapping, Sequence

from index.sources.pdf import read_pdf
from index.types import Article, Rejection, Vectors

Printed = tuple[float, float, float, str]
"""Left, height from the bottom, size (negative for bold) and words of one line."""

CATALOG, PAGES, REGULAR, BOLD = 1, 2, 3, 4
BODY = [
    "The harbour of Example Town reopened on Friday after nine days of inter-",
    "national repairs. Two ferries left before noon with well-known visitors",
    "aboard, and the harbour master said that a well-",
    "known engineer had found the fault in the northern wall.",
]
BODY_TEXT = (
    "The harbour of Example Town reopened on Friday after nine days of international repairs. Two ferries left before noon "
    "with well-known visitors aboard, and the harbour master said that a well-known engineer had found the fault in the "
    "northern wall."
)
SECOND = ["The council of Example Town will meet on Monday to talk about the cost of", "the repairs, which nobody has named yet."]


def nothing_to_embed(texts: Sequence[str]) -> Vectors:
    """Stand for the embedder where no column is to be matched with another; the real one is not needed."""
    raise AssertionError(texts)


def stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def assemble(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """Write the objects, their cross-reference table and a trailer."""
    written, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table, size = len(written), max(objects) + 1
    written += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        written += b"%010d 00000 %c \n" % (places.get(number, 0), b"n" if number in places else b"f")
    written += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, table)
    return bytes(written)


def document(contents: Sequence[bytes]) -> dict[int, bytes]:
    """Return the objects of a file with one page for each content stream."""
    first = BOLD + 1
    objects = {
        CATALOG: b"<< /Type /Catalog /Pages 2 0 R >>",
        REGULAR: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        BOLD: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    }
    for number, content in enumerate(contents):
        page = first + 2 * number
        objects[page] = (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>"
            b" /Contents %d 0 R >>" % (page + 1)
        )
        objects[page + 1] = content
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(contents)))
    return {**objects, PAGES: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(contents), kids)}


def operators(lines: Sequence[Printed]) -> bytes:
    """Return what prints the lines."""
    said = []
    for left, height, size, text in lines:
        escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        said.append(f"BT /F{2 if size < 0 else 1} {abs(size)} Tf {left} {height} Td ({escaped}) Tj ET")
    return "\n".join(said).encode("cp1252")


def shown(lines: Sequence[Printed]) -> bytes:
    return stream(operators(lines))


def below(top: float, lines: Sequence[str], *, left: float = 72, size: float = 10, step: float = 12) -> list[Printed]:
    """Return lines under one another."""
    return [(left, top - step * number, size, line) for number, line in enumerate(lines)]


def pdf(*pages: Sequence[Printed], properties: str = "") -> bytes:
    objects = document([shown(lines) for lines in pages])
    if not properties:
        return assemble(objects)
    info = max(objects) + 1
    return assemble({**objects, info: f"<< {properties} >>".encode("cp1252")}, b"/Info %d 0 R" % info)


def read(content: bytes) -> list[Article | Rejection]:
    return list(read_pdf(content, "/news/a.pdf", nothing_to_embed))


def article(content: bytes) -> Article:
    (found,) = read(content)
    assert isinstance(found, Article), found
    return found


def refusal(content: bytes) -> str:
    (found,) = read(content)
    assert isinstance(found, Rejection), found
    assert found.origin.source == "/news/a.pdf"
    assert not found.skipped
    return found.reason


FRONT = [
    (72, 720, -24, "Ferries return to the harbour"),
    (72, 696, 10, "By Jane Sample"),
    (72, 682, 10, "19 September 2025"),
    *below(650, BODY),
    *below(590, SECOND),
]
