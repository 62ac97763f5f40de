"""Tells pages that hold no article: errors, bot checks, consent and login pages, front pages, teasers, paywalls, empty shells.

The structure of a page counts first, its words second: a long article about paywalls or cookies is an article, and so is a
brief of fifty words. A page that calls itself an article is never taken for a front page.
"""

import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from index.cleaning import normalise
from index.sources.json_ld import text_value, types_of
from index.sources.markup import element_text
from index.sources.page import Page, web_address
from index.sources.page_body import PageBody, size_in_words

# Below this nothing is told: news briefs have about 50 words, the shortest English text of benchmarks/extraction.py has 64.
_FEWEST_WORDS = 20
# A stub shows the opening and the prompt; a free brief can be as short, so this only counts with a sign of more to come.
_STUB_WORDS = 150
# Messages of servers and consent managers; the longest in use are shorter.
_MESSAGE_WORDS = 200
_MISSING_SHARE, _WHOLE_SHARE = 0.5, 0.8

_CODE = r"(?:http )?(?:status )?(?:error )?(?:code )?[:-]? ?(?:40\d|41\d|42\d|45[01]|50\d|52\d)"
_STATUS = re.compile(
    rf"{_CODE}(?: error)?|(?:{_CODE}[ :–—-]*)?(?:"
    r"(?:the |this )?(?:page|article|file|content|site|url)?(?: you (?:requested|are looking for))? ?(?:was |is |could |can )?"
    r"(?:can(?:no|')t |not |no longer )(?:be )?(?:found|exists?|available)"
    "|page missing|forbidden|(?:access|permission)(?: to this page)? (?:is |has been )?denied|bad gateway|gateway time-?out"
    "|service (?:temporarily )?unavailable|(?:internal )?server error|too many requests|request blocked"
    "|unavailable (?:for legal reasons|in your (?:region|country))|seite nicht gefunden|page (?:introuvable|non trouvée)"
    "|página no encontrada|página não encontrada|pagina (?:non trovata|niet gevonden)|页面不存在|找不到(?:页面|网页)"
    "|страница не найдена|oops.{0,20}|something went wrong|an error (?:has )?occurred)",
    re.IGNORECASE,
)
_BOT_TITLE = re.compile(
    "just a moment|attention required|are you (?:a robot|human)"
    "|(?:robot|bot|human|security|browser) (?:check|verification|challenge)|verify(?:ing)? (?:that )?you are (?:a )?human"
    "|checking your browser.{0,40}|pardon our interruption|please verify.{0,40}|ddos[- ]guard|captcha|one more step"
    "|unusual traffic.{0,40}|access to this page has been denied",
    re.IGNORECASE,
)
_BOT_MARKUP = re.compile(
    r"cf[-_]chl[-_]|challenges\.cloudflare\.com|captcha-delivery\.com|_Incapsula_Resource|px-captcha|google\.com/recaptcha"
    "|hcaptcha\\.com|h-captcha|g-recaptcha|ddos-guard|sucuri_cloudproxy",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"accept all|reject all|accept (?:and continue|cookies)|manage (?:my |your )?(?:preferences|choices|settings|cookies|options)"
    "|we (?:and our|use cookies|value your privacy)|our (?:\\d+ )?partners|store and/or access information"
    "|cookie (?:policy|settings|notice)|legitimate interest|personali[sz]ed (?:ads|advertising|content)|before you continue"
    "|your (?:privacy|consent|choices)|alle akzeptieren|cookies? (?:akzeptieren|zulassen)|tout (?:accepter|refuser)"
    "|aceptar todo|accetta tutt[oi]|consent",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:log|sign) ?in\b|password|create an account|anmelden|passwort|connexion|mot de passe|iniciar sesión|登录", re.IGNORECASE
)
_SCRIPT = re.compile(
    r"(?:enable|turn on|requires?|need to enable|activate) (?:java ?script|js)|javascript (?:is )?(?:disabled|required)",
    re.IGNORECASE,
)
_MORE = re.compile(
    "continue reading|read (?:more|on|the full|full)|full (?:story|article)|weiterlesen|lire la suite|leer más|leia mais"
    "|阅读全文",
    re.IGNORECASE,
)
_LIST_TYPES = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "ProfilePage"})
_FREE_METAS = ("article:content_tier", "article:content-tier")
_FEWEST_TEASERS, _TEASER_WORDS, _TEASER_SHARE, _LINKED_SHARE, _MOST_HEADINGS = 4, 120, 0.5, 0.5, 400
_SUMMARY_WORDS, _LABEL_WORDS = 80, 8


