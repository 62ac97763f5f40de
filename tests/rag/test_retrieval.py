"""Finding passages in a real archive: limits, fusion, recency, order."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from index.local.store import LocalStore
from index.protocols import Embedder, PassageStore
from index.types import Article, Hit
from rag.retrieval import allowed_articles, retrieve
from rag.types import Question

ArticleOf = Callable[..., Article]
Find = Callable[..., list[Hit]]


@pytest.fixture(scope="module")
def harbour(build_archive: Callable[[Iterable[Article]], PassageStore], article_of: ArticleOf) -> PassageStore:
    """Four articles on one matter: January, February by a wire service, March, and one without a date."""
    return build_archive(
        [
            article_of("Dredging of the harbour begins in January with two ships.", publisher="Harbour Gazette", day="2025-01-10",
                       title="January"),
            article_of("Dredging of the harbour is halted in February after a protest.", publisher="Coast Courier",
                       agency="Reuters", day="2025-02-01", title="February"),
            article_of("Dredging of the harbour ends in March, a month early.", publisher="Coast Courier", day="2025-03-10",
                       title="March"),
            article_of("Dredging of the harbour: what it is and why it is done.", publisher="Inland Post", title="Undated"),
        ]
    )  # fmt: skip


@pytest.fixture(scope="module")
def find(harbour: PassageStore, embedder: Embedder) -> Find:
    def search(text: str = "dredging of the harbour", *, recency_strength: float = 2.0, **limits: object) -> list[Hit]:
        question = Question(text=text, **limits)
        with harbour.consistent():
            return retrieve(
                question, embedder.embed_question(text), harbour, recency_strength=recency_strength, recency_days=14.0
            )

    return search


def titles(hits: Iterable[Hit]) -> set[str]:
    return {hit.article.title for hit in hits}


def test_as_of_keeps_later_articles_out(find: Find) -> None:
    """As of 15 February nothing of March is found; the undated article cannot be shown to be later."""
    assert titles(find(as_of=date(2025, 2, 15))) == {"January", "February", "Undated"}


def test_as_of_includes_its_own_day(find: Find) -> None:
    """An article of the very day counts as known on it, one of the day after does not."""
    assert "March" in titles(find(as_of=date(2025, 3, 10)))
    assert "March" not in titles(find(as_of=date(2025, 3, 9)))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"since": date(2025, 2, 1)}, {"February", "March"}),
        ({"until": date(2025, 2, 1)}, {"January", "February"}),
        ({"since": date(2025, 1, 11), "until": date(2025, 3, 9)}, {"February"}),
        ({"until": date(2025, 12, 31), "as_of": date(2025, 1, 31)}, {"January"}),
        ({"since": date(2026, 1, 1)}, set()),
    ],
)
def test_a_window_asks_for_articles_dated_inside_it(find: Find, limits: dict[str, date], expected: set[str]) -> None:
    """`from` and `to` include their days, leave undated articles out, and `as_of` still counts."""
    assert titles(find(**limits)) == expected


@pytest.mark.parametrize(
    ("publishers", "expected"),
    [
        (("coast courier",), {"February", "March"}),
        (("HARBOUR GAZETTE", "Inland Post"), {"January", "Undated"}),
        (("reuters",), {"February"}),
        (("Coast",), set()),
        (("Nobody",), set()),
    ],
)
def test_publishers_are_outlets_or_wire_services(find: Find, publishers: tuple[str, ...], expected: set[str]) -> None:
    """A publisher is a whole name in any case, of the outlet or of the agency whose copy it is."""
    assert titles(find(publishers=publishers)) == expected


def test_limits_combine(find: Find) -> None:
    """A publisher and a window must both fit."""
    assert titles(find(publishers=("Coast Courier",), since=date(2025, 2, 15))) == {"March"}


@pytest.mark.parametrize("k", [1, 2, 4, 100])
def test_k_cuts_the_list(find: Find, k: int) -> None:
    """At most k passages come back, and they are the best of the longer list."""
    hits = find(k=k)
    assert hits == find(k=4)[:k]
    assert len(hits) == min(k, 4)


def test_scores_are_fused_times_recency(find: Find) -> None:
    """Each score is the one without recency times 1 + 2·exp(-age/14), the undated article's factor being the mean."""
    asked_on = date(2025, 3, 20)
    hits = find(as_of=asked_on)
    days = {hit.article.title: hit.article.dated.day for hit in hits if hit.article.dated}
    factors = {title: 1 + 2 * math.exp(-(asked_on - day).days / 14) for title, day in days.items()}
    factors["Undated"] = sum(factors.values()) / 3
    plain = {hit.passage.passage_id: hit.score for hit in find(as_of=asked_on, recency_strength=0.0)}
    assert max(plain.values()) <= 1
    for hit in hits:
        assert hit.score == pytest.approx(plain[hit.passage.passage_id] * factors[hit.article.title])


def test_hits_come_best_first(find: Find) -> None:
    """Scores never rise down the list, and every ranker's places are 1, 2, 3 …, each once."""
    hits = find()
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for ranker in ("dense", "words"):
        assert sorted(hit.ranks[ranker] for hit in hits if ranker in hit.ranks) == [1, 2, 3, 4]


