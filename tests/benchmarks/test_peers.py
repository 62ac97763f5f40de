"""The comparison with other systems: what it draws, how it scores, and that one system's failure does not end it.

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

from benchmarks.peers.coverage import coverage
from benchmarks.peers.environments import TORCH, EnvironmentFailed, ensure_environment
from benchmarks.peers.running import Answered, Measured, RunFailed, run_system
from benchmarks.peers.scoring import Row, comparison, rows_of
from benchmarks.peers.subset import draw_subset, task
from benchmarks.peers.systems import PEERS
from benchmarks.peers.table import markdown_table
from eval.datasets.realtimeqa import load_realtimeqa
from eval.datasets.types import Dataset
from index.embedding import packaged_folder

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


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Twelve invented articles, two of them with the same text, and four questions, one of them without a known article."""
    articles = [
        {"id": f"a{n}", "title": f"Harvest report {n}", "publisher": "The Tallow Bay Lantern", "published": "2031-05-01",
         "text": f"The Tallow Bay council counted {n + 20} barrels of plums in ward {n}. The mayor was pleased."}
        for n in range(11)
    ]  # fmt: skip
    articles.append({**articles[3], "id": "a3-again"})
    questions = [
        {"id": "q1", "question": "How many barrels were counted in ward 1?", "answer": "21 barrels", "date": "2031-05-02",
         "relevant": ["a1"]},
        {"id": "q2", "question": "How many barrels were counted in ward 3?", "answer": "23 barrels", "date": "2031-05-02",
         "relevant": ["a3", "a3-again"]},
        {"id": "q3", "question": "Which wards were pleased?", "answer": "all wards", "date": "2031-05-03",
         "relevant": ["a4", "a5", "a6", "a7", "a8", "a9"]},
        {"id": "q4", "question": "What did the sailors say?", "answer": "nothing at all", "date": "2031-05-03", "relevant": []},
    ]  # fmt: skip
    return written(tmp_path, articles, questions)


@pytest.fixture
def given(dataset: Dataset) -> dict[str, Any]:
    return task(draw_subset(dataset, articles=5, questions=4), k=10, model=str(packaged_folder()))


def written(folder: Path, articles: list[dict[str, Any]], questions: list[dict[str, Any]]) -> Dataset:
    for name, lines in (("articles.jsonl", articles), ("questions.jsonl", questions)):
        (folder / name).write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return load_realtimeqa(folder)


def script(folder: Path, text: str) -> list[str]:
    path = folder / "system.py"
    path.write_text(text, encoding="utf-8")
    return [sys.executable, str(path)]


def measured(**changes: Any) -> Measured:
    values: dict[str, Any] = {
        "versions": {"small": "1.0"}, "load_s": 1.0, "ingest_s": 2.0, "peak_bytes": 3_000_000,
        "passages": [("a1", "", "The Tallow Bay council counted 21 barrels of plums.")],
        "answers": {"": Answered(found={"q1": ["a3", "a3", "a1"], "q2": ["a3"]}, search_ms=[10.0, 20.0])},
    }  # fmt: skip
    return Measured(**values | changes)


def row(name: str, *, speed: int = 100, read: int = 100, p50: float = 10.0, ranks: tuple[float, ...] = (0.5, 1.0)) -> Row:
    figures = {
        "versions": {"small": "1.0"}, "articles_per_s": 1.0, "characters_per_s": speed, "characters_read_per_s": read,
        "characters_read": 1.0, "passages": 4, "search_p50_ms": p50, "search_p99_ms": 2 * p50,
        "rr@10": sum(ranks) / len(ranks), "hit@1": 0.5, "peak_mb": 7,
    }  # fmt: skip
    return Row(name=name, figures=figures, reciprocal_ranks=ranks)


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


def test_articles_are_ranked_by_their_best_passage(dataset: Dataset) -> None:
    """An article whose second passage is found as well is counted once, so the next one does not fall behind."""
    subset = draw_subset(dataset, articles=5, questions=4)
    [scored] = rows_of("Small", measured(), subset, packaged_folder())
    assert dict(zip([question.id for question in subset.questions], scored.reciprocal_ranks, strict=True)) == {
        "q1": 0.5,
        "q2": 1.0,
    }
    assert scored.figures["rr@10"] == 0.75
    assert scored.figures["hit@1"] == 0.5


def test_an_article_that_was_not_given_is_an_error(dataset: Dataset) -> None:
    """A system that mixes up its ids must not look bad, but broken."""
    answers = {"": Answered(found={"q1": ["a1"], "q2": ["elsewhere"]}, search_ms=[1.0, 2.0])}
    with pytest.raises(ValueError, match="not given: elsewhere"):
        rows_of("Small", measured(answers=answers), draw_subset(dataset, articles=5, questions=4), packaged_folder())


