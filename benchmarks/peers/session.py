"""What the script of every system does: read the task, ingest, ask, write what came of it. Standard library only.

It runs in each peer's own environment, so that all systems are timed by the same lines. The task is a JSON file with
`articles` (records), `questions` (`id`, `question`, `date`), `k` and `model` (a folder); the result is one, too.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Any, Protocol

Record = Mapping[str, Any]
"""An article as `dateline ingest` takes it: `id`, `title`, `publisher`, `published`, `url`, `text`."""

Search = Callable[[str, str, int], list[str]]
"""Takes a question, its day and k; returns the ids of the articles of the best k passages, best first, repeated as they come."""

# Asked before the clock runs: what is loaded or compiled at the first question is no part of answering.
_WARM_UP = ("Who won the vote in the town?", "How many people were hurt?", "What did the minister say?")


class System(Protocol):
    """A system with its model loaded and warm."""

    def ingest(self, records: Sequence[Record]) -> None:
        """Split, embed and store the articles; on return they can be found."""
        ...

    def passages(self) -> list[tuple[str, str, str]]:
        """Return of each passage its article's id, what was embedded in front of it, and its text, in the articles' order."""
        ...

    def searches(self) -> Mapping[str, Search]:
        """Return the ways to ask, by the name that is put behind the system's; most have one, named ``."""
        ...


def document(record: Record) -> str:
    """Return the text that is given to a system without a field for titles."""
    return f"{record['title']}\n\n{record['text']}" if record.get("title") else str(record["text"])


def facts(record: Record) -> dict[str, str]:
    """Return what else is known of an article, as metadata."""
    return {key: str(record[key]) for key in ("title", "publisher", "published") if record.get(key)}


def measure(build: Callable[[Path], System], packages: Sequence[str]) -> None:
    """Do the task that the first argument names and write the result where the second says.

    `build` loads the model of a folder and embeds something once. `packages` are those whose versions are reported.
    """
    task_file, result_file = map(Path, sys.argv[1:3])
    sys.addaudithook(_refuse_network)
    task = json.loads(task_file.read_text(encoding="utf-8"))
    started = perf_counter()
    system = build(Path(task["model"]))
    loaded = perf_counter()
    system.ingest(task["articles"])
    ingested = perf_counter()
    answers = {name: _ask(search, task["questions"], task["k"]) for name, search in system.searches().items()}
    result = {
        "versions": {package: version(package) for package in packages},
        "load_s": loaded - started,
        "ingest_s": ingested - loaded,
        "answers": answers,
        "passages": system.passages(),
    }
    result_file.write_text(json.dumps(result), encoding="utf-8")


def _ask(search: Search, questions: Sequence[Mapping[str, str]], k: int) -> dict[str, Any]:
    for question in _WARM_UP:
        search(question, questions[0]["date"], k)
    found, taken = {}, []
    for asked in questions:
        started = perf_counter()
        articles = search(asked["question"], asked["date"], k)
        taken.append((perf_counter() - started) * 1e3)
        found[asked["id"]] = articles
    return {"found": found, "search_ms": taken}


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Let nothing out: no telemetry, no look at a hub. Connections on this machine, between processes, are left alone."""
    if event == "socket.connect":
        host = arguments[1][0] if isinstance(arguments[1], tuple) else "localhost"
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host not in ("127.0.0.1", "::1", "localhost", None, ""):
        raise PermissionError(f"the benchmark runs without a network, and {host} was asked for")
