"""A newspaper page turned into text: several stories, their columns interleaved, headlines without marks.

Joins fragments to the story they continue. What continues nothing becomes an article of its own, flagged; nothing is dropped
and nothing is put under a byline on a guess.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from index.articles import NoText, build_article
from index.dates import read_credit_lines
from index.sources.blocks import Block, caption_text, read_blocks
from index.sources.continuity import Embed, Fragment, continuations, subject_similarity
from index.sources.credits import Credits, read_byline, read_outlets
from index.sources.masthead import Masthead, read_masthead
from index.types import Article, Origin, Rejection

# A loose but complete run of paragraphs joins the story that it resembles this much, and clearly more than any other.
_SAME_SUBJECT = 0.45
_CLEAR_MARGIN = 0.10
# Pieces of stories times loose pieces that are compared, and pieces at all: far more than a page has.
_MOST_PAIRS, _MOST_PIECES = 100_000, 2_000


@dataclass(slots=True, kw_only=True)
class _Run:
    """Blocks printed together: a story's beginning, or a piece of one."""

    titles: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    credits: Credits = field(default_factory=Credits)
    dates: list[str] = field(default_factory=list)
    paragraphs: list[Block] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    starts_story: bool = False

    @property
    def body(self) -> list[Block]:
        return [b for b in self.paragraphs if b.kind == "paragraph"]


def looks_like_newspaper(text: str) -> bool:
    """Return whether the text is a page of several stories: bylines or page marks standing alone, and broken sentences."""
    blocks = read_blocks(text)
    starts = sum(b.kind in ("byline", "mark") for b in blocks)
    broken = sum(b.open_head for b in blocks)
    headlines = sum(b.kind == "headline" for b in blocks)
    return starts > 1 or (starts == 1 and (broken > 0 or headlines > 1))


def read_newspaper(text: str, source: str, embed: Embed) -> Iterator[Article | Rejection]:
    """Yield the page's stories in the order of their beginnings, then the pieces that belong to none."""
    masthead, text = read_masthead(text)
    runs = _runs(read_blocks(text))
    fragments = [_fragment(run) for run in runs]
    joins = continuations(fragments, embed)
    chains = _chains(runs, joins)
    chains = _place_loose(chains, runs, fragments, embed)
    for number, chain in enumerate(chains, start=1):
        origin = Origin(source=source, position=f"story {number}")
        try:
            yield _article([runs[i] for i in chain], joins, chain, origin, masthead)
        except NoText as error:  # a rule of dashes, printed as text
            yield Rejection(origin=origin, reason=str(error), skipped=True)


def _runs(blocks: list[Block]) -> list[_Run]:
    """Cut the page where a story begins, where a sentence breaks off and where one begins in its middle."""
    runs: list[_Run] = []
    beginning = False  # inside the headline, label and byline of a story
    for block in blocks:
        # A date is one of a story's credits only where they stand.
        if block.kind in ("headline", "label", "byline", "mark") or (block.kind == "date" and beginning):
            if not beginning:
                runs.append(_Run(starts_story=True))
            beginning = True
            _note(runs[-1], block)
            continue
        if block.kind == "caption":
            if not runs:
                runs.append(_Run())
            runs[-1].captions.append(caption_text(block))
            continue
        # Column breaks cannot be seen directly below a headline.
        broken = bool(runs) and bool(runs[-1].paragraphs) and (block.open_head or runs[-1].paragraphs[-1].open_tail)
        if not runs or broken or (block.open_head and not beginning):
            runs.append(_Run())
        runs[-1].paragraphs.append(block)
        beginning = False
    return runs


def _note(run: _Run, block: Block) -> None:
    if block.kind == "headline":
        run.titles.append(block.text)
    elif block.kind == "label":
        run.labels.append(block.text)
    elif block.kind == "byline":
        run.credits |= read_byline(block.text)
        run.dates.append(block.text)
    elif block.kind == "date":
        run.credits |= read_outlets(block.text)
        run.dates.append(block.text)


