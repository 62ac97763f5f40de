"""The same ingest with Ray's workers: the same archive, and workers that are killed midway lose and double nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest

from index.distributed.cluster import Cluster
from index.distributed.connection import LOCAL
from index.distributed.reading import RemoteParser
from index.embedding import SentenceTransformerEmbedder
from index.errors import ClusterError
from index.ingest import Fallbacks, IngestReport
from index.local.store import LocalStore
from index.settings import IndexSettings
from index.sources.reading import Reader
from index.types import Item, Origin, Rejection
from index.wiring import build_cluster, build_ingest, build_reader, build_store
from tests.index.conftest import Site
from tests.index.small_news import HARBOUR, HIVES, ROAD, lines

# Not imported here: Ray reads its variables when it is.
pytestmark = [pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: make setup-all"), pytest.mark.long]

ROOT = Path(__file__).parents[2]
DESK = "Dateline Sample Desk"
HERE = psutil.Process()
BEFORE: set[psutil.Process] = set()
"""What other tests of this process left running."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start Ray once, with two embedding actors."""
    BEFORE.update(HERE.children(recursive=True))
    made = build_cluster(IndexSettings(data=tmp_path_factory.mktemp("cluster")), LOCAL, embedders=2)
    yield made
    made.close()


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    return IndexSettings(data=tmp_path / "distributed", fetch_private=("127.0.0.1",))


@pytest.fixture
def distributed(settings: IndexSettings) -> Iterator[LocalStore]:
    store = build_store(settings)
    assert isinstance(store, LocalStore)
    yield store
    store.close()


def run(
    cluster: Cluster,
    settings: IndexSettings,
    store: LocalStore,
    *sources: str | Path,
    window: int | None = None,
    notice: Callable[[int, Item], None] = lambda *_: None,
) -> IngestReport:
    """Ingest with the cluster; `notice` is told each item with its number."""
    named = [str(source) for source in sources]

    def noticed(reader: Reader) -> Iterator[Item]:
        for number, item in enumerate(reader.read(named)):
            notice(number, item)
            yield item

    reader = build_reader(settings, store, cluster.embedder.embed_passages, parsers=cluster.parsers)
    made = build_ingest(settings, store, cluster.embedder, prepare=reader.prepare, window=window or cluster.window)
    return made.run(noticed(reader), Fallbacks(publisher=DESK), sources=named)


def told(store: LocalStore) -> list[tuple[object, ...]]:
    return list(store._database.rows("SELECT source, position, outcome, article_id, reason FROM ledger ORDER BY row"))


def vectors(store: LocalStore) -> tuple[list[str], np.ndarray]:
    rows = list(range(1, store.stats().passages + 1))
    digests = [bytes(digest) for (digest,) in store._database.rows("SELECT embedded FROM passages ORDER BY row")]
    known = store.known_embeddings(digests)
    return [passage.passage_id for passage, _ in store.passages(rows)], np.stack([known[digest][0] for digest in digests])


def made_news(folder: Path, name: str, count: int) -> Path:
    """Write a file of records that share no story."""
    path = folder / name
    records = [
        {
            "title": f"Report {n} of {name}",
            "text": f"Station {n} of {name} counted {n * 37 % 991} ferries and {n * 53 % 877} lorries on one day. "
            f"Its {n % 7} piers stayed open until {n % 24}.{n * 7 % 60:02}, said harbour master number {n * 11 % 613}.",
        }
        for n in range(count)
    ]
    path.write_text(lines(*records), encoding="utf-8")
    return path


def processes(part: str) -> list[psutil.Process]:
    """Return Ray's processes below this one whose name holds this."""
    return [child for child in HERE.children(recursive=True) if part in " ".join(child.cmdline())]


@pytest.fixture
def sources(samples: Path, tmp_path: Path) -> list[str]:
    """Return some samples, copies and a file of records among them, between what cannot be read."""
    picture = tmp_path / "picture.md"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n")
    chosen = [str(path) for part in ("ai-act-*", "*malaria*", "wire-world.jsonl") for path in sorted(samples.glob(part))]
    assert len(chosen) >= 4
    return [str(tmp_path / "missing.md"), *chosen, str(picture)]


@pytest.fixture
def plain(settings: IndexSettings, store: LocalStore, embedder: SentenceTransformerEmbedder, sources: list[str]) -> IngestReport:
    """Ingest into `store` without Ray."""
    with closing(build_reader(settings, store, embedder.embed_passages, parsers=2)) as reader:
        ingest = build_ingest(settings, store, embedder, prepare=reader.prepare)
        return ingest.run(reader.read(sources), Fallbacks(publisher=DESK), sources=sources)


@pytest.mark.usefixtures("plain")
def test_the_archive_is_that_of_the_plain_ingest(
    cluster: Cluster, settings: IndexSettings, distributed: LocalStore, store: LocalStore, sources: list[str]
) -> None:
    """Articles, passages, vectors and the ledger in its order, of all samples and of what cannot be read."""
    report = run(cluster, settings, distributed, *sources)
    assert report.counts["failed"] >= 1
    assert told(distributed) == told(store)
    assert {a.article_id: a for a in distributed.articles()} == {a.article_id: a for a in store.articles()}
    (ids, made), (wanted, of_plain) = vectors(distributed), vectors(store)
    assert ids == wanted
    # Of other neighbours in a batch, the last bits differ.
    assert (made * of_plain).sum(axis=1).min() > 0.999
    again = run(cluster, settings, distributed, *sources)
    assert not again.counts["accepted"]
    assert distributed.stats().passages == len(ids)


