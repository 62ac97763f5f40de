"""Adding and deleting articles over HTTP: what is acknowledged is stored, what is stored is answered from."""

import json

import httpx2
import pytest

from tests.api.writing.sending import TRAM, add, story


def test_an_article_that_is_acknowledged_is_answered_from(client: httpx2.Client) -> None:
    """A record is stored under the names that records may have, and the next question finds it."""
    sent = {"headline": "Tram to Ostmark", "source": "Brunnhaven Echo", "byline": "Jo Vik", "date": "2025-05-04", "body": TRAM}
    response = add(client, **sent)
    assert response.status_code == 201, response.text
    body = response.json()
    assert body["outcome"] == "accepted"
    assert "publisher from record field 'source'" in body["reason"]
    assert response.headers["location"] == f"/v1/articles/{body['article_id']}"
    assert body["article"] == client.get(response.headers["location"]).json()
    article = body["article"]
    assert (article["title"], article["publisher"], article["authors"]) == ("Tram to Ostmark", "Brunnhaven Echo", ["Jo Vik"])
    assert (article["published"], article["text"]) == ("2025-05-04", TRAM)
    answer = client.post("/v1/answer", json={"question": "How much did the tram line to Ostmark cost?"}).json()
    assert "212 million crowns" in answer["answer"]
    assert answer["citations"][0]["article_id"] == body["article_id"]


def test_the_same_article_sent_again_is_unchanged(client: httpx2.Client) -> None:
    """A second time is 200 with the same id, also when the record is written in other lines."""
    record = {"title": "Lighthouse", "publisher": "Lindahl Post", "published": "2025-06-10", "text": story("lighthouse")}
    first = add(client, **record)
    again = client.post(
        "/v1/articles", content=json.dumps(record, indent=4), headers={"content-type": "application/json; charset=utf-8"}
    )
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["outcome"] == "unchanged"
    assert again.json()["article"] == first.json()["article"]


def test_the_text_of_another_outlet_is_a_duplicate(client: httpx2.Client) -> None:
    """A 409 names the article that is there, which then says where else it was carried."""
    first = add(client, publisher="Lindahl Post", published="2025-06-10", text=story("museum")).json()
    other = {"publisher": "Skagen Bladet", "published": "2025-06-11", "url": "https://example.org/m", "text": story("museum")}
    response = add(client, **other)
    assert response.status_code == 409, response.text
    problem = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert (problem["article_id"], problem["outcome"]) == (first["article_id"], "duplicate")
    assert first["article_id"] in problem["reason"]
    copies = client.get(f"/v1/articles/{first['article_id']}").json()["also_in"]
    assert [(copy["publisher"], copy["url"]) for copy in copies] == [("Skagen Bladet", "https://example.org/m")]


def test_a_new_version_takes_the_place_of_the_old_one(client: httpx2.Client) -> None:
    """The same address, or the same id of the same outlet, with another text is 200 `updated`; the old text is history."""
    for identity in ({"url": "https://example.org/mill"}, {"id": 17, "publisher": "Lindahl Post"}):
        text = story(f"mill {len(identity)}")
        first = add(client, **identity, published="2025-06-10", text=text).json()
        response = add(client, **identity, published="2025-06-10", text=text.replace("731", "713"))
        body = response.json()
        assert (response.status_code, body["outcome"]) == (200, "updated")
        assert body["article_id"] != first["article_id"]
        assert "713" in body["article"]["text"]
        assert client.get(f"/v1/articles/{first['article_id']}").status_code == 404
        history = client.get(f"/v1/articles/{body['article_id']}/history").json()["versions"]
        assert [version["article_id"] for version in history] == [first["article_id"], body["article_id"]]


def test_an_edited_copy_is_stored_and_named(client: httpx2.Client) -> None:
    """A story that another outlet carries in edited form is 201 `near_duplicate`, with its original in the reason."""
    long = " ".join(story(subject) for subject in ("harbour", "granary", "brewery", "chapel"))
    first = add(client, publisher="Lindahl Post", published="2025-06-10", text=long).json()
    response = add(client, publisher="Skagen Bladet", published="2025-06-11", text=f"{long} It is open daily.")
    assert (response.status_code, response.json()["outcome"]) == (201, "near_duplicate")
    assert first["article_id"] in response.json()["reason"]


def test_articles_of_one_outlet_do_not_replace_each_other(client: httpx2.Client) -> None:
    """Without address and id, different texts are different articles, with and without a publisher."""
    for more in ({"publisher": "Lindahl Post"}, {}):
        texts = ["Ferry Alma sails at six from the northern pier.", "The school in Tved lost its roof to the wind at night."]
        sent = [add(client, **more, title="Notices", text=f"{text} {more}") for text in texts]
        assert [response.json()["outcome"] for response in sent] == ["accepted", "accepted"]


