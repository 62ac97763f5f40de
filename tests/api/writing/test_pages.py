"""Sending the address of a page or a feed, which the service fetches."""

import httpx2

from tests.api.writing.sending import add, story
from tests.api.writing.site import Site


def test_a_page_is_fetched(client: httpx2.Client, site: Site) -> None:
    """An address alone is fetched, what the page does not say is filled; when it has not changed, 200 with its id."""
    url = site.page("/bridge", "Bridge of Tved closes", story("bridge"))
    first = add(client, url=url, published="2025-06-12", language="en")
    assert first.status_code == 201, first.text
    article = first.json()["article"]
    assert (article["title"], article["published"]) == ("Bridge of Tved closes", "2025-06-12")
    assert article["provenance"]["published"] == "option"
    assert article["source"] == url
    again = add(client, url=url)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert again.json()["article_id"] == first.json()["article_id"]
    assert again.json()["article"] == article
    assert "/robots.txt" in site.asked


def test_a_deleted_page_is_fetched_anew(client: httpx2.Client, site: Site) -> None:
    """What the site said at the last visit does not keep out what was deleted since."""
    url = site.page("/well", "Well of Tved", story("well"))
    first = add(client, url=url)
    assert client.delete(f"/v1/articles/{first.json()['article_id']}").status_code == 204
    assert add(client, url=url).status_code == 201


def test_a_page_that_programs_may_not_read_is_not_read(client: httpx2.Client, site: Site) -> None:
    """robots.txt is honoured, and the answer says so."""
    site.pages["/robots.txt"] = ("text/plain", "User-agent: *\nDisallow: /private\n")
    response = add(client, url=site.page("/private/a", "Secret", story("vault")))
    assert response.status_code == 422
    assert "robots.txt" in response.json()["detail"]
    assert "/private/a" not in site.asked


def test_a_feed_gives_a_ledger(client: httpx2.Client, site: Site) -> None:
    """The address of a feed gives an entry for each page that it names, also for one that is not there."""
    links = [site.page(f"/{name}", f"The {name} of Tved", story(name)) for name in ("fountain", "aqueduct")]
    response = add(client, url=site.feed("/feed", *links, f"{site.origin}/gone"))
    assert response.status_code == 200
    body = response.json()
    assert [(entry["source"], entry["outcome"]) for entry in body["entries"]] == [
        (links[0], "accepted"), (links[1], "accepted"), (f"{site.origin}/gone", "failed"),
    ]  # fmt: skip
    assert (body["read"], body["counts"]["accepted"], body["counts"]["failed"]) == (3, 2, 1)
