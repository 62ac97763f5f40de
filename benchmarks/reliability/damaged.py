"""Looks at a damaged archive as its users would: asks it, lists it, checks it, and says what it made of the damage."""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import apsw

from api.key_file import KeyFile
from api.keys import KeysUnusable
from api.slack.state import SlackState
from benchmarks.reliability.light import Digests, check, open_store
from index.errors import ArchiveError
from index.local.store import LocalStore
from index.types import Where

Outcome = Literal[
    "rebuilt", "refused", "named by check", "unused bytes", "like a crash", "no article", "WRONG TEXT", "TRACEBACK", "UNDETECTED"
]
"""What became of a damage.

- rebuilt: the caches were set aside, and all answers are right.
- refused: an error that says what is wrong; whatever else was answered is right.
- named by check: what was asked did not need the damaged place and is right, and `check` names it.
- unused bytes: every row of every table, and every definition, reads as before, so what was hit means nothing.
- like a crash: the end of a crashed process's log is gone, as if it had been killed before; what is left is whole and right.
- no article: a key's name, date or rate, or what somebody thought of an answer, reads otherwise; no key may do more than before.
The rest are failures: a text, date or answer that was never stored; an error that is none of ours; a value that is not as it was
and that nothing tells.
"""
FAILURES = frozenset({"WRONG TEXT", "TRACEBACK", "UNDETECTED"})

