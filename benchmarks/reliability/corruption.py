"""Damages copies of a small archive, one byte or one cut at a time, and says what each damage came to.

`python -m benchmarks.reliability.corruption [--count 500] [--seed N]`: every kind of place in every file of the data folder
gets an equal share. Prints what was seen, one line for each kind, then one JSON object; ends with status 1 when a wrong text was
served, an error was none of ours, or a damage went undetected (`benchmarks.reliability.damaged.Outcome`).
"""

import argparse
import json
import random
import re
import secrets
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import apsw

from api.key_file import KeyFile
from api.slack.state import SlackState
from benchmarks.provenance import provenance
from benchmarks.reliability.damaged import FAILURES, Seen, Truth, look, truth_of
from benchmarks.reliability.light import Digests, article, ingest, open_store, preparation
from index.ingest import Fallbacks, Ingest
from index.types import Visit

_ARTICLES = 24
_UPDATED = (3, 7, 11, 15)
_PAGE = 4096
_PAGE_HEADER = 12
_FILE_HEADER = 100
_DATABASE = "archive.sqlite"


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One change of one file."""

    kind: str
    file: str
    offset: int
    bit: int | None
    """The bit that flips; None if the file ends at the offset."""
    caches: bool
    """Whether the saved caches are there, or must be made from the archive."""

    def apply(self, folder: Path) -> None:
        """Damage the file in this folder."""
        path = folder / self.file
        content = bytearray(path.read_bytes())
        if self.bit is None:
            del content[self.offset :]
        else:
            content[self.offset] ^= 1 << self.bit
        path.write_bytes(content)
        if not self.caches:
            shutil.rmtree(folder / "caches")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A damage and what it came to."""

    damage: Damage
    seen: Seen


def make_archives(folder: Path) -> None:
    """Make an archive with updates, copies, a deletion, keys and feedback, closed, and the same one as a crash leaves it."""
    whole = folder / "whole"
    with closing(open_store(whole)) as store:
        ingest(store, [(number, 1) for number in range(_ARTICLES)])
        ingest(store, [(number, 2) for number in _UPDATED])
        carried = [replace(article(n, 1), origin=replace(article(n, 1).origin, source=f"/coast/{n}")) for n in (1, 2)]
        Ingest(store=store, embedder=Digests(), prepare=preparation()).run(carried, Fallbacks())  # type: ignore[arg-type]
        store.delete(article(5, 1).article_id)
        store.remember_visit(Visit(url="https://example.org/ferries", etag='"7"', last_modified="Fri, 19 Sep 2025 09:04:00 GMT"))
    with closing(apsw.Connection(str(whole / _DATABASE))) as connection:
        connection.execute("VACUUM")  # else most of what is hit would be what was written over
    KeyFile(whole).create(name="reader", scopes=["ask"], rate="60/minute")
    KeyFile(whole).create(name="desk", scopes=["ingest"])
    state = SlackState(whole)
    state.keep_question("a1b2", "Which ferry left first?")
    state.rate("a1b2", "U1", "good")
    shutil.copytree(whole, folder / "crashed")
    with closing(open_store(folder / "crashed")) as store:
        ingest(store, [(number, 1) for number in range(_ARTICLES, _ARTICLES + 6)])
        shutil.copytree(folder / "crashed", folder / "copied", ignore=shutil.ignore_patterns("work-*", "*-shm"))
    shutil.rmtree(folder / "crashed")
    (folder / "copied").rename(folder / "crashed")


def damages(folder: Path, count: int, seed: int) -> Iterator[Damage]:
    """Yield so many damages, every kind as often as every other."""
    draw = random.Random(seed)  # noqa: S311 - repeatable, no secret
    kinds = _kinds(folder, draw)
    names = list(kinds)
    for number in range(count):
        kind = names[number % len(names)]
        file, offset, cut = kinds[kind]()
        with_caches = not kind.startswith("archive") or draw.random() < 0.5  # noqa: PLR2004 - a coin
        yield Damage(kind=kind, file=file, offset=offset, bit=None if cut else draw.randrange(8), caches=with_caches)


def run(count: int, seed: int, *, processes: int = 2, say: Callable[[str], None] = lambda _: None) -> list[Tried]:
    """Damage copies of an archive so many times and return what was seen."""
    with tempfile.TemporaryDirectory(prefix="dateline-corruption-") as scratch:
        folder = Path(scratch)
        make_archives(folder)
        shutil.copytree(folder / "whole", folder / "whole-truth")
        shutil.copytree(folder / "crashed", folder / "crashed-truth")
        truths = {name: truth_of(folder / f"{name}-truth") for name in ("whole", "crashed")}
        tried: list[Tried] = []
        # Whatever a damaged file does to FAISS or Tantivy, it does to a process that can be replaced.
        pool = _Pool(processes)
        wanted = list(damages(folder, count, seed))
        for damage, seen in zip(wanted, pool.map(folder, wanted, truths), strict=True):
            tried.append(Tried(damage=damage, seen=seen))
            if seen.outcome in FAILURES:
                say(f"{damage}: {seen.outcome}: {seen.told}")
        return tried


