"""Passages: verbatim, in order, whole sentences, and small enough."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.articles import build_article
from index.chunking import MAX_PASSAGE_CHARACTERS, context_line, passages_of
from index.cleaning import normalise
from index.embedding import EmbedderTokens
from index.sentences import sentence_spans
from index.types import Article, NewsDate, Origin

ORIGIN = Origin(source="/news/a.txt")
TOKENS = EmbedderTokens()
PIECES = "The harbour of Example Town reopened on Friday. Two ferries! 北京港口。 antidisestablishmentarianism 4,100 \n\n".split(
    " "
)
TEXTS = st.one_of(
    st.text(min_size=1, max_size=300),
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=150).map(" ".join),
    st.text(alphabet="abn1é北.", min_size=1, max_size=300),
    st.integers(1, 300).map(lambda count: "x" * count),
).filter(lambda text: bool(normalise(text)))


def article(text: str, **fields: object) -> Article:
    return build_article(text=text, origin=ORIGIN, **fields)  # type: ignore[arg-type]


@given(TEXTS, st.integers(32, 60))
@example("word " * 400, 32)
@example("a" * 5000, 32)
@example("北" * 500, 32)
def test_passages_are_verbatim_slices_that_hold_every_sentence(text: str, max_tokens: int) -> None:
    """Each passage is a slice of its article, they follow each other, and only white space is between and around them."""
    made = article(text)
    passages = passages_of(made, TOKENS, max_tokens)
    assert all(made.text[p.start : p.end] == p.text != "" for p in passages)
    assert all(p.passage_id == f"{made.article_id}:{p.start}-{p.end}" for p in passages)
    assert all(one.end <= two.start for one, two in pairwise(passages))
    ends = [0, *(edge for p in passages for edge in (p.start, p.end)), len(made.text)]
    assert all(made.text[end:start].strip() == "" for end, start in zip(ends[::2], ends[1::2], strict=True))


@given(TEXTS, st.integers(32, 60))
@example("word " * 400, 32)
@example("a" * 5000, 32)
def test_no_passage_has_too_many_tokens(text: str, max_tokens: int) -> None:
    """The embedder's own tokenizer counts no more tokens in any passage than were asked for."""
    passages = passages_of(article(text), TOKENS, max_tokens)
    assert max(TOKENS.count(p.text) for p in passages) <= max_tokens


@given(TEXTS)
def test_a_sentence_that_fits_is_never_cut(text: str) -> None:
    """A passage begins and ends with a sentence, unless that sentence alone is too long."""
    made = article(text)
    passages = passages_of(made, TOKENS, 32)
    for start, end in sentence_spans(made.text):
        if TOKENS.count(made.text[start:end]) <= 32:
            assert any(p.start <= start and end <= p.end for p in passages)


def test_a_passage_is_filled_with_whole_sentences() -> None:
    """Sentences of 9 tokens each fill passages of 36 four at a time, across paragraphs, and the rest is the last passage."""
    sentence = "The old harbour of the town opened again."
    assert TOKENS.count(sentence) == 9
    made = article("\n\n".join([" ".join([sentence] * 3)] * 2))
    assert [p.text for p in passages_of(made, TOKENS, 36)] == [
        f"{sentence} {sentence} {sentence}\n\n{sentence}",
        f"{sentence} {sentence}",
    ]


def test_a_long_sentence_is_cut_between_words() -> None:
    """A sentence beyond the limit is cut where a space is, so that no word is broken."""
    words = " ".join(["harbour"] * 100)
    passages = passages_of(article(words), TOKENS, 32)
    assert {word for p in passages for word in p.text.split(" ")} == {"harbour"}
    assert sum(len(p.text.split(" ")) for p in passages) == 100


@pytest.mark.parametrize("text", ["a" * 100_000, "渡轮 " + "ab" * 30_000 + " is a word. It ends.", ("b" * 5_000 + " c. ") * 9])
def test_a_word_without_end_makes_no_endless_passage(text: str) -> None:
    """The tokenizer takes any long word for one token; passages are bounded in characters, too, and hold all of it."""
    made = article(text)
    passages = passages_of(made, TOKENS, 168)
    assert max(len(p.text) for p in passages) <= MAX_PASSAGE_CHARACTERS
    assert "".join("".join(p.text.split()) for p in passages) == "".join(made.text.split())


def test_a_short_article_is_one_passage() -> None:
    """What fits is not cut at all."""
    made = article("The harbour reopened. Two ferries left.")
    (passage,) = passages_of(made, TOKENS, 168)
    assert (passage.start, passage.end) == (0, len(made.text))


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({}, "Ferries return"),
        ({"publisher": "Dateline Sample Desk"}, "Ferries return | Dateline Sample Desk"),
        ({"publisher": "Dateline Sample Desk", "agency": "Reuters"}, "Ferries return | Dateline Sample Desk (Reuters)"),
        ({"publisher": "Reuters", "agency": "Reuters"}, "Ferries return | Reuters"),
        ({"agency": "Reuters"}, "Ferries return | Reuters"),
        ({"published": "2025-09-05T09:04"}, "Ferries return | 5 September 2025"),
        ({"updated": "2025-09-05"}, "Ferries return | 5 September 2025"),
        ({"published": "2025-09"}, "Ferries return"),
    ],
)
def test_the_context_line_says_what_is_known(fields: dict[str, str], line: str) -> None:
    """Title, outlet with its agency, and the day, never a day that was not printed."""
    precision = {7: "month", 10: "day", 16: "minute"}
    known = {
        name: NewsDate(value=value, precision=precision[len(value)], read_from="text") if value[:4] == "2025" else value  # type: ignore[arg-type]
        for name, value in fields.items()
    }
    assert context_line(article("The harbour reopened.", title="Ferries return", **known)) == line
