"""What every `PassageStore` must find, against every implementation: by vector, by words, within filters."""

import math
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from index.protocols import PassageStore
from index.types import Where
from tests.contracts.stores import EVERYTHING, found, near, news, put, unit_rows


@pytest.mark.parametrize("k", [1, 7, 60, 1000])
@pytest.mark.parametrize(
    ("where", "kept"),
    [
        (EVERYTHING, lambda _: True),
        (Where(since=date(2025, 1, 10)), lambda n: n >= 10 or n % 5 == 0),
        (Where(since=date(2025, 1, 10), until=date(2025, 1, 12), undated=False), lambda n: 10 <= n <= 12 and n % 5 != 0),
        (Where(publishers=("desk one",)), lambda n: n % 3 == 1),
    ],
    ids=["all", "since", "window of dated ones", "publisher"],
)
def test_nearest_is_exact(store: PassageStore, where: Where, kept: Callable[[int], bool], k: int) -> None:
    """Rows and inner products are those of numpy over all allowed vectors, best first, however many are asked for."""
    vectors, allowed = unit_rows(60, 1), []
    for number in range(1, 21):
        day = None if number % 5 == 0 else f"2025-01-{number:02}"
        article = news(
            "\n\n".join(f"Ferry {number} part {part} left." for part in range(3)),
            day,
            publisher=f"Desk {['Zero', 'One', 'Two'][number % 3]}",
        )
        put(store, article, vectors[3 * number - 3 : 3 * number])
        if kept(number):
            allowed.extend(range(3 * number - 3, 3 * number))
    question = unit_rows(1, 2)[0]
    exact = vectors @ question
    best = sorted(allowed, key=lambda row: -exact[row])[:k]
    with store.consistent():
        hits = store.nearest(question, k, where)
        texts = [passage.text for passage, _ in store.passages([row for row, _ in hits])]
        similar = store.similarities(question, [row for row, _ in hits])
    assert texts == [f"Ferry {row // 3 + 1} part {row % 3} left." for row in best]
    assert [score for _, score in hits] == pytest.approx([float(exact[row]) for row in best], abs=2e-3)
    assert similar == pytest.approx([float(exact[row]) for row in best], abs=1e-5)


def test_equal_vectors_come_in_a_fixed_order(store: PassageStore) -> None:
    """Ties are broken by row, so the same question has the same answer."""
    same = np.tile(unit_rows(1, 3), (4, 1))
    put(store, news("Ferry one.\n\nFerry two.\n\nFerry three.\n\nFerry four."), same)
    with store.consistent():
        rows = [row for row, _ in store.nearest(same[0], 10, EVERYTHING)]
    assert rows == sorted(rows)
    assert len(rows) == 4


def test_words_are_found_in_any_form(store: PassageStore) -> None:
    """Case, accents and endings of words do not count; title and outlet are searched like the text."""
    put(store, news("Ferries left the café.", title="Harbour news", publisher="Dateline Sample Desk"))
    put(store, news("Hives were counted.", title="Valley news"))
    for word in ("ferry", "FERRIES", "cafe", "harbour", "dateline"):
        assert found(store, word) == ["Ferries left the café."]
    assert found(store, "news") == found(store, "news", "nothing")
    assert len(found(store, "news")) == 2
    assert found(store, "submarine") == found(store) == found(store, "?!") == []


def test_the_best_match_comes_first(store: PassageStore) -> None:
    """A passage with both words is before one with a rare word, which is before one with a common word; k cuts the list."""
    put(store, news("The harbour of the town reopened."))
    put(store, news("The harbour wall fell over."))
    put(store, news("Divers left the town today."))
    put(store, news("Divers left the harbour today."))
    put(store, news("The harbour was quiet again."))
    hits = found(store, "divers", "harbour")
    assert hits[:2] == ["Divers left the harbour today.", "Divers left the town today."]
    assert len(hits) == 5
    assert found(store, "divers", "harbour", k=2) == hits[:2]
    assert found(store, "divers", k=0) == []


def test_a_phrase_comes_before_its_words(store: PassageStore) -> None:
    """Passages that hold a phrase are before those that hold its words apart, and a phrase alone finds only the former."""
    put(store, news("The wall of the harbour, a harbour of walls, and a wall."))
    put(store, news("They met below the harbour wall in the evening, as every year, and nobody said why."))
    with store.consistent():
        for words, count in (["harbour", "wall"], 2), ([], 1):
            hits = store.matching(words, 5, EVERYTHING, ["harbour wall"])
            texts = [passage.text for passage, _ in store.passages([row for row, _ in hits])]
            assert len(texts) == count
            assert texts[0].startswith("They met")


def test_a_phrase_is_found_among_many_passages_with_its_words(store: PassageStore) -> None:
    """However many hold its words apart, and more often."""
    lists = "\n\n".join(f"Wall gate {number}, harbour bridge wall, ship {number} harbour." for number in range(160))
    put(store, news(lists, title="Lists"))
    text = "They met below the harbour wall in the evening, as every year, and nobody said why."
    put(store, news(text, title="Evening"))
    with store.consistent():
        for words in ["harbour", "wall"], []:
            (row, _), *_ = store.matching(words, 5, EVERYTHING, ["harbour wall"])
            assert [passage.text for passage, _ in store.passages([row])] == [text]


