"""Addresses that strangers send: with the settings that there are by default, nothing on this machine or beside it is reached."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.api.writing.site import Site


@pytest.fixture
def canary() -> Iterator[Site]:
    """A site on this machine that nobody may reach."""
    made = Site()
    made.page("/secret", "Secret", "The password of the harbour is kept here.")
    yield made
    made.close()


@pytest.mark.parametrize(
    "address",
    [
        "{origin}/secret", "http://localhost:{port}/secret", "http://127.1:{port}/secret", "http://2130706433:{port}/secret",
        "http://0x7f000001:{port}/", "http://[::1]:{port}/secret", "http://[::ffff:127.0.0.1]:{port}/", "http://0.0.0.0:{port}/",
        "http://127.0.0.1:{port}@example.org/", "http://example.org@127.0.0.1:{port}/", "http://169.254.169.254/latest/meta-data/",
        "http://192.0.2.1/", "http://10.0.0.1/", "http://[fd00:ec2::254]/", "file:///etc/hostname", "ftp://127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/", "data:text/html,<p>x</p>", "javascript:alert(1)", "//127.0.0.1:{port}/", "/etc/hostname",
        "../../etc/hostname", "\\\\127.0.0.1\\c$", "http:/127.0.0.1:{port}/", "http://127.0.0.1:{port}\\@example.org/",
    ],
)  # fmt: skip
def test_an_address_that_is_sent_reaches_nothing_here(desk: httpx2.Client, canary: Site, address: str) -> None:
    """It is refused with a reason, no connection is made, and no file is read, whatever an address looks like."""
    port = canary.origin.rpartition(":")[2]
    response = desk.post("/v1/articles", json={"url": address.format(origin=canary.origin, port=port)})
    assert response.status_code == 422, response.text
    assert response.json()["detail"]
    assert canary.asked == []


def test_addresses_within_what_is_sent_are_not_fetched(desk: httpx2.Client, canary: Site) -> None:
    """Pictures, styles, entities, canonical links and addresses of an article are text; a feed that is sent is not followed."""
    secret = f"{canary.origin}/secret"
    page = (
        f"<!doctype html><html><head><base href='{secret}'><link rel=canonical href='{secret}'>"
        f"<link rel=stylesheet href='{secret}'><meta http-equiv=refresh content='0;url={secret}'></head><body><article>"
        f"<h1>Weir of Tved</h1><img src='{secret}'><p>The weir of Tved was repaired on 4 May 2025 by nine people of the water "
        "board, who worked for three weeks.</p><p>Its keeper, Ole Farstad, said that it will hold for sixty years.</p>"
        f"<iframe src='{secret}'></iframe></article></body></html>"
    )
    nitf = (
        f"<?xml version='1.0'?><!DOCTYPE nitf [<!ENTITY x SYSTEM '{secret}'>]><nitf><body><body.content><p>&x;</p>"
        "</body.content></body></nitf>"
    )
    feed = f"<rss version='2.0'><channel><title>N</title><item><title>I</title><link>{secret}</link></item></channel></rss>"
    for content, name in ((page, "a.html"), (nitf, "a.xml"), (feed, "feed.xml")):
        assert desk.post("/v1/ingest", content=content, params={"name": name}).status_code == 200
    record = {
        "title": "Weir",
        "text": f"The weir of Tved holds, see {secret} or ![x]({secret}).",
        "url": secret,
        "publisher": "Post",
    }
    assert desk.post("/v1/articles", json=record).status_code in (201, 200)
    answer = desk.post("/v1/answer", json={"question": "How long will the weir of Tved hold?"}).json()
    assert answer["citations"]
    assert canary.asked == []
