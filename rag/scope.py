"""What a question's own words narrow of the archive, inside what the caller asked for. Reads no archive."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from rag.outlet_mentions import OutletMention, mentioned_outlets
from rag.types import Question
from rag.windows import Window, read_window, within

# Half of what an article of the day gains (rag.settings). Chosen, not measured: no question
# of the sets at hand mentions a report only in passing.
_NEAR = 1.25
_SAID_BY = re.compile(
    r"(?:so |and |but )?what (?:else )?(?:did|does|do|has|have|had) (?:the )?"
    r"(?:newspaper |paper |magazine |broadcaster |news agency |agency )?",
    re.IGNORECASE,
)
_SAID_ABOUT = re.compile(
    r" (?:also |first |recently |just )?(?:say|said|saying|report(?:ed|ing)?|write|written|wrote|writing|publish(?:ed)?"
    r"|reveal(?:ed)?|tell us|have to say)(?: anything)? (?:about|on|of|regarding|concerning) (?P<topic>\S.*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A question with the limits that its words set, and the preferences that they show."""

    question: Question
    """With `since`, `until` and `publishers` narrowed, never widened."""
    window: Window | None
    """The days that it speaks of as those of an event."""
    near: tuple[OutletMention, ...]
    """The outlets whose reports it mentions without asking for them."""
    attributed: tuple[OutletMention, ...]
    """The outlets whose reports it asks for: they are among its `publishers`."""
    limited_by: tuple[str, ...]
    """The words that set a limit, to tell the asker why nothing was found."""


def read_scope(question: Question, asked_on: date, known_outlets: Collection[str]) -> Scope:
    """Return the question with the limits that its words add.

    The caller's own `since`, `until`, `as_of` and `publishers` always hold: words that leave nothing of them set no limit.

    Args:
        question: with the caller's limits.
        asked_on: the day that `last week` is told from.
        known_outlets: publishers and agencies of the archive.
    """
    mentions = mentioned_outlets(question.text, known_outlets)
    if question.publishers:
        wanted = {name.casefold() for name in question.publishers}
        mentions = tuple(mention for mention in mentions if wanted & {name.casefold() for name in mention.publishers})
    attributed = [mention for mention in mentions if mention.kind == "attributed"]
    names = tuple(dict.fromkeys(name for mention in attributed for name in mention.publishers))
    window = read_window(question.text, asked_on, reported=bool(attributed))
    latest = min(filter(None, (question.until, question.as_of)), default=None)
    inside = within(window, question.since, latest) if window else None
    limit = inside if inside and inside.kind == "published" else None
    return Scope(
        question=replace(
            question,
            publishers=names or question.publishers,
            since=limit.since if limit else question.since,
            until=limit.until if limit else question.until,
        ),
        window=None if limit else inside,
        near=tuple(mention for mention in mentions if mention.kind == "near"),
        attributed=tuple(attributed),
        limited_by=tuple(mention.words for mention in attributed) + ((limit.words,) if limit else ()),
    )


def of_the_outlets(question: Question, asked_on: date, known_outlets: Callable[[], Collection[str]]) -> Question:
    """Return `What did Reuters say about the ban?` as `What was said about the ban?`, to be answered by Reuters alone.

    The outlet's name stands beside an article, not in its text: no sentence can be looked for by it. Any other question is
    returned as it is, and the archive's outlets are not read for it.
    """
    if _SAID_BY.match(question.text) is None:
        return question
    scope = read_scope(question, asked_on, known_outlets())
    named = [mention.words for mention in scope.attributed]
    if not named:
        return question
    first, last = (question.text.find(named[0]), question.text.rfind(named[-1]) + len(named[-1]))
    about = _SAID_ABOUT.fullmatch(question.text, last)
    if about is None or not _SAID_BY.fullmatch(question.text, 0, first):
        return question
    return replace(scope.question, text=f"What was said about {about['topic']}")


def outlet_factors(outlets: Sequence[Collection[str | None]], near: Collection[OutletMention]) -> list[float]:
    """Return one factor for each article: 1.25 where its publisher or agency is mentioned, else 1.

    Args:
        outlets: of each article its publisher and agency.
        near: the outlets that the question mentions.
    """
    names = {name.casefold() for mention in near for name in mention.publishers}
    return [_NEAR if names & {name.casefold() for name in article if name} else 1.0 for article in outlets]
