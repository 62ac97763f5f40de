"""Judged topics: the classic test collection, as JSON Lines (Cranfield's form: texts, topics, and which texts are relevant).

A folder with `docs.jsonl` (article records) and `queries.jsonl` (`id`, `query`, `relevant`: a list of document ids, or an
object of id and grade), compressed with gzip or not.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.corpus import record_documents, require_documents
from eval.datasets.fields import Fields
from eval.datasets.reading import file_of, read_lines
from eval.datasets.topics import topic_question
from eval.datasets.types import Dataset
from eval.gold import GoldQuestion


def load_judged_topics(folder: Path) -> Dataset:
    """Return the topics; they ask nothing that has an answer, so only retrieval can be judged.

    Raises:
        GoldError: a file is missing or not readable, or a topic names a document that is not there.
    """
    path, texts = file_of(folder, "queries.jsonl"), file_of(folder, "docs.jsonl")
    documents = partial(record_documents, texts)
    found = list(_questions(path))
    questions = tuple(unique(found, path, "topics"))
    named = ((fields, document) for fields, _, question in found for document in question.relevant)
    require_documents(named, documents, texts)
    return Dataset(name=folder.resolve().name, questions=questions, documents=documents)


def _questions(path: Path) -> Iterator[tuple[Fields, str, GoldQuestion]]:
    for fields in read_lines(path):
        question = topic_question(fields.identity("id"), fields.text("query"), fields.grades("relevant"))
        yield fields, question.id, question
