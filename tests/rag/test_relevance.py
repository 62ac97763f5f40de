"""Assessing sentences: words by hand, meaning, kinds of answer, order."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from index.protocols import Embedder
from index.sentences import sentence_spans
from index.types import Article, Hit, Passage
from rag.nearness import Known, Near, StoredNearness
from rag.relevance import assess, is_sentence
from rag.types import Evidence

EvidenceOf = Callable[..., list[Evidence]]


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


def features_of(evidence_of: EvidenceOf, question: str, *texts: str) -> dict[str, Mapping[str, float]]:
    return {c.text: c.features for c in assess(question, evidence_of(*texts), alike).candidates}


def test_words_count_here_or_beside(evidence_of: EvidenceOf) -> None:
    """Of three words the sentence holds two, its neighbour none of its own but those two beside it, a far one nothing."""
    found = features_of(evidence_of, "Which company sells ferries?", "Norlink sells ferries. Nobody knew. It is late. Fine.")
    assert found["Norlink sells ferries."]["here"] == pytest.approx(2 / 3)
    assert found["Norlink sells ferries."]["beside"] == 0
    assert (found["Nobody knew."]["here"], found["Nobody knew."]["beside"]) == (0, pytest.approx(2 / 3))
    assert (found["It is late."]["here"], found["It is late."]["beside"]) == (0, 0)


def test_other_endings_are_the_same_word(evidence_of: EvidenceOf) -> None:
    """`Icelandic` is said of what the question calls `Iceland`."""
    found = features_of(evidence_of, "Which ferries sail to Iceland?", "The Icelandic ferries sail.")
    assert found["The Icelandic ferries sail."]["here"] == pytest.approx(1.0)


def test_names_weigh_more_than_words(evidence_of: EvidenceOf) -> None:
    """A name of the question counts 1.3 times as much as another word of the same rarity."""
    assessment = assess("Did Norlink sell cars?", evidence_of("Norlink waits."), alike)
    assert assessment.weights == {"norlink": 1.3, "sell": 1.0, "car": 1.0}
    assert assessment.candidates[0].features["here"] == pytest.approx(1.3 / 3.3)


def test_rare_words_count_more(evidence_of: EvidenceOf) -> None:
    """Of two sentences of a passage with one word of the question each, the one with the rarer word is better."""
    evidence = evidence_of("Prices rose sharply then. Nobody was there. Tungsten arrived early then.")
    rarity = {"tungsten": 5.0, "prices": 1.0}
    assessment = assess("Do tungsten prices matter", evidence, lambda words: [rarity.get(w.casefold(), 0.1) for w in words])
    assert assessment.candidates[0].text == "Tungsten arrived early then."


def test_what_every_sentence_holds_tells_none_apart(evidence_of: EvidenceOf) -> None:
    """A word that all of the evidence repeats counts less in `local` than one that a single sentence has."""
    text = "Norlink buys ships. Norlink paints ships. Norlink is old. Norlink has fares."
    found = features_of(evidence_of, "What fares has Norlink?", text)
    assert found["Norlink has fares."]["local"] - found["Norlink is old."]["local"] > 0.5
    assert found["Norlink is old."]["local"] < found["Norlink is old."]["here"]


@pytest.mark.parametrize(
    ("question", "better", "worse"),
    [
        ("How many ships sailed in 2025?", "It was 14 ships that sailed.", "Many ships sailed in 2025 then."),
        ("When did Norlink sail?", "Norlink sailed on 3 May.", "Norlink sailed again then."),
        ("Who leads Norlink?", "Pekka Salmi leads Norlink now.", "Somebody else leads Norlink now."),
        ("How much did the ferry cost?", "The ferry cost 5 million crowns.", "The ferry cost 5 captains their job."),
        ("How many ships did Norlink sell?", "Norlink did sell 14 ships.", "Norlink is to sell 14 ships."),
        ("Which ferries does Norlink own?", "Norlink does own two ferries.", "Which ferries does Norlink own?"),
    ],
)
def test_the_wanted_kind_of_answer_comes_first(evidence_of: EvidenceOf, question: str, better: str, worse: str) -> None:
    """A number, date, name or sum of money that the question itself does not hold, and no announcement, no question."""
    assert assess(question, evidence_of(f"{worse} Rain fell. {better}"), alike).candidates[0].text == better


def test_the_latest_is_told_by_the_newest_article(article_of: Callable[..., Article]) -> None:
    """Asked for the latest figure, the newer of two like sentences is better; asked for any, the better passage."""
    evidence = []
    for number, (day, fare) in enumerate((("2024-05-01", 14), ("2025-05-01", 19)), start=1):
        article = article_of(f"The fare to Skarv is {fare} crowns.", title="Fares", day=day)
        passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
        hit = Hit(passage=passage, article=article, score=1 - number / 20, similarity=0.6, ranks={"words": number})
        evidence.append(Evidence(key=f"S{number}", hit=hit))
    assert assess("What is the latest fare to Skarv?", evidence, alike).candidates[0].key == "S2"
    assert assess("What is a fare to Skarv?", evidence, alike).candidates[0].key == "S1"


class Meaning:
    """Nearness in meaning that a test decides: near is what has the word."""

    spans = ((0, 2),)

    def __init__(self, word: str) -> None:
        self.word = word

    def of(self, hits: Sequence[Hit]) -> list[Near | None]:
        """Return 0.9 for sentences with the word, 0.1 for others; nothing is known of those that are about rain."""
        texts = [hit.passage.text[start:end] for hit in hits for start, end in sentence_spans(hit.passage.text)]
        return [None if "Rain" in text else self._near(text) for text in texts]

    def _near(self, text: str) -> Near:
        return Near(meaning=0.9 if self.word in text else 0.1, tokens=np.full(1, 0.2, np.float32))


def test_meaning_decides_where_words_do_not(evidence_of: EvidenceOf) -> None:
    """Of two sentences without a word of the question, the nearer in meaning is better."""
    evidence = evidence_of("Vessels were sold off. Growers were glad then.")
    meaning = Meaning("Vessels")
    assert assess("Do ferries change hands?", evidence, alike, meaning).candidates[0].text == "Vessels were sold off."
    other = Meaning("Growers")
    assert assess("Do ferries change hands?", evidence, alike, other).candidates[0].text == "Growers were glad then."


def test_where_nothing_is_known_a_line_stands_in(evidence_of: EvidenceOf) -> None:
    """A sentence that cannot be compared counts as near as its words are; the one beside it, as near as it is."""
    evidence = evidence_of("Rain fell. Ferries sail.")
    plain = {c.text: c.features for c in assess("Do ferries sail?", evidence, alike).candidates}
    compared = {c.text: c.features for c in assess("Do ferries sail?", evidence, alike, Meaning("Ferries")).candidates}
    assert compared["Rain fell."] == plain["Rain fell."]
    assert (compared["Ferries sail."]["meaning"], compared["Ferries sail."]["tokens"]) == (0.9, pytest.approx(0.2))


def test_the_stored_signs_find_the_paraphrase(
    evidence_of: EvidenceOf, embedder: Embedder, known_of: Callable[[Sequence[Evidence]], Known]
) -> None:
    """With what ingest keeps of the tokens the sentence that says the same in other words comes first."""
    question = "Why are travellers unhappy?"
    evidence = evidence_of("The island has two harbours. Passengers complain about late boats. The mayor is 61 years old.")
    nearness = StoredNearness(embedder.embed_question(question), embedder, known_of(evidence))
    assert assess(question, evidence, alike, nearness).candidates[0].text == "Passengers complain about late boats."


def test_the_counted_thing_beats_another_number(evidence_of: EvidenceOf) -> None:
    """To `how many users` a number of users is better than a number of anything else beside the same words."""
    evidence = evidence_of("The app has users in 40 languages already. The app has 170 million American users already.")
    assert "170 million" in assess("How many users does the app have?", evidence, alike).candidates[0].text


def test_ties_go_to_the_better_passage(evidence_of: EvidenceOf) -> None:
    """The same sentence in two passages stands first from the first."""
    assessment = assess("Do ferries sail?", evidence_of("Ferries sail.", "Ferries sail."), alike)
    assert [c.key for c in assessment.candidates] == ["S1", "S2"]


def test_only_six_passages_are_read(evidence_of: EvidenceOf) -> None:
    """Sentences from the seventh passage on are no candidates."""
    evidence = evidence_of(*(f"Ferry number {n} sails." for n in range(9)))
    assert {c.key for c in assess("Do ferries sail?", evidence, alike).candidates} == {f"S{n}" for n in range(1, 7)}


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("It opened on Friday.", True),
        ("“It opened on Friday.”", True),
        ("These ships are for sale:", True),
        ("It opened on Friday", False),
        ("Sandholm bridge opens to traffic", False),
        ("No way.", False),
    ],
)
def test_headlines_and_scraps_are_no_sentences(text: str, whole: bool) -> None:  # noqa: FBT001 - a parameter of the case
    """An answer sentence ends like one and has more than two words."""
    assert is_sentence(text) is whole