def no_article_because(page: Page, body: PageBody) -> str | None:
    """Return why the page holds no article to keep, or None when it holds one."""
    words = body.words
    checks = (_message(page, words), _wall(page, body, words), _list(page, body), _teaser(page, words), _nothing(page, words))
    return next((reason for reason in checks if reason), None)


def is_cut_off(page: Page, body: PageBody) -> bool:
    """Return whether the text is a part of the article's: it ends at a paywall, or the page gives more words to its article."""
    return body.cut_off or _is_part(page, body.words)


def _message(page: Page, words: int) -> str | None:
    """Tell messages of servers, bot guards and consent managers, by a title that says nothing else and a short page."""
    if words > _MESSAGE_WORDS:
        return None
    shown = normalise(" ".join(islice(_lines(page.tree), 400)))
    parts = [part.strip(" .!?…") for title in page.titles[:4] for part in (title, *re.split(r"\s[|–—·:-]\s", title))]
    small = size_in_words([shown]) <= _MESSAGE_WORDS or words < _FEWEST_WORDS
    if any(_BOT_TITLE.fullmatch(part) for part in parts) or (words < _FEWEST_WORDS and small and _BOT_MARKUP.search(page.markup)):
        return "a check for robots, not an article; fetch the page again later or save it from a browser"
    # `og:type` says article on the error pages of some content systems.
    dated = page.article is not None or page.meta("article:published_time") is not None
    if not dated and any(_STATUS.fullmatch(part) for part in parts):
        return f"an error page ({next(part for part in parts if _STATUS.fullmatch(part))[:40]}), not an article"
    return None


def _wall(page: Page, body: PageBody, words: int) -> str | None:
    """Tell consent walls, login pages and the openings that a paywall leaves."""
    text = body.text if words else " ".join(islice(_lines(page.tree), 400))
    asked = {match[0].casefold() for match in _CONSENT.finditer(text[:4_000])}
    if words <= _MESSAGE_WORDS and len(asked) >= 3 and not page.declared_article:  # noqa: PLR2004 - one can be the subject of news
        return "a request for consent to cookies, not an article"
    form = next((field for field in page.tree.iter("input") if (field.get("type") or "").casefold() == "password"), None)
    if words < _STUB_WORDS and form is not None and _LOGIN.search(" ".join(page.titles[:4])) and not page.declared_article:
        return "a login page, not an article"
    stated = _stated_words(page)
    whole = stated > 0 and words >= _WHOLE_SHARE * stated
    if words < _STUB_WORDS and (body.cut_off or (_is_locked(page) and not whole)):
        return f"only the opening ({words} words) is shown without a subscription"
    if words < _STUB_WORDS and _is_part(page, words):
        return f"only the opening ({words} words) of the article is on the page"
    return None


def _is_locked(page: Page) -> bool:
    """Return whether the page says of itself that it is not free to read."""
    free = page.article.get("isAccessibleForFree") if page.article else None
    tier = page.meta(*_FREE_METAS)
    return str(free).casefold() in ("false", "http://schema.org/false", "https://schema.org/false") or (
        free is None and tier is not None and tier[1].casefold() == "locked"
    )


def _is_part(page: Page, words: int) -> bool:
    """Return whether the page gives its article at least twice the words that came out, and a notable number of them."""
    stated = _stated_words(page)
    return stated >= _STUB_WORDS and words < _MISSING_SHARE * stated


