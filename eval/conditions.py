"""Under which conditions a run was made: gold, archive, settings, code and day. Measures nothing."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eval.gold import GoldQuestion
from index.protocols import PassageStore
from rag.settings import RagSettings


def conditions(
    *,
    gold: str,
    questions: Sequence[GoldQuestion],
    k: int,
    concurrency: int,
    retrieval_only: bool,
    price: Sequence[float] | None,
    store: PassageStore,
    settings: RagSettings,
) -> dict[str, Any]:
    """Return what a reader needs to make the run again, ready for JSON."""
    archive = store.stats()
    return {
        "gold": gold,
        "gold_fingerprint": _fingerprint(map(repr, questions)),
        "questions": len(questions),
        "k": k,
        "concurrency": concurrency,
        "retrieval_only": retrieval_only,
        "price": list(price) if price else None,
        "archive": {
            "articles": archive.articles,
            "passages": archive.passages,
            "generation": archive.generation,
            "fingerprint": archive_fingerprint(store),
        },
        "settings": settings.model_dump(mode="json", exclude={"data"}),
        "commit": commit(),
        "code": code_fingerprint(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def same_run(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return which conditions differ so that the answers do not belong into one run.

    The day may differ, the price, and how many were asked at once.
    """
    kept = [key for key in dict.fromkeys((*one, *other)) if key not in ("date", "concurrency", "price")]
    return [key for key in kept if one.get(key) != other.get(key)]


def archive_fingerprint(store: PassageStore) -> str:
    """Return a digest of all articles and what is said of them: equal for equal contents, in whatever order stored."""
    lines = [
        f"{a.article_id}\t{a.title}\t{a.publisher}\t{a.agency}\t{a.authors}\t{a.published}\t{a.updated}" for a in store.articles()
    ]
    return _fingerprint(sorted(lines))


def code_fingerprint() -> str:
    """Return a digest of the program's own files: what `-dirty` means, and the version where there is no git."""
    root = Path(__file__).parents[1]
    files = sorted(file for package in ("index", "rag", "eval") for file in (root / package).rglob("*.py"))
    return _fingerprint(f"{file.relative_to(root)}\t{hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files)


def commit() -> str | None:
    """Return the commit of the code, `-dirty` appended when files differ from it; None outside a git checkout."""
    git = shutil.which("git")
    if git is None:
        return None
    described = subprocess.run(  # noqa: S603 - constant arguments
        [git, "--no-optional-locks", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return described.stdout.strip() or None


def _fingerprint(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:16]
