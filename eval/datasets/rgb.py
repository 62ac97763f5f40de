"""RGB, the Retrieval-Augmented Generation Benchmark: questions with snippets that hold the answer and snippets that do not.

Chen, Lin, Han, Sun, "Benchmarking Large Language Models in Retrieval-Augmented Generation", AAAI 2024; one of the files of
github.com/chen700564/RGB/data: JSON Lines of `id`, `query`, `answer`, `positive`, `negative`.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.fields import Fields
from eval.datasets.reading import read_lines
from eval.datasets.types import Dataset, Document
from eval.gold import GoldQuestion

# `positive_wrong` holds what a counterfactual set made of the positive snippets, with another answer.
_SNIPPETS = ("positive", "positive_wrong", "negative")


def load_rgb(path: Path) -> Dataset:
    """Return the questions; every snippet is a document with the id `question/positive/number`, and so on.

    As in the benchmark's own scoring, each part of an answer that is a list must be said; a part that is itself a list may
    be said in any of its forms. The kinds are the abilities that the paper tests.

    Raises:
        GoldError: the file is not readable, or something in it is missing or wrong.
    """
    questions = tuple(unique(_questions(path), path, "questions"))
    return Dataset(name=path.name, questions=questions, documents=partial(_documents, path))


def _questions(path: Path) -> Iterator[tuple[Fields, str, GoldQuestion]]:
    for fields in read_lines(path):
        parts = _parts(fields)
        snippets = dict(_snippets(fields))
        question = GoldQuestion(
            id=fields.identity("id"),
            question=fields.text("query"),
            kind=_ability(fields),
            answers=parts[0] if len(parts) == 1 else (),
            all_of=parts if len(parts) > 1 else (),
            evidence=(),
            relevant={document: 1 for document, (group, _) in snippets.items() if group == "positive"},
            publisher=None,
            author=None,
            date=None,
            as_of=None,
            source=None,
            answerable=True,
        )
        if not question.relevant:
            raise fields.wrong('"positive" is empty. List a snippet that holds the answer, or drop the question.')
        yield fields, question.id, question


def _parts(fields: Fields) -> tuple[tuple[str, ...], ...]:
    answer = fields.values.get("answer")
    parts = answer if isinstance(answer, list) else [answer]
    if not parts:
        raise fields.wrong('"answer" is empty. Write a string, or a list of what must be said.')
    forms = [part if isinstance(part, list) else [part] for part in parts]
    return Fields(path=fields.path, position=fields.position, values={"answer": forms}).text_lists("answer")


def _ability(fields: Fields) -> str:
    if "fakeanswer" in fields.values or "positive_wrong" in fields.values:
        return "counterfactual robustness"
    positive = fields.values.get("positive")
    nested = isinstance(positive, list) and any(isinstance(snippet, list) for snippet in positive)
    return "information integration" if nested else "noise robustness"


def _snippets(fields: Fields) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the document id, group and text of each snippet; an integration set has a list of them for each part."""
    question = fields.identity("id")
    for group in _SNIPPETS:
        listed = fields.values.get(group, [] if group == "positive_wrong" else None)
        if not isinstance(listed, list):
            raise fields.wrong(f'"{group}" is missing or no list. Write a list of snippets.')
        for number, snippet in enumerate(listed, start=1):
            for part, text in enumerate(snippet if isinstance(snippet, list) else [snippet], start=1):
                if not isinstance(text, str) or not text.strip():
                    raise fields.wrong(f'"{group}" holds something else than a snippet. Write strings with words only.')
                suffix = f"/{part}" if isinstance(snippet, list) else ""
                yield f"{question}/{group}/{number}{suffix}", (group, text)


def _documents(path: Path) -> Iterator[Document]:
    located = (
        (fields, document, Document(document_id=document, record={"id": document, "text": text}))
        for fields in read_lines(path)
        for document, (_, text) in _snippets(fields)
    )
    return unique(located, path, "documents")
