"""`make demo` as its command runs it: a fresh archive, the service, three questions over HTTP."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_demo_prints_what_the_readme_shows() -> None:
    """Every line of the README's sample, in its order; `…` stands for lines left out."""
    done = subprocess.run([sys.executable, "examples/demo.py"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=240)
    (shown,) = re.findall(r"```text\n(Q: .*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    end = 0
    for part in shown.strip().split("\n…\n"):
        at = done.stdout.find(f"\n{part}\n", max(0, end - 1))
        assert at >= 0, f"the README shows\n{part}\nand the demo prints\n{done.stdout}"
        end = at + len(part) + 1
