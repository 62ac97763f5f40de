"""Citations, attribution and abstention, judged on small answers and on damaged ones. Outlets, towns and people are invented."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from eval.entailment import LexicalEntailment
from eval.grounding import (
    abstention_scores,
    citation_scores,
    premise,
    quote_is_exact,
    sentence_support,
)
from index.sentences import sentence_spans
from index.types import Article, Hit, NewsDate, Passage
from rag.citations import resolve_citations
from rag.types import Answer, Citation, Evidence, Sentence

AnswerOf = Callable[..., Answer]
ArticleOf = Callable[..., Article]
CitationOf = Callable[..., Citation]
TEXT = "EAST was built in Hefei. The previous mark was 403 seconds."
ENTAILS = LexicalEntailment()
BRIDGE = (
    "The swing bridge over the Mell was shut to all traffic on Thursday after inspectors found a crack 14 centimetres long.\n\n"
    "Mayor Henrike Daal said no one had been hurt, and ferries would be free until 3 November. “It's a $2.5m repair,” she said."
)
ELECTION = (
    "Opposition candidate Marta Oyelle won the presidential election in Kessia with 53.4 percent of the vote.\n\n"
    "Radu Stefan, who has not lost since 2011, conceded within an hour [2] and may run again in 2030."
)
WEATHER = (
    "Heavy snow has cut off five villages in the Highmoor hills since Sunday. Ploughs are expected to reach them by Wednesday."
)


def stored(*articles: Article) -> Callable[[str], str | None]:
    """Return what an archive of these articles answers."""
    return {article.article_id: article.text for article in articles}.get


def scores(answer: Answer) -> Mapping[str, float]:
    """Score the answer against an archive that holds what it cites as it cites it."""
    return citation_scores(answer, entails=ENTAILS, stored_text=stored(*(c.article for c in answer.citations)))


@pytest.fixture
def articles(article_of: ArticleOf) -> tuple[Article, ...]:
    """Three articles of three outlets; the text of the second prints what looks like one of our markers."""
    told = (
        (BRIDGE, "Tarnwick Gazette", "Bridge closes"), (ELECTION, "Quillon Wire", "Kessia elects Oyelle"),
        (WEATHER, "Highmoor Star", "Snow"),
    )  # fmt: skip
    return tuple(
        replace(article_of(text, publisher=outlet, published="2025-09-19"), article_id=f"a{number}", title=title)
        for number, (text, outlet, title) in enumerate(told)
    )


@pytest.fixture
def verbatim(articles: tuple[Article, ...], answer_of: AnswerOf) -> Answer:
    """Every sentence of the three articles, word for word with its key, as the extractive generator drafts it."""
    evidence = [
        Evidence(key=f"S{number}", hit=Hit(passage=passage, article=article, score=1.0, similarity=0.5, ranks={}))
        for number, article in enumerate(articles, start=1)
        for passage in [Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)]
    ]
    draft = " ".join(
        f"{item.hit.article.text[start:end]} [{item.key}]"
        for item in evidence
        for start, end in sentence_spans(item.hit.article.text)
    )
    cited = resolve_citations(draft, evidence, lambda _: ())
    assert len(cited.sentences) >= 7
    return answer_of(*cited.sentences, text=cited.text, citations=cited.citations)


def test_a_verbatim_answer_scores_one(verbatim: Answer, articles: tuple[Article, ...]) -> None:
    """Sentences of the archive, cited, are supported, their citations precise and their quotes valid; by construction."""
    assert citation_scores(verbatim, entails=ENTAILS, stored_text=stored(*articles)) == {
        "quote_valid": 1, "recall": 1, "precision": 1,
    }  # fmt: skip
    assert all(sentence_support(verbatim, ENTAILS))


def test_citations_shuffled_among_sentences_are_found(verbatim: Answer, articles: tuple[Article, ...]) -> None:
    """Every sentence with the next one's citation: the quotes stand where they stood, and nothing else is right."""
    moved = [*verbatim.sentences[1:], verbatim.sentences[0]]
    shuffled = tuple(replace(s, citations=other.citations) for s, other in zip(verbatim.sentences, moved, strict=True))
    found = citation_scores(replace(verbatim, sentences=shuffled), entails=ENTAILS, stored_text=stored(*articles))
    assert found == {"quote_valid": 1, "recall": 0, "precision": 0}


def test_a_changed_number_is_found(verbatim: Answer, articles: tuple[Article, ...]) -> None:
    """One sentence of the answer says 41 for 14: it alone loses support, and its citation is not precise any more."""
    first, *others = verbatim.sentences
    changed = replace(first, text=first.text.replace("14 centimetres", "41 centimetres"))
    damaged = replace(verbatim, sentences=(changed, *others))
    assert sentence_support(damaged, ENTAILS) == (False, *[True] * len(others))
    share = 1 - 1 / len(verbatim.sentences)
    expected = {"quote_valid": 1, "recall": pytest.approx(share), "precision": pytest.approx(share)}
    assert citation_scores(damaged, entails=ENTAILS, stored_text=stored(*articles)) == expected


