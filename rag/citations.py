"""Turns a generator's draft into cited sentences: keys become numbers, quotes are looked up, what cannot be verified goes.

A draft is read as it is written. A sentence is shown when it is whole and verified, so what a reader has seen is never taken
back.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from index.cleaning import clean_line
from index.sentences import sentence_spans
from index.types import Copy
from rag.links import REMOVED, without_links
from rag.printed_date import printed_date
from rag.prompts import is_refusal
from rag.types import Citation, Evidence, Sentence, Unsupported
from rag.verification import Quote, find_support

_KEYS = r"S?\d{1,3}(?:\s*[,;]\s*S?\d{1,3})*"
# What is no key of ours and reads like one: `[S1-S3]`, `[^4]`, `［2］`, `[9†source]`.
_OTHER_KEYS = r"\^?S?\d{1,3}(?:\s*(?:[,;&–—-]|and|to)\s*S?\d{1,3})*(?:[†:][^\]】］〕⟧]{0,20})?"
# `[S1]`, `[S1, S2]`, `[S1][S2]`, `【S1】`, and `[1]`, as many models write it; never `[2021]`, which prose may hold.
_MARKERS = re.compile(rf"\s*(?:[\[【]\s*{_KEYS}\s*[\]】]\s*)+", re.IGNORECASE)
_KEY = re.compile(r"S?(\d+)", re.IGNORECASE)
# What may still become markers, or the stop behind them, when the next piece of the draft comes.
_OPEN = re.compile(r"\s*[\[【][^\]】]{0,40}$")
_PRINTED_KEY = re.compile(rf"[\[【［〔⟦](\s*{_OTHER_KEYS}\s*)[\]】］〕⟧]", re.IGNORECASE)
# The bullet or number of a list: its number is no fact that a source must hold.
_BULLET = re.compile(r"^(?:\d{1,2}[.)]|[-*•–])\s+(?=\S)")
# What a sentence that stands alone leaves open.
_POINTING = re.compile(r"(?:He|She|It|They|His|Her|Its|Their|This|That|These|Those|Both)\b")
# The most characters between two sentences of which one follows the other: a space, or an empty line.
_NEXT_SENTENCE = 3
# A draft that goes on for so many characters without a marker that ends is verified as far as it came: every piece of a draft is
# looked at with all that waits, which would take time with its square.
_MOST_WAITING = 4_000
_TERMINAL = re.compile(r"[.!?。！？]+[\"'”’)]*")
_ENDED = re.compile(r"[.!?。！？][\"'”’)]*\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedText:
    """The verified part of a draft."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    refused: bool = False
    """Whether the draft says that the evidence does not answer."""


