"""Reads the words of a PDF file with their place and size, through PDFium. Knows nothing of lines, paragraphs and articles."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from index.errors import SourceError
from index.sources.layout import Word
from index.sources.pdf_words import PageReader, Run

MAX_PAGES = 200
MAX_CHARACTERS = 2_000_000
# Glyphs that the file gives no letter for: more than one word in five, and the text is not worth quoting.
_UNREADABLE = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedPage:
    """What one page prints."""

    words: tuple[Word, ...]
    """The words in the order in which the file draws them, turned upright if most of the page is turned."""
    aside: tuple[Word, ...]
    """Words that are set sideways to the others, each direction turned upright: picture credits along an edge."""
    askew: tuple[Word, ...]
    """Words set at any other angle: a stamp across the page."""
    pictures: bool
    """The page shows something, but no text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedFile:
    """What a PDF file prints, and the two properties that may repeat it."""

    pages: tuple[PrintedPage, ...]
    title: str
    author: str


def read_printed(content: bytes) -> PrintedFile:
    """Return the words of all pages.

    Raises:
        SourceError: the file is damaged, locked, too large, or its fonts do not say which letters they print.
    """
    # 70 ms to import, and most files are not PDF.
    import pypdfium2  # noqa: PLC0415 - heavy

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise SourceError(_refusal(error.err_code, content)) from error
    try:
        if len(document) > MAX_PAGES:
            raise SourceError(
                f"{len(document):,} pages; at most {MAX_PAGES} are read. Split the file, one article or issue a file"
            )
        _refuse_too_much(document)
        pages, unreadable = [], 0
        for number in range(len(document)):
            with _text_of(document, number) as (page, textpage):
                reader = PageReader(pypdfium2.raw, textpage.raw)
                pages.append(_read_page(page, reader.runs(textpage.count_chars())))
                unreadable += reader.unmapped
        words = sum(len(page.words) + len(page.aside) + len(page.askew) for page in pages)
        if unreadable > _UNREADABLE * words:
            raise SourceError("the PDF's fonts do not say which letters they print; run OCR on it first (ocrmypdf --force-ocr)")
        title, author = (document.get_metadata_value(key) for key in ("Title", "Author"))
        return PrintedFile(pages=tuple(pages), title=title, author=author)
    finally:
        document.close()


def _refusal(code: int | None, content: bytes) -> str:
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - heavy

    if code == pdfium.FPDF_ERR_PASSWORD:
        return "the PDF needs a password; save a copy without one (qpdf --decrypt)"
    if code == pdfium.FPDF_ERR_SECURITY:
        return "the PDF is locked in a way that cannot be read (FPDF_ERR_SECURITY); save a copy without protection"
    if code == pdfium.FPDF_ERR_FORMAT:
        ends = b"%%EOF" in content[-2048:]
        what = "its structure cannot be read" if ends else "it has no end mark, so it is probably not complete"
        return f"the PDF is damaged: {what} (FPDF_ERR_FORMAT). Fetch it again, or repair it (qpdf)"
    return f"the PDF cannot be opened, or has no pages (PDFium error {code})"


def _refuse_too_much(document: Any) -> None:
    """Count before reading: PDFium counts letters thirty times as fast as they can be asked for one by one."""
    left = MAX_CHARACTERS
    for number in range(len(document)):
        with _text_of(document, number) as (_, textpage):
            left -= textpage.count_chars()
        if left < 0:
            raise SourceError(f"more than {MAX_CHARACTERS:,} characters of text by page {number + 1}; split the file")


@contextmanager
def _text_of(document: Any, number: int) -> Iterator[tuple[Any, Any]]:
    """Yield the page and its text page, and close both."""
    import pypdfium2  # noqa: PLC0415 - heavy

    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise SourceError(f"page {number + 1} of the PDF is damaged; repair the file (qpdf), or print it to a new PDF") from error
    with closing(page), closing(page.get_textpage()) as textpage:
        yield page, textpage


def _read_page(page: Any, runs: Sequence[Run]) -> PrintedPage:
    import pypdfium2.raw as pdfium  # noqa: PLC0415 - heavy

    box = page.get_bbox()
    inside = [run for run in runs if run.inside(box)]
    turns = Counter(run.turn for run in inside if run.turn is not None)
    upright = max(turns, key=lambda turn: (turns[turn], -turn), default=0)
    return PrintedPage(
        words=tuple(run.placed(box) for run in inside if run.turn == upright),
        aside=tuple(run.placed(box) for run in inside if run.turn not in (upright, None)),
        askew=tuple(run.placed(box) for run in inside if run.turn is None),
        pictures=not runs and _has_pictures(pdfium, page),
    )


def _has_pictures(pdfium: Any, page: Any) -> bool:
    objects = (pdfium.FPDFPage_GetObject(page, i) for i in range(pdfium.FPDFPage_CountObjects(page)))
    return any(pdfium.FPDFPageObj_GetType(found) != pdfium.FPDF_PAGEOBJ_TEXT for found in objects)
