"""Takes a newspaper page apart: which printed block is a headline, byline, label, caption, page mark or paragraph."""

import re
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from index.cleaning import clean_text
from index.dates import beside_dates, is_date_line
from index.outlets import looks_like_outlet
from index.sources.credits import BYLINE

Kind = Literal["headline", "heading", "byline", "date", "label", "mark", "caption", "paragraph"]

_MARK = re.compile(
    r"^\W*(?:(?:continued?|cont'?d\.?|jump(?:ed)?|turn|see|more)?\s*(?:from|on|to)\s+(?:front\s+)?page\s+\w{1,4}"
    r"|see page\s+\w{1,4}|page\s+\w{1,4}|turn to\s+\w{1,4})\W*$",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"[(\[（]\s*(?:photos?|image|picture|pic|illustration|graphic|file photo|screenshot)\b[^()\[\]（）]*[)\]）]\s*\.?$",
    re.IGNORECASE,
)
_LABELS = frozenset(
    "analysis|arts|around the world|books|briefs|briefing|business|china|city|comment|commentary|company|culture|cover story"
    "|economy|editorial|education|energy|entertainment|environment|exclusive|feature|features|finance|focus|food|forum|global"
    "|health|hi-tech|high-tech|home|in brief|industry|innovation|insight|interview|letters|life|lifestyle|local|markets|media"
    "|metro|money|nation|national|nature|news|news analysis|obituary|obituaries|op-ed|opinion|opinions|perspective|people"
    "|politics|profile|regional|report|review|sci-tech|science|society|special report|spotlight|sport|sports|tech|technology"
    "|top news|top stories|travel|trends|viewpoint|views|voice|weather|weekend|world".split("|")
)  # fmt: skip
_TERMINAL = re.compile(r"(?:[.!?…。！？]|\.\.\.)[\"'”’)\]*]*$|[。！？」』]$")
# Words that headlines and sub-headings leave out but broken-off sentences hold.
_SENTENCE_WORDS = re.compile(
    r"(?<!^)\b(?:the|an?|is|are|was|were|has|have|had|been|be|that|which|who|it|its|they|their|he|she|his|her|this|these"
    r"|said|says|would|will|also|of its|such as)\b",
)
_HANGING = re.compile(
    r"(?:[,;–—-]|\b(?:the|an?|and|or|but|of|in|on|at|to|for|from|by|with|as|than|that|which|who|is|are|was|were|has|have|had"
    r"|be|it|its|their|his|her|more|most|between|into|including|several|some|such|while|when|where|because))$",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"(?:Who|What|Why|How|Where|When|Which)\b[^,]+$")
_HEADING_WORDS, _SUBHEADING_WORDS, _BYLINE_WORDS, _CAPTION_CHARACTERS = 16, 8, 14, 400
_TITLE_CASE = 0.6
_HEADLINE_LINES = 3
_DIGIT = re.compile(r"\d")
_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
_LONG_WORD = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One printed block and what it is."""

    kind: Kind
    text: str

    @property
    def open_head(self) -> bool:
        """The paragraph begins in mid-sentence."""
        words = self.text.lstrip("\"'“‘([—–- ").split(maxsplit=1)
        first = words[0] if words else ""
        # iPhone, eBay and xAI begin sentences in lower case.
        return self.kind == "paragraph" and first[:1].islower() and not re.search("[A-Z]", first)

    @property
    def open_tail(self) -> bool:
        """The paragraph stops in mid-sentence."""
        return self.kind == "paragraph" and not _TERMINAL.search(self.text) and not self.text.endswith(":")


def read_blocks(text: str) -> list[Block]:
    """Return the page's blocks in printed order."""
    texts = [_without_markup(block) for block in clean_text(_with_credits_apart(text)).split("\n\n")]
    kinds = [(_kind(block), block) for block in texts if block]
    blocks = [Block(kind=kind, text=_CREDIT.sub("", text).rstrip() if kind == "paragraph" else text) for kind, text in kinds]
    return [Block(kind=_kind_in_context(blocks, i), text=block.text) for i, block in enumerate(blocks)]


def _with_credits_apart(text: str) -> str:
    """Put a blank line around bylines and dates that stand right below their headline, or right above their text."""
    apart: list[str] = []
    above: list[str] = []
    for lines in (block.strip().split("\n") for block in _BLANK.split(text)):
        first = next((i for i, line in enumerate(lines[: _HEADLINE_LINES + 1]) if _is_credit(line)), None)
        heading = above if first == 0 else lines[:first]
        above = lines
        if first is None or not heading or len(heading) > _HEADLINE_LINES or not all(map(_may_head, heading)):
            apart.append("\n".join(lines))
            continue
        below = first + len(list(takewhile(_is_credit, lines[first:])))
        apart += [part for part in ("\n".join(lines[:first]), *lines[first:below], "\n".join(lines[below:])) if part]
    return "\n\n".join(apart)


def _is_credit(line: str) -> bool:
    line = line.strip()
    return _is_byline(line) or _is_date(line)


def _is_date(text: str) -> bool:
    """Return whether a line holds a date and nothing else but an outlet's name."""
    if _DIGIT.search(text) is None:
        return False
    beside = beside_dates(text).strip(" ,.|–—-") if len(text.split()) <= _BYLINE_WORDS and is_date_line(text) else text
    return not beside or (looks_like_outlet(beside) and beside != text)


