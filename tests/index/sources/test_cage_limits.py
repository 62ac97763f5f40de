"""Whatever way content comes, as a file or fetched, a parser that computes without end or eats memory costs that source alone."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from index.sources.cage import CagedParser
from index.sources.fetch import Fetcher
from index.sources.reading import Reader
from index.sources.worker import CPU_SECONDS, MEMORY_BYTES
from index.types import Article, Rejection
from tests.index.sources.squeezing import HEAVY, parsers, squeezed

Site = Any  # conftest's
GOOD = b"The ferry between Example Town and Sandholm will sail every hour from Monday, the harbour board said.\n"
REASONS = {"computing": f"more than {CPU_SECONDS} s of computing", "memory": "memory"}


@pytest.fixture
def others() -> set[psutil.Process]:
    """Parsers of services that other tests of this process still run; to be asked for before a reader."""
    return set(parsers())


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader(
        fetcher=Fetcher(allowed=["127.0.0.1"], seconds=5), embed=lambda texts: np.zeros((len(texts), 3), dtype=np.float32),
        passage_tokens=168, last_visit=lambda _: None, parsers=1,
    )  # fmt: skip
    yield made
    made.close()


@pytest.mark.parametrize("what", REASONS)
@pytest.mark.parametrize("kind", ["file", "fetched"])
def test_a_parser_over_its_limit_costs_one_source(reader: Reader, site: Site, tmp_path: Path, kind: str, what: str) -> None:
    """The heavy source is refused with the limit as the reason; what is read next gives its article."""
    (tmp_path / "heavy.txt").write_bytes(HEAVY)
    (tmp_path / "good.txt").write_bytes(GOOD)
    if kind == "file":
        heavy, good = str(tmp_path / "heavy.txt"), str(tmp_path / "good.txt")
    else:
        heavy = site.answer("/heavy", HEAVY, Content_Type="text/plain")
        good = site.answer("/good", GOOD, Content_Type="text/plain")
    with squeezed(what):
        (refused,) = reader.read([heavy])
    assert isinstance(refused, Rejection)
    assert refused.origin.source == heavy
    assert REASONS[what] in refused.reason
    assert [item.text for item in reader.read([good]) if isinstance(item, Article)] == [GOOD.decode().strip()]


def test_a_parser_that_stops_answering_is_ended(others: set[psutil.Process], tmp_path: Path) -> None:
    """A process that hangs without computing meets the limit of waiting, and is gone afterwards."""
    (tmp_path / "heavy.txt").write_bytes(HEAVY)
    parser = CagedParser(passage_tokens=168, embed=lambda _: np.zeros((0, 3), dtype=np.float32), wall_seconds=1.5)
    (before,) = set(parsers()) - others
    with squeezed("hanging"):
        parser.start({"source": "heavy", "path": os.fsencode(tmp_path / "heavy.txt").hex()})
        (refused,) = parser.items()
    assert isinstance(refused, Rejection)
    assert refused.reason == "reading it took longer than 1.5 s and was stopped"
    assert not before.is_running()
    parser.kill()


def test_every_parser_process_has_its_limits(others: set[psutil.Process], reader: Reader, tmp_path: Path) -> None:
    """While it works, memory, computing time and core dumps are bounded as the constants say, and it gives way to others."""
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"text": "' + GOOD.strip() + b'"}\n' * 1)
    items = reader.read([str(path)])
    next(items)
    (process,) = set(parsers()) - others
    used = process.cpu_times()
    limits = {line[:25].strip(): line[25:].split() for line in Path(f"/proc/{process.pid}/limits").read_text().splitlines()}
    assert 0 < int(limits["Max cpu time"][0]) <= used.user + used.system + CPU_SECONDS + 1
    assert MEMORY_BYTES < int(limits["Max address space"][0]) < 3 * MEMORY_BYTES
    assert limits["Max core file size"][:2] == ["0", "0"]
    assert process.nice() == 19
    items.close()  # type: ignore[attr-defined]