class _Pool:
    """Processes that look at damaged archives; one that dies is a traceback, and is replaced."""

    def __init__(self, processes: int) -> None:
        self._processes = processes

    def map(self, folder: Path, wanted: list[Damage], truths: Mapping[str, Truth]) -> Iterator[Seen]:
        """Yield what is seen of each, in order."""
        if not self._processes:
            yield from (_try(folder, number, damage, truths[_base(damage)]) for number, damage in enumerate(wanted))
            return
        done = 0
        while done < len(wanted):
            with ProcessPoolExecutor(self._processes, mp_context=get_context("spawn")) as pool:
                waiting = [
                    pool.submit(_try, folder, number, damage, truths[_base(damage)])
                    for number, damage in enumerate(wanted[done:], done)
                ]
                for future in waiting:
                    try:
                        seen = future.result()
                    except BrokenProcessPool:
                        # Alone, so that it is known which one it was.
                        yield _alone(folder, done, wanted[done], truths[_base(wanted[done])])
                        done += 1
                        break
                    done += 1
                    yield seen


def _alone(folder: Path, number: int, damage: Damage, truth: Truth) -> Seen:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_try, folder, number, damage, truth).result()
        except BrokenProcessPool:
            return Seen(outcome="TRACEBACK", told="the process died")


def _try(folder: Path, number: int, damage: Damage, truth: Truth) -> Seen:
    copy = folder / f"try-{number}"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder / _base(damage), copy)
    try:
        damage.apply(copy)
        return look(copy, truth, of_a_crash=damage.file.endswith("-wal"))
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def _base(damage: Damage) -> str:
    return "crashed" if damage.file.endswith("-wal") else "whole"


def _kinds(folder: Path, draw: random.Random) -> dict[str, Callable[[], tuple[str, int, bool]]]:
    """Return, for each kind of damage, what draws one: the file, the place in it, and whether it is cut there."""
    whole = folder / "whole"
    content = (whole / _DATABASE).read_bytes()
    pages = len(content) // _PAGE
    (snapshot,) = (whole / "caches").glob("snapshot-*")
    saved = sorted(
        str(p.relative_to(whole)) for p in snapshot.rglob("*") if p.is_file() and p.name != "stamp.json" and p.stat().st_size
    )
    stamp = str((snapshot / "stamp.json").relative_to(whole))
    places = {name: _places(content, found) for name, found in _values(whole).items()}

    def anywhere(file: str, *, cut: bool = False) -> tuple[str, int, bool]:
        base = folder / "crashed" if file.endswith("-wal") else whole
        return file, draw.randrange((base / file).stat().st_size), cut

    def inside(name: str) -> tuple[str, int, bool]:
        start, length = draw.choice(places[name])
        return _DATABASE, start + draw.randrange(length), False

    kinds: dict[str, Callable[[], tuple[str, int, bool]]] = {
        "caches, flipped": lambda: anywhere(draw.choice(saved)),
        "caches, cut": lambda: anywhere(draw.choice(saved), cut=True),
        "stamp, flipped": lambda: anywhere(stamp),
        "stamp, cut": lambda: anywhere(stamp, cut=True),
        "archive, file header": lambda: (_DATABASE, draw.randrange(_FILE_HEADER), False),
        "archive, page headers": lambda: (_DATABASE, draw.randrange(1, pages) * _PAGE + draw.randrange(_PAGE_HEADER), False),
        "archive, anywhere": lambda: anywhere(_DATABASE),
        "archive, cut": lambda: anywhere(_DATABASE, cut=True),
        "log of a crash, flipped": lambda: anywhere(f"{_DATABASE}-wal"),
        "log of a crash, cut": lambda: anywhere(f"{_DATABASE}-wal", cut=True),
        "keys, flipped": lambda: anywhere("keys.json"),
        "keys, cut": lambda: anywhere("keys.json", cut=True),
        "feedback, flipped": lambda: anywhere(SlackState(whole).path.name),
        "feedback, cut": lambda: anywhere(SlackState(whole).path.name, cut=True),
    }
    return kinds | {f"archive, {name}": lambda name=name: inside(name) for name in places}  # type: ignore[misc]


def _values(folder: Path) -> dict[str, list[bytes]]:
    """Return stored values by what they are."""
    with closing(apsw.Connection(str(folder / _DATABASE), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        texts = [text.encode() for (text,) in connection.execute("SELECT text FROM articles")]
        details = [details.encode() for (details,) in connection.execute("SELECT details FROM articles")]
        earlier = [text.encode() for (text,) in connection.execute("SELECT text FROM versions")]
        vectors = [vector for (vector,) in connection.execute("SELECT vector FROM passages")]
        definitions = [sql.encode() for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        signs = [signs for (signs,) in connection.execute("SELECT signs FROM token_signs")]
    return {
        "definitions": definitions,
        "texts": texts,
        "details": details,
        "earlier texts": earlier,
        "vectors": vectors,
        "signs": signs,
    }


def _places(content: bytes, values: list[bytes]) -> list[tuple[int, int]]:
    """Return where values stand in the file, those that are in one piece; some of these places are not in use any more."""
    return [(found.start(), len(value)) for value in values for found in re.finditer(re.escape(value), content)]


def main() -> None:
    """Damage, look, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    options = parser.parse_args()
    print(f"seed {options.seed}", file=sys.stderr)
    tried = run(options.count, options.seed, say=lambda line: print(line, file=sys.stderr))
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in tried:
        table[one.damage.kind][one.seen.outcome] += 1
    for kind, outcomes in sorted(table.items()):
        print(f"{kind:28} {', '.join(f'{count} {outcome}' for outcome, count in outcomes.most_common())}", file=sys.stderr)
    total = Counter(one.seen.outcome for one in tried)
    said = {"outcomes": dict(total), "kinds": {kind: dict(outcomes) for kind, outcomes in sorted(table.items())}}
    print(json.dumps({**said, "seed": options.seed, **provenance("reliability.corruption")}, indent=2))
    sys.exit(any(total[failure] for failure in FAILURES))


if __name__ == "__main__":
    main()
