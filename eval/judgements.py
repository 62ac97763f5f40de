"""Where the right answers stand in this archive: gold's documents and evidence as articles. Knows no given answers.

What is judged is the story: edited copies of one article are one story (`index.duplicates`), whichever of them is found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from eval.datasets.types import Dataset
from eval.gold import GoldQuestion
from eval.matching import contains
from index.articles import NoText
from index.protocols import PassageStore
from index.sources.records import RecordError, record_article
from index.types import Article, Origin, Where
from rag.language import tokens

# The words of an evidence string find its own passage near the top; among so many passages it is found even where every
# article of a series says nearly the same.
_DEPTH = 60
_SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What is right for one question in this archive."""

    relevant: Mapping[str, int]
    """Article id -> grade, one article for each story. Empty: retrieval cannot be judged, or nothing of it is in the archive."""
    expected: bool
    """Whether gold says where the answer stands, so that retrieval is judged even if the archive does not hold it."""
    problems: tuple[str, ...]
    """What of the gold is not in the archive, for people."""


class Judge:
    """Finds gold in one archive."""

    def __init__(self, store: PassageStore, dataset: Dataset) -> None:
        self._store = store
        wanted = {document for question in dataset.questions for document in question.relevant}
        self._articles = _article_ids(dataset, wanted)
        self._stories: dict[int, str] = {}

    def judge(self, question: GoldQuestion) -> Judgement:
        """Return which articles are relevant, and what is missing. Call it inside `store.consistent()`."""
        if question.fault:
            return Judgement(relevant={}, expected=question.answerable is not False, problems=())
        problems: list[str] = []
        relevant = self._documents(question, problems) if question.relevant else {}
        if not relevant:
            relevant = self._holding(question, problems)
        if question.answerable and not (question.relevant or question.evidence):
            problems.append("gold has no evidence for this answer, so retrieval is not judged")
        return Judgement(
            relevant=self._one_of_each_story(relevant),
            expected=question.answerable is not False and bool(question.relevant or question.evidence),
            problems=tuple(problems),
        )

    def judged_as(self, article_ids: Sequence[str]) -> list[str]:
        """Return, for each article, the id under which its story is judged. Call it inside `store.consistent()`."""
        stories = self._store.clusters(article_ids)
        first = dict(self._stories)
        return [first.setdefault(stories[i], i) if i in stories else i for i in article_ids]

    def _documents(self, question: GoldQuestion, problems: list[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        later = 0
        for document, grade in question.relevant.items():
            # Gold without documents names articles of the archive.
            article = self._store.find(article_id=self._articles.get(document, document))
            if article is None:
                problems.append(f"the relevant document {document} is not in the archive")
            elif _hidden(article, question.as_of):
                later += 1
            else:
                found[article.article_id] = max(grade, found.get(article.article_id, 0))
        if later and not found:
            problems.append(f"all relevant documents are dated after {question.as_of}")
        return found

    def _holding(self, question: GoldQuestion, problems: list[str]) -> dict[str, int]:
        """Return the articles that hold a piece of evidence; each piece counts the same."""
        found: dict[str, int] = {}
        for sought in question.evidence:
            rows = [row for row, _ in self._store.matching(tokens(sought), _DEPTH, Where())]
            articles = {article.article_id: article for _, article in self._store.passages(rows)}
            holding = [
                article_id
                for article_id, article in articles.items()
                if contains(article.text, sought) and not _hidden(article, question.as_of)
            ]
            if not holding:
                later = any(contains(article.text, sought) for article in articles.values())
                where = f"only in articles dated after {question.as_of}" if later else "not in the archive"
                problems.append(f"this evidence is {where}: “{sought[:_SHOWN_CHARACTERS]}”")
            found.update(dict.fromkeys(holding, 1))
        return found

    def _one_of_each_story(self, relevant: Mapping[str, int]) -> dict[str, int]:
        stories = self._store.clusters(list(relevant))
        judged: dict[str, int] = {}
        for article_id, grade in relevant.items():
            story = stories.get(article_id)
            kept = article_id if story is None else self._stories.setdefault(story, article_id)
            judged[kept] = max(grade, judged.get(kept, 0))
        return judged


def _hidden(article: Article, as_of: date | None) -> bool:
    """Say whether a question asked as of that day cannot be answered from the article, because it is dated later."""
    return as_of is not None and article.dated is not None and article.dated.day > as_of


def _article_ids(dataset: Dataset, wanted: set[str]) -> dict[str, str]:
    """Return the id that each wanted document has, or would have, as an article: ids are made from the text alone."""
    if dataset.documents is None or not wanted:
        return {}
    ids: dict[str, str] = {}
    for document in dataset.documents():
        if document.document_id in wanted:
            try:
                article = record_article(document.record, Origin(source=dataset.name, record_id=document.document_id))
            except (RecordError, NoText):
                continue
            ids[document.document_id] = article.article_id
    return ids
