"""Recognises the form of test data by the names in a folder, or by how a file begins, and loads it."""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from eval.datasets.beir import load_beir
from eval.datasets.judged_topics import load_judged_topics
from eval.datasets.multihop_rag import load_multihop_rag
from eval.datasets.reading import files_of, read_start, text_lines
from eval.datasets.realtimeqa import load_realtimeqa
from eval.datasets.rgb import load_rgb
from eval.datasets.squad import load_squad
from eval.datasets.trec import load_trec
from eval.datasets.types import Dataset
from eval.errors import GoldError
from eval.gold import load_gold

_START_BYTES = 4096
# The file is one object; `version` stands before `data` or is missing.
_SQUAD = re.compile(r'\s*\{\s*(?:"version"\s*:\s*"[^"]*"\s*,\s*)?"data"\s*:\s*\[')
_DATA = (".json", ".jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    name: str
    shape: str
    names: tuple[str, ...]
    """Regular expressions; each matches the name of a file there, without `.gz`."""
    load: Callable[[Path], Dataset]

    def fits(self, files: Iterable[str]) -> bool:
        return all(any(re.fullmatch(pattern, file, re.IGNORECASE) for file in files) for pattern in self.names)


_FOLDERS = (
    _Form(
        name="RealTimeQA", shape="articles.jsonl and questions.jsonl",
        names=(r"articles\.jsonl", r"questions\.jsonl"), load=load_realtimeqa,
    ),
    _Form(
        name="judged topics", shape="docs.jsonl and queries.jsonl",
        names=(r"docs\.jsonl", r"queries\.jsonl"), load=load_judged_topics,
    ),
    _Form(
        name="BEIR", shape="corpus.jsonl, queries.jsonl and qrels/test.tsv or qrels.tsv",
        names=(r"corpus\.jsonl", r"queries\.jsonl"), load=load_beir,
    ),
    _Form(
        name="MultiHop-RAG", shape="corpus.json and MultiHopRAG.json",
        names=(r"corpus\.json", r"MultiHopRAG\.json"), load=load_multihop_rag,
    ),
    _Form(
        name="TREC", shape="a file with `topics` and one with `qrels` in its name, and documents or none",
        names=(r".*topics.*", r".*qrels.*"), load=load_trec,
    ),
)  # fmt: skip
_FILES = ("a JSONL file of gold questions (docs/eval.md)", "a JSON file of SQuAD", "a file of RGB", "a folder with one of these")


def load_dataset(path: Path) -> Dataset:
    """Return the questions of a file or folder, and its documents if it has some.

    Raises:
        GoldError: there is nothing, its form is not known or could be two, or something in it is missing or wrong.
    """
    try:
        is_folder = path.is_dir()
    except OSError as error:
        raise GoldError(path, None, f"cannot be read ({error.strerror}). Name a file or folder that is there.") from error
    if not is_folder:
        return _load_file(path)
    files = files_of(path)
    forms = [form for form in _FOLDERS if form.fits(files)]
    if len(forms) > 1:
        both = " and ".join(form.name for form in forms)
        raise GoldError(path, None, f"has the files of {both}. Keep those of one in it.")
    if forms:
        return forms[0].load(path)
    candidates = [file for name, file in files.items() if name.endswith(_DATA)]
    if len(candidates) == 1:
        return _load_file(candidates[0])
    listed = ", ".join(file.name for file in candidates)
    raise _unknown(path, f"holds {listed}, which together are no known form. Name one of them" if listed else "is no known form")


def _load_file(path: Path) -> Dataset:
    if _SQUAD.match(read_start(path, _START_BYTES)):
        return load_squad(path)
    keys = _first_keys(path)
    if {"query", "answer", "positive"} <= keys:
        return load_rgb(path)
    if "question" in keys or path.name.removesuffix(".gz").endswith(".jsonl"):
        return Dataset(name=path.name, questions=load_gold(path), documents=None)
    raise _unknown(path, "is no known form")


def _first_keys(path: Path) -> frozenset[str]:
    """Return the keys of the object on the first line; none if there is no object."""
    _, line = next(text_lines(path), (0, ""))
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return frozenset()
    return frozenset(values) if isinstance(values, dict) else frozenset()


def _unknown(path: Path, problem: str) -> GoldError:
    known = [*_FILES, *(f"a folder with {form.shape} ({form.name})" for form in _FOLDERS)]
    listed = "".join(f"\n- {form}" for form in known)
    return GoldError(path, None, f"{problem}. Known are, compressed with gzip or not:{listed}")
