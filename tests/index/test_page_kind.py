"""Pages that hold no article, and articles that look like one of them."""

import pytest

from index.sources.page import read_page
from index.sources.page_body import page_body
from index.sources.page_kind import is_cut_off, no_article_because

SENTENCES = [
    "The harbour of Example Town reopened on Friday after nine days of repairs to its northern wall.",
    "Two ferries left before noon, and a third one was waiting for passengers from the islands.",
    "Beekeepers in the valley counted 4,100 hives this summer, three hundred more than the year before.",
    "The council will vote on the new bridge in May, the mayor told a meeting of residents.",
    "Divers found no damage below the water line, though the storm had moved stones of two tonnes.",
    "A survey of the sea floor is due next month and will be paid for by the harbour board.",
]
ARTICLE_LD = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Ferries return to Example Town"%s}</script>'


def prose(paragraphs: int, sentences: int = 3) -> str:
    """Return paragraphs that differ, as the words of an article do."""
    return "".join(
        "<p>" + " ".join(f"{SENTENCES[(n + k) % 6]} ({n}.{k})" for k in range(sentences)) + "</p>" for n in range(paragraphs)
    )


def html(body: str, *, title: str = "Ferries return to Example Town", head: str = "") -> str:
    return f'<!doctype html><html lang="en"><head><title>{title}</title>{head}</head><body>{body}</body></html>'


def reason(markup: str, url: str | None = "https://news.example.org/2025/09/19/ferries") -> str | None:
    page = read_page(markup, url)
    return no_article_because(page, page_body(page))


def article(text: str, *, title: str = "Ferries return to Example Town", head: str = "") -> str:
    return html(f"<article><h1>{title}</h1>{text}</article>", title=f"{title} | Example Herald", head=head)


@pytest.mark.parametrize(
    ("title", "message"),
    [
        ("404 Not Found", "<h1>Not Found</h1><p>The requested URL was not found on this server.</p>"),
        ("Page not found | Example Herald", "<h1>Sorry</h1><p>The page you are looking for may have moved. Try the search.</p>"),
        ("Example Herald - Error 404", "<p>We could not find what you were looking for on our site today, sorry.</p>"),
        ("403 Forbidden", "<center><h1>403 Forbidden</h1></center><hr><center>server</center>"),
        ("Access Denied", "<p>You don't have permission to access this page on this server. Reference 18.2f.</p>"),
        ("500 Internal Server Error", "<p>The server met an error and could not complete your request. Call us.</p>"),
        ("503 Service Temporarily Unavailable", "<p>Come back later.</p>"),
        ("Seite nicht gefunden", "<p>Die angeforderte Seite gibt es nicht mehr oder hat es nie gegeben.</p>"),
    ],
)
def test_error_pages_are_told(title: str, message: str) -> None:
    """A title that says nothing but a status, on a short page, is an error page."""
    assert "an error page" in (reason(html(message, title=title)) or "")


@pytest.mark.parametrize(
    "page",
    [
        html("<div id='challenge'><p>Checking if the site connection is secure</p></div>", title="Just a moment..."),
        html("<h1>Pardon Our Interruption</h1><p>" + "Something about your browser made us think you were a bot. " * 4 + "</p>"),
        html("<h1>Are you a robot?</h1><p>Please confirm by clicking the box.</p>", title="Example Herald - Are you a robot?"),
        html("<p>Please wait</p><script src='https://ct.captcha-delivery.com/c.js'></script>", title="news.example.org"),
    ],
)
def test_checks_for_robots_are_told(page: str) -> None:
    """The pages of bot guards are known by their titles, or by their scripts when they show next to nothing."""
    assert "check for robots" in (reason(page) or "")


def test_a_request_for_consent_is_told() -> None:
    """A page that only asks for consent is no article."""
    text = (
        "<h1>We value your privacy</h1><p>We and our 842 partners store and/or access information on a device, such as cookies. "
        "With your permission we may use precise data for personalised advertising.</p>"
        "<p>You can manage your choices at any time.</p><button>Accept all</button>"
    )
    assert reason(html(text, title="Before you continue")) == "a request for consent to cookies, not an article"


def test_a_login_page_is_told() -> None:
    """A short page with a password field and a title that asks to log in is no article."""
    form = "<h1>Log in</h1><form><input type=email><input type=password><p>Forgot your password? Ask for a new one.</p></form>"
    assert reason(html(form, title="Log in - Example Herald")) == "a login page, not an article"


