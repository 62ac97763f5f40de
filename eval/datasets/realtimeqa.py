"""RealTimeQA: weekly news quizzes, and the articles that a web search brought for them.

Kasai et al., "RealTime QA: What's the Answer Right Now?", NeurIPS 2023. A folder with `articles.jsonl` (article records) and
`questions.jsonl` (`id`, `question`, `answer`, `date`, `relevant`: ids of articles), compressed with gzip or not. `relevant` is
a silver label: the articles in which the answer's words stand.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.corpus import record_documents, require_documents
from eval.datasets.fields import Fields
from eval.datasets.reading import file_of, read_lines
from eval.datasets.types import Dataset
from eval.gold import GoldQuestion

# `Yes`, `5` and `AI` stand in many articles that do not answer the question.
_SHORTEST_SURE_ANSWER = 4


def load_realtimeqa(folder: Path) -> Dataset:
    """Return the quizzes; a question is asked as of its day.

    Without an article that is known to hold the answer, the question is of the kind `quiz, no article known` and `answerable`
    is None, because one may hold it in other words. The articles of an answer under four characters are not taken for known.

    Raises:
        GoldError: a file is missing or not readable, or a question names an article that is not there.
    """
    path, articles = file_of(folder, "questions.jsonl"), file_of(folder, "articles.jsonl")
    documents = partial(record_documents, articles)
    found = list(_questions(path))
    questions = tuple(unique(found, path, "questions"))
    named = ((fields, document) for fields, _, question in found for document in question.relevant)
    require_documents(named, documents, articles)
    return Dataset(name=folder.resolve().name, questions=questions, documents=documents)


def _questions(path: Path) -> Iterator[tuple[Fields, str, GoldQuestion]]:
    for fields in read_lines(path):
        answer = fields.text("answer")
        relevant = fields.grades("relevant") if len(answer) >= _SHORTEST_SURE_ANSWER else {}
        question = GoldQuestion(
            id=fields.identity("id"),
            question=fields.text("question"),
            kind="quiz" if relevant else "quiz, no article known",
            answers=(answer,),
            evidence=(),
            relevant=relevant,
            publisher=None,
            author=None,
            date=None,
            as_of=fields.day("date"),
            source=None,
            answerable=True if relevant else None,
        )
        yield fields, question.id, question