@pytest.mark.parametrize(
    ("content", "field", "says"),
    [
        (b"", "body", "not valid JSON"),
        (b"{", "body", "not valid JSON"),
        (b"[]", "body", "must be a JSON object"),
        (b'"text"', "body", "must be a JSON object"),
        (b'{"text": "' + "Grüße".encode("latin-1") + b'"}', "body", "UTF-8"),
        ('{"text": "x"}'.encode("utf-16"), "body", "UTF-8"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "body", "nested too deeply"),
        (b"{}", "text", "no `text`"),
        (b'{"title": "Only a title"}', "text", "no `text`"),
        (b'{"url": "https://example.org/a", "title": "x"}', "text", "send its url"),
        (b'{"text": 5}', "text", "must be a string"),
        (b'{"body": ["a"]}', "body", "must be a string"),
        (b'{"text": " \\n "}', "text", "no `text`"),
        (b'{"text": "Some text.", "title": {"x": 1}}', "title", "must be a string"),
        (b'{"text": "Some text.", "author": 7}', "author", "must be a string"),
        (b'{"text": "Some text.", "date": [1]}', "date", "must be a string"),
        (b'{"text": "half \\ud83d of one"}', "text", "half a character"),
        (b'{"text": "x", "title": "%s"}' % (b"t" * 10_001), "title", "longer than 10,000"),
        (b'{"articles": [{"text": "one of a list"}]}', "text", "no `text`"),
        (b'{"url": 5}', "url", "valid string"),
        (b'{"url": ""}', "url", "http"),
        (b'{"url": "/etc/hostname"}', "url", "http"),
        (b'{"url": "file:///etc/hostname"}', "url", "http"),
        (b'{"url": "ftp://example.org/a"}', "url", "http"),
        (b'{"url": "http://u:p@example.org/"}', "url", "password"),
        (b'{"url": "http://10.1.2.3/"}', "url", "not a public address"),
        (b'{"url": "http://169.254.169.254/latest"}', "url", "169.254"),
        (b'{"url": "https://example.org/a", "published": "soon"}', "published", "no date"),
        (b'{"url": "https://example.org/a", "publisher": ""}', "publisher", "at least 1"),
        (b'{"url": "https://example.org/a", "language": 3}', "language", "valid string"),
    ],
)
def test_what_cannot_become_an_article_is_told(client: httpx2.Client, content: bytes, field: str, says: str) -> None:
    """A 422 names the field as it was sent and says what is wrong with it; nothing is stored."""
    before = client.get("/v1/articles").json()["total"]
    response = client.post("/v1/articles", content=content, headers={"content-type": "application/json"})
    assert response.status_code == 422, response.text
    problem = response.json()
    assert [error["field"] for error in problem["errors"]] == [field]
    assert says in problem["errors"][0]["message"]
    assert problem["detail"].startswith(f"{field}: ")
    assert client.get("/v1/articles").json()["total"] == before


def test_a_date_that_cannot_be_read_leaves_the_article_undated(client: httpx2.Client) -> None:
    """It is stored, and the reason says which date was not understood."""
    body = add(client, publisher="Lindahl Post", published="the day after", text=story("observatory")).json()
    assert body["outcome"] == "accepted"
    assert "unreadable date 'the day after'" in body["reason"]
    assert body["article"]["published"] is None


def test_html_becomes_text(client: httpx2.Client) -> None:
    """A record may hold HTML, which is parsed like that of files; scripts are no text."""
    body = add(client, publisher="Lindahl Post", html=f"<p>{story('theatre')}</p><script>alert(1)</script>").json()
    assert body["article"]["text"] == story("theatre")


def test_a_deleted_article_is_not_used_any_more(client: httpx2.Client) -> None:
    """Deleting is 204, again is 404, and no answer and no search finds it."""
    article_id = add(client, publisher="Lindahl Post", text=story("planetarium")).json()["article_id"]
    question = {"question": "When did the planetarium of Lindahl reopen?"}
    assert article_id in client.post("/v1/search", json=question).text
    response = client.delete(f"/v1/articles/{article_id}")
    assert (response.status_code, response.content) == (204, b"")
    assert client.delete(f"/v1/articles/{article_id}").status_code == 404
    assert client.get(f"/v1/articles/{article_id}").status_code == 404
    for path in ("/v1/search", "/v1/answer"):
        assert article_id not in client.post(path, json=question).text


@pytest.mark.parametrize("article_id", ["0123456789abcdef0123", "%00", "%ff", "'--", "..%2f..%2fx"])
def test_what_is_not_there_cannot_be_deleted(client: httpx2.Client, article_id: str) -> None:
    """Unknown ids, of whatever characters, are 404."""
    assert client.delete(f"/v1/articles/{article_id}").status_code == 404
