"""Factories of the values that the eval package judges; what a test does not name is plain and unimportant."""

from collections.abc import Callable

import pytest

from eval.gold import GoldQuestion
from index.types import Article, Hit, NewsDate, Origin, Passage
from rag.types import Abstention, Answer, Citation, Sentence

ArticleOf = Callable[..., Article]
HitOf = Callable[[str], Hit]


@pytest.fixture
def article_of() -> ArticleOf:
    def make(text: str, *, published: str | None = None, updated: str | None = None, **fields: object) -> Article:
        dates = {"published": _date(published), "updated": _date(updated)}
        origin = Origin(source="/news/a.txt")
        return Article(article_id="a1", title="T", title_printed=True, text=text, origin=origin, **dates, **fields)

    return make


@pytest.fixture
def citation_of(article_of: ArticleOf) -> Callable[..., Citation]:
    def make(number: int, quote: str, article: Article | None = None) -> Citation:
        """Cite the quote where it first stands in the article; without an article, one that is the quote."""
        article = article or article_of(quote)
        start = article.text.index(quote)
        end = start + len(quote)
        return Citation(number=number, article=article, quote=quote, start=start, end=end, verified="exact")

    return make


@pytest.fixture
def hit_of(article_of: ArticleOf) -> HitOf:
    def make(text: str) -> Hit:
        passage = Passage(article_id="a1", start=0, end=len(text), text=text)
        return Hit(passage=passage, article=article_of(text), score=1.0, ranks={"words": 1}, similarity=0.5)

    return make


@pytest.fixture
def answer_of(hit_of: HitOf) -> Callable[..., Answer]:
    def make(
        *sentences: Sentence,
        text: str | None = None,
        citations: tuple[Citation, ...] = (),
        passages: tuple[str, ...] = (),
    ) -> Answer:
        marked = (f"{s.text} {''.join(f'[{number}]' for number in s.citations)}" for s in sentences)
        shown = " ".join(marked) if text is None else text
        return _answer(shown, sentences, citations, tuple(map(hit_of, passages)), None)

    return make


@pytest.fixture
def abstention_of(hit_of: HitOf) -> Callable[..., Answer]:
    def make(*passages: str) -> Answer:
        """Abstain although these passages were retrieved."""
        abstained = Abstention(reason="low_score", message="Nothing fits.")
        return _answer("The archive does not say.", (), (), tuple(map(hit_of, passages)), abstained)

    return make


@pytest.fixture
def gold_of() -> Callable[..., GoldQuestion]:
    def make(**fields: object) -> GoldQuestion:
        plain = {
            "id": "q1", "question": "How long did it last?", "kind": "number",
            "answers": ("403 seconds",), "evidence": ("was 403 seconds",),
            "publisher": None, "author": None, "date": None, "as_of": None, "source": None, "answerable": True,
        }  # fmt: skip
        return GoldQuestion(**(plain | fields))

    return make


def _date(value: str | None) -> NewsDate | None:
    precision = {7: "month", 10: "day"}.get(len(value or ""), "minute")
    return NewsDate(value=value, precision=precision, read_from="record") if value else None


def _answer(
    text: str,
    sentences: tuple[Sentence, ...],
    citations: tuple[Citation, ...],
    hits: tuple[Hit, ...],
    abstained: Abstention | None,
) -> Answer:
    return Answer(
        question="How long did it last?", text=text, abstained=abstained, sentences=sentences, citations=citations,
        nearest=(), newest_source=None, conflicts=(), generator="extractive", generation=7, hits=hits, completion=text,
    )  # fmt: skip
