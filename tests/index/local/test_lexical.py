"""The word index: which passages hold the words and phrases looked for, in any language, and which come first."""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest

from index.local.lexical import PassageWords, WordCache
from index.local.store import LocalStore
from index.types import Article, Where

OpenStore = Callable[..., LocalStore]
Put = Callable[..., Article]
Found = Callable[..., list[int]]
EVERYTHING = Where()


def passage(row: int, text: str, language: str | None = None, day: int | None = None) -> PassageWords:
    return PassageWords(row=row, text=text, language=language, day=day, outlets=())


@pytest.fixture
def found(tmp_path: Path) -> Iterator[Found]:
    """Return what indexes texts (numbered from 1, or with their language) and returns the rows that a search finds."""
    folders = (tmp_path / str(number) for number in range(9))

    def search(texts: Sequence[str | tuple[str, str]], *words: str, phrases: Sequence[str] = (), k: int = 10) -> list[int]:
        folder = next(folders)
        folder.mkdir()
        index = WordCache(folder)
        pairs = [(text, None) if isinstance(text, str) else text for text in texts]
        index.change([passage(row, text, language) for row, (text, language) in enumerate(pairs, start=1)], [])
        return [row for row, _ in index.matching(words, k, EVERYTHING, phrases)]

    return search


COMPOUNDS = [
    "Between 60 and 50 ferries left; 35 crews of the F deck stayed.",
    "Some 50–60 ferries left, with F‑35 painted on them.",
    "Nothing of the sort was seen at the harbour.",
]


@pytest.mark.parametrize("compound", ["50-60", "F-35", "f 35"])
def test_a_compound_is_looked_for_whole(found: Found, compound: str) -> None:
    """A passage with the parts in a row comes before one with the parts apart, which is found too."""
    assert found(COMPOUNDS, compound) == [2, 1]


PHRASES = [
    "The bridge was golden. A gate was open and the gate keeper slept by the gate, the golden gate keeper.",
    "The harbour master spoke of the gate of gold.",
    "Crowds crossed the Golden Gate.",
    "Golden hives, golden honey, golden days: golden golden golden.",
]


def test_a_quoted_phrase_comes_first(found: Found) -> None:
    """Passages that hold the phrase are before those that hold its words, however often."""
    assert found(PHRASES, "golden", "gate", "hives")[0] == 4
    assert found(PHRASES, "golden", "gate", "hives", phrases=["golden gate"])[:2] == [3, 1]


def test_a_phrase_without_words_finds_its_passages_only(found: Found) -> None:
    """A phrase of words that nobody looks for by themselves, such as function words, is still found."""
    assert found(PHRASES, phrases=["of the gate"]) == [2]
    assert found(PHRASES, phrases=["harbour"]) == [2]


def test_a_phrase_that_occurs_nowhere_empties_nothing(found: Found) -> None:
    """The words find what they find without it; without words there is nothing to find."""
    assert found(PHRASES, "golden", "gate", phrases=["silver gate"]) == found(PHRASES, "golden", "gate")
    assert found(PHRASES, phrases=["silver gate", "?!", ""]) == []


def test_every_language_is_searched_by_its_own_rules(found: Found) -> None:
    """A question finds other forms of its words in articles of each language, without saying which language it is in."""
    texts = [
        ("Die Fähren verließen den Hafen.", "de"),
        ("Les bateaux voteront demain à l’aube.", "fr-FR"),
        ("The ferries left the harbour.", "en"),
        ("Färjorna lämnade Örebro.", "sv"),
        ("Паромы вышли из порта.", "ru"),
    ]
    for word, row in (("Fähre", 1), ("voter", 2), ("aube", 2), ("ferry", 3), ("Örebro", 4), ("паром", 5)):
        assert found(texts, word) == [row], word


def test_a_word_counts_once_however_many_rules_read_it(tmp_path: Path) -> None:
    """A passage gets no better score because the archive also holds articles in other languages."""
    scores = []
    for other in ("en", "de"):
        (tmp_path / other).mkdir()
        index = WordCache(tmp_path / other)
        index.change([passage(1, "Elections were held."), passage(2, "Ein Hafen.", other)], [])
        scores.append(index.matching(["elections"], 5, EVERYTHING))
    assert scores[0] == scores[1] != []


CHINESE = [("渡轮昨天离开了港口。", "zh"), ("法院判决了。", "zh-Hans"), ("港口重新开放，AI增长。", None), ("Nothing.", "en")]


