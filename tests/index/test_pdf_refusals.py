"""PDF files that must be refused, or must not do harm: scans, locked and broken files, bombs."""

import subprocess
import sys
import time
import zlib
from collections.abc import Sequence

import pytest

from index.sources.pdf_text import MAX_CHARACTERS, MAX_PAGES
from tests.index.made_pdf import (
    BODY_TEXT,
    BOLD,
    FRONT,
    PAGES,
    REGULAR,
    article,
    assemble,
    below,
    document,
    pdf,
    refusal,
    shown,
    stream,
)

IMAGE = stream(b"\x80", b"/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8")


def scanned(pages: Sequence[bytes]) -> bytes:
    """Return a file whose pages may draw a picture, `/Im`."""
    objects = document(pages)
    number = max(objects) + 1
    with_image = {
        n: body.replace(b"/Resources <<", b"/Resources << /XObject << /Im %d 0 R >>" % number) for n, body in objects.items()
    }
    return assemble({**with_image, number: IMAGE})


DRAWN = stream(b"q 612 0 0 792 0 0 cm /Im Do Q")


def test_pictures_of_pages_are_refused_with_the_remedy() -> None:
    """A scan without a text layer holds no text."""
    assert refusal(scanned([DRAWN, DRAWN])) == "the PDF holds pictures of pages, no text; run OCR on it first (ocrmypdf)"


def test_pages_without_text_among_others_are_named() -> None:
    """The article says which pages nobody could read; an empty page is none of them."""
    found = article(scanned([shown(FRONT), DRAWN, DRAWN, stream(b""), DRAWN]))
    assert found.flags == ("no text on pages 2-3, 5 of 5, only pictures",)


def test_empty_pages_are_refused() -> None:
    """There is nothing to run OCR on."""
    assert refusal(assemble(document([stream(b"")]))) == "the PDF's pages are empty"


def test_fonts_that_do_not_say_which_letters_they_print_are_refused() -> None:
    """Glyphs numbered by their maker, and no table of what they mean: the text would be nonsense."""
    objects = document([shown(FRONT)])
    for font in (REGULAR, BOLD):
        objects[font] = (
            b"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1 1] /FontMatrix [1 0 0 1 0 0] /FirstChar 32 /LastChar 122"
            b" /Widths [%s] /CharProcs << /g 90 0 R >> /Encoding << /Type /Encoding /Differences [32 %s] >> >>"
            % (b"0.5 " * 91, b"/g " * 91)
        )
    objects[90] = stream(b"0.5 0 0 0 1 1 d1 0 0 0.4 0.7 re f")
    assert refusal(assemble(objects)).startswith("the PDF's fonts do not say which letters they print; run OCR")


def test_a_locked_file_needs_a_password() -> None:
    """The reason says so, and what to do."""
    objects = document([shown(FRONT)])
    objects[99] = b"<< /Filter /Standard /V 1 /R 2 /O <%s> /U <%s> /P -4 >>" % (b"41" * 32, b"42" * 32)
    locked = assemble(objects, b"/Encrypt 99 0 R /ID [<00><00>]")
    assert refusal(locked) == "the PDF needs a password; save a copy without one (qpdf --decrypt)"


@pytest.mark.parametrize("length", [9, 400, 900])
def test_a_file_that_ends_too_early_is_refused(length: int) -> None:
    """Half a download says that it is one."""
    assert refusal(pdf(FRONT)[:length]).startswith("the PDF is damaged: it has no end mark, so it is probably not complete")


def test_a_file_that_is_no_pdf_inside_is_refused() -> None:
    """The first bytes alone make no PDF file."""
    assert refusal(b"%PDF-1.7\n" + bytes(range(256)) * 20 + b"\n%%EOF").startswith("the PDF is damaged: its structure")


@pytest.mark.parametrize("kids", [b"2 0 R", b"2 0 R 5 0 R", b"7 0 R 5 0 R"], ids=["itself", "itself and a page", "its parent"])
def test_a_page_tree_that_loops_ends(kids: bytes) -> None:
    """Pages that hold their own parent are refused, or the real page is read, at once."""
    objects = document([shown(FRONT)])
    objects[PAGES] = b"<< /Type /Pages /Count 2 /Kids [%s] >>" % kids
    objects[7] = b"<< /Type /Pages /Parent 2 0 R /Count 2 /Kids [2 0 R 5 0 R] >>"
    start = time.process_time()
    assert "of the PDF is damaged" in refusal(assemble(objects))
    assert time.process_time() - start < 5


def test_cross_reference_tables_that_point_at_each_other_end() -> None:
    """The table's `/Prev` is the table itself; what it lists is read."""
    table = assemble(document([shown(FRONT)])).rindex(b"xref\n0")
    start = time.process_time()
    assert article(assemble(document([shown(FRONT)]), b"/Prev %d" % table)).text.startswith(BODY_TEXT)
    assert time.process_time() - start < 5


def test_too_many_pages_are_refused_without_reading_them() -> None:
    """Ten thousand pages are no article; the whole file is refused, not its end cut off."""
    objects = document([shown(FRONT)])
    objects[PAGES] = b"<< /Type /Pages /Count 10000 /Kids [%s] >>" % (b"5 0 R " * 10_000)
    start = time.process_time()
    assert (
        refusal(assemble(objects)) == f"10,000 pages; at most {MAX_PAGES} are read. Split the file, one article or issue a file"
    )
    assert time.process_time() - start < 5


def test_too_much_text_is_refused_before_it_is_read() -> None:
    """The pages are counted first."""
    lines = below(780, ["The harbour of Example Town reopened on Friday after nine days. " * 16] * 60)
    assert refusal(assemble(document([shown(lines)] * 34))).startswith(
        f"more than {MAX_CHARACTERS:,} characters of text by page "
    )


def test_a_bomb_cannot_take_more_memory_than_the_process_may_have() -> None:
    """A gigabyte of spaces in a few kilobytes: PDFium ends the process where memory ends; read_pdf runs in one of its own."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packed.compress(b" " * (1 << 20)) + packed.flush(zlib.Z_FULL_FLUSH)
    bomb = assemble(document([stream(b"\x78\xda" + piece * 1024 + packed.flush() + bytes(4), b"/Filter /FlateDecode")]))
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))\n"
        "from index.sources.pdf import read_pdf\n"
        "print(list(read_pdf(sys.stdin.buffer.read(), 'bomb', None)))"
    )
    ended = subprocess.run([sys.executable, "-c", program], input=bomb, capture_output=True, timeout=60, check=False)
    assert len(bomb) < 2_000_000
    assert ended.returncode < 0 or b"Rejection" in ended.stdout
