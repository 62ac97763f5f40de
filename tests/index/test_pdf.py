"""PDF files, written here in the format's own words: one article, a newspaper page, and what must be refused."""

import itertools
import subprocess
import sys
import textwrap
import time
import zlib
from collections.abc import Mapping, Sequence

import pytest

from index.sources.pdf import read_pdf
from index.sources.pdf_text import MAX_CHARACTERS, MAX_PAGES
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


def test_an_article_in_one_column_is_read_with_its_headline_byline_and_date() -> None:
    """The largest type is the title; credits go where they belong; words broken at line ends are whole, compounds are kept."""
    found = article(pdf(FRONT))
    assert (found.title, found.title_printed) == ("Ferries return to the harbour", True)
    assert found.authors == ("Jane Sample",)
    assert found.published is not None
    assert (found.published.value, found.published.precision) == ("2025-09-19", "day")
    assert found.text == f"{BODY_TEXT}\n\n{' '.join(SECOND)}"
    assert (found.origin.source, found.origin.position, found.flags) == ("/news/a.pdf", "", ())


def test_a_second_headline_between_title_and_byline_stays_in_the_text() -> None:
    """The byline is found below it."""
    lines = [(72, 720, -24, "Ferries return"), (72, 700, 14, "Nine days of repairs are over"), *FRONT[1:]]
    found = article(pdf(lines))
    assert (found.title, found.authors) == ("Ferries return", ("Jane Sample",))
    assert found.text.startswith(f"Nine days of repairs are over\n\n{BODY_TEXT}")


def test_the_name_of_the_paper_is_not_the_headline() -> None:
    """A masthead is printed larger than any headline; it stays in the text."""
    found = article(pdf([(72, 760, -36, "The Example Gazette"), *FRONT]))
    assert found.title == "Ferries return to the harbour"
    assert "The Example Gazette" in found.text


def test_the_files_own_properties_are_believed_only_where_they_are_printed() -> None:
    """Dates never; a title that is printed wins over larger type; an author below the headline is one."""
    lines = [
        (72, 740, -30, "Special edition"),
        (72, 710, -18, "Ferries return to the harbour"),
        (72, 690, 10, "Jane Sample"),
        *FRONT[3:],
    ]
    properties = "/Title (Ferries return to the harbour) /Author (Jane Sample) /CreationDate (D:20240101120000Z)"
    found = article(pdf(lines, properties=properties))
    assert (found.title, found.authors, found.published) == ("Ferries return to the harbour", ("Jane Sample",), None)
    elsewhere = article(pdf(lines, properties="/Title (harbour_v7_FINAL.indd) /Author (John Example)"))
    assert (elsewhere.title, elsewhere.authors) == ("Special edition", ())
    assert "Jane Sample" in elsewhere.text


@pytest.mark.parametrize("across", [False, True], ids=["column by column", "line by line across the page"])
def test_two_columns_are_read_one_after_the_other(*, across: bool) -> None:
    """Whatever order the file draws them in; the sentence that the column's end breaks is joined."""
    words = (BODY_TEXT + " " + " ".join(SECOND)).replace(
        "well-known ", ""
    ) + " They will speak of ships and of nothing else that day."
    lines = textwrap.wrap(words, 40, break_on_hyphens=False)
    half = len(lines) // 2
    left, right = below(650, lines[:half]), below(650, lines[half:], left=290)
    body = [line for pair in itertools.zip_longest(left, right) for line in pair if line] if across else [*left, *right]
    found = article(pdf([*FRONT[:3], *body]))
    assert found.text == words
    assert found.authors == ("Jane Sample",)


def test_running_heads_and_page_numbers_are_dropped() -> None:
    """What repeats at the same height, but for its digits, is no text; what stands on one page only is."""
    texts = [
        "The first page of this invented story ends in",
        "the middle of a sentence, and the next one does",
        "not, because this is where all of it stops.",
    ]
    pages = [
        [(72, 770, 8, "Example Gazette Friday"), (500, 770, 8, f"No. {n}"), (72, 600, 10, text), (300, 30, 8, f"Page {n} of 3")]
        for n, text in enumerate(texts, start=1)
    ]
    pages[0].insert(2, (72, 720, -24, "A story of three pages"))
    found = article(pdf(*pages))
    assert (found.title, found.text) == ("A story of three pages", " ".join(texts))