@pytest.mark.parametrize(
    ("word", "rows"), [("渡轮", [1]), ("港口", [1, 3]), ("离开了港口", [1, 3]), ("法", [2]), ("口", [1, 3]), ("AI", [3])]
)
def test_text_without_spaces_is_searched(found: Found, word: str, rows: list[int]) -> None:
    """Words of Chinese are found wherever they stand, even of one character."""
    assert sorted(found(CHINESE, word)) == rows


def test_the_whole_of_a_run_comes_first(found: Found) -> None:
    """A question in Chinese comes as one long word: what holds more of it in a row is better."""
    texts = [("港口开了，渡轮离了。", "zh"), ("渡轮离开了港口。", "zh"), ("港口。", "zh")]
    assert found(texts, "渡轮离开了港口")[0] == 2


def test_how_often_a_word_occurs_counts_all_its_forms(tmp_path: Path) -> None:
    """A word of two parts occurs as often as the rarer one; one character as often as the pairs it stands in."""
    index = WordCache(tmp_path)
    index.change([passage(row, text, language) for row, (text, language) in enumerate(CHINESE, start=1)], [])
    index.change([passage(9, "The harbour reopened."), passage(10, "The harbour wall.")], [])
    words = ["口", "法", "港口", "harbour", "harbour-wall", "submarine", "?"]
    assert [index.occurrences(word) for word in words] == [2, 1, 2, 2, 1, 0, 0]


@pytest.mark.parametrize("k", [1, 3, 7, 40])
def test_the_best_k_are_the_best_of_all(tmp_path: Path, k: int) -> None:
    """Asking for few gives the beginning of the list that asking for all gives, with the same scores, filtered or not."""
    index = WordCache(tmp_path)
    ferries = (
        passage(row, "ferry " * (row % 7) + "harbour " * (row % 3) + f"x{row}", day=700_000 + row) for row in range(1, 600)
    )
    index.change(ferries, [3, 5])
    for where in (EVERYTHING, Where(since=date.fromordinal(700_100)), Where(until=date.fromordinal(700_400), undated=False)):
        every = index.matching(["ferry", "harbour"], 1000, where)
        assert len(every) > 250
        few = index.matching(["ferry", "harbour"], k, where)
        assert [score for _, score in few] == [score for _, score in every[:k]]
        assert set(few) <= set(every)


def test_words_survive_a_change_of_languages(tmp_path: Path) -> None:
    """Languages that come or go with a change are searched, or no longer, from that change on and after opening again."""
    index = WordCache(tmp_path)
    index.change([passage(1, "The ferries left.")], [])
    assert index.matching(["Wahl"], 5, EVERYTHING) == []
    index.change([passage(2, "Die Wahlen kommen.", "de")], [])
    for opened in (index, WordCache(tmp_path)):
        assert [row for row, _ in opened.matching(["Wahl"], 5, EVERYTHING)] == [2]
    index.change([], [2])
    assert index.matching(["Wahl"], 5, EVERYTHING) == []


def test_words_analysed_by_other_rules_are_never_searched(
    open_store: OpenStore, put: Put, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A snapshot of another analysis, or of before analyses were named, is set aside and made anew; then it is used."""
    store = open_store()
    put(store, 1)
    store.close()
    (stamp,) = (tmp_path / "archive" / "caches").glob("snapshot-*/stamp.json")
    written = json.loads(stamp.read_text())
    for other in ({**written, "words": "words-0/0123"}, {key: value for key, value in written.items() if key != "words"}):
        stamp.write_text(json.dumps(other))
        caplog.clear()
        store = open_store()
        with store.consistent():
            assert len(store.matching(["ferry"], 5, EVERYTHING)) == 1
        store.close()
        (record,) = caplog.records
        assert record.levelno == logging.WARNING
        assert "analysed by other rules" in record.getMessage()
        assert json.loads(stamp.read_text())["words"] == written["words"]
    caplog.clear()
    open_store().close()
    assert caplog.records == []


def test_titles_outlets_and_texts_are_one_field(open_store: OpenStore, put: Put) -> None:
    """The title of an article finds its passages like their own words, and a phrase stands in its order."""
    store = open_store()
    put(store, 1)
    with store.consistent():
        assert len(store.matching(["news"], 5, EVERYTHING)) == 1
        assert len(store.matching([], 5, EVERYTHING, ["ferry number1"])) == 1
        assert store.matching([], 5, EVERYTHING, ["number1 news"]) == []
    store.close()
