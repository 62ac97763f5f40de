"""Says where figures come from: every benchmark prints it with them."""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
_VECTORS = {"amx_bf16": "AMX BF16", "avx512_bf16": "AVX-512 BF16", "avx512f": "AVX-512", "avx2": "AVX2"}


def commit() -> str:
    """Return the commit that is measured, with `-dirty` where files differ from it; `unknown` outside of a checkout."""
    described = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False, cwd=ROOT)
    return described.stdout.strip() or "unknown"


def provenance(name: str) -> dict[str, str]:
    """Return the command, commit, date (UTC) and machine of a run.

    Of files and folders only their own names are said: where they lie is nobody else's business.

    Args:
        name: of the benchmark, as `python -m benchmarks.NAME` starts it.
    """
    given = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    return {
        "command": " ".join([f"python -m benchmarks.{name}", *given]),
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}{_widest_vectors()}, Python {platform.python_version()},"
        f" load {os.getloadavg()[0]:.1f}",
    }


def _widest_vectors() -> str:
    """Return the processor's best instructions for matrices, on which embedding depends most; nothing if they are unknown."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split())
    except OSError:
        return ""
    return next((f" with {name}" for flag, name in _VECTORS.items() if flag in flags), "")
