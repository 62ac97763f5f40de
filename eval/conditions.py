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
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def same_run(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return which conditions differ so that the answers do not belong into one run.

    The day may differ, the price, and how many were asked at once.
    """
    kept = [key for key in one if key not in ("date", "concurrency", "price")]
    return [key for key in kept if one[key] != other.get(key)]


def archive_fingerprint(store: PassageStore) -> str:
    """Return a digest of all articles with outlet and dates: equal for equal contents, whenever and in whatever order stored."""
    lines = [f"{a.article_id}\t{a.publisher}\t{a.agency}\t{a.published}\t{a.updated}" for a in store.articles()]
    return _fingerprint(sorted(lines))


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