def test_recency_moves_the_fresh_article_up(find: Find) -> None:
    """Asked as of 10 March the article of that day is first; without recency the one that holds all the words is."""
    question, day = "dredging of the harbour begins", date(2025, 3, 10)
    assert find(question, as_of=day, recency_strength=0.0)[0].article.title == "January"
    assert find(question, as_of=day, recency_strength=20.0)[0].article.title == "March"


def test_similarity_is_the_cosine(find: Find, harbour: PassageStore, embedder: Embedder) -> None:
    """The similarity of a hit is the inner product of unit vectors of the question and the passage in its context."""
    question = "What is dredging?"
    hit = next(hit for hit in find(question) if hit.article.title == "Undated")
    vectors = embedder.embed_passages([question, f"Undated | Inland Post\n{hit.passage.text}"])
    assert hit.similarity == pytest.approx(float(np.dot(vectors[0], vectors[1])), abs=2e-3)
    assert harbour.stats().passages == 4


def test_the_same_question_finds_the_same(find: Find) -> None:
    """Asked twice, a question gives the same passages in the same order with the same scores."""
    day = date(2025, 3, 20)
    assert find(as_of=day) == find(as_of=day)


def test_passages_are_slices_of_their_articles(find: Find) -> None:
    """Every hit's text stands in its article at its offsets."""
    for hit in find():
        assert hit.article.text[hit.passage.start : hit.passage.end] == hit.passage.text


def test_an_empty_archive_has_no_passages(build_archive: Callable[[Iterable[Article]], PassageStore], embedder: Embedder) -> None:
    """Nothing is found where nothing is."""
    store = build_archive([])
    with store.consistent():
        assert retrieve(Question(text="x"), embedder.embed_question("x"), store, recency_strength=2, recency_days=14) == []


def test_only_a_window_excludes_undated_articles() -> None:
    """`as_of` alone allows undated articles; `from` or `to` does not; the earlier of `to` and `as_of` ends the window."""
    early, late = date(2025, 1, 1), date(2025, 2, 1)
    assert allowed_articles(Question(text="x", as_of=late)).undated
    assert not allowed_articles(Question(text="x", since=early)).undated
    assert not allowed_articles(Question(text="x", until=late)).undated
    assert allowed_articles(Question(text="x", until=late, as_of=early)).until == early


@pytest.fixture(scope="module")
def quay(build_archive: Callable[[Iterable[Article]], PassageStore], article_of: ArticleOf) -> PassageStore:
    """Seven articles of one outlet on one matter, which match best, and one of another outlet behind them."""
    tasks = ("paint", "mend", "light", "sweep", "guard", "widen", "close")
    articles = [article_of(f"The quay of Varby: workers {task} the quay of Varby.", publisher="Fjord Post") for task in tasks]
    other = article_of("Workers at the quay of Varby: they mend the quay while ships wait.", publisher="Skerry Times")
    return build_archive([*articles, other])


@pytest.mark.parametrize(
    ("text", "limits", "outlets"),
    [
        ("the quay of Varby", {"k": 5}, ["Fjord Post"] * 4 + ["Skerry Times"]),
        ("the quay of Varby", {"k": 6}, ["Fjord Post"] * 5 + ["Skerry Times"]),
        ("the quay of Varby", {"k": 4}, ["Fjord Post"] * 4),
        ("the quay of Varby", {"k": 5, "publishers": ("Fjord Post",)}, ["Fjord Post"] * 5),
        ("the Fjord Post and the quay of Varby", {"k": 5}, ["Fjord Post"] * 5),
    ],
)
def test_one_outlet_leaves_the_last_place_to_another(
    quay: PassageStore, embedder: Embedder, text: str, limits: dict[str, object], outlets: list[str]
) -> None:
    """In a list of five or more, unless the question names an outlet or is limited to one."""
    with quay.consistent():
        hits = retrieve(
            Question(text=text, **limits), embedder.embed_question(text), quay, recency_strength=0.0, recency_days=14.0
        )
    assert [hit.article.publisher for hit in hits] == outlets


def test_the_best_passages_are_compared_word_by_word(
    build_archive: Callable[[Iterable[Article]], PassageStore], article_of: ArticleOf, embedder: Embedder
) -> None:
    """A passage's score holds its late score; where one of the best has no signs, none is compared and the fusion stays."""
    store = build_archive(
        [
            article_of("The ferry Sandholm was repaired at the yard in Varby.", title="Yard"),
            article_of("The ferry to the island was late, and so was the bus.", title="Bus"),
            article_of("Nobody knows how old the lighthouse is.", title="Lighthouse"),
        ]
    )
    text = "Which ferry was repaired in Varby?"
    embedded = embedder.embed_question(text)

    def scores(without: slice | None = None) -> list[float]:
        asked = embedded if without is None else replace(embedded, tokens=embedded.tokens[without], spans=embedded.spans[without])
        with store.consistent():
            hits = retrieve(Question(text=text), asked, store, recency_strength=0, recency_days=14)
        assert hits[0].article.title == "Yard"
        return [hit.score for hit in hits]

    with_late, fused_only = scores(), scores(slice(0))
    assert with_late[0] == pytest.approx(1.0), "the best by both"
    assert with_late[1] != pytest.approx(fused_only[1])
    assert isinstance(store, LocalStore)
    store._database.rows("DELETE FROM token_signs WHERE passage_row = 2")
    assert scores() == fused_only
