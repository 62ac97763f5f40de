"""What changed between two versions of an article: its text sentence by sentence, its title, dates and names."""

import difflib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.sentences import sentence_spans
from index.types import Article, NewsDate, Version

# Comparing takes at least as much time as there are pairs of sentences; beyond so many (five hundred in each version), what
# stands between the first and the last change is told as one.
_MOST_PAIRS = 250_000
_FACTS = ("title", "publisher", "agency", "authors", "published", "updated", "url", "section", "corrections")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: what stood there before, what stands there now; None where there was nothing."""

    field: str
    """`text`, or the name of a field of the article."""
    removed: str | None
    added: str | None


def changes_between(versions: Sequence[Version]) -> list[tuple[Version, list[Change]]]:
    """Return each version with what it changed of the one before; the first changed nothing."""
    first = [(versions[0], list[Change]())] if versions else []
    return first + [(after, changes(before.article, after.article)) for before, after in itertools.pairwise(versions)]


def changes(before: Article, after: Article) -> list[Change]:
    """Return what changed between two versions: facts first, then the text from top to bottom."""
    facts = [
        Change(field=name, removed=was, added=now)
        for name in _FACTS
        if (was := _printed(getattr(before, name))) != (now := _printed(getattr(after, name)))
    ]
    return [*facts, *_text_changes(before.text, after.text)]


def _text_changes(before: str, after: str) -> Iterator[Change]:
    old, new = ([text[start:end] for start, end in sentence_spans(text)] for text in (before, after))
    first = _alike(old, new)
    last = _alike(old[first:][::-1], new[first:][::-1])
    old, new = old[first : len(old) - last], new[first : len(new) - last]
    if len(old) * len(new) > _MOST_PAIRS:
        yield _text_change(old, new)
        return
    # A sentence that a paragraph now breaks has the words that it had.
    yield from (change for change in _pieces(old, new) if change.removed != change.added)


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if kind != "equal":
            yield _text_change(old[old_start:old_end], new[new_start:new_end])


def _alike(old: Sequence[str], new: Sequence[str]) -> int:
    """Return how many sentences both begin with."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _text_change(removed: Sequence[str], added: Sequence[str]) -> Change:
    return Change(field="text", removed=" ".join(removed) or None, added=" ".join(added) or None)


def _printed(value: object) -> str | None:
    if isinstance(value, tuple):
        return "; ".join(value) or None
    if isinstance(value, NewsDate):
        return value.value
    return None if value is None else str(value)