def test_ways_of_asking_are_rows_of_their_own(dataset: Dataset) -> None:
    """With the same ingest."""
    one = measured().answers[""]
    rows = rows_of(
        "Small", measured(answers={"": one, "blind": one}), draw_subset(dataset, articles=5, questions=4), packaged_folder()
    )
    assert [row.name for row in rows] == ["Small", "Small, blind"]


def test_text_that_the_model_does_not_read_is_not_counted_as_read() -> None:
    """The model reads 254 tokens of a passage; what stands in front of it takes its share of them."""
    text = "plum " * 300
    whole = coverage({"a": text}, [("a", "", text[:1000])], packaged_folder())
    cut = coverage({"a": text}, [("a", "", text)], packaged_folder())
    headed = coverage({"a": text}, [("a", "pear " * 54, text)], packaged_folder())

    assert (whole.cut, whole.characters, whole.tokens) == (0.0, 1000, 200)
    assert (cut.cut, cut.characters, cut.tokens) == (1.0, 254 * 5 - 1, 254)
    assert (headed.cut, headed.characters, headed.tokens) == (1.0, 200 * 5 - 1, 254)


def test_text_that_passages_share_is_read_once() -> None:
    """Characters once, tokens as often as they were read; a passage that was rewritten counts with its own length."""
    text = "abc def ghi jkl"
    shared = coverage({"a": text}, [("a", "", "abc def"), ("a", "", "def ghi")], packaged_folder())
    assert shared.characters == len("abc def ghi")
    assert shared.passages == 2
    assert coverage({"a": text}, [("a", "", "ghi  jkl")], packaged_folder()).characters == len("ghi  jkl")


def test_dateline_is_compared_with_the_best_peer_in_each_figure() -> None:
    """Not with one peer in all; ways of asking Dateline are not peers of it."""
    rows = [
        row("Dateline", speed=400, read=400, p50=4.0, ranks=(1.0, 1.0)),
        row("Dateline, blind", speed=400, read=400, p50=1.0, ranks=(0.5, 1.0)),
        row("quick", p50=10.0, ranks=(0.1, 0.1)),
        row("fast", speed=110, read=50, p50=20.0, ranks=(1.0, 0.5)),
    ]
    compared = comparison(rows)
    against = compared["against_best_peer"]
    assert compared["missed"] == []
    assert {name: (figure["best_peer"], figure.get("ratio")) for name, figure in against.items()} == {
        "ingest": ("fast", 3.64),
        "ingest_read": ("quick", 4.0),
        "search": ("quick", 0.4),
        "rr@10": ("fast", None),
        "rr@10, blind": ("fast", None),
    }
    assert against["rr@10"]["difference"] == 0.25
    assert against["rr@10, blind"]["difference"] == 0.0


@pytest.mark.parametrize(
    ("figures", "missed"),
    [
        ({"speed": 349}, ["ingest"]),
        ({"read": 349}, ["ingest_read"]),
        ({"p50": 5.1}, ["search"]),
        ({"ranks": (0.5, 1.0)}, ["rr@10"]),
    ],
)
def test_each_limit_can_be_missed(figures: dict[str, Any], missed: list[str]) -> None:
    """Ingest at 3.5 times the fastest, search in half the quickest's time, a better reciprocal rank."""
    best: dict[str, Any] = {"speed": 350, "read": 350, "p50": 5.0, "ranks": (1.0, 1.0)}
    assert comparison([row("Dateline", **best), row("peer")])["missed"] == []
    assert comparison([row("Dateline", **best | figures), row("peer")])["missed"] == missed


def test_nothing_to_compare_is_a_miss() -> None:
    """When Dateline or every peer failed."""
    assert comparison([row("peer")])["missed"] == ["nothing to compare"]
    assert comparison([row("Dateline"), row("Dateline, blind")])["missed"] == ["nothing to compare"]


def test_the_table_shows_every_row_and_every_failure() -> None:
    """Lined up, as Markdown."""
    table = markdown_table([row("Dateline", speed=12_345), row("Small peer")], {"Other": "ended with code 1: oh"})
    lines = table.splitlines()
    assert lines[0].startswith("| system")
    assert lines[2].startswith("| Dateline   |     1.0 |")
    assert "12,345" in lines[2]
    assert lines[3].startswith("| Small peer |     1.0 |")
    assert len({len(line) for line in lines[:4]}) == 1
    assert lines[4:] == ["", "Other: not measured: ended with code 1: oh"]


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