def test_a_password_field_on_an_article_is_no_login_page() -> None:
    """Many sites carry a hidden login form on every page."""
    assert reason(html(f"<form><input type=password></form><article><h1>Ferries return</h1>{prose(2)}</article>")) is None


@pytest.mark.parametrize("path", ["/", "/news/", "/tag/ferries"])
def test_lists_of_teasers_are_told(path: str) -> None:
    """Linked headlines with a sentence each are a front page or a section, whatever its address."""
    teasers = "".join(
        f'<div class="item"><h2><a href="/story-{n}">Council votes on bridge {n}</a></h2><p>{SENTENCES[n % 6]} {n}</p></div>'
        for n in range(12)
    )
    found = reason(html(f"<main><h1>News</h1>{teasers}</main>", title="News"), f"https://news.example.org{path}")
    assert found is not None
    assert "12 teasers" in found


def test_a_page_that_calls_itself_a_collection_is_told() -> None:
    """JSON-LD may say that a page is a collection; its few words of introduction are no article."""
    teasers = "".join(f'<li><h3><a href="/story-{n}">Council votes on bridge number {n}</a></h3></li>' for n in range(12))
    head = '<script type="application/ld+json">{"@type":"CollectionPage","name":"Ferries"}</script>'
    found = reason(html(f"<main><h1>Ferries</h1><p>{SENTENCES[0]} {SENTENCES[1]}</p><ul>{teasers}</ul></main>", head=head))
    assert found == "a list of articles with 12 teasers, not an article"


def test_related_stories_do_not_make_a_list() -> None:
    """An article without any mark of its own, and with a dozen related headlines, is an article."""
    related = "".join(f'<div><h3><a href="/{n}">Vote on bridge {n}</a></h3><p>{SENTENCES[n % 6]}</p></div>' for n in range(12))
    assert reason(html(f"<main><h1>Ferries return to Example Town</h1>{prose(3)}</main><aside>{related}</aside>")) is None


def test_an_article_in_parts_under_linked_headings_is_kept() -> None:
    """A round-up whose headings lead elsewhere has its text beside them, not in blocks of their own."""
    parts = "".join(
        f'<h2><a href="/{n}">Part {n}</a></h2><p>{SENTENCES[n % 6]} {SENTENCES[(n + 1) % 6]} {n}</p>' for n in range(8)
    )
    assert reason(article(parts, title="Eight things to know", head=ARTICLE_LD % "")) is None


@pytest.mark.parametrize(
    "head",
    [
        ARTICLE_LD % ',"isAccessibleForFree":false',
        ARTICLE_LD % ',"isAccessibleForFree":"False"',
        ARTICLE_LD % ',"wordCount":900',
        '<meta property="article:content_tier" content="locked"><meta property="og:type" content="article">',
    ],
)  # fmt: skip
def test_the_opening_before_a_paywall_is_told(head: str) -> None:
    """A short text is only an opening when the page says that it is locked, or that the article is much longer."""
    assert "only the opening" in (reason(article(prose(1), head=head)) or "")


@pytest.mark.parametrize(
    "prompt",
    [
        "Subscribe to continue reading.", "To continue reading this article, sign up for a free account.",
        "This article is for subscribers only.", "Already a subscriber? Log in here.",
        "You've reached your limit of free articles this month.",
        "Support local journalism. Register now to read the full story.", "Jetzt weiterlesen mit dem Abo.",
    ],
)  # fmt: skip
def test_the_words_of_a_paywall_end_an_opening(prompt: str) -> None:
    """A short text that ends by asking to subscribe is an opening; a long one is kept without the prompt, and marked."""
    assert "only the opening" in (reason(article(f"{prose(2, 2)}<p>{prompt}</p>")) or "")
    page = read_page(article(f"{prose(8)}<p>{prompt}</p>"), None)
    body = page_body(page)
    assert no_article_because(page, body) is None
    assert is_cut_off(page, body)
    assert prompt not in body.text


def test_a_long_text_of_a_longer_article_is_cut_off() -> None:
    """A page that gives twice the words that came out shows a part; one that gives a few more does not."""
    for stated, cut_off in ((2_000, True), (700, False)):
        page = read_page(article(prose(8), head=ARTICLE_LD % f',"wordCount":{stated}'), None)
        assert is_cut_off(page, page_body(page)) is cut_off


