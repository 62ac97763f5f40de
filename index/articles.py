"""Builds an `Article` from what a source found: canonical text, content-derived id, a title when none was printed."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from index.cleaning import clean_line, clean_text, normalise
from index.outlets import outlet_name, wire_service
from index.sentences import sentence_spans
from index.types import Article, NewsDate, Origin

# 20 hexadecimal digits are 80 bits: two of 10 million articles share an id with a chance of about 4e-11.
_ID_DIGITS = 20
_TITLE_CHARACTERS = 110
# `LONDON, Sept. 3 (Reuters) -` and `SANDHOLM, Example Land (AP) --` open agency copy: a place in capitals, perhaps its
# country, then the service in parentheses, then a dash.
_DATELINE = re.compile(
    r"^[A-Z][A-Z .,'/-]{2,40}(?:[A-Z][a-z][\w. ]{1,20})?(?:,?\s+\w+\.? \d{1,2},?)?\s*\(([^)]{2,40})\)\s*(?:-+|–|—)"
)
# What people in newsrooms are called, at the end of a description: `Asia bureau chief`, `Editor at Large`.
_JOBS = (
    r"(?:editors?(?:[- ]in[- ]chief|[- ]at[- ]large)?|correspondents?|reporters?|writers?|columnists?|analysts?"
    r"|journalists?|contributors?|photographers?|photojournalists?|producers?|presenters?|commentators?|critics?|bloggers?"
    r"|videographers?|stringers?|interns?|bureau chiefs?)"
)
# Fields and ranks that stand before them.
_FIELDS = (
    r"(?:affairs|africa|arts|asia|assistant|associate|breaking|bureau|business|chief|city|climate|contributing|courts?|crime"
    r"|culture|data|defen[cs]e|deputy|digital|diplomatic|economics?|education|energy|entertainment|environment(?:al)?|europe"
    r"|executive|features|finance|financial|food|foreign|freelance|guest|health|home|international|investigat(?:ive|ions)"
    r"|legal|lifestyle|local|managing|markets|media|medical|metro|money|national|news|opinion|parliamentary|political"
    r"|politics|regional|religion|royal|science|security|senior|social|special|sports?|staff|tech(?:nology)?|transport"
    r"|travel|white house|world)"
)
_OCCUPATION = re.compile(rf"(?:^|\s){_JOBS}$|^(?:{_JOBS}|head|director)\s+(?:of|for|at|on)\s|^staff$", re.IGNORECASE)
# Before a name of two words or more; after one; or alone.
_OCCUPATION_AROUND = re.compile(
    rf"^(?:{_FIELDS}\s+)*{_JOBS}\s+(?-i:(?=[A-Z]\S*\s+[A-Z]))"
    rf"|(?<=\S)(?:\s+{_FIELDS})*\s+{_JOBS}$|^(?:{_FIELDS}\s+)*{_JOBS}$|^staff$",
    re.IGNORECASE,
)
_WEB = re.compile(r"https?://[^/\s]", re.IGNORECASE)
# Spaces, controls, delimiters of text and markup, and all that is invisible or steers the direction of writing.
_NOT_IN_ADDRESSES = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\ud800-\udfff"
    '\U000e0000-\U000e0fff<>"`{}|\\\\^]'
)


class NoText(ValueError):  # noqa: N818
    """There is no text to make an article of."""


def build_article(
    *,
    text: str,
    origin: Origin,
    title: str | None = None,
    publisher: str | None = None,
    agency: str | None = None,
    authors: Sequence[str] = (),
    published: NewsDate | None = None,
    updated: NewsDate | None = None,
    fetched: NewsDate | None = None,
    url: str | None = None,
    language: str | None = None,
    section: str | None = None,
    provenance: Mapping[str, str] | None = None,
    corrections: Sequence[str] = (),
    flags: Sequence[str] = (),
) -> Article:
    """Return the article for a source's findings.

    Raises:
        NoText: nothing is left of the text after cleaning.
    """
    canonical = clean_text(text)
    if not normalise(canonical):
        raise NoText("the article has no text")
    printed = clean_line(title or "")
    if agency is None and (dateline := _DATELINE.match(canonical)):
        agency = wire_service(dateline[1])
    return Article(
        article_id=content_id(canonical),
        title=printed or title_from(canonical),
        title_printed=bool(printed),
        text=canonical,
        origin=origin,
        publisher=outlet_name(clean_line(publisher)) if publisher and clean_line(publisher) else None,
        agency=agency,
        authors=tuple(dict.fromkeys(name for author in authors if (name := clean_line(author)))),
        published=published,
        updated=updated,
        fetched=fetched,
        url=web_address(url),
        language=clean_line(language or "") or None,
        section=clean_line(section or "") or None,
        provenance=dict(provenance or {}),
        corrections=tuple(dict.fromkeys(notice for correction in corrections if (notice := clean_line(correction)))),
        flags=tuple(flags),
    )


def opens_with_dateline(text: str) -> bool:
    """Return whether a text opens as agencies' copy does: `SANDHOLM, Example Land (AP) --`."""
    return _DATELINE.match(text) is not None


def web_address(url: str | None) -> str | None:
    """Return an address that a page can link to: of the web, with what cannot stand in one percent-encoded; else None.

    Whoever shows sources makes links of them, and `javascript:` in a link runs in the reader's own page.
    """
    found = (url or "").strip()
    if not _WEB.match(found):
        return None
    return _NOT_IN_ADDRESSES.sub(lambda match: quote(match[0], errors="replace"), found)


def content_id(text: str) -> str:
    """Return the id of an article with this text; case, punctuation and spacing do not count."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()[:_ID_DIGITS]


def title_from(text: str) -> str:
    """Return a title from the first sentence, cut at a word with an ellipsis when it is long."""
    paragraph = text.split("\n\n", 1)[0]
    start, end = next(iter(sentence_spans(paragraph)), (0, len(paragraph)))
    sentence = paragraph[start:end].strip(" \"'“”‘’")
    if len(sentence) <= _TITLE_CHARACTERS:
        return sentence
    return sentence[:_TITLE_CHARACTERS].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + " …"


def split_authors(credit: str) -> tuple[str, ...]:
    """Return the names in a byline such as `By Jane Roe, political editor, and John Doe in Hong Kong`.

    What a person does is no name: a part between commas that ends in an occupation is dropped, and so are the occupation
    and its field around a name (`Jane Roe Political Editor`, `Staff Writer Jane Roe`). `Reporter Kim` and `Jane Writer`
    stay whole, because what would be left is half of a name.
    """
    credit = re.sub(r"^by ", "", " ".join(credit.split()), flags=re.IGNORECASE)
    names: list[str] = []
    for number, group in enumerate(re.split(r"\s*[,;]\s*", credit)):
        pieces = [
            re.sub(r"\s+(?:in|at|from|for)\s+[A-Z].*$", "", piece).strip(" .()|")
            for piece in re.split(r"(?:^|\s+)and\s+|\s+&\s+", group, flags=re.IGNORECASE)
        ]
        # Behind a comma `Arts and Culture Editor` is an occupation as a whole; before any comma there must be a name.
        last = max((i for i, piece in enumerate(pieces) if number and _OCCUPATION.search(piece)), default=-1)
        for piece in pieces[last + 1 :]:
            name = _OCCUPATION_AROUND.sub("", piece).strip()
            names.append(piece if len(name.split()) == 1 else name)
    return tuple(name for name in names if name)
