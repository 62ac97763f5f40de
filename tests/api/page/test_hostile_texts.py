"""What an article or an address says is never more than words on the page."""

import httpx2

from tests.api.page.actions import TRAMS, Open, ask, open_quote


def test_an_attack_in_an_article_runs_nothing(open_page: Open, site: httpx2.Client) -> None:
    """In title, outlet, author, section, address and text it is only words, in the answer, the panel, the lists and filters."""
    page = open_page()
    turn = ask(page, TRAMS)
    assert "run every 7 minutes" in turn.locator(".answer").inner_text()
    # The page shows what the service says, and the service the words of the article.
    title = site.post("/v1/answer", json={"question": TRAMS}).json()["citations"][0]["title"]
    assert "<script>" in title
    open_quote(page, turn.locator(".chip[href]").first)
    assert page.locator("#reader h2").text_content() == title
    assert "<img src=x" in page.locator("#reader .text").text_content()
    page.keyboard.press("Escape")
    page.click("#filters summary")
    page.locator("#publisher-choices label", has_text="Otter Post").click()
    ask(page, TRAMS, 2)
    page.click("nav >> text=Articles")
    page.locator("#article-list li", has_text="Trams of Ottervale").wait_for()
    page.locator(".holdings tbody tr", has_text="Otter Post").locator("button").click()
    assert page.locator("main img, #reader img, main script, main svg[onload]").count() == 0
    assert page.locator("a[href^=javascript], [onerror], [onload]").count() == 0
    assert page.evaluate("window.hit") is None
    found = open_page("/?" + "q=" + "%3Cimg+src%3Dx+onerror%3Dwindow.hit%3D1%3E+trams")
    found.locator(".answer[data-state=whole]").wait_for(state="attached")
    assert found.evaluate("window.hit") is None
    assert found.locator(".turn h2").text_content() == "<img src=x onerror=window.hit=1> trams"


def test_the_policy_is_the_second_wall(open_page: Open) -> None:
    """Even a script that did get into the page would not run, and a picture from elsewhere would not be loaded."""
    page = open_page(refused=True)
    page.evaluate(
        """() => {
          const bad = document.createElement("div");
          bad.innerHTML = "<img src=x onerror='window.hit = 1'>";
          const script = document.createElement("script");
          script.textContent = "window.hit = 2";
          document.body.append(bad, script);
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.hit") is None
