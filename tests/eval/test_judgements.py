"""Finding gold in an archive: documents by their text, evidence by its words, copies as one story, and what is missing."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.datasets.types import Dataset, Document
from eval.gold import GoldQuestion
from eval.judgements import Judge, Judgement
from index.articles import build_article
from index.local.store import LocalStore
from index.types import Article, LedgerEntry, NewsDate, Origin, Passage

GoldOf = Callable[..., GoldQuestion]
MARK = "The previous mark, set in 2023, was 403 seconds."
BRIDGE = "The bridge at Sandholm cost 640 million crowns."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = LocalStore(tmp_path, embedder="made@0", dimension=2, chunker="made")
    yield opened
    opened.close()


def put(store: LocalStore, text: str, day: str | None = None, **more: Any) -> Article:
    published = NewsDate(value=day, precision="day", read_from="record") if day else None
    article = build_article(text=text, origin=Origin(source="/news/a.jsonl", position=text[:9]), published=published)
    passage = Passage(article_id=article.article_id, start=0, end=len(article.text), text=article.text)
    entry = LedgerEntry(source="/news/a.jsonl", position=text[:9], outcome="accepted", article_id=article.article_id)
    vectors = np.array([[1.0, 0.0]], dtype=np.float32)
    store.put(article, [passage], vectors, embedded=[text.encode()], entry=entry, **more)
    return article


def dataset(*questions: GoldQuestion, documents: dict[str, str] | None = None) -> Dataset:
    def read() -> Iterator[Document]:
        for document_id, text in (documents or {}).items():
            yield Document(document_id=document_id, record={"id": document_id, "text": text})

    return Dataset(name="made", questions=questions, documents=read if documents else None)


def judged(store: LocalStore, judge: Judge, gold: GoldQuestion) -> Judgement:
    with store.consistent():
        return judge.judge(gold)


def test_documents_are_found_by_their_text(store: LocalStore, gold_of: GoldOf) -> None:
    """However the article got there: its id is made from its words."""
    mark, _ = put(store, MARK), put(store, BRIDGE)
    gold = gold_of(evidence=(), relevant={"d1": 2})
    judgement = judged(store, Judge(store, dataset(gold, documents={"d1": MARK, "d2": BRIDGE})), gold)
    assert judgement.relevant == {mark.article_id: 2}
    assert (judgement.expected, judgement.problems) == (True, ())


def test_a_document_that_is_not_in_the_archive_is_a_problem_of_its_question(store: LocalStore, gold_of: GoldOf) -> None:
    """The question stays judged: what is not there cannot be found."""
    put(store, BRIDGE)
    gold = gold_of(evidence=(), relevant={"d1": 1})
    judgement = judged(store, Judge(store, dataset(gold, documents={"d1": MARK})), gold)
    assert (judgement.relevant, judgement.expected) == ({}, True)
    assert judgement.problems == ("the relevant document d1 is not in the archive",)


def test_evidence_is_found_wherever_it_stands(store: LocalStore, gold_of: GoldOf) -> None:
    """Every article that holds a piece of it is relevant, by words: case and punctuation do not matter."""
    mark, bridge = put(store, MARK), put(store, BRIDGE)
    gold = gold_of(evidence=("the previous mark set in 2023", "640 million crowns"))
    assert judged(store, Judge(store, dataset(gold)), gold).relevant == {mark.article_id: 1, bridge.article_id: 1}


def test_evidence_that_is_nowhere_is_named(store: LocalStore, gold_of: GoldOf) -> None:
    """The words may be there, but not in a row."""
    put(store, MARK)
    gold = gold_of(evidence=("403 seconds was the previous mark",))
    judgement = judged(store, Judge(store, dataset(gold)), gold)
    assert judgement.problems == ("this evidence is not in the archive: “403 seconds was the previous mark”",)


def test_gold_without_documents_names_articles(store: LocalStore, gold_of: GoldOf) -> None:
    """Its `relevant` holds article ids; where none is there, the evidence says where the answer stands."""
    mark, _ = put(store, MARK), put(store, BRIDGE)
    gold = gold_of(evidence=(), relevant={mark.article_id: 1})
    assert judged(store, Judge(store, dataset(gold)), gold).relevant == {mark.article_id: 1}
    lost = gold_of(evidence=("was 403 seconds",), relevant={"nowhere": 1})
    judgement = judged(store, Judge(store, dataset(lost)), lost)
    assert (judgement.relevant, len(judgement.problems)) == ({mark.article_id: 1}, 1)


def test_an_answer_without_evidence_is_named(store: LocalStore, gold_of: GoldOf) -> None:
    """It is asked and judged by its words; retrieval is not judged."""
    put(store, MARK)
    judgement = judged(store, Judge(store, dataset(gold_of(evidence=()))), gold_of(evidence=()))
    assert judgement.problems == ("gold has no evidence for this answer, so retrieval is not judged",)


def test_copies_that_no_question_names_are_one_story_too(store: LocalStore, gold_of: GoldOf) -> None:
    """What stands behind two copies of another story stands second, whichever questions are asked with it."""
    first = put(store, BRIDGE)
    copy = put(store, BRIDGE + " So says the agency.", joins=first.article_id)
    mark = put(store, MARK)
    judge = Judge(store, dataset(gold_of()))
    with store.consistent():
        assert judge.judged_as([first.article_id, copy.article_id, mark.article_id]) == [
            first.article_id, first.article_id, mark.article_id,
        ]  # fmt: skip


def test_what_as_of_hides_is_not_expected_of_retrieval(store: LocalStore, gold_of: GoldOf) -> None:
    """Of two articles with the answer the one dated after the question's day is not relevant; where none is left, it is said."""
    early, _ = put(store, MARK, day="2025-01-20"), put(store, MARK + " It fell in May.", day="2025-05-01")
    gold = gold_of(evidence=("was 403 seconds",), as_of=date(2025, 3, 1))
    judge = Judge(store, dataset(gold))
    assert judged(store, judge, gold).relevant == {early.article_id: 1}
    documents = {"d1": MARK + " It fell in May."}
    late = gold_of(evidence=(), relevant={"d1": 1}, as_of=date(2025, 3, 1))
    judgement = judged(store, Judge(store, dataset(late, documents=documents)), late)
    assert judgement.problems == ("all relevant documents are dated after 2025-03-01",)


def test_edited_copies_are_judged_as_one_story(store: LocalStore, gold_of: GoldOf) -> None:
    """Whichever copy is found, it counts as the one that gold has, and neither is a miss of its own."""
    first = put(store, MARK)
    copy = put(store, MARK + " So says the agency.", joins=first.article_id)
    other = put(store, BRIDGE)
    gold = gold_of(evidence=("was 403 seconds",))
    judge = Judge(store, dataset(gold))
    (kept,) = judged(store, judge, gold).relevant
    with store.consistent():
        assert judge.judged_as([other.article_id, copy.article_id, first.article_id]) == [other.article_id, kept, kept]


def test_what_cannot_be_judged_is_not_expected(store: LocalStore, gold_of: GoldOf) -> None:
    """Unanswerable questions, and those whose gold does not say where the answer stands."""
    put(store, MARK)
    for gold in (gold_of(evidence=()), gold_of(kind="unanswerable", answers=(), evidence=(), answerable=False)):
        judgement = judged(store, Judge(store, dataset(gold)), gold)
        assert (judgement.expected, judgement.relevant) == (False, {})
