"""The extractive generator: which sentences it picks, and how it writes them."""

import asyncio
import re
from collections.abc import Callable, Sequence

import pytest

from rag.generators.extractive import ExtractiveGenerator
from rag.pipeline import Pipeline
from rag.relevance import Assessment, assess
from rag.types import Answer, Evidence, Question

EvidenceOf = Callable[..., list[Evidence]]


def assess_alike(question: str, evidence: Sequence[Evidence]) -> Assessment:
    """Assess with every word equally rare, without vectors."""
    return assess(question, evidence, lambda words: [1.0] * len(words))


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


def draft(question: str, evidence: Sequence[Evidence]) -> list[str]:
    async def collect() -> list[str]:
        return [piece async for piece in ExtractiveGenerator(assess_alike, alike).stream(question, evidence)]

    return asyncio.run(collect())


def ask(pipeline: Pipeline, question: str) -> Answer:
    return asyncio.run(pipeline.answer(Question(text=question)))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How much did the Sandholm bridge cost?", "640 million crowns"),
        ("How many patients did the hospital in Varby treat?", "18,400 patients"),
        ("Who is the director of the ferry company Norlink?", "Pekka Salmi"),
        ("Which engineer led the work on the Sandholm bridge?", "Tove Askel"),
        ("When did the Sandholm bridge open to traffic?", "4 March 2025"),
        ("When does the work on the library begin?", "September 2026"),
        ("Which firm won the competition for the library?", "Halden and Moe"),
    ],
)
def test_the_right_sentences_are_chosen(pipeline: Pipeline, question: str, expected: str) -> None:
    """Numbers, persons, dates and names are answered by sentences that hold them, all from the one right article."""
    answer = ask(pipeline, question)
    assert answer.abstained is None
    assert expected in answer.text
    assert expected in answer.citations[0].article.text


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("How many ships will Norlink sell?", "Norlink will sell 14 of its 23 ships."),
        ("Who is the director of Norlink?", "The director of Norlink is Pekka Salmi."),
        ("When will Norlink sail?", "Norlink will sail on 3 May."),
        ("Which port does Norlink leave?", "Norlink does leave the port of Varby."),
    ],
)
def test_the_best_sentence_comes_first(evidence_of: EvidenceOf, question: str, best: str) -> None:
    """Among sentences on one matter the one that holds the wanted kind of answer is written first."""
    evidence = evidence_of(
        "Norlink is old. Norlink will sell 14 of its 23 ships. The director of Norlink is Pekka Salmi. Norlink will sail on"
        " 3 May. Norlink does leave the port of Varby."
    )
    assert draft(question, evidence)[0] == f"{best} [S1]"


def test_a_comparison_shows_both_sides(pipeline: Pipeline) -> None:
    """Asked which of two is more, the answer holds both numbers."""
    answer = ask(pipeline, "Which orchards harvested more apples, the northern or the southern orchards?")
    assert "5,200 tonnes" in answer.text
    assert "3,900 tonnes" in answer.text


def test_each_side_is_told_from_its_own_article(evidence_of: EvidenceOf) -> None:
    """Of two dates each is answered where it is spoken of, although one article repeats the question better."""
    may = "In May the fare to Skarv was 14 crowns. The fare of the ferry to Skarv is low. The ferry to Skarv has a fare."
    june = "It was June and windy. The fare was 19 crowns then. Gulls cried."
    written = "".join(draft("Was the fare of the ferry to Skarv lower in May or in June?", evidence_of(may, june)))
    assert "14 crowns. [S1]" in written
    assert "19 crowns then. [S2]" in written


def test_two_sides_of_one_article_are_told_by_their_sentences(evidence_of: EvidenceOf) -> None:
    """Where one article tells of both, each side is the sentence that names it and holds a number."""
    text = "Both lines sold ships. Norlink sold 14 ships in spring. The sale was large. Seabird sold nine ships in spring."
    written = "".join(draft("Who sold more ships, Norlink or Seabird?", evidence_of(text)))
    assert "Norlink sold 14 ships in spring." in written
    assert "Seabird sold nine ships in spring." in written


def test_a_sentence_that_holds_both_sides_is_enough(evidence_of: EvidenceOf) -> None:
    """A sentence that compares by itself comes first."""
    text = "Norlink sold 14 ships and Seabird nine. Norlink is old. Seabird is young."
    assert draft("Who sold more ships, Norlink or Seabird?", evidence_of(text))[0].startswith("Norlink sold 14")


