"""The comparison with other systems: what it draws, and that one system's failure does not end it.

The systems' scripts are real processes; the ones here are small. No peer is installed.
"""

import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.peers.environments import TORCH, EnvironmentFailed, ensure_environment
from benchmarks.peers.running import RunFailed, run_system
from benchmarks.peers.scoring import rows_of
from benchmarks.peers.subset import draw_subset
from benchmarks.peers.systems import PEERS
from eval.datasets.types import Dataset
from index.embedding import packaged_folder
from tests.benchmarks.made_task import written

PEERS_FOLDER = Path(__file__).parents[2] / "benchmarks/peers"

# A system that splits at full stops and finds what shares most words with the question, through the lines that all scripts use.
SMALL_SYSTEM = """
from benchmarks.peers.session import document, measure

class Small:
    def __init__(self, model):
        pass
    def ingest(self, records):
        self.pieces = [(r["id"], "", piece) for r in records for piece in document(r).split(". ")]
    def passages(self):
        return self.pieces
    def searches(self):
        return {"": self.search}
    def search(self, question, day, k):
        words = set(question.lower().strip("?").split())
        ranked = sorted(self.pieces, key=lambda piece: -len(words & set(piece[2].lower().split())))
        return [article for article, _, _ in ranked[:k]]

measure(lambda model: Small(model), ["pytest"])
"""


def script(folder: Path, text: str) -> list[str]:
    path = folder / "system.py"
    path.write_text(text, encoding="utf-8")
    return [sys.executable, str(path)]


def test_a_subset_holds_every_article_known_to_answer_its_questions(dataset: Dataset) -> None:
    """And others beside, up to the size asked for; questions without a known article are left out."""
    subset = draw_subset(dataset, articles=11, questions=4)
    ids = [record["id"] for record in subset.records]
    assert {question.id for question in subset.questions} == {"q1", "q2", "q3"}
    assert all(question.relevant.keys() <= set(ids) for question in subset.questions)
    assert len(ids) == 11


def test_a_question_whose_articles_have_no_room_is_passed_over(dataset: Dataset) -> None:
    """Rather than cutting its known articles; the others are asked."""
    subset = draw_subset(dataset, articles=5, questions=4)
    assert {question.id for question in subset.questions} == {"q1", "q2"}
    assert len(subset.records) == 5


def test_the_same_subset_is_drawn_every_time_and_another_with_another_seed(dataset: Dataset) -> None:
    """The draw depends on the data, the sizes and the seed alone."""
    drawn = [[record["id"] for record in draw_subset(dataset, articles=4, questions=1, seed=seed).records] for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_articles_with_the_same_text_are_one(dataset: Dataset) -> None:
    """The one that is kept is relevant where any of them is."""
    subset = draw_subset(dataset, articles=12, questions=4)
    assert "a3-again" not in {record["id"] for record in subset.records}
    assert next(question.relevant for question in subset.questions if question.id == "q2") == {"a3": 1}


def test_articles_that_are_too_long_are_left_out(tmp_path: Path) -> None:
    """A question that only they answer is left out with them; of another's articles the others stay."""
    articles = [{"id": "short", "text": "Plums."}, {"id": "long", "text": "Plums. " * 3_000}]
    questions = [
        {"id": "q1", "question": "What fell?", "answer": "plums", "date": "2031-05-02", "relevant": ["long"]},
        {"id": "q2", "question": "What rose?", "answer": "plums", "date": "2031-05-02", "relevant": ["short", "long"]},
    ]
    subset = draw_subset(written(tmp_path, articles, questions), articles=2, questions=2)
    assert [record["id"] for record in subset.records] == ["short"]
    assert [(question.id, question.relevant) for question in subset.questions] == [("q2", {"short": 1})]


def test_no_question_that_fits_is_an_error_that_says_so(dataset: Dataset) -> None:
    """One article is too few for any of the questions left."""
    with pytest.raises(ValueError, match="of 3 questions with known articles none fits into 0 articles"):
        draw_subset(dataset, articles=0, questions=4)


def test_systems_are_not_told_what_is_right(given: dict[str, Any]) -> None:
    """The task names questions and their day, not answers and not which articles hold them."""
    assert given["questions"][0].keys() == {"id", "question", "date"}
    assert "relevant" not in json.dumps(given)


def test_a_small_system_is_run_measured_and_scored(given: dict[str, Any], dataset: Dataset, tmp_path: Path) -> None:
    """Through the same lines as the peers, in a process of its own."""
    result = run_system(script(tmp_path, SMALL_SYSTEM), given, seconds=60)
    [scored] = rows_of("Small", result, draw_subset(dataset, articles=5, questions=4), packaged_folder())
    assert scored.name == "Small"
    assert scored.figures["rr@10"] == 1.0
    assert scored.figures["hit@1"] == 1.0
    assert scored.figures["passages"] == 10
    assert 0 < scored.figures["search_p50_ms"] <= scored.figures["search_p99_ms"]
    assert scored.figures["articles_per_s"] > 0
    assert result.versions == {"pytest": pytest.__version__}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("print('starting'); raise RuntimeError('no such model here')", "ended with code 1: .*no such model here"),
        ("import os; os.abort()", "ended with code -6"),
        ("print('all is well')", "wrote no result: all is well"),
        ("import sys; open(sys.argv[2], 'w').write('rubbish')", "what is no result .*Expecting value"),
        ("import sys; open(sys.argv[2], 'w').write('[1]')", "what is no result .*TypeError"),
        ("import sys; open(sys.argv[2], 'wb').write(bytes([255]))", "what is no result .*UnicodeDecodeError"),
        ("import sys; open(sys.argv[2], 'w').write('{}')", "what is no result .*KeyError: 'answers'"),
        (
            "import json, sys; json.dump({'answers': {'': {'found': {}, 'search_ms': []}}}, open(sys.argv[2], 'w'))",
            "0 of 2 questions are answered, 0 are timed",
        ),
    ],
)
def test_a_script_that_goes_wrong_has_no_figures_and_says_why(
    text: str, reason: str, given: dict[str, Any], tmp_path: Path
) -> None:
    """It fails, dies, writes nothing, or writes what is no result."""
    with pytest.raises(RunFailed, match=reason):
        run_system(script(tmp_path, text), given, seconds=60)