_WHERE = {
    "everything": Where(),
    "days": Where(since=date(2025, 9, 5), until=date(2025, 9, 20)),
    "outlet": Where(publishers=("Harbour 1",)),
}
_REFUSED = "refused: "
_SCORES = " (scores)"
_SHOWN_CHARACTERS = 160
_BESIDE = ("every key", "feedback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What an archive says when it is whole."""

    parts: Mapping[str, Any]
    rows: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a damaged archive did."""

    outcome: Outcome
    told: str


def truth_of(folder: Path) -> Truth:
    """Return what the whole archive in a folder says; brings its caches up to date and folds its log in."""
    with closing(open_store(folder)) as store:
        parts = {name: ask(store) for name, ask in _PARTS.items()}
    return Truth(parts=parts | _others(folder), rows=_rows(folder))


def look(folder: Path, truth: Truth, *, of_a_crash: bool = False) -> Seen:
    """Say what became of the damage in a folder; `of_a_crash` if it is in the log that a crash left."""
    handler = _Warnings()
    logging.getLogger("index").addHandler(handler)
    try:
        problems, refused = _checked(folder)
        parts = _asked(folder)
        parts |= _others(folder)
    except Exception as error:  # noqa: BLE001 - whatever else comes out of a damaged archive is what is looked for
        return Seen(outcome="TRACEBACK", told=f"{type(error).__name__}: {error}"[:_SHOWN_CHARACTERS])
    finally:
        logging.getLogger("index").removeHandler(handler)
    refused += [found for found in parts.values() if _is_refused(found)]
    if not _is_refused(parts["keys"]):
        # Nobody has a secret of another digest.
        parts["keys"] = {**truth.parts["keys"], **{k: v for k, v in parts["keys"].items() if k in truth.parts["keys"]}}
    other = [name for name, found in parts.items() if not _is_refused(found) and found != truth.parts[name]]
    if wrong := [name for name in other if not _only_less(parts[name], truth.parts[name])]:
        return Seen(outcome="WRONG TEXT", told=", ".join(wrong))
    aside = [line for line in handler.lines if "set aside" in line]
    differing = "" if refused or problems or (aside and not other) else _differing(folder, truth)
    ends: tuple[tuple[bool, Outcome, str], ...] = (
        (bool(refused), "refused", "".join(refused[:1])),
        (bool(aside) and not other, "rebuilt", "".join(aside[:1])),
        (bool(problems), "named by check", "".join(problems[:1])),
        (not differing and not other, "unused bytes", ""),
        (of_a_crash, "like a crash", differing),
        (not other and differing in _BESIDE, "no article", differing),
        (True, "UNDETECTED", ", ".join([*other, differing])),
    )
    return next(Seen(outcome=outcome, told=told[:_SHOWN_CHARACTERS]) for reached, outcome, told in ends if reached)


class _Warnings(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _checked(folder: Path) -> tuple[list[str], list[str]]:
    """Return the problems that check names, and why it refuses."""
    try:
        return [problem.what for problem in check(folder).problems], []
    except ArchiveError as error:
        return [], [f"{_REFUSED}{error}"]


def _asked(folder: Path) -> dict[str, Any]:
    """Return the answer to everything that is asked, or why it was refused."""
    parts: dict[str, Any] = {}
    try:
        store = open_store(folder)
    except ArchiveError as error:
        return {"open": f"{_REFUSED}{error}"}
    try:
        for name, ask in _PARTS.items():
            try:
                parts[name] = ask(store)
            except ArchiveError as error:
                parts[name] = f"{_REFUSED}{error}"
    finally:
        try:
            store.close()
        except ArchiveError as error:
            parts["close"] = f"{_REFUSED}{error}"
    return parts


def _hits(store: LocalStore, find: Callable[[Where], list[tuple[int, float]]]) -> dict[str, Any]:
    """Return what is found by each filter: place, score, text and what stands above it."""
    said = {}
    with store.consistent():
        for name, where in _WHERE.items():
            hits = find(where)
            passages = store.passages([row for row, _ in hits])
            days = store.days([row for row, _ in hits])
            said[name] = [
                (passage.passage_id, passage.text, asdict(article), str(day))
                for (passage, article), day in zip(passages, days, strict=True)
            ]
            said[f"{name}{_SCORES}"] = [round(score, 4) for _, score in hits]
    return said


def _by_words(store: LocalStore) -> dict[str, Any]:
    return _hits(store, lambda where: store.matching(["ferry", "sailing"], 500, where))


def _by_vector(store: LocalStore) -> dict[str, Any]:
    vector = Digests().embed_passages(["which ferry left first?"])[0]
    return _hits(store, lambda where: store.nearest(vector, 500, where))


def _articles(store: LocalStore) -> dict[str, Any]:
    return {article.article_id: asdict(article) for article in store.articles()}


def _histories(store: LocalStore) -> dict[str, Any]:
    return {
        article.article_id: [asdict(version) for version in store.history(article.article_id)] for article in store.articles()
    }


def _copies(store: LocalStore) -> dict[str, Any]:
    return {article.article_id: [asdict(copy) for copy in store.also_in(article.article_id)] for article in store.articles()}


def _ledger(store: LocalStore) -> list[Any]:
    return [asdict(row) for row in store.ledger()]


_PARTS: Mapping[str, Callable[[LocalStore], Any]] = {
    "words": _by_words, "vector": _by_vector, "articles": _articles, "history": _histories, "copies": _copies, "ledger": _ledger,
}  # fmt: skip


def _others(folder: Path) -> dict[str, Any]:
    """Return which secrets open what, and whether feedback can be read."""
    parts: dict[str, Any] = {}
    try:
        parts["keys"] = {key["sha256"]: [key["scopes"], key["origins"], key["revoked"] is None] for key in _keys(folder)}
    except KeysUnusable as error:
        parts["keys"] = f"{_REFUSED}{error}"
    try:
        _feedback(folder)
    except (sqlite3.Error, OSError) as error:
        parts["feedback"] = f"{_REFUSED}{error}"
    return parts


def _keys(folder: Path) -> list[dict[str, Any]]:
    found = KeyFile(folder).read()
    return [asdict(key) for key in found[1]] if found else []


def _feedback(folder: Path) -> Any:
    state = SlackState(folder)
    return [[asdict(one) for one in state.feedback()], state.counts()]


def _is_refused(found: Any) -> bool:
    return isinstance(found, str) and found.startswith(_REFUSED)


def _only_less(found: Any, true: Any) -> bool:
    """Return whether everything that was said is true, if not everything was said."""
    if isinstance(true, dict):
        # Scores depend on how many articles there are.
        named = {name: value for name, value in found.items() if not str(name).endswith(_SCORES)}
        return all(name in true and _only_less(value, true[name]) for name, value in named.items())
    if isinstance(true, list):
        return isinstance(found, list) and all(value in true for value in found)
    return bool(found == true)


def _rows(folder: Path) -> dict[str, Any]:
    """Return every row of every table, the definitions of the tables, and the files that are none."""
    found: dict[str, Any] = {}
    with closing(apsw.Connection(str(folder / "archive.sqlite"), flags=apsw.SQLITE_OPEN_READWRITE)) as connection:
        found["definitions"] = sorted(connection.execute("SELECT type, name, sql FROM sqlite_master"), key=str)
        found["version"] = list(connection.execute("PRAGMA user_version"))
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        for name in tables:
            found[name] = sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr)
    found["every key"], found["feedback"] = _keys(folder), _feedback(folder)
    return found


def _differing(folder: Path, truth: Truth) -> str:
    try:
        found = _rows(folder)
    except (apsw.Error, UnicodeDecodeError) as error:
        return str(error)
    return ", ".join(name for name in truth.rows if found.get(name) != truth.rows[name])
