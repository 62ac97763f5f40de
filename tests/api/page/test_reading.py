"""Reading on the page: the quoted words in their article, by mouse, keyboard and address."""

import httpx2

from tests.api.page.actions import KETTLE, Open, ask, open_quote


def test_the_quote_is_marked_in_the_article(open_page: Open, site: httpx2.Client) -> None:
    """Emoji before it do not shift it: the mark is letter by letter the quote, in view, with what is known of the article."""
    (citation, *_) = site.post("/v1/answer", json={"question": KETTLE}).json()["citations"]
    assert citation["title"].startswith("Kettle museum")
    page = open_page()
    turn = ask(page, KETTLE)
    assert turn.locator("h2").text_content() == KETTLE
    assert "The smith Bero Quandt made the copper kettle of Queen Otilde in 1741. [1]" in turn.locator(".answer").text_content()
    assert turn.locator(".sources blockquote").first.text_content() == f"“{citation['quote']}”"
    assert turn.locator(".sources .date").first.text_content() == "11 February 2025"
    mark = open_quote(page, turn.locator(".chip[href]").first)
    assert mark.text_content() == citation["quote"]
    box = mark.bounding_box()
    assert 0 <= box["y"] <= page.viewport_size["height"] - box["height"]
    reader = page.locator("#reader")
    assert "Brasswick Echo · Culture" in reader.inner_text()
    assert "Ines Talla · 11 February 2025 · updated 13 February 2025" in reader.inner_text()
    link = reader.locator("a.outward")
    assert (link.get_attribute("href"), link.get_attribute("rel")) == ("https://example.org/kettle", "noopener noreferrer")
    assert reader.locator(".text p").count() == 3


def test_every_citation_leads_to_its_own_words(open_page: Open, site: httpx2.Client) -> None:
    """All chips of an answer, one after another, without closing the panel between them."""
    question = "What happened to the copper kettle of Queen Otilde?"
    citations = {body["number"]: body for body in site.post("/v1/answer", json={"question": question}).json()["citations"]}
    assert len(citations) > 1
    page = open_page(viewport={"width": 1400, "height": 900})
    turn = ask(page, question)
    for chip in turn.locator(".chip[href]").all():
        chip.click()
        citation = citations[int((chip.text_content() or "").strip("[]"))]
        page.locator("#reader h2", has_text=citation["title"]).wait_for()
        page.locator("#reader mark", has_text=citation["quote"]).wait_for()
        assert page.locator("#reader mark").all_text_contents() == [citation["quote"]]
        # The page shows which one is open, in the answer and among the sources.
        assert [link.inner_text() for link in turn.locator("a[aria-current]").all()] == [chip.inner_text(), citation["title"]]


def test_a_number_stays_with_its_word(open_page: Open) -> None:
    """No line begins with the number of a source, however wide the window is."""
    page = open_page()
    turn = ask(page, KETTLE)
    tied = turn.locator(".answer .tied").first
    assert tied.text_content() == "1741. [1]"
    for width in range(320, 480, 16):
        page.set_viewport_size({"width": width, "height": 800})
        assert tied.evaluate("span => span.getClientRects().length") == 1


def test_addresses_open_what_they_name(open_page: Open, site: httpx2.Client) -> None:
    """`?q=` asks at once, `?article=` and `#article=` open an article, with its words marked where they are named."""
    asked = open_page("/?q=" + KETTLE.replace(" ", "+"))
    asked.locator(".answer", has_text="Bero Quandt").wait_for()
    (citation, *_) = site.post("/v1/answer", json={"question": KETTLE}).json()["citations"]
    name = citation["article_id"]
    for address in (f"/?article={name}", f"/#article={name}"):
        page = open_page(address)
        page.locator("#reader h2", has_text=citation["title"]).wait_for()
        assert page.locator("#reader mark").count() == 0
        page.click("#close-reader")
        page.locator("#reader").wait_for(state="hidden")
        assert "article=" not in page.url
    marked = open_page(f"/?article={name}&start={citation['start']}&end={citation['end']}")
    marked.locator("#reader mark", has_text=citation["quote"]).wait_for()


def test_the_keyboard_is_enough(open_page: Open) -> None:
    """Enter asks and opens, focus goes into the panel and, by Escape or Back, returns to where it was."""
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.type(KETTLE)
    page.keyboard.press("Enter")
    page.locator(".turn .chip[href]").first.wait_for()
    page.keyboard.press("Shift+Tab")
    for _ in range(20):
        if page.evaluate("document.activeElement.matches('.chip[href]')"):
            break
        page.keyboard.press("Shift+Tab")
    chip = page.evaluate("document.activeElement.href")
    for leave in (lambda: page.keyboard.press("Escape"), page.go_back):
        page.keyboard.press("Enter")
        page.locator("#reader mark").wait_for()
        assert page.evaluate("document.activeElement.id") == "reader-title"
        leave()
        page.locator("#reader").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.href") == chip
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"


def test_a_narrow_panel_keeps_the_focus(open_page: Open) -> None:
    """On a phone the panel lies over the page: Tab does not leave it, and Close returns to the chip."""
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    turn = ask(page, KETTLE)
    open_quote(page, turn.locator(".chip[href]").first)
    assert page.evaluate("document.getElementById('reader').matches(':modal')")
    for _ in range(8):
        page.keyboard.press("Tab")
        inside = "document.activeElement === document.body || document.getElementById('reader').contains(document.activeElement)"
        assert page.evaluate(inside)
    page.click("#close-reader")
    page.locator("#reader").wait_for(state="hidden")
    assert page.evaluate("document.activeElement.matches('.chip[href]')")