def test_a_phrase_that_occurs_nowhere_changes_nothing(store: PassageStore) -> None:
    """The words find what they find without it, with the same scores, so that a misremembered quotation still has an answer."""
    put(store, news("The harbour wall fell."))
    put(store, news("The wall was old."))
    with store.consistent():
        assert store.matching(["wall"], 5, EVERYTHING, ["wall of the harbour"]) == store.matching(["wall"], 5, EVERYTHING)
        assert len(store.matching(["wall"], 5, EVERYTHING)) == 2
        assert store.matching([], 5, EVERYTHING, ["wall of the harbour"]) == []


def test_articles_of_other_languages_are_found_by_other_forms(store: PassageStore) -> None:
    """Each article is read by the rules of its language, and a question by those of every language held."""
    put(store, news("Die Wahlen kommen.", language="de"))
    put(store, news("选举昨天举行。", language="zh"))
    put(store, news("Elections were held.", language="en"))
    for word, text in (("Wahl", "Die Wahlen kommen."), ("选举", "选举昨天举行。"), ("election", "Elections were held.")):
        assert found(store, word) == [text]


@pytest.mark.parametrize(
    ("where", "letters"),
    [
        (EVERYTHING, "ABCDE"),
        (Where(since=date(2025, 9, 2)), "BCE"),
        (Where(until=date(2025, 9, 2)), "ABDE"),
        (Where(since=date(2025, 9, 2), until=date(2025, 9, 2)), "BE"),
        (Where(since=date(2025, 9, 2), undated=False), "BC"),
        (Where(until=date(2025, 9, 1), undated=False), "AD"),
        (Where(undated=False), "ABCDE"),
        (Where(publishers=("dateline sample desk",)), "AC"),
        (Where(publishers=("REUTERS", "Example Courier")), "BE"),
        (Where(publishers=("Dateline Sample Desk",), since=date(2025, 9, 2)), "C"),
        (Where(publishers=("Desk",)), ""),
        (Where(since=date(2026, 1, 1), undated=False), ""),
    ],
)
def test_filters_hold_for_words_and_vectors(store: PassageStore, where: Where, letters: str) -> None:
    """Both rankers return exactly the articles of the window and the outlets; an agency is an outlet, a year its first day."""
    put(store, news("Ferry A.", "2025-09-01", publisher="Dateline Sample Desk"))
    put(store, news("Ferry B.", "2025-09-02", publisher="Example Courier", agency="Reuters"))
    put(store, news("Ferry C.", "2025-09-03", publisher="Dateline Sample Desk"))
    put(store, news("Ferry D.", "2025", publisher="Example Gazette"))
    put(store, news("Ferry E.", publisher="Reuters"))
    expected = {f"Ferry {letter}." for letter in letters}
    assert set(found(store, "ferry", where=where)) == expected
    assert set(near(store, unit_rows(1, 4)[0], where)) == expected


def test_a_filter_does_not_change_scores(store: PassageStore) -> None:
    """A window takes hits away and leaves the scores of the others as they were."""
    put(store, news("Ferry one left.", "2025-09-01"))
    put(store, news("Ferry two left the harbour.", "2025-09-02"))
    with store.consistent():
        every = dict(store.matching(["ferry", "harbour"], 9, EVERYTHING))
        some = dict(store.matching(["ferry", "harbour"], 9, Where(since=date(2025, 9, 2), undated=False)))
    assert len(some) == 1
    assert some.items() <= every.items()


def idf(total: int, holding: int) -> float:
    return math.log(1 + (total - holding + 0.5) / (holding + 0.5))


def test_rarity_is_the_inverse_document_frequency(store: PassageStore) -> None:
    """A word's rarity is the formula of BM25 over passages, and a word of several parts has that of its rarest."""
    put(store, news("The harbour reopened.\n\nThe harbour wall.\n\nHives.", title="News"))
    put(store, news("The harbour is quiet.", title="News"))
    with store.consistent():
        assert store.rarity(["harbour", "HIVES", "submarine", "harbour-hives"]) == pytest.approx(
            [idf(4, 3), idf(4, 1), idf(4, 0), idf(4, 1)]
        )


def test_rarity_counts_what_is_there(store: PassageStore) -> None:
    """Deleted passages no longer count: the rarity of a word is what it would be had they never been stored."""
    gone = [news(f"The harbour is {word}.") for word in ("open", "shut", "quiet")]
    for article in (*gone, news("The harbour wall."), news("Hives were counted.")):
        put(store, article)
    with store.consistent():
        assert store.rarity(["harbour"]) == pytest.approx([idf(5, 4)])
    for article in gone:
        store.delete(article.article_id)
    with store.consistent():
        assert store.rarity(["harbour", "hives"]) == pytest.approx([idf(2, 1), idf(2, 1)])
