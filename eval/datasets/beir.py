"""BEIR: `corpus.jsonl`, `queries.jsonl` and relevance judgements as tab-separated values.

Thakur et al., "BEIR: A Heterogeneous Benchmark for Zero-shot Evaluation of Information Retrieval Models", NeurIPS 2021.
The folder holds `qrels/test.tsv` (or the only other file in `qrels/`) or `qrels.tsv`. All files may be compressed with gzip.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.corpus import require_documents
from eval.datasets.fields import Fields
from eval.datasets.reading import file_of, files_of, read_lines
from eval.datasets.topics import read_qrels, relevant_by_topic, topic_question
from eval.datasets.types import Dataset, Document
from eval.errors import GoldError


def load_beir(folder: Path) -> Dataset:
    """Return the queries that were judged; queries of other splits are left out, as BEIR does.

    Raises:
        GoldError: a file is missing or not readable, or a judgement names a query or document that is not there.
    """
    corpus, path, qrels = file_of(folder, "corpus.jsonl"), file_of(folder, "queries.jsonl"), _qrels(folder)
    texts = dict(unique(_queries(path), path, "queries"))
    judgements = tuple(read_qrels(qrels))
    relevant = relevant_by_topic(judgements, texts, path.name)
    documents = partial(_documents, corpus)
    named = ((judgement.row, judgement.document) for judgement in judgements if judgement.grade > 0)
    require_documents(named, documents, corpus)
    questions = tuple(topic_question(query, text, relevant[query]) for query, text in texts.items() if query in relevant)
    return Dataset(name=folder.resolve().name, questions=questions, documents=documents)


def _qrels(folder: Path) -> Path:
    if not (folder / "qrels").is_dir():
        return file_of(folder, "qrels.tsv")
    splits = {name: path for name, path in files_of(folder / "qrels").items() if name.endswith(".tsv")}
    if "test.tsv" in splits:
        return splits["test.tsv"]
    if len(splits) != 1:
        listed = ", ".join(splits) or "no .tsv file"
        raise GoldError(folder / "qrels", None, f"holds {listed}, and no test.tsv. Keep one file, or name one test.tsv.")
    return next(iter(splits.values()))


def _queries(path: Path) -> Iterator[tuple[Fields, str, tuple[str, str]]]:
    for fields in read_lines(path):
        identity = fields.identity("_id")
        yield fields, identity, (identity, fields.text("text"))


def _documents(path: Path) -> Iterator[Document]:
    return unique(_located_documents(path), path, "documents")


def _located_documents(path: Path) -> Iterator[tuple[Fields, str, Document]]:
    for fields in read_lines(path):
        identity = fields.identity("_id")
        title = fields.optional_text("title")
        # Some texts are a title alone. BEIR searches title and text as one.
        text = fields.optional_text("text") or title or ""
        yield fields, identity, Document(document_id=identity, record={"id": identity, "title": title, "text": text})
