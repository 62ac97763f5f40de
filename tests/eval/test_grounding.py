"""Citations, attribution and abstention, judged on small answers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from eval.gold import GoldQuestion
from eval.grounding import abstention_scores, attribution_score, citation_scores, quote_is_exact
from index.types import Article
from rag.types import Answer, Citation, Sentence

AnswerOf = Callable[..., Answer]
ArticleOf = Callable[..., Article]
CitationOf = Callable[..., Citation]
GoldOf = Callable[..., GoldQuestion]
TEXT = "EAST was built in Hefei. The previous mark was 403 seconds."


@pytest.fixture
def citing(answer_of: AnswerOf, citation_of: CitationOf) -> AnswerOf:
    def make(*articles: Article) -> Answer:
        """Cite the whole of each article, which is `TEXT` and so holds the evidence."""
        return answer_of(citations=tuple(citation_of(number, TEXT, it) for number, it in enumerate(articles, start=1)))

    return make


def test_a_quote_is_exact_only_at_its_offsets(citation_of: CitationOf, article_of: ArticleOf) -> None:
    """A quote that stands elsewhere in the article, or differs by a letter's case, is not valid."""
    good = citation_of(1, "403 seconds", article_of(TEXT))
    assert quote_is_exact(good)
    assert not quote_is_exact(replace(good, start=good.start - 1, end=good.end - 1))
    assert not quote_is_exact(replace(good, quote="403 Seconds"))