def test_a_program_that_is_not_there_is_named(given: dict[str, Any], tmp_path: Path) -> None:
    """As when an environment was deleted half-way."""
    with pytest.raises(RunFailed, match=r"cannot be started: .*nowhere/python: No such file"):
        run_system([str(tmp_path / "nowhere/python")], given, seconds=60)


def test_a_script_that_hangs_is_stopped(given: dict[str, Any], tmp_path: Path) -> None:
    """With everything that it started."""
    started = tmp_path / "child"
    text = (
        f"import subprocess, time; open({str(started)!r}, 'w').write(str(subprocess.Popen(['sleep', '60']).pid)); time.sleep(60)"
    )
    with pytest.raises(RunFailed, match="was stopped after 1 s"):
        run_system(script(tmp_path, text), given, seconds=1)
    pid, patience = int(started.read_text()), time.monotonic() + 10
    while _runs(pid) and time.monotonic() < patience:
        time.sleep(0.05)
    assert not _runs(pid)


def test_a_system_cannot_reach_the_network(given: dict[str, Any], tmp_path: Path) -> None:
    """Not by address and not by name; what it tries is its failure."""
    for call in ("socket.create_connection(('192.0.2.1', 80), 5)", "socket.getaddrinfo('news.invalid', 80)"):
        reaching = SMALL_SYSTEM.replace("        pass", f"        import socket; {call}")
        with pytest.raises(RunFailed, match=r"runs without a network, and (192\.0\.2\.1|news\.invalid) was asked for"):
            run_system(script(tmp_path, reaching), given, seconds=60)


def test_an_environment_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """Without its list of packages nothing is installed."""
    with pytest.raises(EnvironmentFailed, match=r"absent\.txt: No such file"):
        ensure_environment(tmp_path / "environment", tmp_path / "absent.txt")
    assert not (tmp_path / "environment").exists()


def test_an_environment_that_was_made_from_the_same_list_is_used_as_it_is(tmp_path: Path) -> None:
    """So that only the first run needs the package index."""
    folder, packages = tmp_path / "environment", tmp_path / "packages.txt"
    folder.mkdir()
    packages.write_text("small==1.0\n", encoding="utf-8")
    (folder / "made-from.txt").write_text(f"Python {platform.python_version()}\n{TORCH}\nsmall==1.0\n", encoding="utf-8")
    assert ensure_environment(folder, packages) == folder / "bin/python"
    assert [path.name for path in folder.iterdir()] == ["made-from.txt"]


def test_every_peer_has_a_script_and_pinned_packages() -> None:
    """All versions are exact, and torch is not among them: it is installed before, by itself."""
    for peer in PEERS:
        assert (PEERS_FOLDER / f"{peer.module}.py").exists()
        packages = (PEERS_FOLDER / f"{peer.environment}.txt").read_text(encoding="utf-8").split()
        assert all("==" in package for package in packages)
        assert not [package for package in packages if package.startswith("torch=")]


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