def test_killed_workers_lose_and_double_nothing(
    cluster: Cluster, settings: IndexSettings, distributed: LocalStore, tmp_path: Path
) -> None:
    """An embedding actor and a reading worker are killed midway; every article is there once, in its order."""
    sources = [made_news(tmp_path, "first.jsonl", 50), made_news(tmp_path, "second.jsonl", 50)]
    killed = []

    def kill(number: int, _: Item) -> None:
        if number in (20, 45):
            victims = processes("ray::read_source") if number == 20 else processes("ray::EmbeddingActor")[:1]
            assert victims
            for victim in victims:
                os.kill(victim.pid, signal.SIGKILL)
                killed.append(victim.pid)

    report = run(cluster, settings, distributed, *sources, window=16, notice=kill)
    assert len(killed) >= 2
    assert report.counts["accepted"] == report.read == 100
    assert [(entry.source, entry.position) for entry in report.entries] == [
        (str(source), f"line {n}") for source in sources for n in range(1, 51)
    ]
    assert len({a.article_id for a in distributed.articles()}) == 100
    rows, made = vectors(distributed)
    assert len(rows) == len(set(rows)) == len(made)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-2)


def test_pages_are_fetched_here_and_read_there(
    cluster: Cluster, settings: IndexSettings, distributed: LocalStore, site: Site
) -> None:
    """A page goes through the one way out to the network, whoever parses it."""
    body = "<html><head><title>The harbour reopens</title></head><body><article><h1>The harbour reopens</h1>"
    body += "".join(f"<p>{HARBOUR} {HIVES} {ROAD} That was on day {day} of the fair.</p>" for day in range(1, 5))
    url = site.answer("/page", (body + "</article></body></html>").encode(), Content_Type="text/html")
    report = run(cluster, settings, distributed, url)
    assert report.counts["accepted"] == 1, report.entries
    assert "/page" in site.asked


def test_what_is_known_is_not_embedded_again(
    cluster: Cluster, settings: IndexSettings, distributed: LocalStore, tmp_path: Path
) -> None:
    """The workers get only texts whose vectors the archive lacks."""
    texts = [f"Ferry {n} left the harbour." for n in range(40)]
    rows, signs = cluster.embedder.embed_with_signs(texts)
    assert all(signs)
    alone, _ = cluster.embedder.embed_with_signs(texts[7:8])
    assert float(alone[0] @ rows[7]) > 0.999
    assert len(cluster.embedder.token_starts(texts)) == 40
    assert float(cluster.embedder.embed_question(texts[3]).vector @ rows[3]) > 0.9
    news = made_news(tmp_path, "news.jsonl", 20)
    run(cluster, settings, distributed, news)
    moved = news.rename(tmp_path / "moved.jsonl")
    embedded = []
    spread = cluster.embedder._spread
    cluster.embedder.__dict__["_spread"] = lambda method, given: embedded.append(given) or spread(method, given)
    try:
        assert run(cluster, settings, distributed, moved).counts["duplicate"] == 20
    finally:
        del cluster.embedder.__dict__["_spread"]
    assert not [given for given in embedded if given]


def test_sources_are_named_from_where_the_command_stands(
    cluster: Cluster, settings: IndexSettings, distributed: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workers stand where Ray was started."""
    (tmp_path / "news").mkdir()
    made_news(tmp_path / "news", "news.jsonl", 3)
    monkeypatch.chdir(tmp_path)
    report = run(cluster, settings, distributed, "news")
    assert {(entry.source, entry.outcome) for entry in report.entries} == {(str(tmp_path / "news" / "news.jsonl"), "accepted")}


def test_a_file_that_a_node_lacks_is_named_as_that(tmp_path: Path) -> None:
    """The file is here, so that the ledger would puzzle its reader."""
    page = tmp_path / "page.md"
    page.write_text("News")
    parser = object.__new__(RemoteParser)
    parser._job = {"source": str(page), "path": os.fsencode(page).hex()}
    item = parser._explained(Rejection(origin=Origin(source=str(page)), reason="no such file or folder"))
    assert isinstance(item, Rejection)
    assert "on a node of the cluster" in item.reason


def test_nobody_else_reaches_the_workers_and_nothing_stays(cluster: Cluster) -> None:
    """Ray listens on this machine only, asks for a token, and ends with all its processes and files."""
    children = [child for child in HERE.children(recursive=True) if child not in BEFORE]
    listening = [c.laddr.ip for child in children for c in child.net_connections() if c.status == "LISTEN"]
    assert listening
    assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}
    assert os.environ["RAY_AUTH_MODE"] == "token"
    assert os.environ["RAY_USAGE_STATS_ENABLED"] == "0"
    folder = cluster._connection._folder
    assert folder is not None
    assert folder.exists()
    cluster.close()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive
    assert not folder.exists()


def test_an_address_that_nobody_answers_at_is_refused_at_once(settings: IndexSettings) -> None:
    """Ray itself would try for a minute."""
    with pytest.raises(ClusterError, match="no Ray cluster answers"):
        build_cluster(settings, "127.0.0.1:9")
    for wrong in ("nonsense", "ray://127.0.0.1:10001", "127.0.0.1:port"):
        with pytest.raises(ValueError, match="is no address"):
            build_cluster(settings, wrong)


def test_without_the_extra_the_command_says_how_to_install_it(tmp_path: Path) -> None:
    """Exit 2 and one line."""
    script = (
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'ray': raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Without())\n"
        "from api.cli import main\n"
        "main(['ingest', 'x.md', '--ray', 'local', '--data', sys.argv[1]])\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, cwd=ROOT, check=False)
    assert ended.returncode == 2
    assert ended.stderr == "dateline: --ray: Ray is not installed. Install it with: .venv/bin/pip install -e '.[ray]'\n"
