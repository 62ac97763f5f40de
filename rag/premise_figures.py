"""Whether a sentence gives another number or day than a question takes for granted: `the 3,000 layoffs`, of which were 2,000."""

import re
from collections.abc import Sequence

from rag.language import content_words, shares_root, stem, tokens
from rag.premise_evidence import Line, Subject
from rag.printed_figures import Figure, agree, plausible, read_days, read_figures

# What stands so near to the number in the question says what it is a number of.
_NEAR = 3
_NEAR_HELD = 0.5
_COVERED = 0.5
# How long something took or is ago is mostly told of something else.
_SPANS = frozenset(("year", "month", "week", "day"))
# `What are the two sources?` asks for a list, and which two is the question.
_LISTS = re.compile(r"\b(?:what|which|who|name|list) (?:(?:are|were) )?(?:the )?$", re.IGNORECASE)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_UNSURE = re.compile(
    r"\b(?:expected|forecast|planned|plans|estimated|could|(?-i:may)|might|would|will|should|initially|earlier|previously|originally"
    r"|denie[sd]|claim\w*|alleg\w*|not|never|compared|instead|from|than)\b|n['’]t\b",
    re.IGNORECASE,
)


def other_figure(question: str, subject: Subject, lines: Sequence[Line]) -> tuple[Line, str, str] | None:
    """Return the sentence that gives another figure than the question, with both as printed; None if there is none.

    A number that stands anywhere in the evidence is not contradicted, nor is one that is rounded, limited or a share.
    """
    for figure, is_day in taken_figures(question):
        if any(_agrees(figure, line, is_day=is_day) for line in lines):
            continue
        # The names are asked of every sentence: that it tells of the same doings, the other words must show.
        near = _near(question, figure) - subject.names
        for line in lines:
            said = _said(figure, line, is_day=is_day)
            if said is None or not (is_day or subject.same_time(line)) or _UNSURE.search(line.text) or not near:
                continue
            held = sum(shares_root(word, line.found | line.before) for word in near)
            if held >= _NEAR_HELD * len(near) and subject.covered(line, without=frozenset(), least=_COVERED):
                return line, line.text[said.start : said.end], question[figure.start : figure.end]
    return None


def taken_figures(question: str) -> list[tuple[Figure, bool]]:
    """Return the numbers and days that a question takes for granted, each with whether it is a day."""
    counts = [
        figure
        for figure in read_figures(question)
        if not figure.partial
        and figure.bound in ("exact", "about")
        and not _LISTS.search(question[: figure.start])
        and not _YEAR.fullmatch(question[figure.start : figure.end])
        and not (figure.kind == "count" and _unit(figure) & _SPANS)
    ]
    return [(figure, False) for figure in counts] + [(figure, True) for figure in read_days(question)]


def _agrees(figure: Figure, line: Line, *, is_day: bool) -> bool:
    if is_day:
        return any(agree(figure, other) for other in read_days(line.text))
    unit = _unit(figure)
    return any(
        other.value == figure.value
        or (
            agree(figure, other)
            and plausible(figure, other)
            and other.currency == figure.currency
            and (figure.kind != "count" or unit & _unit(other))
        )
        for other in read_figures(line.text)
    )


def _said(figure: Figure, line: Line, *, is_day: bool) -> Figure | None:
    """Return the one figure of a sentence that is of the same thing as the question's."""
    if is_day:
        days = read_days(line.text)
        return days[0] if len(days) == 1 else None
    unit = _unit(figure)
    alike = [
        other
        for other in read_figures(line.text)
        if other.kind == figure.kind and other.currency == figure.currency and (figure.kind != "count" or unit & _unit(other))
    ]
    if len(alike) != 1 or alike[0].partial or agree(figure, alike[0]):
        return None
    return alike[0]


def _unit(figure: Figure) -> frozenset[str]:
    """Return the stems of what is counted, with its adjectives."""
    return frozenset(stem(word) for word in content_words(" ".join(figure.following[:3])))


def _near(question: str, figure: Figure) -> frozenset[str]:
    """Return the stems of the content words around a figure of the question."""
    before = tokens(question[: figure.start])
    after = tokens(question[figure.end :])
    words = [*content_words(" ".join(before[-_NEAR * 2 :]))[-_NEAR:], *content_words(" ".join(after[: _NEAR * 2]))[:_NEAR]]
    return frozenset(stem(word) for word in words)