def _may_head(line: str) -> bool:
    return 0 < len(line.split()) <= _HEADING_WORDS and not _ends_a_sentence(line.strip())


def _is_byline(text: str) -> bool:
    return bool(BYLINE.match(text)) and len(text.split()) <= _BYLINE_WORDS and not _TERMINAL.search(text)


def caption_text(block: Block) -> str:
    """Return what a caption says, without the photographer's credit."""
    return _CREDIT.sub("", block.text).strip()


def _without_markup(text: str) -> str:
    """Drop the Markdown emphasis, heading marks and escapes that text converters leave."""
    text = re.sub(r"^#{1,6}\s+", "", text)
    text = re.sub(r"(?<![\w*])(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?![\w*])", r"\2", text)
    return re.sub(r"\\([$%&#_*~<>\[\]()])", r"\1", text)


def _kind(text: str) -> Kind:  # noqa: PLR0911 - one return a kind
    words = text.split()
    if _MARK.match(text):
        return "mark"
    # What opens in mid-sentence is a paragraph, whatever photographer is named at its end.
    if _CREDIT.search(text) and len(text) <= _CAPTION_CHARACTERS and not text[:1].islower():
        return "caption"
    if _is_byline(text):
        return "byline"
    if _is_date(text):
        return "date"
    if text.strip(" :|").casefold() in _LABELS:
        return "label"
    first = text.lstrip("\"'“‘(")[:1]
    if len(words) > _HEADING_WORDS or _ends_a_sentence(text) or first.islower() or not first.isalnum():
        return "paragraph"
    if _title_case(words):
        return "headline"
    broken = _SENTENCE_WORDS.search(text) or _HANGING.search(text) or text.endswith((",", ":"))
    return "paragraph" if broken else "heading"


def _ends_a_sentence(text: str) -> bool:
    return bool(_TERMINAL.search(text)) and not text.endswith("?")


def _title_case(words: list[str]) -> bool:
    """Return whether most long words after the first are capitalised: a headline, not a sentence."""
    long = [w for w in words[1:] if len(w.strip("\"'“”‘’,.")) >= _LONG_WORD]
    capital = [w for w in long if not w.lstrip("\"'“‘(")[:1].islower()]
    return len(words) > 1 and len(long) > 0 and len(capital) / len(long) >= _TITLE_CASE


def _kind_in_context(blocks: list[Block], i: int) -> Kind:
    """Settle what a heading in sentence case is by what stands below it, and whether a headline is one."""
    block = blocks[i]
    if block.kind == "headline" and _is_short_paragraph(blocks, i):
        return "paragraph"
    if block.kind == "paragraph":
        printed: Kind = "heading" if _is_subheading(blocks, i) else "paragraph"
        return "headline" if _is_above_its_byline(blocks, i) else printed
    if block.kind != "heading":
        return block.kind
    below = [b for b in blocks[i + 1 : i + 4] if b.kind not in ("label", "heading")]
    if below and (below[0].kind == "byline" or blocks[i + 1].kind == "mark"):
        return "headline"
    if below and blocks[i + 1].open_head and ("," in block.text or len(block.text.split()) > _SUBHEADING_WORDS):
        return "paragraph"
    return "heading"


def _is_short_paragraph(blocks: list[Block], i: int) -> bool:
    """Return whether a line full of names is not a headline but the few words of a paragraph above a column break."""
    below = next((b for b in blocks[i + 1 :] if b.kind != "caption"), None)
    if below is None or below.kind in ("byline", "mark", "label"):
        return False
    beginning = list(takewhile(lambda b: b.kind in ("headline", "label", "mark", "byline"), reversed(blocks[:i])))
    hanging = bool(_HANGING.search(blocks[i].text))
    # Nobody prints a second headline below the byline, and a second headline does not end in `and the`.
    if any(b.kind == "headline" for b in beginning):
        return beginning[0].kind == "byline" or hanging or below.open_head
    return below.open_head and (hanging or bool(_SENTENCE_WORDS.search(blocks[i].text)))


def _is_above_its_byline(blocks: list[Block], i: int) -> bool:
    """Return whether a few words that could be a sentence's are a headline: `Hives in the valley reach a record`."""
    text = blocks[i].text
    if not _may_head(text) or not text[:1].isupper() or _HANGING.search(text):
        return False
    beginning = list(takewhile(lambda b: b.kind == "date", blocks[i + 1 :]))
    below = blocks[i + 1 + len(beginning) :]
    return bool(below) and below[0].kind == "byline" and not (i and blocks[i - 1].kind in ("headline", "heading"))


def _is_subheading(blocks: list[Block], i: int) -> bool:
    """Return whether a paragraph is a sub-heading that asks with no question mark: `Who pays for the deep`."""
    if not 0 < i < len(blocks) - 1 or len(blocks[i].text.split()) > _SUBHEADING_WORDS:
        return False
    above, block, below = blocks[i - 1 : i + 2]
    # Other few words between whole paragraphs may as well be the first of a sentence above a column break.
    if not _QUESTION.match(block.text) or not block.open_tail or _HANGING.search(block.text):
        return False
    return above.kind == below.kind == "paragraph" and not above.open_tail and not below.open_head