def test_a_quote_moved_by_one_character_is_found(verbatim: Answer, articles: tuple[Article, ...]) -> None:
    """Offsets one too late, or a quote that is one character short: not what stands there."""
    first, *others = verbatim.citations
    for damaged in (replace(first, start=first.start + 1, end=first.end + 1), replace(first, end=first.end - 1)):
        answer = replace(verbatim, citations=(damaged, *others))
        found = citation_scores(answer, entails=ENTAILS, stored_text=stored(*articles))
        assert found == {"quote_valid": 0, "recall": 1, "precision": 1}


def test_a_citation_of_an_unrelated_article_is_found(answer_of: AnswerOf, citation_of: CitationOf, articles: tuple) -> None:
    """In place of the right one it takes recall and precision; beside the right one, half of the precision."""
    text = "Opposition candidate Marta Oyelle won the presidential election in Kessia with 53.4 percent of the vote."
    right, unrelated = citation_of(1, text, articles[1]), citation_of(2, WEATHER, articles[2])
    alone = answer_of(Sentence(text=text, citations=(2,)), citations=(unrelated,))
    beside = answer_of(Sentence(text=text, citations=(1, 2)), citations=(right, unrelated))
    assert scores(alone) == {"quote_valid": 1, "recall": 0, "precision": 0}
    assert scores(beside) == {"quote_valid": 1, "recall": 1, "precision": 0.5}


def test_the_archive_is_asked_for_the_text_not_the_answer(citation_of: CitationOf, article_of: ArticleOf) -> None:
    """A quote from an article that is not stored, or is stored with another text, is not valid."""
    good = citation_of(1, "403 seconds", article_of(TEXT))
    assert quote_is_exact(good, stored(good.article))
    assert not quote_is_exact(good, lambda _: None)
    assert not quote_is_exact(good, lambda _: f"By a reporter. {TEXT}")
    assert not quote_is_exact(replace(good, quote="403 Seconds"), stored(good.article))


def test_offsets_outside_the_text_are_not_valid(citation_of: CitationOf, article_of: ArticleOf) -> None:
    """Negative ones count from the end in Python, and an empty slice stands everywhere: neither is a quote."""
    good = citation_of(1, "403 seconds.", article_of(TEXT))
    from_end = replace(good, start=good.start - len(TEXT) - 1, end=-1, quote="403 seconds")
    behind = replace(good, end=good.end + 1)
    for bad in (from_end, behind, replace(good, quote="", start=3, end=3), replace(good, quote="", start=999, end=1000)):
        assert not quote_is_exact(bad, stored(good.article))