class CitationReader:
    """Reads a draft piece by piece and gives what may be shown of it.

    `unsupported` says what becomes of a sentence with facts that no quote holds: it is dropped (`strict`), or shown with them
    (`flag`). `copies` returns where else an article was carried. With `dated` each sentence stands on a line of its own, behind
    the day of the article that it is cited from: the day is the citation's, so no quote need hold it. With `titled` a quote
    that points back (`It is the eighth …`) stands behind the title of its article, in brackets.
    """

    def __init__(
        self,
        evidence: Sequence[Evidence],
        copies: Callable[[str], Sequence[Copy]],
        *,
        unsupported: Unsupported = "strict",
        dated: bool = False,
        titled: bool = False,
    ) -> None:
        self._evidence = list(evidence)
        self._titled = titled
        self._dated = dated
        self._copies = copies
        self._unsupported = unsupported
        self._left = ""
        self._searched = 0
        self._shown: list[str] = []
        self._sentences: list[Sentence] = []
        self._citations: list[Citation] = []
        self._refused = False

    def feed(self, piece: str) -> str:
        """Take the next piece of the draft; return what can be shown now, often nothing."""
        self._left += piece
        return "".join(self._take(final=len(self._left) > _MOST_WAITING))

    def end(self, *, whole: bool = True) -> str:
        """Return what can be shown of the rest; with `whole=False` the draft broke off, and its last sentence is not one."""
        return "".join(self._take(final=True, whole=whole))

    @property
    def cited(self) -> CitedText:
        """Everything that was shown."""
        return CitedText(
            text="".join(self._shown), sentences=tuple(self._sentences), citations=tuple(self._citations), refused=self._refused
        )

    def _take(self, *, final: bool, whole: bool = True) -> Iterator[str]:
        while match := _MARKERS.search(self._left, self._searched):
            text, end = self._left[: match.start()], match.end()
            rest = self._left[end:]
            stop = _TERMINAL.match(rest)
            if stop and match[0][-1].isspace() and _ENDED.search(text):
                stop = None  # what comes next begins with it, as `![image]` does
            if not final and (not rest or (stop and stop.end() == len(rest)) or _OPEN.match(rest)):
                break  # more of it may come
            if "s" not in match[0].casefold() and rest and not (stop or _ENDED.search(text)):
                self._searched = end  # `the study [2] covers`: printed so, no key
                continue
            if stop:
                text, end = text + stop[0], end + stop.end()
            self._left, self._searched = self._left[end:], 0
            yield from self._sentences_of(text, [f"S{int(number)}" for number in _KEY.findall(match[0])])
        else:
            self._searched = max(self._searched, _next_marker(self._left))
        if final and whole:
            text, self._left, self._searched = self._left, "", 0
            yield from self._sentences_of(text, [])

    def _sentences_of(self, text: str, keys: list[str]) -> Iterator[str]:
        """Verify the sentences before one run of markers, and yield what is shown of them."""
        text = text.strip()
        spans = sentence_spans(text)
        for number, (start, end) in enumerate(spans, start=1):
            # The keys speak for the sentence they follow; for earlier ones a source is looked for.
            shown = self._sentence(text[start:end], keys if number == len(spans) else [])
            if shown:
                self._shown.append(shown)
                yield shown

    def _sentence(self, text: str, keys: list[str]) -> str:
        if is_refusal(text):
            self._refused = True
            return ""
        named = [item for key in dict.fromkeys(keys) for item in self._evidence if item.key == key]
        # What is shown is what is verified: first goes what nobody sees, what reads like a key, and what acts.
        text = _BULLET.sub("", " ".join(without_links(without_keys(clean_line(text))).split()))
        support = find_support(text.replace(REMOVED, " ").strip(), named, self._evidence)
        if not support.quotes or (support.unsupported and self._unsupported == "strict"):
            return ""
        cited = tuple(dict.fromkeys(self._number(quote) for quote in support.quotes))
        lead = ("\n" if self._dated else " ") if self._sentences else ""
        if self._dated:
            dated = self._citations[cited[0] - 1].article.dated
            lead += f"{printed_date(dated) if dated else 'Undated'}: "
        lead += self._explained(text, cited[0])
        self._sentences.append(Sentence(text=text, citations=cited, unsupported=support.unsupported))
        mark = f" (not in the source: {', '.join(support.unsupported)})" if support.unsupported else ""
        return f"{lead}{text}{mark} {''.join(f'[{number}]' for number in cited)}"

    def _explained(self, text: str, number: int) -> str:
        """Return the title of the article, in brackets, before a quoted sentence whose first word means something before it.

        The quote stays as it is. Where the sentence before it in the article was just shown, readers know what is meant.
        """
        quoted = self._citations[number - 1]
        if not self._titled or quoted.quote != text or not _POINTING.match(text):
            return ""
        if self._sentences and (before := self._sentences[-1].citations):
            last = self._citations[before[-1] - 1]
            gap = quoted.start - last.end
            if last.article.article_id == quoted.article.article_id and 0 <= gap <= _NEXT_SENTENCE:
                return ""
        return f"({without_links(without_keys(quoted.article.title))}) " if quoted.article.title_printed else ""

    def _number(self, quote: Quote) -> int:
        """Return the number of the citation for this quote, adding it if it is new."""
        article = quote.evidence.hit.article
        for citation in self._citations:
            if (citation.article.article_id, citation.start, citation.end) == (article.article_id, quote.start, quote.end):
                return citation.number
        self._citations.append(
            Citation(
                number=len(self._citations) + 1, article=article, quote=quote.text, start=quote.start, end=quote.end,
                verified=quote.verified, also_in=tuple(self._copies(article.article_id)),
            )
        )  # fmt: skip
        return len(self._citations)


def _next_marker(text: str) -> int:
    """Return where markers may begin in a text that holds none, once more of it has come: before a bracket that is still open."""
    opened, closed = (max(text.rfind(bracket) for bracket in pair) for pair in ("[【", "]】"))
    return len(text[:opened].rstrip() if opened > closed else text.rstrip())


def without_keys(text: str) -> str:
    """Return a text in which nothing reads as a key or as one of our own numbers: `[S1]` and `[2]` become `(S1)` and `(2)`.

    For what articles print. `[2021]` stays.
    """
    return _PRINTED_KEY.sub(r"(\1)", text)


def resolve_citations(
    draft: str,
    evidence: Sequence[Evidence],
    copies: Callable[[str], Sequence[Copy]],
    *,
    unsupported: Unsupported = "strict",
) -> CitedText:
    """Return the sentences of a whole draft that rest on a quote, numbered in order of first use."""
    reader = CitationReader(evidence, copies, unsupported=unsupported)
    reader.feed(draft)
    reader.end()
    return reader.cited
