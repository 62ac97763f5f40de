"""Makes the environment of a peer: its own packages in pinned versions, nothing of ours."""

import os
import platform
import subprocess
import sys
from pathlib import Path

# First and by itself: any other spelling can pull gigabytes of CUDA (Makefile).
TORCH = "torch==2.13.0"
_MADE = "made-from.txt"
_SHOWN_LINES = 5


class EnvironmentFailed(Exception):  # noqa: N818 - says what happened, as the errors of the packages do
    """An environment could not be made; the message says by which step and why."""


def default_folder() -> Path:
    """Return where environments are kept when nothing is said: in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "dateline" / "peers"


def ensure_environment(folder: Path, requirements: Path) -> Path:
    """Return the Python of the environment in this folder, made from the list of packages unless it already is.

    Raises:
        EnvironmentFailed: it cannot be made.
    """
    python = folder / "bin" / "python"
    try:
        wanted = f"Python {platform.python_version()}\n{TORCH}\n{requirements.read_text(encoding='utf-8')}"
        made = folder / _MADE
        if made.exists() and made.read_text(encoding="utf-8") == wanted:
            return python
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EnvironmentFailed(f"{error.filename}: {error.strerror}") from error
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([*pip, TORCH])
    _run([*pip, "--requirement", str(requirements)])
    made.write_text(wanted, encoding="utf-8")
    return python


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        raise EnvironmentFailed(f"{' '.join(command)} failed: {' / '.join(said[-_SHOWN_LINES:])}")
