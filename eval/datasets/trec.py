"""TREC: topics and relevance judgements, with the documents or without (most collections are licensed and lie elsewhere).

A folder with one file that has `topics` in its name, one that has `qrels` in its name, and any others with documents
(`eval.datasets.trec_documents`), all UTF-8, compressed with gzip or not. The forms: trec.nist.gov/data/qrels_eng and
trec.nist.gov/data/topics_eng.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from eval.datasets.checks import unique
from eval.datasets.corpus import require_documents
from eval.datasets.fields import Fields
from eval.datasets.reading import files_of, text_lines
from eval.datasets.topics import read_qrels, relevant_by_topic, topic_question
from eval.datasets.trec_documents import document_files, trec_documents
from eval.datasets.types import Dataset
from eval.errors import GoldError

_TOPIC = re.compile(r"<top>(.*?)</top>", re.DOTALL | re.IGNORECASE)
_NUMBER = re.compile(r"<num>\s*(?:Number\s*:)?\s*([^\s<]+)", re.IGNORECASE)
_TITLE = re.compile(r"<title>\s*(?:Topic\s*:)?([^<]*)", re.IGNORECASE)


def load_trec(folder: Path) -> Dataset:
    """Return the topics that were judged; the title is what is asked. `documents` is None when the folder holds none.

    Raises:
        GoldError: a file is missing, doubled or not readable, or a judgement names a topic or document that is not there.
    """
    files = files_of(folder)
    path, qrels = _only(folder, files, "topics"), _only(folder, files, "qrels")
    texts = dict(unique(_topics(path), path, "topics"))
    judgements = tuple(replace(judgement, topic=_plain(judgement.topic)) for judgement in read_qrels(qrels))
    relevant = relevant_by_topic(judgements, texts, path.name)
    questions = tuple(topic_question(topic, text, relevant[topic]) for topic, text in texts.items() if topic in relevant)
    sources = document_files(candidate for candidate in files.values() if candidate not in (path, qrels))
    if not sources:
        return Dataset(name=folder.resolve().name, questions=questions, documents=None)
    documents = partial(trec_documents, folder, sources)
    named = ((judgement.row, judgement.document) for judgement in judgements if judgement.grade > 0)
    require_documents(named, documents, *sources)
    return Dataset(name=folder.resolve().name, questions=questions, documents=documents)


def _only(folder: Path, files: Mapping[str, Path], word: str) -> Path:
    found = [path for name, path in files.items() if word in name.lower()]
    if len(found) != 1:
        listed = ", ".join(path.name for path in found) or "none"
        raise GoldError(folder, None, f"must hold one file with {word!r} in its name, and holds {listed}. Keep one.")
    return found[0]


def _topics(path: Path) -> Iterator[tuple[Fields, str, tuple[str, str]]]:
    """Yield the number and title of each topic, from `<top>` elements or from lines of number, tab and title."""
    lines = list(text_lines(path))
    if lines and not lines[0][1].lstrip().startswith("<"):
        yield from _tabbed(path, lines)
        return
    text = "\n".join(line for _, line in lines)
    topics = _TOPIC.findall(text)
    if len(topics) != len(re.findall(r"<top>", text, re.IGNORECASE)):
        raise GoldError(path, None, "has a <top> without </top>. Download it again, or close the element.")
    for number, topic in enumerate(topics, start=1):
        fields = Fields(path=path, position=f"topic {number}", values={})
        named, title = _NUMBER.search(topic), _TITLE.search(topic)
        asked = " ".join(html.unescape(title[1]).split()) if title else ""
        if named is None or not asked:
            raise fields.wrong("has no <num> or no <title>. Write both.")
        identity = _plain(named[1])
        yield fields, identity, (identity, asked)


def _tabbed(path: Path, lines: list[tuple[int, str]]) -> Iterator[tuple[Fields, str, tuple[str, str]]]:
    for number, line in lines:
        fields = Fields(path=path, position=number, values={})
        name, _, title = line.partition("\t")
        identity, title = _plain(name.strip()), title.strip()
        if not identity or not title:
            raise fields.wrong("is no topic. Write the number, a tab and the text; or <top> elements.")
        yield fields, identity, (identity, title)


def _plain(topic: str) -> str:
    """Return a topic's number without zeros before it: the topics of TREC-1 say 051 where their judgements say 51."""
    return (topic.lstrip("0") or "0") if topic.isdecimal() else topic
