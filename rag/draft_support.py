"""Measures how much of a draft the archive holds, and names the sentences that it does not hold."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.sentences import sentence_spans
from rag.citations import CitationReader
from rag.language import content_words, tokens
from rag.prompts import Rejected, is_refusal
from rag.types import Evidence, Sentence

# Keys as drafts write them; what else stands in brackets is no loss for counting sentences.
_BRACKETS = re.compile(r"(?<!\s)\s*+[\[【][^\[\]【】]{0,40}[\]】]")
# `Here is the answer:` and the like rest on nothing and state nothing, so they are no fault.
_FEWEST_WORDS = 3
_MOST_PARTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSupport:
    """What verification leaves of a draft."""

    supported: int
    """How many of its sentences would be shown in strict mode."""
    rejected: tuple[Rejected, ...]
    """Those that would not, in the order of the draft."""
    articles: int
    """How many articles the supported ones cite."""
    refused: bool
    """Whether the draft says that the evidence does not answer."""

    @property
    def share(self) -> float:
        """The part of its sentences that is supported, 0 to 1; 0 if it has none."""
        return self.supported / max(1, self.supported + len(self.rejected))


def measure(draft: str, evidence: Sequence[Evidence], *, whole: bool = True) -> DraftSupport:
    """Return what verification leaves of a draft; with `whole=False` it broke off, and its last sentence is not one.

    The reader of citations decides, told to mark what it would drop. What it does not even mark, no quote holds.
    """
    reader = CitationReader(evidence, lambda _: (), unsupported="flag")
    reader.feed(draft)
    reader.end(whole=whole)
    cited = reader.cited
    supported = [sentence for sentence in cited.sentences if not sentence.unsupported]
    ids = {number: citation.article.article_id for number, citation in enumerate(cited.citations, start=1)}
    return DraftSupport(
        supported=len(supported),
        rejected=_rejected(draft, _runs(cited.sentences), whole=whole),
        articles=len({ids[number] for sentence in supported for number in sentence.citations}),
        refused=cited.refused,
    )


def _runs(sentences: Sequence[Sentence]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return the words of each sentence that was read, and of what follow each other, with what is missing of them.

    Keys in the middle of a sentence make parts of it that are read one by one.
    """
    runs = [sentences[start : start + length] for length in range(_MOST_PARTS, 0, -1) for start in range(len(sentences))]
    return {
        tuple(word for sentence in run for word in _words(sentence.text)): tuple(
            missing for sentence in run for missing in sentence.unsupported
        )
        for run in runs
    }


def _rejected(draft: str, read: dict[tuple[str, ...], tuple[str, ...]], *, whole: bool) -> tuple[Rejected, ...]:
    """Return the sentences of a draft that were not read as supported; `read` gives what is missing of those that were."""
    text = _BRACKETS.sub("", draft)
    spans = sentence_spans(text)
    found: dict[str, Rejected] = {}
    for start, end in spans if whole else spans[:-1]:
        sentence = " ".join(text[start:end].split())
        missing = read.get(_words(sentence))
        if missing == () or is_refusal(sentence) or (missing is None and len(content_words(sentence)) < _FEWEST_WORDS):
            continue
        found.setdefault(sentence, Rejected(text=sentence, missing=missing or ()))
    return tuple(found.values())


def _words(sentence: str) -> tuple[str, ...]:
    return tuple(word.casefold() for word in tokens(sentence))
