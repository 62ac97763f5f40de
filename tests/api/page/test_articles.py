"""The articles on the page: what is in the archive."""

import httpx2

from tests.api.page.actions import Open


def test_the_articles_are_listed(open_page: Open, site: httpx2.Client) -> None:
    """By publisher and month and one by one, newest first; each opens, and a publisher can be asked alone."""
    page = open_page("/#articles")
    titles = [article["title"] for article in site.get("/v1/articles").json()["articles"]]
    page.locator("#article-list li").nth(len(titles) - 1).wait_for()
    assert page.locator("#article-list a").all_text_contents() == titles
    assert page.text_content("#articles-status") == "4 articles."
    row = page.locator(".holdings tbody tr", has_text="Vale Herald")
    row.wait_for()
    assert row.locator("td").first.text_content() == "1"
    assert row.locator("svg").get_attribute("aria-label") == "May 2025: 1"
    page.click("#article-list li:last-child a")
    page.locator("#reader .text", has_text="weathercock").wait_for()
    assert page.locator("#reader mark").count() == 0
    assert page.evaluate("document.activeElement.id") == "reader-title"
    page.keyboard.press("Escape")
    page.locator("#reader").wait_for(state="hidden")
    assert page.locator("#view-articles").is_visible()
    row.locator("button").click()
    assert page.text_content("#filters-chosen") == "Only Vale Herald"
