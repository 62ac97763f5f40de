"""MultiHop-RAG: questions that need two to four news articles together.

Tang, Yang, "MultiHop-RAG: Benchmarking Retrieval-Augmented Generation for Multi-Hop Queries", COLM 2024. A folder with
`corpus.json` (a list of articles: `title`, `author`, `source`, `published_at`, `category`, `url`, `body`) and
`MultiHopRAG.json` (a list of `query`, `answer`, `question_type`, `evidence_list`), compressed with gzip or not.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.fields import Fields, called, listed_objects
from eval.datasets.reading import file_of, read_json
from eval.datasets.types import Dataset, Document
from eval.errors import GoldError
from eval.gold import UNANSWERABLE, GoldQuestion
from eval.matching import normalised

# The articles do not hold the answer of these.
_NULL = "null"


def load_multihop_rag(folder: Path) -> Dataset:
    """Return the questions, numbered as in the file; an article's id is its address, or else its title.

    Raises:
        GoldError: a file is missing or not readable, or a question's evidence is of an article that is not there.
    """
    path, corpus = file_of(folder, "MultiHopRAG.json"), file_of(folder, "corpus.json")
    documents = partial(_documents, corpus)
    ids: dict[str, str] = {}
    for document in documents():
        ids[document.document_id] = document.document_id
        title = document.record.get("title")
        if isinstance(title, str):
            ids.setdefault(title.strip(), document.document_id)
    questions = tuple(unique(_questions(path, ids), path, "questions"))
    return Dataset(name=folder.resolve().name, questions=questions, documents=documents)


def _questions(path: Path, ids: dict[str, str]) -> Iterator[tuple[Fields, str, GoldQuestion]]:
    for number, fields in enumerate(_listed(path, "question"), start=1):
        kind = fields.text("question_type").removesuffix("_query")
        answer = fields.text("answer")
        evidence = () if kind == _NULL else tuple(fields.objects("evidence_list", "evidence"))
        facts = [fact for piece in evidence if (fact := piece.optional_text("fact")) and normalised(fact)]
        outlets = [outlet for piece in evidence if (outlet := piece.optional_text("source"))]
        question = GoldQuestion(
            id=str(number),
            question=fields.text("query"),
            kind=f"{UNANSWERABLE}/{_NULL}" if kind == _NULL else kind,
            answers=() if kind == _NULL else (answer,),
            evidence=tuple(dict.fromkeys(facts)),
            relevant={_article(piece, ids): 1 for piece in evidence},
            publisher="; ".join(dict.fromkeys(outlets)) or None,
            author=None,
            date=None,
            as_of=None,
            source=None,
            answerable=kind != _NULL,
        )
        yield fields, question.id, question


def _article(evidence: Fields, ids: dict[str, str]) -> str:
    names = [name for key in ("url", "title") if (name := evidence.optional_text(key))]
    if not names:
        raise evidence.wrong('has neither "url" nor "title". Say of which article it is.')
    for name in names:
        if name in ids:
            return ids[name]
    raise evidence.wrong(f"the article {names[0]!r} is not in corpus.json. Add it there, or drop the evidence.")


def _documents(path: Path) -> Iterator[Document]:
    return unique(_located_documents(path), path, "articles")


def _located_documents(path: Path) -> Iterator[tuple[Fields, str, Document]]:
    for fields in _listed(path, "article"):
        identity = fields.optional_text("url") or fields.text("title")
        yield fields, identity, Document(document_id=identity, record={**fields.values, "id": identity})


def _listed(path: Path, name: str) -> Iterator[Fields]:
    values = read_json(path)
    if not isinstance(values, list):
        raise GoldError(path, None, f"is {called(values)}. MultiHop-RAG is a list of {name}s.")
    return listed_objects(values, path, name)