def test_one_bad_quote_spoils_quote_valid(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """`quote_valid` is 0 as soon as one quote of the answer is wrong, and 1 when nothing is cited."""
    sentence = Sentence(text="It was 403 seconds.", citations=(1, 2))
    good, bad = citation_of(1, "403 seconds"), replace(citation_of(2, "403 seconds"), quote="404 seconds")
    assert scores(answer_of(sentence, citations=(good, bad)))["quote_valid"] == 0
    assert scores(answer_of(sentence, citations=(good,)))["quote_valid"] == 1
    assert scores(answer_of(Sentence(text="It was.", citations=())))["quote_valid"] == 1


def test_recall_counts_sentences_that_their_citations_entail(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """Of an entailed, an uncited, a wrong sentence and one citing nothing that exists, one in four counts."""
    answer = answer_of(
        Sentence(text="The mark was 403 seconds.", citations=(1,)),
        Sentence(text="The previous mark was 403 seconds.", citations=()),
        Sentence(text="The mark was 999 seconds.", citations=(1,), unsupported=("999",)),
        Sentence(text="The mark was 403 seconds.", citations=(9,)),
        citations=(citation_of(1, "The previous mark was 403 seconds."),),
    )
    assert scores(answer)["recall"] == 0.25
    assert sentence_support(answer, ENTAILS) == (True, False, False, False)


def test_two_quotes_together_can_support_what_neither_does_alone(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """Both are needed then, and a third on another matter is not."""
    sentence = Sentence(text="EAST held plasma for 1,066 seconds and WEST for 1,337 seconds.", citations=(1, 2, 3))
    citations = (
        citation_of(1, "EAST held plasma for 1,066 seconds."),
        citation_of(2, "WEST held plasma for 1,337 seconds."),
        citation_of(3, "The weather in Hefei was fine."),
    )
    found = scores(answer_of(sentence, citations=citations))
    assert found["recall"] == 1
    assert found["precision"] == pytest.approx(2 / 3)
    assert scores(answer_of(sentence, citations=citations[:1]))["recall"] == 0


def test_two_sources_of_the_same_are_both_precise(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """A citation that supports the sentence alone is not superfluous because another does, too."""
    sentence = Sentence(text="It took 403 seconds.", citations=(1, 2))
    citations = (citation_of(1, "It took 403 seconds."), citation_of(2, "The run took 403 seconds."))
    assert scores(answer_of(sentence, citations=citations))["precision"] == 1


def test_citations_of_an_unsupported_sentence_are_imprecise(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """However close they are to it."""
    answer = answer_of(Sentence(text="It took 404 seconds.", citations=(1,)), citations=(citation_of(1, "It took 403 seconds."),))
    assert scores(answer) == {"quote_valid": 1, "recall": 0, "precision": 0}


def test_stray_citations_and_stray_numbers_are_imprecise(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """A citation at no sentence and a number without a citation count against precision: one of three is left."""
    sentence = Sentence(text="It took 403 seconds.", citations=(1, 9))
    citations = (citation_of(1, "It took 403 seconds."), citation_of(2, "It took 403 seconds."))
    assert scores(answer_of(sentence, citations=citations))["precision"] == pytest.approx(1 / 3)


def test_without_citations_there_is_no_precision(answer_of: AnswerOf) -> None:
    """An answer that cites nothing has recall 0 and is left out of precision."""
    assert scores(answer_of(Sentence(text="It took 403 seconds.", citations=()))) == {"quote_valid": 1, "recall": 0}


def test_any_entailment_can_be_put_in(answer_of: AnswerOf, citation_of: CitationOf) -> None:
    """It is asked with the premise first, as documented, and its word is taken."""
    asked: list[tuple[str, str]] = []

    def never(premise: str, sentence: str) -> bool:
        asked.append((premise, sentence))
        return False

    cited = citation_of(1, "It took 403 seconds.")
    answer = answer_of(Sentence(text="It took 403 seconds.", citations=(1,)), citations=(cited,))
    assert sentence_support(answer, never) == (False,)
    assert asked == [(premise([cited]), "It took 403 seconds.")]


def test_the_premise_says_what_the_citation_says_of_its_article(article_of: ArticleOf, citation_of: CitationOf) -> None:
    """Outlet, agency, authors, dates as news prints them, and title; then the quote, on a line of its own."""
    article = article_of(
        TEXT,
        publisher="Harbour Gazette",
        agency="Quillon Wire",
        authors=("Jane Roe",),
        published="2025-09-19T09:04",
        updated="2025-10",
    )
    cited = citation_of(1, "EAST was built in Hefei.", article)
    line = "Harbour Gazette, Quillon Wire, Jane Roe, Friday, 19 September 2025, October 2025: T"
    assert premise([cited]) == f"{line}\nEAST was built in Hefei."
    assert premise([cited, cited]) == f"{line}\nEAST was built in Hefei.\n\n{line}\nEAST was built in Hefei."


def test_a_title_that_the_source_did_not_print_is_no_part_of_the_premise(article_of: ArticleOf, citation_of: CitationOf) -> None:
    """It is the article's first sentence, which nobody cited."""
    year = NewsDate(value="2025", precision="year", read_from="record")
    article = replace(article_of(TEXT), title_printed=False, title="EAST was built in Hefei.", published=year)
    cited = citation_of(1, "The previous mark was 403 seconds.", article)
    assert premise([cited]) == "2025\nThe previous mark was 403 seconds."


@pytest.mark.parametrize(
    ("text", "supported"),
    [
        ("The previous mark was 403 seconds, the Harbour Gazette said on 19 September 2025.", True),
        ("The previous mark was 403 seconds, the Highmoor Star said on 19 September 2025.", False),
        ("The previous mark was 403 seconds, the Harbour Gazette said on 18 September 2025.", False),
        ("The previous mark was 19 seconds.", False),
    ],
)
def test_a_sentence_may_say_who_reported_it_and_when(
    answer_of: AnswerOf,
    citation_of: CitationOf,
    article_of: ArticleOf,
    text: str,
    supported: bool,  # noqa: FBT001 - parameters of the case
) -> None:
    """What the citation says counts as said; another outlet or day does not, and the day is no number of anything else."""
    article = article_of(TEXT, publisher="Harbour Gazette", published="2025-09-19")
    cited = citation_of(1, "The previous mark was 403 seconds.", article)
    assert sentence_support(answer_of(Sentence(text=text, citations=(1,)), citations=(cited,)), ENTAILS) == (supported,)


def test_an_abstention_has_no_citation_scores(abstention_of: AnswerOf) -> None:
    """What was not answered is judged by the abstention metrics alone."""
    assert scores(abstention_of()) == {}
    assert sentence_support(abstention_of(), ENTAILS) == ()


@pytest.mark.parametrize(
    ("abstained", "answerable", "expected"),
    [
        (True, False, {"recall": 1, "precision": 1}),
        (True, True, {"false_rate": 1, "precision": 0}),
        (False, False, {"recall": 0}),
        (False, True, {"false_rate": 0}),
        (True, None, {}),
        (False, None, {}),
    ],
)
def test_abstention_is_judged_by_answerability(
    abstained: bool,  # noqa: FBT001 - parameters of the case
    answerable: bool | None,  # noqa: FBT001 - parameters of the case
    expected: dict[str, float],
) -> None:
    """Precision is over abstentions, recall over unanswerable and false rate over answerable questions; unknown ones are none."""
    assert abstention_scores(abstained=abstained, answerable=answerable) == expected
