"""Under which conditions a run was made: archive, settings, code and day. Measures nothing."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.types import Stats
from rag.settings import RagSettings


def conditions(*, gold: Path, questions: int, k: int, archive: Stats, settings: RagSettings) -> dict[str, Any]:
    """Return what a reader needs to make the run again, ready for JSON."""
    return {
        "gold": gold.name,
        "questions": questions,
        "k": k,
        "archive": {"articles": archive.articles, "passages": archive.passages, "generation": archive.generation},
        "settings": settings.model_dump(mode="json"),
        "commit": _commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _commit() -> str | None:
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
