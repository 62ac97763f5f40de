"""Words as they stand on a printed page, and the lines, columns and paragraphs that are read from them."""

from collections import Counter
from collections.abc import Sequence

from index.sources.columns import read_columns
from index.sources.hyphens import Vocabulary, read_vocabulary
from index.sources.layout import Word, read_lines
from index.sources.paragraphs import join_across_columns, read_paragraphs


def row(text: str, left: float, base: float, *, size: float = 10, bold: bool = False, gap: float = 0.3) -> list[Word]:
    """Return the words of one printed line; letters are half as wide as they are high."""
    words = []
    for word in text.split():
        right = left + len(word) * size / 2
        words.append(Word(text=word, left=left, right=right, base=base, size=size, bold=bold))
        left = right + gap * size
    return words


def rows(texts: Sequence[str], left: float, base: float, *, size: float = 10, step: float = 12) -> list[Word]:
    return [word for number, text in enumerate(texts) for word in row(text, left, base + number * step, size=size)]


def texts_of(words: Sequence[Word]) -> list[str]:
    return [line.text for line in read_lines(words)]


def columns_of(words: Sequence[Word]) -> list[list[str]]:
    return [[line.text for line in column.lines] for column in read_columns(read_lines(words))]


def paragraphs_of(*pages: Sequence[Word]) -> list[str]:
    columns = [read_columns(read_lines(page)) for page in pages]
    vocabulary = read_vocabulary(line.text for page in columns for column in page for line in column.lines)
    return [paragraph.text for paragraph in join_across_columns(read_paragraphs(columns, vocabulary), vocabulary)]


def spelling(*words: str, breaks_words: bool = True) -> Vocabulary:
    return Vocabulary(words=Counter(words), breaks_words=breaks_words)