def test_a_free_article_that_asks_for_money_later_is_whole() -> None:
    """A metered article whose text is all there is kept without a mark."""
    page = read_page(article(prose(8), head=ARTICLE_LD % ',"isAccessibleForFree":false'), None)
    assert (no_article_because(page, page_body(page)), is_cut_off(page, page_body(page))) == (None, False)


@pytest.mark.parametrize("marked", [True, False])
def test_a_brief_is_an_article(marked: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Fifty words of news are kept, also when nothing on the page calls them an article."""
    brief = f"<p>{SENTENCES[0]} {SENTENCES[1]}</p><p>{SENTENCES[3]}</p>"
    assert reason(article(brief, head=ARTICLE_LD % "" if marked else "")) is None


@pytest.mark.parametrize(
    ("title", "about"),
    [
        ("404: how a number became a joke", "The page was not found, it says. Access denied is rarer, and 403 Forbidden too."),
        ("Just a moment: the pause before the storm", "Visitors were asked to prove by a captcha that they are human."),
        (
            "Why papers ask you to subscribe",
            "Subscribe to continue reading, the sign said. This article is for subscribers only.",
        ),
        ("Who needs cookies?", "We use cookies, sites say; accept all or reject all, manage your choices, our partners wait."),
        ("Log in, please", "To log in, residents type a password. Sign in to read, the library's site now says to all."),
    ],
)
def test_an_article_about_such_pages_is_an_article(title: str, about: str) -> None:
    """What a long article speaks of does not make it what it speaks of."""
    assert reason(article(f"<p>{about}</p>{prose(6)}<p>{about}</p>", title=title)) is None


def test_news_that_ends_on_a_paywall_keeps_its_last_paragraph() -> None:
    """A reported sentence about subscriptions is no prompt."""
    page = read_page(article(f"{prose(8)}<p>Readers will have to subscribe to continue reading, the publisher said.</p>"), None)
    body = page_body(page)
    assert body.paragraphs[-1].endswith("the publisher said.")
    assert not is_cut_off(page, body)


def test_a_page_built_by_scripts_is_told() -> None:
    """A shell that asks for JavaScript has no text; the reason says what to do."""
    shell = html("<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>", title="Example Herald")
    assert reason(shell) == "the page is built by scripts and holds no text; save it from a browser"


def test_a_summary_of_another_sites_article_is_told() -> None:
    """A few sentences with a link to the full story on another site are a teaser; the same link within the site is no sign."""
    summary = f"<p>{SENTENCES[0]} {SENTENCES[1]} {SENTENCES[2]}</p>"
    link = '<p><a href="https://%s.example.org/f">Read the full story</a></p>'
    assert "a teaser of" in (reason(article(summary + link % "herald")) or "")
    assert reason(article(summary + link % "news")) is None


def test_a_front_page_of_links_is_told() -> None:
    """The address of the site itself, with most of its text in links, is a front page, also without headings."""
    links = "".join(f'<li><a href="/{n}">{SENTENCES[n % 6]} {n}</a></li>' for n in range(9))
    page = html(f"<main><ul>{links}</ul><p>{SENTENCES[0]} {SENTENCES[1]} {SENTENCES[2]}</p></main>")
    assert reason(page, "https://news.example.org/") == "a front page of links, not an article"


def test_a_brief_behind_a_meter_is_whole() -> None:
    """A page that is not free, and says that its article has as many words as came out, shows all of it."""
    head = ARTICLE_LD % ',"isAccessibleForFree":false,"wordCount":60'
    assert reason(article(prose(1), head=head)) is None


def test_a_teaser_is_told() -> None:
    """A dozen words and a link to the rest are a teaser."""
    found = reason(article("<p>The harbour of Example Town reopened after repairs.</p><a href='/full'>Read more</a>"))
    assert found is not None
    assert found.startswith("a teaser of 8 words")


@pytest.mark.parametrize("body", ["", "<div><img src=a.png></div>", "<p>Contact</p>"])
def test_a_page_without_text_is_told(body: str) -> None:
    """Nothing came out, and the reason says so."""
    assert "no article text came out" in (reason(html(body)) or "")


def test_a_page_in_a_script_without_spaces_is_measured_by_its_characters() -> None:
    """A brief in Chinese is not taken for a few words."""
    brief = (
        "<p>示例镇港口在修复北墙九天后于周五重新开放，两艘渡轮在中午前离港，第三艘正在等候旅客。</p><p>镇议会将于五月表决。</p>"
    )
    assert reason(article(brief, title="渡轮重返示例镇")) is None
