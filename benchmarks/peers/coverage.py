"""How much of the articles a system's vectors stand for: a model reads only the beginning of a passage that is too long."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.embedding import MOST_TOKENS, load_tokenizer

# [CLS] and [SEP] are counted among the tokens that the model reads.
_MOST = MOST_TOKENS - 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was embedded."""

    passages: int
    cut: float
    """The share of passages of which the model did not read the end."""
    characters: int
    """Of the articles, those that the model read in some passage; what two passages share counts once."""
    tokens: int
    """What the model read in all: shared text counts as often as it was read, and so does what stands before a passage."""


def coverage(documents: Mapping[str, str], passages: Sequence[tuple[str, str, str]], model: Path) -> Coverage:
    """Return how much of the documents, by id, was read in the passages (`Measured.passages`).

    A passage is looked for in its document behind the start of the one before. One that is not found, because the splitter
    rewrote its white space, counts with its own length.
    """
    tokenizer = load_tokenizer(model)
    encoded = tokenizer.encode_batch([before + text for _, before, text in passages], add_special_tokens=False)
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    found_at: dict[str, int] = {}
    cut = unplaced = 0
    for (article, before, text), encoding in zip(passages, encoded, strict=True):
        read = len(text)
        if len(encoding.ids) > _MOST:
            cut += 1
            read = max(0, encoding.offsets[_MOST - 1][1] - len(before))
        start = documents[article].find(text, found_at.get(article, -1) + 1)
        if start < 0:
            unplaced += read
        else:
            found_at[article] = start
            spans[article].append((start, start + read))
    return Coverage(
        passages=len(passages),
        cut=cut / len(passages),
        characters=unplaced + sum(map(_length, spans.values())),
        tokens=sum(min(len(encoding.ids), _MOST) for encoding in encoded),
    )


def _length(spans: Sequence[tuple[int, int]]) -> int:
    """Return how much the spans, in order of their starts, cover together."""
    total = end = 0
    for start, stop in spans:
        total += max(0, stop - max(start, end))
        end = max(end, stop)
    return total