def test_a_long_sentence_gives_way_to_a_shorter_one(evidence_of: EvidenceOf) -> None:
    """Where the next best is too long for the answer, the best that fits is taken."""
    texts = [f"Norlink sells ships{' to a far port' * times}." for times in (4, 3, 2, 1)]
    written = draft("Which ships does Norlink sell?", evidence_of(" ".join(texts)))
    # 19, 15, 11 and 7 words; a third sentence makes at most 45 together.
    assert [piece.strip() for piece in written] == [f"{text} [S1]" for text in (texts[0], texts[1], texts[2])]
    shorter = [*texts[:2], f"Norlink sells ships{' to a far port' * 2} {'far ' * 4}away.", texts[3]]
    written = draft("Which ships does Norlink sell?", evidence_of(" ".join(shorter)))
    assert {piece.strip() for piece in written} >= {f"{shorter[3]} [S1]"}


def test_the_same_sentence_is_written_once(evidence_of: EvidenceOf) -> None:
    """A sentence that stands in several passages is not repeated."""
    same = "Norlink will sell 14 ships."
    pieces = draft("How many ships will Norlink sell?", evidence_of(same, f"{same} It is late now.", same))
    assert "".join(pieces).count(same) == 1


def test_at_most_three_sentences(evidence_of: EvidenceOf) -> None:
    """Five equally good short sentences make an answer of three."""
    text = " ".join(f"Norlink sells ship number {n}." for n in range(1, 6))
    assert len(draft("Which ships does Norlink sell?", evidence_of(text))) == 3


def test_two_long_sentences_are_enough(evidence_of: EvidenceOf) -> None:
    """After two sentences of 40 words together a third is not wanted."""
    text = " ".join(f"Norlink sells ship number {n} {'to a far and friendly port ' * 3}soon." for n in range(1, 6))
    assert len(draft("Which ships does Norlink sell?", evidence_of(text))) == 2


def test_what_is_not_worth_it_is_left_out(evidence_of: EvidenceOf) -> None:
    """A sentence that has nothing to do with the question does not fill the answer up."""
    evidence = evidence_of("Norlink will sell 14 ships.", *["Growers speak of an uneven year."] * 5)
    assert "".join(draft("How many ships will Norlink sell?", evidence)) == "Norlink will sell 14 ships. [S1]"


def test_sentences_are_written_word_for_word_with_their_key(evidence_of: EvidenceOf) -> None:
    """Every piece is a sentence of the passage whose key it cites."""
    evidence = evidence_of("Norlink will sell 14 of its ships. The ships are sold by Norlink in May. Few care.")
    pieces = draft("When will Norlink sell its ships?", evidence)
    assert len(pieces) > 1
    passages = {item.key: item.hit.passage.text for item in evidence}
    for piece in pieces:
        match = re.fullmatch(r" ?(.+) \[(S\d)\]", piece)
        assert match is not None
        assert match[1] in passages[match[2]]


def test_headlines_are_never_the_answer(evidence_of: EvidenceOf) -> None:
    """A line without an end mark is not picked, even if it holds all the words; without any sentence nothing is written."""
    assert draft("Does Norlink sell ships?", evidence_of("Norlink sells ships")) == []
    assert draft("Does Norlink sell ships?", []) == []


@pytest.mark.parametrize("printed", ["[S1]", "[S2]", "[ S2 ]", "[S1, S2]"])
def test_a_key_printed_in_an_article_is_not_ours(evidence_of: EvidenceOf, printed: str) -> None:
    """What an article prints in the form of a key does not survive as one: each piece carries exactly one key."""
    evidence = evidence_of(f"Norlink will sell 14 ships {printed} in May.", "It is late.")
    pieces = draft("How many ships will Norlink sell?", evidence)
    assert [re.findall(r"\[[^\]]*S\d[^\]]*\]", piece) for piece in pieces] == [["[S1]"]]


def test_other_brackets_are_written_as_printed(evidence_of: EvidenceOf) -> None:
    """An editor's note such as `[Salmi]` is no key and is left alone."""
    sentence = "He [Salmi] will sell 14 ships of Norlink."
    assert draft("How many ships will Norlink sell?", evidence_of(sentence)) == [f"{sentence} [S1]"]


def test_the_same_evidence_gives_the_same_draft(evidence_of: EvidenceOf) -> None:
    """Nothing about the choice is random."""
    evidence = evidence_of("Norlink sells ships. Norlink buys ships. Norlink paints ships.", "Norlink sinks ships.")
    assert draft("Why does Norlink sell ships?", evidence) == draft("Why does Norlink sell ships?", evidence)
