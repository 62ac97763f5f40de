"""The native routes over a real server: answering, searching, reading articles."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import create_app
from api.settings import ServiceSettings
from rag.wiring import build_pipeline
from tests.rag.chat_server import chat_server, drip

ASKED = "How much did the Sandholm bridge cost?"
OFF_TOPIC = "best pizza recipe with pineapple"


def post(client: httpx2.Client, path: str, **body: Any) -> dict[str, Any]:
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/json"
    found: dict[str, Any] = response.json()
    return found


def test_an_answer_has_every_promised_field(client: httpx2.Client) -> None:
    """The object has exactly the fields of the contract, and the citation says whose words they are."""
    answer = post(client, "/v1/answer", question=ASKED)
    assert set(answer) == {
        "question", "answer", "abstained", "sentences", "citations", "nearest", "newest_source", "conflicts", "generator",
        "generation", "timings_ms", "unranked", "degraded", "standalone", "newest_note", "premise", "conclusion",
    }  # fmt: skip
    citation = next(c for c in answer["citations"] if "640 million crowns" in c["quote"])
    stated = ("title", "title_printed", "publisher", "agency", "authors", "published", "url")
    assert {name: citation[name] for name in stated} == {
        "title": "Sandholm bridge opens to traffic", "title_printed": True, "publisher": "Harbour Gazette", "agency": None,
        "authors": ["Mara Lind"], "published": "2025-03-05", "url": "https://example.org/bridge",
    }  # fmt: skip
    assert answer["abstained"] is None
    assert answer["question"] == ASKED
    assert answer["nearest"] == answer["conflicts"] == []


def test_quotes_stand_in_the_articles_that_the_service_gives(client: httpx2.Client) -> None:
    """A reader can check every quote: `text[start:end]` of the cited article is the quote."""
    for citation in post(client, "/v1/answer", question=ASKED)["citations"]:
        article = client.get(f"/v1/articles/{citation['article_id']}").json()
        assert article["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_sentences_and_citations_belong_together(client: httpx2.Client) -> None:
    """Every sentence cites numbers that exist, and the answer shows them behind it."""
    answer = post(client, "/v1/answer", question=ASKED)
    numbers = [citation["number"] for citation in answer["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    shown = " ".join(s["text"] + " " + "".join(f"[{n}]" for n in s["citations"]) for s in answer["sentences"])
    # `It is 2,870 metres long` alone would not say what is.
    assert "(Sandholm bridge opens to traffic) It " in answer["answer"]
    assert shown == answer["answer"].replace("(Sandholm bridge opens to traffic) ", "")
    assert {n for s in answer["sentences"] for n in s["citations"]} == set(numbers)


def test_abstaining_is_an_answer(client: httpx2.Client) -> None:
    """What the archive does not say is answered with 200, a reason, no citations and the nearest passages."""
    answer = post(client, "/v1/answer", question=OFF_TOPIC)
    assert answer["answer"] == "The archive does not say."
    assert answer["abstained"]["reason"] == "low_score"
    assert answer["citations"] == answer["sentences"] == []
    assert len(answer["nearest"]) == 3
    assert set(answer["nearest"][0]) == {"passage_id", "article", "text", "start", "end", "score"}


@pytest.mark.parametrize(
    ("limits", "titles"),
    [
        ({"as_of": "2025-03-31"}, {"Sandholm bridge opens to traffic", "How the lighthouse keeps time"}),
        ({"from": "2025-04-01", "to": "2025-05-01"}, {"Norlink sells ferries"}),
        ({"publishers": ["INLAND post"]}, {"Glass roof for the library"}),
        ({"publishers": ["reuters"]}, {"Norlink sells ferries"}),
        ({"publishers": ["Reuters", "Inland Post"]}, {"Norlink sells ferries", "Glass roof for the library"}),
        ({"publishers": ["Nobody"]}, set()),
        ({"as_of": None, "from": None, "to": None, "publishers": []}, {
            "Sandholm bridge opens to traffic", "Norlink sells ferries", "How the lighthouse keeps time",
            "Glass roof for the library",
        }),
    ],
)  # fmt: skip
def test_searching_keeps_to_the_limits(client: httpx2.Client, limits: dict[str, Any], titles: set[str]) -> None:
    """Days and publishers limit what is found; empty limits limit nothing."""
    hits = post(client, "/v1/search", question="bridge", **limits)["hits"]
    assert {hit["article"]["title"] for hit in hits} == titles


def test_hits_are_verbatim_and_best_first(client: httpx2.Client) -> None:
    """Passages carry their place in their article, scores never rise, and k cuts the list."""
    hits = post(client, "/v1/search", question=ASKED)["hits"]
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    for hit in hits:
        text = client.get(f"/v1/articles/{hit['article']['article_id']}").json()["text"]
        assert text[hit["start"] : hit["end"]] == hit["text"]
        assert hit["passage_id"] == f"{hit['article']['article_id']}:{hit['start']}-{hit['end']}"
    assert post(client, "/v1/search", question=ASKED, k=2)["hits"] == hits[:2]


def test_the_empty_window_is_told(client: httpx2.Client) -> None:
    """No article in the asked time is a reason of its own."""
    answer = post(client, "/v1/answer", question=ASKED, **{"from": "2030-01-01"})
    assert answer["abstained"]["reason"] == "date_window_empty"


@pytest.mark.parametrize(
    "question",
    [
        '"bridge" AND (cost OR -price) title:x~2 "',
        "'; DROP TABLE articles; --",
        "a" * 2000,
        "bridge\u0000cost?",
        "桥？",
        "\u202ebridge",
    ],
)
def test_odd_questions_are_answered_or_abstained_from(client: httpx2.Client, question: str) -> None:
    """Operators, quotes, code, the longest question and other scripts are words, never an error."""
    answer = post(client, "/v1/answer", question=question)
    assert answer["question"] == question
    assert bool(answer["citations"]) is (answer["abstained"] is None)


def test_the_same_question_has_the_same_answer(client: httpx2.Client) -> None:
    """Everything but the timings is the same when asked again."""
    one, other = (post(client, "/v1/answer", question=ASKED, as_of="2025-12-01") for _ in range(2))
    assert one.pop("timings_ms").keys() == other.pop("timings_ms").keys()
    assert one == other


def test_twenty_questions_at_once(client: httpx2.Client) -> None:
    """Questions asked side by side get the answers that they get alone, and health is served meanwhile."""
    questions = [
        ASKED,
        "Who is the director of the ferry company Norlink?",
        OFF_TOPIC,
        "When does work on the library begin?",
    ] * 5
    alone = {question: post(client, "/v1/answer", question=question)["answer"] for question in set(questions)}
    with ThreadPoolExecutor(20) as threads:
        asked = [threads.submit(post, client, "/v1/answer", question=question) for question in questions]
        assert client.get("/healthz").status_code == 200
        together = [future.result()["answer"] for future in asked]
    assert together == [alone[question] for question in questions]
    assert len(set(together)) == 4


def test_articles_are_listed_newest_first_undated_last(client: httpx2.Client) -> None:
    """The list has every article once, in order of its day."""
    listed = client.get("/v1/articles").json()
    assert [article["published"] for article in listed["articles"]] == ["2025-06-20", "2025-04-10", "2025-03-05", None]
    assert listed["total"] == 4
    assert "text" not in listed["articles"][0]


def test_pages_make_up_the_list(client: httpx2.Client) -> None:
    """Pages of limit and offset, put together, are the whole list; the total is that of all; beyond the end is empty."""
    whole = client.get("/v1/articles").json()["articles"]
    pages = [client.get("/v1/articles", params={"limit": 3, "offset": offset}).json() for offset in (0, 3, 6)]
    assert [len(page["articles"]) for page in pages] == [3, 1, 0]
    assert [article for page in pages for article in page["articles"]] == whole
    assert {page["total"] for page in pages} == {4}


def test_an_article_is_shown_with_all_that_is_known(client: httpx2.Client) -> None:
    """One article has its text, where its dates were read, the agency of its copy and where it came from."""
    listed = client.get("/v1/articles", params={"limit": 1, "offset": 1}).json()["articles"][0]
    article = client.get(f"/v1/articles/{listed['article_id']}").json()
    assert listed.items() <= article.items()
    assert article["agency"] == "Reuters"
    assert article["updated"] == "2025-04-11"
    assert article["published_detail"] == {"value": "2025-04-10", "precision": "day", "read_from": "record"}
    assert article["text"].startswith("SANDHOLM, April 10 (Reuters)")
    assert article["source"].endswith("news.jsonl")
    assert article["position"] == "line 2"
    assert article["also_in"] == []


@pytest.mark.parametrize("streamed", [False, True])
def test_a_client_that_leaves_stops_the_model(
    archive: Path, serving: Callable[..., Any], ready: Callable[[httpx2.Client], None], *, streamed: bool
) -> None:
    """Within a second after the client has closed its connection, the language model's server has lost its own."""
    settings = {"generator": "openai", "generator_model": "made-up", "data": archive}
    with chat_server(lambda reply: drip(reply, "The bridge opened and " * 500, 0.005)) as model:
        app = create_app(ServiceSettings(), lambda: build_pipeline(ServiceSettings(**settings, generator_url=model.url)))
        with serving(app) as client:
            ready(client)
            with pytest.raises(httpx2.ReadTimeout):
                client.post("/v1/answer", json={"question": ASKED, "stream": streamed}, timeout=1.5)
            assert len(model.asked) == 1
            assert model.left.wait(1)
            assert client.get("/healthz").status_code == 200