def test_one_bad_quote_spoils_quote_valid(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """`quote_valid` is 0 as soon as one quote of the answer is wrong, and 1 when nothing is cited."""
    sentence = Sentence(text="It was 403 seconds.", citations=(1, 2))
    good, bad = citation_of(1, "403 seconds"), replace(citation_of(2, "403 seconds"), quote="404 seconds")
    assert citation_scores(answer_of(sentence, citations=(good, bad)))["quote_valid"] == 0
    assert citation_scores(answer_of(sentence, citations=(good,)))["quote_valid"] == 1
    assert citation_scores(answer_of(Sentence(text="It was.", citations=())))["quote_valid"] == 1


def test_recall_counts_sentences_that_are_cited_and_supported(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """Of a backed, an uncited, a partly unsupported sentence and one citing nothing that exists, one in four counts."""
    answer = answer_of(
        Sentence(text="It was 403 seconds.", citations=(1,)),
        Sentence(text="That was long.", citations=()),
        Sentence(text="It was 999 seconds.", citations=(1,), unsupported=("999",)),
        Sentence(text="It was in Hefei.", citations=(9,)),
        citations=(citation_of(1, "The previous mark was 403 seconds."),),
    )
    assert citation_scores(answer)["recall"] == 0.25


def test_precision_wants_citations_that_the_sentence_needs(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """Two quotes that each bring something are needed; one on another matter, or bringing less than another, is not."""
    sentence = Sentence(text="EAST held 1,066 seconds and WEST held 1,337 seconds.", citations=(1, 2, 3, 4))
    citations = (
        citation_of(1, "EAST kept it stable for 1,066 seconds"),
        citation_of(2, "WEST sustained it for 1,337 seconds"),
        citation_of(3, "and the weather was fine"),
        citation_of(4, "some seconds"),
    )
    assert citation_scores(answer_of(sentence, citations=citations))["precision"] == 0.5


def test_two_sources_of_the_same_are_both_needed(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """A quote that holds all that the sentence's quotes hold is no superfluous one, even if another holds it, too."""
    sentence = Sentence(text="It took 403 seconds.", citations=(1, 2))
    citations = (citation_of(1, "403 seconds"), citation_of(2, "for 403 seconds"))
    assert citation_scores(answer_of(sentence, citations=citations))["precision"] == 1


def test_stray_citations_and_stray_numbers_are_not_needed(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """A citation at no sentence and a number without a citation count against precision: one of three is left."""
    sentence = Sentence(text="It took 403 seconds.", citations=(1, 9))
    citations = (citation_of(1, "403 seconds"), citation_of(2, "403 seconds"))
    assert citation_scores(answer_of(sentence, citations=citations))["precision"] == pytest.approx(1 / 3)


def test_without_citations_there_is_no_precision(answer_of: AnswerOf) -> None:
    """An answer that cites nothing has recall 0 and is left out of precision."""
    scores = citation_scores(answer_of(Sentence(text="It took 403 seconds.", citations=())))
    assert scores == {"quote_valid": 1, "recall": 0}


def test_an_abstention_has_no_citation_scores(abstention_of: AnswerOf, gold_of: GoldOf) -> None:
    """What was not answered is judged by the abstention metrics alone."""
    assert citation_scores(abstention_of()) == {}
    assert attribution_score(abstention_of(), gold_of(publisher="Reuters")) is None


@pytest.mark.parametrize(
    ("named", "right"),
    [
        ({"publisher": "Associated Press"}, 1),
        ({"publisher": "AP"}, 1),
        ({"publisher": "the daily news"}, 1),
        ({"publisher": "Reuters; Daily News"}, 0),
        ({"publisher": "Reuters; The Daily News"}, 1),
        ({"author": "JANE ROE"}, 1),
        ({"author": "John Doe; Ann Other"}, 1),
        ({"author": "Ann Other"}, 0),
        ({"date": date(2025, 9, 19)}, 1),
        ({"date": date(2025, 9, 21)}, 1),
        ({"date": date(2025, 9, 20)}, 0),
        ({"publisher": "AP", "author": "Jane Roe", "date": date(2025, 9, 19)}, 1),
        ({"publisher": "AP", "author": "Jane Roe", "date": date(2025, 9, 20)}, 0),
    ],
)
def test_attribution_compares_what_gold_names(
    citing: AnswerOf, article_of: ArticleOf, gold_of: GoldOf, named: dict[str, object], right: int
) -> None:
    """Outlet (or its agency), one author, and the day published or updated must be right, each only if named."""
    article = article_of(
        TEXT, publisher="The Daily News", agency="Associated Press", authors=("Jane Roe", "John Doe"),
        published="2025-09-19T09:04", updated="2025-09-21",
    )  # fmt: skip
    assert attribution_score(citing(article), gold_of(**named)) == right


def test_attribution_looks_at_the_articles_that_hold_the_evidence(
    answer_of: AnswerOf, citation_of: CitationOf, article_of: ArticleOf, gold_of: GoldOf
) -> None:
    """The quote with the evidence decides, wherever it stands; without one, the first citation does."""
    wrong, right = article_of(TEXT, publisher="Reuters"), article_of(TEXT, publisher="Xinhua")
    with_evidence, without = citation_of(2, TEXT, right), citation_of(2, "EAST was built in Hefei.", right)
    first = citation_of(1, "EAST was built in Hefei.", wrong)
    gold = gold_of(publisher="Xinhua")
    assert attribution_score(answer_of(citations=(first, with_evidence)), gold) == 1
    assert attribution_score(answer_of(citations=(first, without)), gold) == 0


def test_attribution_is_of_one_article(citing: AnswerOf, article_of: ArticleOf, gold_of: GoldOf) -> None:
    """The right outlet of one article and the right author of another make no right source."""
    outlet, author = article_of(TEXT, publisher="Xinhua"), article_of(TEXT, authors=("Jane Roe",))
    assert attribution_score(citing(outlet, author), gold_of(publisher="Xinhua", author="Jane Roe")) == 0
    assert attribution_score(citing(outlet, author), gold_of(author="Jane Roe")) == 1


def test_a_month_is_no_day(citing: AnswerOf, article_of: ArticleOf, gold_of: GoldOf) -> None:
    """An article dated `2025-09` is not credited with the first of September."""
    assert attribution_score(citing(article_of(TEXT, published="2025-09")), gold_of(date=date(2025, 9, 1))) == 0


def test_attribution_without_citations_or_without_gold(answer_of: AnswerOf, gold_of: GoldOf) -> None:
    """An answer that cites nothing is wrong; where gold names nothing, or there is no answer, nothing is judged."""
    answer = answer_of(text="It was 403 seconds.")
    assert attribution_score(answer, gold_of(publisher="Xinhua")) == 0
    assert attribution_score(answer, gold_of()) is None
    assert attribution_score(answer, gold_of(kind="unanswerable", answers=(), publisher="Xinhua")) is None


@pytest.mark.parametrize(
    ("abstained", "answerable", "scores"),
    [
        (True, False, {"recall": 1, "precision": 1}),
        (True, True, {"false_rate": 1, "precision": 0}),
        (False, False, {"recall": 0}),
        (False, True, {"false_rate": 0}),
    ],
)
def test_abstention_is_judged_by_answerability(abstained: bool, answerable: bool, scores: dict[str, float]) -> None:  # noqa: FBT001 - parameters of the case
    """Precision is over abstentions, recall over unanswerable and false rate over answerable questions."""
    assert abstention_scores(abstained=abstained, answerable=answerable) == scores