def test_a_number_inside_the_text_is_no_page_number() -> None:
    """A last line that holds only a year stays."""
    found = article(
        pdf(
            [
                *FRONT[:3],
                *below(650, [*BODY[:3], "known engineer had found the fault in the northern wall in the summer of", "2025"]),
            ]
        )
    )
    assert found.text.endswith("in the northern wall in the summer of 2025")


def test_two_stories_with_bylines_are_two_articles() -> None:
    """A newspaper page is told by its bylines and handed on."""
    first = [(72, 720, -24, "Ferries Return to Example Harbour"), FRONT[1], *below(650, BODY)]
    other = [(72, 500, -18, "Council Votes to Close the Old Mill"), (72, 480, 10, "By John Example"), *below(460, SECOND)]
    found = read(pdf([*first, *other]))
    assert [(a.title, a.authors, a.origin.position, a.text) for a in found if isinstance(a, Article)] == [
        ("Ferries Return to Example Harbour", ("Jane Sample",), "story 1", BODY_TEXT),
        ("Council Votes to Close the Old Mill", ("John Example",), "story 2", " ".join(SECOND)),
    ]


def test_text_along_the_edge_and_across_the_page_comes_last_and_off_the_page_not_at_all() -> None:
    """A picture credit set upwards does not cut the story in two; what lies beyond the paper nobody sees."""
    content = operators([*FRONT, (700, 400, 10, "never printed")])
    sideways = b"BT /F1 8 Tf 0 1 -1 0 600 300 Tm (Photo: Ann Other) Tj ET BT /F1 40 Tf 0.7 0.7 -0.7 0.7 200 300 Tm (COPY) Tj ET"
    objects = document([stream(content + b"\n" + sideways)])
    found = article(assemble(objects))
    assert sorted(found.text.split("\n\n")[2:]) == ["COPY", "Photo: Ann Other"]
    assert found.text.startswith(BODY_TEXT)


def test_a_page_that_is_turned_reads_like_one_that_is_not() -> None:
    """Landscape pages are often drawn sideways and turned for the screen."""
    objects = document([stream(b"q 0 1 -1 0 792 0 cm\n" + operators(FRONT) + b"\nQ")])
    objects[5] = objects[5].replace(b"[0 0 612 792]", b"[0 0 792 612] /Rotate 90")
    assert article(assemble(objects)).text == article(pdf(FRONT)).text


def test_type_that_is_scaled_by_the_page_is_as_large_as_it_looks() -> None:
    """Browsers write sizes of 1 and scale the page; the headline is still the headline."""
    lines = [(left / 12, height / 12, size / 12, text) for left, height, size, text in FRONT]
    found = article(assemble(document([stream(b"12 0 0 12 0 0 cm\n" + operators(lines))])))
    assert (found.title, found.text) == ("Ferries return to the harbour", article(pdf(FRONT)).text)


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
    start = time.perf_counter()
    assert "of the PDF is damaged" in refusal(assemble(objects))
    assert time.perf_counter() - start < 5


def test_cross_reference_tables_that_point_at_each_other_end() -> None:
    """The table's `/Prev` is the table itself; what it lists is read."""
    table = assemble(document([shown(FRONT)])).rindex(b"xref\n0")
    start = time.perf_counter()
    assert article(assemble(document([shown(FRONT)]), b"/Prev %d" % table)).text.startswith(BODY_TEXT)
    assert time.perf_counter() - start < 5


def test_too_many_pages_are_refused_without_reading_them() -> None:
    """Ten thousand pages are no article; the whole file is refused, not its end cut off."""
    objects = document([shown(FRONT)])
    objects[PAGES] = b"<< /Type /Pages /Count 10000 /Kids [%s] >>" % (b"5 0 R " * 10_000)
    start = time.perf_counter()
    assert (
        refusal(assemble(objects)) == f"10,000 pages; at most {MAX_PAGES} are read. Split the file, one article or issue a file"
    )
    assert time.perf_counter() - start < 5


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
