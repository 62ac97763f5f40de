"""PDF files: one article a file, or the stories of a newspaper page where it is one.

Reads only what is printed. The file's own properties say when and by whom the file was made, not the news: its dates are
never read, its title and author only where they stand on the first page too.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.cleaning import clean_line, normalise
from index.errors import SourceError
from index.sources.blocks import read_blocks
from index.sources.columns import read_columns
from index.sources.continuity import Embed
from index.sources.hyphens import Vocabulary, read_vocabulary
from index.sources.layout import Line, line_of, read_lines
from index.sources.newspaper import looks_like_newspaper, read_newspaper
from index.sources.paragraphs import Paragraph, is_credit, join_across_columns, read_paragraphs, without_running_heads
from index.sources.pdf_text import PrintedFile, PrintedPage, read_printed
from index.sources.text import read_plain
from index.types import Article, Origin, Rejection

# In units of the body's type size: what is larger is a headline; where a page holds several stories, theirs are this large.
_HEADLINE, _STORY_HEADLINE = 1.15, 1.35
_ALIKE = 1.03
# Credits stand above the first paragraph that is this long, or that is a sentence of this many characters.
_PROSE_CHARACTERS, _SENTENCE_CHARACTERS = 150, 40
_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’)]*$")
_AUTHOR_WORDS = 9
# The paper's own name is often larger than the headline.
_MASTHEAD = re.compile(
    r"(?:The )?(?:[A-Z][\w'’-]* ){0,3}(?:Advertiser|Bulletin|Chronicle|Courier|Daily|Dispatch|Echo|Examiner|Express|Gazette|Globe"
    r"|Guardian|Herald|Independent|Inquirer|Journal|Ledger|Mail|Mirror|News|Newsletter|Observer|Post|Press|Press Release|Record"
    r"|Register|Review|Sentinel|Standard|Star|Sun|Telegraph|Times|Tribune|Weekly)",
    re.IGNORECASE,
)
_PERSON = re.compile(r"[^\W\d_][\w.'’-]*(?:\s[\w.'’-]+){1,3}")
_STAND_IN = "Headline"


def read_pdf(content: bytes, source: str, embed: Embed) -> Iterator[Article | Rejection]:
    """Yield the file's article, or the stories of a newspaper page; a file that cannot be read whole is refused whole.

    Args:
        content: The file.
        source: Its path, or the name of the channel that delivered it.
        embed: Tells which column of a newspaper page continues which; used for nothing else.
    """
    try:
        printed = read_printed(content)
        pages = without_running_heads([read_lines(page.words) for page in printed.pages])
        flags = _unread(printed.pages, pages)
    except SourceError as error:
        yield Rejection(origin=Origin(source=source), reason=str(error))
        return
    columns = [read_columns(lines) for lines in pages]
    vocabulary = read_vocabulary(line.text for page in columns for column in page for line in column.lines)
    broken = read_paragraphs(columns, vocabulary)
    aside = _aside(printed.pages, vocabulary)
    whole = join_across_columns(broken, vocabulary)
    # The stories of a newspaper page are put together by what they say, not only by where their columns stand.
    text = _text(broken if _bylines(broken) > 1 else whole)
    if _several_stories(whole) and looks_like_newspaper(text):
        found: Iterator[Article | Rejection] = read_newspaper(_text([*broken, *aside]), source, embed)
    else:
        found = _read_article(whole, aside, printed, source)
    for item in found:
        yield replace(item, flags=(*item.flags, *flags)) if isinstance(item, Article) else item


def _unread(printed: Sequence[PrintedPage], pages: Sequence[Sequence[Line]]) -> tuple[str, ...]:
    """Return a flag that names the pages which hold pictures and no text.

    Raises:
        SourceError: no page holds text.
    """
    if not any(pages):
        if any(page.pictures for page in printed):
            raise SourceError("the PDF holds pictures of pages, no text; run OCR on it first (ocrmypdf)")
        raise SourceError("the PDF's pages are empty")
    unread = [
        number for number, (page, lines) in enumerate(zip(printed, pages, strict=True), start=1) if page.pictures and not lines
    ]
    if not unread:
        return ()
    return (f"no text on {'page' if len(unread) == 1 else 'pages'} {_ranges(unread)} of {len(pages)}, only pictures",)


def _ranges(numbers: Sequence[int]) -> str:
    """Return `2-4, 7` for 2, 3, 4, 7."""
    starts = [n for n in numbers if n - 1 not in numbers]
    ends = [n for n in numbers if n + 1 not in numbers]
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in zip(starts, ends, strict=True))


def _aside(pages: Sequence[PrintedPage], vocabulary: Vocabulary) -> list[Paragraph]:
    """Return what is set in another direction than the page, once if it stands on every page."""
    lines = [[*read_lines(page.aside), *([line_of(page.askew)] if page.askew else [])] for page in pages]
    return read_paragraphs([read_columns(found) for found in without_running_heads(lines)], vocabulary)


def _text(paragraphs: Sequence[Paragraph]) -> str:
    return "\n\n".join(paragraph.text for paragraph in paragraphs)


def _bylines(paragraphs: Sequence[Paragraph]) -> int:
    return sum(block.kind in ("byline", "mark") for block in read_blocks(_text(paragraphs)))


def _body_size(paragraphs: Sequence[Paragraph]) -> float:
    sizes: Counter[float] = Counter()
    for paragraph in paragraphs:
        sizes[paragraph.size] += len(paragraph.text)
    return max(sizes, key=lambda size: (sizes[size], -size))


def _several_stories(paragraphs: Sequence[Paragraph]) -> bool:
    """Return whether the type shows several beginnings: bylines, or large headlines with text between them."""
    size = _STORY_HEADLINE * _body_size(paragraphs)
    large = [paragraph.size >= size for paragraph in paragraphs]
    beginnings = sum(now and not before for before, now in zip([False, *large], large, strict=False))
    return beginnings > 1 or _bylines(paragraphs) > 1


def _read_article(
    paragraphs: Sequence[Paragraph], aside: Sequence[Paragraph], printed: PrintedFile, source: str
) -> Iterator[Article | Rejection]:
    """Yield the one article: its headline by its type, credits and text as in a text file."""
    headline = _headline(paragraphs, printed.title) if paragraphs else None
    if not headline:
        yield from read_plain(_text([*paragraphs, *aside]), source)
        return
    start, end = headline
    title = clean_line(" ".join(paragraph.text for paragraph in paragraphs[start:end]))
    rest = [*paragraphs[:start], *paragraphs[end:]]
    prose = next((i for i, p in enumerate(rest) if _is_prose(p.text) or p.page != rest[0].page), len(rest))
    credits_ = [text for p in rest[:prose] if (text := _credit(p.text, printed.author))]
    body = [p.text for i, p in enumerate(rest) if i >= prose or not _credit(p.text, printed.author)]
    # A headline that ends in a full stop is none for a text file; here its type says that it is one.
    text = "\n\n".join([_STAND_IN, *credits_, *body, *(paragraph.text for paragraph in aside)])
    for item in read_plain(text, source):
        yield replace(item, title=title) if isinstance(item, Article) else item


def _is_prose(text: str) -> bool:
    return len(text) >= _PROSE_CHARACTERS or (len(text) >= _SENTENCE_CHARACTERS and bool(_SENTENCE_END.search(text[-8:])))


def _headline(paragraphs: Sequence[Paragraph], property_title: str) -> tuple[int, int] | None:
    """Return the places (first, behind the last) of the paragraphs of the first page that are the headline."""
    page = paragraphs[0].page
    top = [i for i, paragraph in enumerate(paragraphs) if paragraph.page == page and normalise(paragraph.text)]
    named = normalise(property_title)
    body = _body_size(paragraphs)
    large = [i for i in top if paragraphs[i].size >= _HEADLINE * body]
    matching = [i for i in top if named and normalise(paragraphs[i].text) == named]
    # A single word in the largest type is more often the paper's name than the headline.
    several = [i for i in large if len(paragraphs[i].text.split()) > 1 or not paragraphs[i].text.isascii()] or large
    several = [i for i in several if not _MASTHEAD.fullmatch(paragraphs[i].text)] or several
    if not matching and not several:
        return None
    size = paragraphs[matching[0]].size if matching else max(paragraphs[i].size for i in several)
    start = matching[0] if matching else next(i for i in several if paragraphs[i].size >= size / _ALIKE)
    end = start + 1
    while not matching and end < len(paragraphs) and end in large and abs(paragraphs[end].size - size) <= size * (_ALIKE - 1):
        end += 1
    return start, end


def _credit(text: str, property_author: str) -> str | None:
    """Return a line of credits as a text file prints it; None when the paragraph is none."""
    words = normalise(text).split()
    author = normalise(property_author).split()
    if author and words[: len(author)] == author and _PERSON.fullmatch(property_author.strip()) and len(words) <= _AUTHOR_WORDS:
        return f"By {text}"
    return text if is_credit(text) else None