def _fragment(run: _Run) -> Fragment:
    body = run.body
    return Fragment(
        text="\n\n".join([*run.titles, *(b.text for b in run.paragraphs)]),
        head=body[0].text if body else "",
        tail=body[-1].text if body else "",
        starts_story=run.starts_story,
        open_head=bool(body) and body[0].open_head,
        open_tail=bool(run.paragraphs) and run.paragraphs[-1].open_tail,
        joinable=bool(run.paragraphs) and run.paragraphs[0].kind == "paragraph",
    )


def _chains(runs: list[_Run], joins: dict[int, int]) -> list[list[int]]:
    """Follow the joins from every run that continues none; stories first, then loose pieces, each in printed order."""
    continued = set(joins.values())
    chains = []
    for first in sorted((i for i in range(len(runs)) if i not in continued), key=lambda i: (not runs[i].starts_story, i)):
        chain = [first]
        while chain[-1] in joins:
            chain.append(joins[chain[-1]])
        chains.append(chain)
    return chains


def _place_loose(chains: list[list[int]], runs: list[_Run], fragments: list[Fragment], embed: Embed) -> list[list[int]]:
    """Put loose runs of whole sentences behind the story on the same subject, if there is exactly one such story."""
    stories = [chain for chain in chains if runs[chain[0]].starts_story]
    loose = [chain for chain in chains if not runs[chain[0]].starts_story]
    pairs = sum(map(len, stories)) * sum(map(len, loose))
    if not pairs or pairs > _MOST_PAIRS or len(runs) > _MOST_PIECES:
        return chains
    similar = subject_similarity(fragments, embed)
    kept = []
    for chain in loose:
        if fragments[chain[0]].open_head:
            kept.append(chain)  # it begins in mid-sentence: gluing it to a byline would be a guess
            continue
        ranked = sorted(((max(float(similar[i, j]) for i in story for j in chain), story) for story in stories), reverse=True)
        runner_up = ranked[1][0] if len(ranked) > 1 else 0.0
        if ranked[0][0] >= _SAME_SUBJECT and ranked[0][0] - runner_up >= _CLEAR_MARGIN:
            ranked[0][1].extend(chain)
        else:
            kept.append(chain)
    return stories + kept


def _article(runs: list[_Run], joins: dict[int, int], chain: list[int], origin: Origin, masthead: Masthead) -> Article:
    paragraphs: list[str] = []
    for number, run in enumerate(runs):
        texts = [b.text for b in run.paragraphs]
        if number and paragraphs and texts and joins.get(chain[number - 1]) == chain[number]:
            paragraphs[-1] = f"{paragraphs[-1]} {texts[0]}"
            texts = texts[1:]
        paragraphs.extend(texts)
    first, last = runs[0], runs[-1]
    flags = []
    if not first.starts_story:
        flags.append("fragment")
    if last.paragraphs and last.paragraphs[-1].open_tail:
        flags.append("ends in mid-sentence")
    title = max(first.titles, key=lambda t: len(t.split()), default=None)
    labels = [*first.labels, *(t for t in first.titles if t != title)]
    # A second line of headline that names no section is text: a deck, or the few words above a column break.
    decks = [t for t in labels[1:] if t not in first.labels]
    # The page's own line tells the day of all its stories, unless a story has one.
    published, updated = read_credit_lines(first.dates, "text")
    return build_article(
        text="\n\n".join([*decks, *paragraphs, *(c for run in runs for c in run.captions if c)]) or (title or ""),
        origin=origin,
        title=title,
        authors=first.credits.authors,
        publisher=first.credits.publisher or masthead.publisher,
        agency=first.credits.agency,
        published=published or masthead.published,
        updated=updated,
        section=labels[0] if labels else None,
        flags=flags,
    )
