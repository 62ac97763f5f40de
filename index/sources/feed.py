"""Feeds (RSS, RDF, Atom, JSON Feed): entries that carry the whole article become articles, the others links to their pages."""

import re
from collections.abc import Iterator
from typing import Final

from index.articles import NoText, build_article
from index.cleaning import clean_text
from index.sources.feed_entries import Entry, Feed, FeedError, parse_json_feed, parse_xml_feed
from index.sources.news_xml import xml_root_name
from index.sources.wire import byline_authors, first_wire_service
from index.types import Article, Link, NewsDate, Origin, Rejection

MAX_FEED_BYTES: Final = 5_000_000
"""A larger feed is refused unparsed: feedparser needs about a second for each megabyte."""

# Fewer words may be a summary; with as many, a description holds the article itself.
_FULL_WORDS = 120
_HEAD = 4_000
_ROOTS = frozenset({"rss", "feed", "rdf"})
_RDF_FEED = ("purl.org/rss/", "my.netscape.com/rdf")
_JSON_FEED = re.compile(r'"version"\s*:\s*"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version')
_HTML = re.compile(
    r"\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
# WordPress plug-ins print this under summaries and whole articles alike.
_FOOTER = re.compile(
    r"(?:\A|\s)(?:The post|Der Beitrag|(?:L['’]|Cet )article|La entrada|L['’]articolo|O post|Het bericht) .{1,300}?"
    r" (?:appeared first on|first appeared on|erschien zuerst auf|est apparu en premier sur|(?:se publicó|aparece) primero en"
    r"|(?:proviene da|sembra essere il primo su)|apareceu primeiro em|verscheen eerst op) [^\n]{1,200}\Z",
    re.DOTALL,
)
# Footers and marks of a cut are looked for in so many characters at the end.
_TAIL = 600
_CUT = re.compile(
    r"(?:…|\.\.\.|[\[(]\s*(?:…|\.\.\.|more)\s*[\])]|(?:\A|\n\n|[.…!?。\])”\"]\s*)"
    r"(?:continue reading|read more|read on|keep reading|read the (?:full|whole|original|rest of the) (?:story|article|post)"
    r"|read (?:full|whole) (?:story|article)|full story|weiterlesen|mehr lesen|lire la suite|leer más|seguir leyendo|leia mais"
    r"|continua a leggere|leggi tutto|lees verder|läs mer|читать далее|阅读全文|阅读更多|閱讀全文|続きを読む)"
    r"(?!\w)[^\n]{0,200})[\s»›→>.]*\Z",
    re.IGNORECASE,
)
# Chinese and Japanese are written without spaces; a word has about two characters.
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
# What titles of feeds say besides the outlet's name: `Example Post - Latest news`, `Example Post RSS Feed`.
_TITLE_ENDING = re.compile(
    r"(?:\s*[-–—|:»·/]\s*|\s+)(?:(?:rss|atom|news|json)\s*feed|feed|rss|(?:the\s+)?latest(?:\s+(?:news|headlines|stories|articles))?"
    r"|top\s+(?:news|stories|headlines)|all\s+(?:news|stories|articles|posts)|headlines|home(?:\s*page)?|front\s*page)\s*\Z",
    re.IGNORECASE,
)
_TITLE_OPENING = re.compile(r"\A(?:(?:the\s+)?latest\s+(?:news|headlines|stories|articles)|rss(?:\s+feed)?|top\s+stories)"
                            r"\s*(?:from|of|for|[-–—|:»])\s+", re.IGNORECASE)  # fmt: skip


_TITLE_CHARACTERS, _TITLE_ENDINGS = 200, 3


def looks_like_feed(head: str) -> bool:
    """Return whether a document that begins with `head` is a feed by its first element or its JSON Feed version."""
    if head.lstrip("\ufeff \t\r\n").startswith("{"):
        return _JSON_FEED.search(head) is not None
    root = (xml_root_name(head) or "").casefold()
    return root in _ROOTS and (root != "rdf" or any(space in head for space in _RDF_FEED))


def read_feed(
    content: bytes, source: str, *, fetched: NewsDate | None = None, url: str | None = None, charset: str | None = None
) -> Iterator[Article | Link | Rejection]:
    """Yield each entry in printed order: an article if the feed gives its whole text, else a link to its page.

    `url` is the feed's own address, against which its links are resolved; `charset` the encoding that its server declares.
    Positions are `entry 1`, `entry 2` …
    """
    origin = Origin(source=source)
    if len(content) > MAX_FEED_BYTES:
        yield Rejection(origin=origin, reason=f"a feed of more than {MAX_FEED_BYTES:,} bytes; ask for a shorter one")
        return
    try:
        feed = _parsed(content, url, charset)
    except FeedError as error:
        yield Rejection(origin=origin, reason=str(error))
        return
    if not feed.entries:
        yield Rejection(origin=origin, reason="the feed has no entries", skipped=True)
    for number, entry in enumerate(feed.entries, start=1):
        yield _read_entry(entry, feed, Origin(source=source, position=f"entry {number}", record_id=entry.identity or entry.link),
                          fetched)  # fmt: skip


def _parsed(content: bytes, url: str | None, charset: str | None) -> Feed:
    head = content[:_HEAD].decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", errors="replace")
    if _HTML.match(head):
        raise FeedError("an HTML page, not a feed; give the feed's own address, or the page as a page")
    if head.lstrip().startswith("{"):
        return parse_json_feed(content, url)
    return parse_xml_feed(content, url, charset)


def _read_entry(entry: Entry, feed: Feed, origin: Origin, fetched: NewsDate | None) -> Article | Link | Rejection:
    text, whole, cut = _body(entry)
    if whole or (cut and not entry.link and _words(text) >= _FULL_WORDS):
        try:
            return _article(entry, feed, origin, fetched, text=text, flags=() if whole else ("ends in mid-sentence",))
        except NoText:
            pass  # no words in it: the page may have some
    if entry.link is None:
        reason = "only a teaser, and no page that holds the article" if text else "an entry without text and without a page"
        return Rejection(origin=origin, reason=reason, skipped=True)
    return Link(
        origin=origin, url=entry.link, title=entry.title, authors=_authors(entry, _publisher(entry, feed)[0]),
        published=entry.published, updated=entry.updated,
    )  # fmt: skip


def _body(entry: Entry) -> tuple[str, bool, bool]:
    """Return the entry's longest text, whether it is the whole article, and whether it breaks off.

    It is whole when it does not break off and the feed gives it as content that says more than the summary, or when it
    is as long as articles are.
    """
    content, summary = (_without_footer(clean_text(text)) for text in (entry.content, entry.summary))
    text = content if len(content) >= len(summary) else summary
    cut = _CUT.search(text, max(0, len(text) - _TAIL)) is not None
    stated = text == content and _words(content) > _words(summary)
    return text, not cut and (stated or _words(text) >= _FULL_WORDS), cut


def _words(text: str) -> int:
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def _without_footer(text: str) -> str:
    footer = _FOOTER.search(text, max(0, len(text) - _TAIL))
    return text[: footer.start()].rstrip() if footer else text


def _article(entry: Entry, feed: Feed, origin: Origin, fetched: NewsDate | None, *, text: str, flags: tuple[str, ...]) -> Article:
    publisher, publisher_from = _publisher(entry, feed)
    provenance = {"publisher": publisher_from} if publisher_from else {}
    if entry.unreadable:
        provenance["published"] = f"unreadable date {entry.unreadable[:40]!r}; left undated"
    language = entry.language or feed.language
    return build_article(
        text=text,
        origin=origin,
        title=entry.title,
        publisher=publisher,
        agency=first_wire_service(publisher, *entry.credits),
        authors=_authors(entry, publisher, language),
        published=entry.published,
        updated=entry.updated,
        fetched=fetched,
        url=entry.link,
        language=language,
        section=entry.section,
        provenance=provenance,
        flags=flags,
    )


def _publisher(entry: Entry, feed: Feed) -> tuple[str | None, str | None]:
    """Return the outlet that the entry names, else the feed's title without what only says that it is a feed."""
    if entry.source:
        return entry.source[:_TITLE_CHARACTERS], "feed entry's source"
    if not feed.title:
        return None, None
    name = feed.title[:_TITLE_CHARACTERS]
    for _ in range(_TITLE_ENDINGS):
        name = _TITLE_OPENING.sub("", _TITLE_ENDING.sub("", name)).strip() or name
    return name, "feed title"


def _authors(entry: Entry, publisher: str | None, language: str | None = None) -> tuple[str, ...]:
    return tuple(
        name for credit in entry.credits for name in byline_authors(credit, language=language, outlets=[publisher, entry.source])
    )