def _stated_words(page: Page) -> int:
    """Return how many words the page says its article has, 0 when it does not say."""
    stated = text_value(page.article.get("wordCount")) if page.article else None
    return int(stated) if stated and re.fullmatch(r"[0-9]{1,6}", stated) else 0


def _list(page: Page, body: PageBody) -> str | None:
    """Tell front pages, sections and search results: pages whose text stands in blocks under linked headlines."""
    if page.declared_article:
        return None
    kinds = {kind for node in page.nodes for kind in types_of(node)}
    front = page.url is not None and urlsplit(page.url).path in ("", "/")
    shape = "a list of articles" if kinds & _LIST_TYPES else "a front page" if front else None
    blocks = _teasers(page.tree)
    if len(blocks) < _FEWEST_TEASERS:
        return f"{shape} of links, not an article" if shape and _is_linked(page.tree) else None
    known = normalise(" ".join(blocks))
    paragraphs = [(normalise(line), size_in_words([line])) for line in body.paragraphs]
    inside = sum(size for line, size in paragraphs if line in known)
    total = sum(size for _, size in paragraphs)
    if inside >= _TEASER_SHARE * total or (shape and total < _STUB_WORDS):
        return f"{shape or 'a list of articles'} with {len(blocks)} teasers, not an article"
    return None


def _is_linked(tree: HtmlElement) -> bool:
    """Return whether more of the page's text stands in links than outside them."""
    linked = sum(len(words) for anchor in tree.iter("a") for words in anchor.itertext())
    return linked > _LINKED_SHARE * sum(len(words) for words in _lines(tree))


def _teasers(tree: HtmlElement) -> list[str]:
    """Return the text of each block that holds one linked headline and little else."""
    linked = [heading for heading in islice(tree.iter("h1", "h2", "h3", "h4"), _MOST_HEADINGS) if _link(heading)]
    inside: dict[HtmlElement, int] = {}
    for heading in linked:
        for outer in heading.iterancestors():
            inside[outer] = inside.get(outer, 0) + 1
    blocks = []
    for heading in linked:
        block = heading
        for outer in heading.iterancestors():
            if inside[outer] > 1 or outer.tag in ("body", "main"):
                break
            block = outer
        text = element_text(block)
        if size_in_words([text]) <= _TEASER_WORDS:
            blocks.append(text)
    return blocks


def _link(heading: HtmlElement) -> str | None:
    """Return where a headline leads to, if it leads to another page."""
    anchors = [*heading.iter("a"), *heading.iterancestors("a")]
    return next(
        (href for anchor in anchors if (href := anchor.get("href", "")) and not href.startswith(("#", "javascript:"))), None
    )


def _teaser(page: Page, words: int) -> str | None:
    """Tell a summary that leads to the article elsewhere: on this site when it is a sentence, on another when it is short."""
    if not 0 < words < _SUMMARY_WORDS or page.article:
        return None
    host = urlsplit(page.url).hostname if page.url else None
    for anchor in page.tree.iter("a"):
        label = " ".join("".join(anchor.itertext()).split())
        target = web_address(anchor.get("href"), page.url)
        away = host is not None and target is not None and urlsplit(target).hostname != host
        if _MORE.match(label) and len(label.split()) <= _LABEL_WORDS and (away or words < _FEWEST_WORDS):
            return f"a teaser of {words} words that leads to the article elsewhere"
    return None


def _nothing(page: Page, words: int) -> str | None:
    if words >= _FEWEST_WORDS:
        return None
    shown = " ".join(islice(_lines(page.tree), 400))
    if _SCRIPT.search(shown) and size_in_words([shown]) < _MESSAGE_WORDS:
        return "the page is built by scripts and holds no text; save it from a browser"
    return f"no article text came out of the page ({words} words)" if words else "no article text came out of the page"


def _lines(tree: HtmlElement) -> Iterator[str]:
    """Yield the pieces of text that the page shows, hidden ones too."""
    return (text.strip() for text in tree.itertext() if text.strip())