def test_a_models_answer_is_served(archive: Path, serving: Callable[..., Any], ready: Callable[[httpx2.Client], None]) -> None:
    """The answer names the model; a question may ask for the archive's own sentences; when the model fails they come unasked."""
    settings = {"generator": "openai", "generator_model": "made-up", "data": archive}
    with chat_server(lambda reply: reply.write("The bridge cost 640 million crowns [S1].")) as model:
        app = create_app(ServiceSettings(), lambda: build_pipeline(ServiceSettings(**settings, generator_url=model.url)))
        with serving(app) as client:
            ready(client)
            written = post(client, "/v1/answer", question=ASKED)
            assert (written["answer"], written["generator"]) == ("The bridge cost 640 million crowns. [1]", "made-up")
            assert written["degraded"] is None
            own = post(client, "/v1/answer", question=ASKED, generator="extractive")
            assert (own["generator"], own["degraded"]) == ("extractive", None)
            model.role = lambda reply: reply.refuse(401)
            failed = post(client, "/v1/answer", question=ASKED)
            assert (failed["answer"], failed["generator"]) == (own["answer"], "extractive")
            assert "answered 401" in failed["degraded"]


def test_a_generator_that_is_not_set_up_is_refused(client: httpx2.Client) -> None:
    """A question cannot choose a model that nobody configured: 422, with the field and what there is."""
    response = client.post("/v1/answer", json={"question": ASKED, "generator": "openai"})
    assert response.status_code == 422
    assert "not set up here; there is extractive" in response.text


def test_a_conversation_is_taken_along(client: httpx2.Client) -> None:
    """`messages` as chat tools have them; what is no conversation is refused with its place."""
    messages = [
        {"role": "user", "content": "How long is the Sandholm bridge?"},
        {"role": "assistant", "content": "2,870 metres."},
    ]
    answer = post(client, "/v1/answer", question="And how much did it cost?", messages=messages)
    assert "640 million crowns" in answer["answer"]
    assert "Sandholm" in answer["standalone"]
    for wrong in ([{"role": "system", "content": "x"}], [{"role": "user"}], "x", [{"role": "user", "content": "x" * 20_001}]):
        response = client.post("/v1/answer", json={"question": "When?", "messages": wrong})
        assert response.status_code == 422
        assert "messages" in response.text
