"""Renders an answer as Markdown for chat tools: numbers become links, and the sources stand below with their words.

Whatever tool shows it, the numbers are those of the answer. Titles and quotes come from articles, so nothing in them may act as
Markdown.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.schemas import AnswerBody, CitationBody, HitBody

Address = Callable[[CitationBody], str]
"""Returns where readers find a cited article."""

SOURCES_HEADING = "**Sources**"
_NUMBER = re.compile(r"\[(\d{1,3})\]")
# What begins or builds Markdown or HTML; everything else in a title or a quote is harmless.
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~!])")
# An address ends where the next link begins: each of many unclosed ones would otherwise be read to the end of the text.
_LINK = re.compile(r"\[\[(\d{1,3})\]\]\((?:[^)\s\[]|\[(?!\[\d{1,3}\]\]\())*+\)")
_IN_LINKS = str.maketrans({"(": "%28", ")": "%29", " ": "%20", "<": "%3C", ">": "%3E"})


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a number stands in rendered text, counted in code points, the end exclusive."""

    number: int
    start: int
    end: int


def with_links(text: str, citations: Sequence[CitationBody], address: Address) -> str:
    """Return the text of an answer with its `[n]` as links to the cited articles; other numbers stay as they are."""
    known = {citation.number: citation for citation in citations}

    def link(match: re.Match[str]) -> str:
        citation = known.get(int(match[1]))
        return match[0] if citation is None else f"[[{citation.number}]]({_target(address(citation))})"

    return _NUMBER.sub(link, text)


def below(answer: AnswerBody, address: Address) -> str:
    """Return what stands below the text: notes, conflicting figures, the sources; or, when abstaining, the nearest passages."""
    if answer.abstained is not None:
        found = "\n".join(f"- {_hit(hit)}" for hit in answer.nearest)
        return f" {answer.abstained.message}" + (f"\n\n**Nearest passages**\n{found}" if found else "")
    notes = [note for note in (answer.premise, answer.conclusion, answer.newest_note, answer.degraded, answer.unranked) if note]
    notes += [f"Sources differ: {conflict}" for conflict in answer.conflicts]
    lines = "".join(f"\n\n*{plain(note)}*" for note in notes)
    sources = "\n".join(f"{c.number}. {_source(c, address)}" for c in answer.citations)
    return f"{lines}\n\n{SOURCES_HEADING}\n{sources}" if sources else lines


def marks(content: str) -> list[Mark]:
    """Return where the linked numbers stand."""
    return [Mark(int(match[1]), match.start(), match.end()) for match in _LINK.finditer(content)]


def without_rendering(content: str) -> str:
    """Return an answer that came back in a conversation as it was before it was rendered: a chat tool sends it with the rest."""
    return _LINK.sub(r"[\1]", content.partition(f"\n\n{SOURCES_HEADING}\n")[0])


def plain(text: str) -> str:
    """Return text of an article so that Markdown shows it as it is, on one line."""
    return _ACTIVE.sub(r"\\\1", " ".join(text.split()))


def credit(citation: CitationBody) -> str:
    """Return who published it, who wrote it and when: `Coast Courier (Reuters), Mara Lind, 2025-04-10`."""
    outlet = citation.publisher or citation.agency or "unknown publisher"
    if citation.agency and citation.agency != outlet:
        outlet += f" ({citation.agency})"
    return ", ".join([outlet, *citation.authors, citation.published or citation.updated or "undated"])


def _source(citation: CitationBody, address: Address) -> str:
    parts = [f"[{plain(citation.title)}]({_target(address(citation))}) — {plain(credit(citation))}: “{plain(citation.quote)}”"]
    parts += [plain(notice) for notice in citation.corrections]
    if carried := sorted({copy.publisher for copy in citation.also_in if copy.publisher}):
        parts.append(f"Also carried by {plain(', '.join(carried))}.")
    return " ".join(parts)


def _hit(hit: HitBody) -> str:
    article = hit.article
    outlet = article.publisher or article.agency or "unknown publisher"
    return f"{plain(article.title)} — {plain(outlet)}, {article.published or article.updated or 'undated'}"


def _target(url: str) -> str:
    return url.translate(_IN_LINKS)
