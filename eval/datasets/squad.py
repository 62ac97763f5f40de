"""SQuAD 2.0: questions on paragraphs of Wikipedia, a part of them without an answer there.

Rajpurkar, Jia, Liang, "Know What You Don't Know: Unanswerable Questions for SQuAD", ACL 2018. One JSON file. SQuAD 1.1 and
other data in the same form can be read, too.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.fields import Fields, listed_objects
from eval.datasets.reading import read_json
from eval.datasets.types import Dataset, Document
from eval.errors import GoldError
from eval.gold import UNANSWERABLE, GoldQuestion
from eval.matching import normalised
from index.sentences import sentence_spans


def load_squad(path: Path) -> Dataset:
    """Return the questions; every paragraph is a document with the id `Title/number` and the title of its article.

    Raises:
        GoldError: the file is not readable, or something in it is missing or wrong.
    """
    questions = tuple(unique(_questions(path), path, "questions"))
    for _ in _documents(path):  # Otherwise two articles of one title would be found only when the documents are used.
        pass
    return Dataset(name=path.name, questions=questions, documents=partial(_documents, path))


def _paragraphs(path: Path) -> Iterator[tuple[Fields, str, Fields]]:
    """Yield each paragraph with its article and its id."""
    data = read_json(path)
    articles = data.get("data") if isinstance(data, dict) else None
    if not isinstance(articles, list):
        raise GoldError(path, None, 'has no list of articles. SQuAD is an object with such a list under "data".')
    for article in listed_objects(articles, path, "article"):
        for number, paragraph in enumerate(article.objects("paragraphs", "paragraph"), start=1):
            yield article, f"{article.text('title')}/{number}", paragraph


def _documents(path: Path) -> Iterator[Document]:
    return unique(_located_documents(path), path, "documents")


def _located_documents(path: Path) -> Iterator[tuple[Fields, str, Document]]:
    for article, identity, paragraph in _paragraphs(path):
        record = {"id": identity, "title": article.text("title").replace("_", " "), "text": paragraph.text("context")}
        yield paragraph, identity, Document(document_id=identity, record=record)


def _questions(path: Path) -> Iterator[tuple[Fields, str, GoldQuestion]]:
    for _, document, paragraph in _paragraphs(path):
        context = paragraph.verbatim("context")
        for fields in paragraph.objects("qas", "question"):
            impossible = fields.values.get("is_impossible") is True
            answers = () if impossible else tuple(_answers(fields, context))
            if not impossible and not answers:
                raise fields.wrong('"answers" is empty. List one, or set "is_impossible" to true.')
            question = GoldQuestion(
                id=fields.identity("id"),
                question=fields.text("question"),
                kind=UNANSWERABLE if impossible else "span",
                # Only words can be compared; the sign `€` is an answer, but cannot be found.
                answers=tuple(dict.fromkeys(text for text, _ in answers if normalised(text))),
                evidence=() if impossible else (_sentence(context, *answers[0]),),
                relevant={} if impossible else {document: 1},
                publisher=None,
                author=None,
                date=None,
                as_of=None,
                source=document,
                answerable=not impossible,
            )
            yield fields, question.id, question


def _answers(fields: Fields, context: str) -> Iterator[tuple[str, int]]:
    for answer in fields.objects("answers", "answer"):
        text, start = answer.verbatim("text"), answer.whole("answer_start")
        if not context.startswith(answer.text("text"), start + len(text) - len(text.lstrip())):
            raise answer.wrong(f'{text!r} does not stand at {start}. Correct "answer_start"; it counts characters from 0.')
        yield text.strip(), start


def _sentence(context: str, answer: str, start: int) -> str:
    """Return the sentence with the answer, or the sentences that it runs over."""
    end = start + len(answer)
    holding = [(left, right) for left, right in sentence_spans(context) if left < end and right > start]
    return context[min((left for left, _ in holding), default=start) : max((right for _, right in holding), default=end)]
