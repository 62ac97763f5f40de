"""Compares Dateline with LangChain, LlamaIndex, txtai and Haystack: the same articles, questions and weights.

`python -m benchmarks.peers FOLDER [--articles N] [--questions N] [--environments FOLDER] [--only NAME ...]`, where FOLDER holds
`articles.jsonl` and `questions.jsonl` in the form of RealTimeQA (docs/eval.md). Each peer is used as its documentation begins,
in an environment of its own, which is made at the first run and needs the package index then; nothing is fetched while
measuring. The systems run one after the other. Prints a table on stderr and one JSON object with the figures, their limits,
the commit and the date; exits 1 when a limit is missed or a peer could not be measured.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.peers.environments import EnvironmentFailed, default_folder, ensure_environment
from benchmarks.peers.running import RunFailed, run_system
from benchmarks.peers.scoring import Row, comparison, rows_of
from benchmarks.peers.subset import SEED, draw_subset, task
from benchmarks.peers.systems import DATELINE, PEERS, Peer
from benchmarks.peers.table import markdown_table
from benchmarks.provenance import provenance
from eval.datasets.realtimeqa import load_realtimeqa
from eval.errors import GoldError
from index.embedding import MODEL_SHA256, packaged_folder

K = 10
# So that the six runs take less than ten minutes on two cores.
ARTICLES = 350
QUESTIONS = 90
MOST_SECONDS = 1_800.0


def main() -> None:
    """Draw the subset, run every system, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="holds articles.jsonl and questions.jsonl")
    parser.add_argument("--articles", type=int, default=ARTICLES)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--environments", type=Path, default=default_folder(), help="where the peers are installed")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=[peer.name for peer in PEERS], help="only these peers")
    arguments = parser.parse_args()
    try:
        subset = draw_subset(load_realtimeqa(arguments.folder), articles=arguments.articles, questions=arguments.questions)
    except (GoldError, ValueError) as error:
        print(f"skipped: {error}", file=sys.stderr)
        return
    model = packaged_folder()
    given = task(subset, k=K, model=str(model))
    rows: list[Row] = []
    failed: dict[str, str] = {}
    peers = [peer for peer in PEERS if not arguments.only or peer.name in arguments.only]
    for peer in [DATELINE, *peers]:
        print(f"{peer.name} …", file=sys.stderr, flush=True)
        try:
            python = _python(peer, arguments.environments.resolve())
            measured = run_system([str(python), "-m", f"benchmarks.peers.{peer.module}"], given, seconds=MOST_SECONDS)
            rows += rows_of(peer.name, measured, subset, model)
        except (EnvironmentFailed, RunFailed, ValueError) as error:
            failed[peer.name] = str(error)
    compared = comparison(rows)
    compared["missed"] += [f"{name}: not measured" for name in failed]
    report = {
        **provenance("peers"),
        "model": f"{model.name}, model.safetensors sha256 {MODEL_SHA256[:12]}",
        "articles": len(subset.records),
        "characters": sum(len(record["text"]) for record in subset.records),
        "questions": len(subset.questions),
        "k": K,
        "seed": SEED,
        "ways": {peer.name: peer.way for peer in [DATELINE, *peers]},
        "systems": {row.name: row.figures for row in rows},
        "failed": failed,
        **compared,
    }
    print(f"\n{markdown_table(rows, failed)}\n", file=sys.stderr)
    print(json.dumps(report, indent=2, ensure_ascii=False))
    sys.exit(1 if compared["missed"] else 0)


def _python(peer: Peer, environments: Path) -> Path:
    """Return the Python to run the peer's script with."""
    if peer.environment is None:
        return Path(sys.executable)
    return ensure_environment(environments / peer.environment, Path(__file__).parent / f"{peer.environment}.txt")


if __name__ == "__main__":
    main()
