"""Which sources and which evidence an answer cites, beside those that gold names. Outlets and people are invented."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from eval.gold import GoldQuestion
from eval.grounding import attribution_scores, quoted_evidence
from index.types import Article
from rag.types import Answer, Citation

AnswerOf = Callable[..., Answer]
ArticleOf = Callable[..., Article]
CitationOf = Callable[..., Citation]
TEXT = "EAST was built in Hefei. The previous mark was 403 seconds."


def gold(**fields: object) -> GoldQuestion:
    plain = {
        "id": "q1", "question": "How long did it last?", "kind": "number", "answers": ("403 seconds",), "all_of": (),
        "evidence": ("was 403 seconds",), "relevant": {}, "history": (), "publisher": None, "author": None, "date": None,
        "as_of": None, "source": None, "answerable": True,
    }  # fmt: skip
    return GoldQuestion(**(plain | fields))


@pytest.fixture
def citing(answer_of: AnswerOf, citation_of: CitationOf) -> AnswerOf:
    def make(*sources: Article) -> Answer:
        """Cite the whole of each article, which is `TEXT` and so holds the evidence."""
        return answer_of(citations=tuple(citation_of(number, TEXT, it) for number, it in enumerate(sources, start=1)))

    return make


@pytest.mark.parametrize(
    ("named", "right"),
    [
        ({"publisher": "Associated Press"}, {"publisher": 1}),
        ({"publisher": "AP"}, {"publisher": 1}),
        ({"publisher": "the daily news"}, {"publisher": 1}),
        ({"publisher": "Reuters; Daily News"}, {"publisher": 0}),
        ({"publisher": "Reuters; The Daily News"}, {"publisher": 1}),
        ({"author": "JANE ROE"}, {"author": 1}),
        ({"author": "John Doe; Ann Other"}, {"author": 1}),
        ({"author": "Ann Other"}, {"author": 0}),
        ({"date": date(2025, 9, 19)}, {"date": 1}),
        ({"date": date(2025, 9, 21)}, {"date": 1}),
        ({"date": date(2025, 9, 20)}, {"date": 0}),
        ({"publisher": "AP", "author": "Jane Roe", "date": date(2025, 9, 19)}, {"publisher": 1, "author": 1, "date": 1}),
        ({"publisher": "AP", "author": "Jane Roe", "date": date(2025, 9, 20)}, {"publisher": 1, "author": 1, "date": 0}),
    ],
)
def test_attribution_compares_what_gold_names(
    citing: AnswerOf, article_of: ArticleOf, named: dict[str, object], right: dict[str, int]
) -> None:
    """Outlet (or its agency), one author, and the day published or updated, each only if named; all must be right."""
    article = article_of(
        TEXT, publisher="The Daily News", agency="Associated Press", authors=("Jane Roe", "John Doe"),
        published="2025-09-19T09:04", updated="2025-09-21",
    )  # fmt: skip
    assert attribution_scores(citing(article), gold(**named)) == {"attribution": min(right.values()), **right}


def test_attribution_looks_at_the_articles_that_hold_the_evidence(
    answer_of: AnswerOf, citation_of: CitationOf, article_of: ArticleOf
) -> None:
    """The quote with the evidence decides, wherever it stands; without one, the first citation does."""
    wrong, right = article_of(TEXT, publisher="Highmoor Star"), article_of(TEXT, publisher="Quillon Wire")
    with_evidence, without = citation_of(2, TEXT, right), citation_of(2, "EAST was built in Hefei.", right)
    first = citation_of(1, "EAST was built in Hefei.", wrong)
    named = gold(publisher="Quillon Wire")
    assert attribution_scores(answer_of(citations=(first, with_evidence)), named)["attribution"] == 1
    assert attribution_scores(answer_of(citations=(first, without)), named)["attribution"] == 0


def test_attribution_is_of_one_article(citing: AnswerOf, article_of: ArticleOf) -> None:
    """The right outlet of one article and the right author of another make no right source: the better one is told."""
    outlet, author = article_of(TEXT, publisher="Quillon Wire"), article_of(TEXT, authors=("Jane Roe",), published="2025-09-19")
    named = gold(publisher="Quillon Wire", author="Jane Roe", date=date(2025, 9, 19))
    assert attribution_scores(citing(outlet, author), named) == {"attribution": 0, "publisher": 0, "author": 1, "date": 1}
    assert attribution_scores(citing(outlet, author), gold(author="Jane Roe")) == {"attribution": 1, "author": 1}


def test_a_month_is_no_day(citing: AnswerOf, article_of: ArticleOf) -> None:
    """An article dated `2025-09` is not credited with the first of September."""
    found = attribution_scores(citing(article_of(TEXT, published="2025-09")), gold(date=date(2025, 9, 1)))
    assert found == {"attribution": 0, "date": 0}


def test_attribution_without_citations_or_without_gold(answer_of: AnswerOf) -> None:
    """An answer that cites nothing is wrong in all; where gold names nothing, or there is no answer, nothing is judged."""
    answer = answer_of(text="It was 403 seconds.")
    named = gold(publisher="Quillon Wire", date=date(2025, 9, 19))
    assert attribution_scores(answer, named) == {"attribution": 0, "publisher": 0, "date": 0}
    assert attribution_scores(answer, replace(named, answerable=None)) == {"attribution": 0, "publisher": 0, "date": 0}
    assert attribution_scores(answer, gold()) == {}
    assert attribution_scores(answer, gold(kind="unanswerable", answers=(), publisher="Quillon Wire", answerable=False)) == {}


def test_an_abstention_cites_nothing(abstention_of: AnswerOf) -> None:
    """It is judged by the abstention metrics alone."""
    assert attribution_scores(abstention_of(), gold(publisher="Quillon Wire")) == {}
    assert quoted_evidence(abstention_of(), gold()) == {}


@pytest.fixture
def quoting(answer_of: AnswerOf, citation_of: CitationOf, article_of: ArticleOf) -> Callable[..., Answer]:
    def make(*quotes: str) -> Answer:
        """Cite one article for each quote."""
        article = article_of(TEXT)
        return answer_of(citations=tuple(citation_of(number, quote, article) for number, quote in enumerate(quotes, start=1)))

    return make


@pytest.mark.parametrize(
    ("quotes", "evidence", "share"),
    [
        (("The previous mark was 403 seconds.",), ("previous mark was 403 seconds",), 1),
        (("EAST was built in Hefei.",), ("previous mark was 403 seconds",), 0),
        (("EAST was built in Hefei.",), ("built in Hefei", "was 403 seconds"), 0.5),
        (("EAST was built in Hefei.", "The previous mark was 403 seconds."), ("built in Hefei", "was 403 seconds"), 1),
        ((), ("built in Hefei",), 0),
    ],
)
def test_evidence_is_looked_for_in_the_quotes(
    quoting: Callable[..., Answer], quotes: tuple[str, ...], evidence: tuple[str, ...], share: float
) -> None:
    """Each piece counts that one of the quotes holds: an article that holds it is not enough."""
    assert quoted_evidence(quoting(*quotes), gold(evidence=evidence)) == {"evidence": share}


def test_without_gold_evidence_no_quote_is_judged(answer_of: AnswerOf) -> None:
    """Neither where gold names none, nor where the question cannot be answered."""
    answer = answer_of(text="It was 403 seconds.")
    assert quoted_evidence(answer, gold(evidence=())) == {}
    assert quoted_evidence(answer, gold(answers=(), answerable=False)) == {}
