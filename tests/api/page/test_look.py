"""The look of the page: widths, the dark, accessibility, and a browser without scripts."""

import re

import pytest

from tests.api.page.actions import KETTLE, TRAMS, UNKNOWN, Open, ask, open_quote
from tests.browser import violations


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_window(open_page: Open, width: int) -> None:
    """With an answer, with an attack of long words, with filters open, in the panel and among the articles."""
    page = open_page(viewport={"width": width, "height": 800})
    wide = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
    page.click("#filters summary")
    ask(page, KETTLE)
    turn = ask(page, TRAMS + " " + "a" * 300, 2)
    assert page.evaluate(wide) <= width
    turn.locator("a.headline").first.click()
    page.locator("#reader .text").wait_for()
    page.click("#reader .about summary")
    reader = page.locator("#reader")
    assert reader.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    page.keyboard.press("Escape")
    page.locator("#reader").wait_for(state="hidden")
    page.click("nav >> text=Articles")
    page.locator("#article-list li").first.wait_for()
    assert page.evaluate(wide) <= width


def test_the_dark_follows_the_system(open_page: Open) -> None:
    """Light words on dark paper, and the other way round."""
    for scheme, darker in (("dark", True), ("light", False)):
        page = open_page(color_scheme=scheme)
        colours = page.evaluate("(style => [style.backgroundColor, style.color])(getComputedStyle(document.body))")
        paper, ink = (sum(map(int, re.findall(r"\d+", colour))) for colour in colours)
        assert (paper < ink) is darker


@pytest.mark.usefixtures("with_axe")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(open_page: Open, scheme: str, width: int) -> None:
    """The checker of accessibility finds no violation in any state of the page."""
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 900})

    page.locator("#latest li").first.wait_for()
    page.click("#filters summary")
    assert violations(page) == []
    ask(page, UNKNOWN)
    open_quote(page, ask(page, KETTLE, 2).locator(".chip[href]").first)
    page.click("#reader .about summary")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("#reader").wait_for(state="hidden")
    assert violations(page) == []
    page.click("nav >> text=Articles")
    page.locator("#article-list li").first.wait_for()
    assert violations(page) == []
    page.evaluate("document.getElementById('key-dialog').showModal()")
    assert violations(page) == []


def test_without_scripts_the_page_says_so(open_page: Open) -> None:
    """It names the command line instead."""
    page = open_page(java_script_enabled=False)
    assert page.locator("noscript").is_visible()
