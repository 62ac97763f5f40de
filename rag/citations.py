"""Turns a generator's draft into cited sentences: keys become numbers, quotes are looked up, what cannot be verified goes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.sentences import sentence_spans
from index.types import Copy
from rag.types import Citation, Evidence, Sentence
from rag.verification import Quote, find_quote, unsupported_facts

# `[S1]`, `[S1, S2]`, `[S1][S2]`; never `[2021]`, which prose may hold.
_MARKERS = re.compile(r"\s*(?:\[\s*S\d+(?:\s*[,;]\s*S\d+)*\s*\]\s*)+")
_KEY = re.compile(r"S\d+")
KEY_OPENING = re.compile(r"\[(?=\s*S\d)")
"""The bracket that opens a key: generators must not let one through that an article prints."""
_PRINTED_NUMBER = re.compile(r"\[(\d{1,3})\]")
_TERMINAL = re.compile(r"[.!?。！？]+[\"'”’)]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedText:
    """The verified part of a draft."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


def resolve_citations(draft: str, evidence: Sequence[Evidence], copies: Callable[[str], Sequence[Copy]]) -> CitedText:
    """Return the sentences of the draft that rest on a quote, numbered in order of first use.

    Keys that were never shown are ignored. A sentence without a verified quote is left out.
    """
    known = {item.key: item for item in evidence}
    citations: list[Citation] = []
    sentences: list[Sentence] = []
    for text, keys in _pieces(draft):
        quotes = [quote for key in keys if key in known and (quote := find_quote(text, known[key]))]
        if not quotes:
            continue
        cited = tuple(dict.fromkeys(_number(quote, citations, copies) for quote in quotes))
        sentences.append(Sentence(text=text, citations=cited, unsupported=unsupported_facts(text, quotes)))
    shown = " ".join(f"{_without_numbers(s.text, len(citations))} {''.join(f'[{n}]' for n in s.citations)}" for s in sentences)
    return CitedText(text=shown, sentences=tuple(sentences), citations=tuple(citations))


def _without_numbers(text: str, citations: int) -> str:
    """Write `[1]` as `(1)` where an article prints what would read as one of the answer's own citations."""
    return _PRINTED_NUMBER.sub(lambda m: f"({m[1]})" if 1 <= int(m[1]) <= citations else m[0], text)


def _number(quote: Quote, citations: list[Citation], copies: Callable[[str], Sequence[Copy]]) -> int:
    """Return the number of the citation for this quote, adding it if it is new."""
    article = quote.evidence.hit.article
    for citation in citations:
        if (citation.article.article_id, citation.start, citation.end) == (article.article_id, quote.start, quote.end):
            return citation.number
    citations.append(
        Citation(
            number=len(citations) + 1,
            article=article,
            quote=quote.text,
            start=quote.start,
            end=quote.end,
            verified=quote.verified,
            also_in=tuple(copies(article.article_id)),
        )
    )
    return len(citations)


def _pieces(draft: str) -> list[tuple[str, list[str]]]:
    """Cut a draft into sentences with the keys that follow each; `documents [S1].` means the same as `documents. [S1]`."""
    pieces: list[tuple[str, list[str]]] = []
    last = 0
    for match in _MARKERS.finditer(draft):
        text, end = draft[last : match.start()], match.end()
        if stop := _TERMINAL.match(draft, end):
            text, end = text + stop[0], stop.end()
        last = end
        keys = list(dict.fromkeys(_KEY.findall(match[0])))
        spans = sentence_spans(text.strip())
        # The keys speak for the sentence they follow; earlier ones stand without a source.
        pieces.extend((text.strip()[start:end_], []) for start, end_ in spans[:-1])
        pieces.extend((text.strip()[start:end_], keys) for start, end_ in spans[-1:])
    return pieces
