"""Words on Milvus score as in the embedded word index, which is Tantivy's, and find candidates by the same terms."""

import random

import pytest

from index.bm25 import rounded_length
from index.local.lexical import PassageWords, WordCache
from index.milvus.words import Scores, asked_vector, passage_terms, term_numbers, words_vector
from index.types import Where
from index.word_queries import word_query

_VOCABULARY = (
    "harbour ferry ferries wall walls bridge council vote votes 渡轮 离开 50-60 GLM-4.5V U.S. café minister said jets F-35 rose"
).split()


def made_up(count: int, seed: int) -> list[str]:
    draw = random.Random(seed)  # noqa: S311 - texts, no secrets
    return [" ".join(draw.choices(_VOCABULARY, k=draw.randint(1, 160))) for _ in range(count)]


@pytest.mark.parametrize(
    ("words", "phrases"),
    [
        (["harbour"], []),
        (["ferry", "council", "submarine"], []),
        (["GLM-4.5V", "jets"], []),
        (["50-60", "U.S."], []),
        (["wall"], ["bridge council vote"]),
        ([], ["harbour ferry"]),
        (["渡"], []),
        (["渡轮", "said"], []),
    ],
)
def test_scores_are_those_of_the_embedded_index(words: list[str], phrases: list[str]) -> None:
    """Of 300 passages of all lengths each has the score that Tantivy gives it, and what Tantivy does not find has none."""
    texts = made_up(300, 7)
    embedded = WordCache(None)
    embedded.change([PassageWords(row, f"\n{text}", "en", None, ()) for row, text in enumerate(texts)], [])
    expected = dict(embedded.matching(words, 1000, Where(), phrases))
    terms = [passage_terms("", text, "en") for text in texts]
    asked = word_query(words, phrases, ["en"])

    def holding(term: str) -> int:
        pairs = [[other for other in found if len(term) == 1 and len(other) == 2] for found in terms]
        return sum(term in found or any(term in other for other in two) for found, two in zip(terms, pairs, strict=True))

    scores = Scores(asked, total=len(texts), average=sum(map(len, terms)) / len(terms), holding=holding)
    found = {row: score for row, passage in enumerate(terms) if (score := scores.of(passage)) > 0}
    assert expected
    assert found == pytest.approx(expected, rel=1e-4)


def test_what_can_score_is_among_the_candidates() -> None:
    """A passage with a score has an inner product with what is asked; one without has none."""
    texts = made_up(200, 11)
    for words in (["harbour", "wall"], ["渡"], ["F-35"]):
        asked = word_query(words, [], ["en"])
        vector = asked_vector(asked, lambda _: 1.0)
        for text in texts:
            terms = passage_terms("", text, "en")
            product = sum(weight * words_vector(terms).get(number, 0.0) for number, weight in vector.items())
            score = Scores(asked, total=10, average=50.0, holding=lambda _: 1).of(terms)
            assert (product > 0) == (score > 0)


def test_numbers_of_terms_are_dimensions() -> None:
    """A sparse vector's dimensions are 32-bit numbers, the largest of them excepted, and every term has one."""
    numbers = term_numbers(passage_terms("", " ".join(f"word{number}" for number in range(5000)), "en"))
    assert len(numbers) == pytest.approx(5000, abs=3)
    assert all(0 <= number < 2**32 - 1 for number in numbers)


@pytest.mark.parametrize(("terms", "counts_as"), [(0, 0), (39, 39), (40, 40), (41, 40), (100, 96), (150, 144), (1000, 984)])
def test_lengths_are_rounded_as_lucene_does(terms: int, counts_as: int) -> None:
    """Up to 40 terms count as they are, longer texts as the next lower of eight steps a doubling."""
    assert rounded_length(terms) == counts_as
