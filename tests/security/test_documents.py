"""What the documents on security claim is there: every test that they name exists, and every class of attacks has one."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TABLE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8").partition("## Classes of attacks")[2].partition("\n### ")[0]
ROWS = [line.strip("|").split(" | ") for line in TABLE.splitlines() if line.startswith("| ") and "`" in line]


def test_every_class_of_attacks_has_a_test() -> None:
    """Each row names one at least, and each that is named is a function of that file."""
    assert len(ROWS) > 25
    for cells in ROWS:
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", cells[-1])
        assert named, cells[0]
        for file, name in named:
            functions = {
                node.name for node in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(node, ast.FunctionDef)
            }
            assert name in functions, f"{file}::{name}"


def test_the_threat_model_names_every_open_way_in() -> None:
    """The policy says how to report, what is trusted, and which risks are accepted; it links to the table of tests."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings == [
        "How to report a hole",
        "Supported versions",
        "What is protected",
        "Who is trusted",
        "Ways in",
        "Accepted risks",
    ]
    assert "private security advisory" in text
    assert "docs/security.md#classes-of-attacks" in text
    for way in ("/v1", "/mcp", "/slack/events", "/metrics", "dateline ingest", "the widget"):
        assert way in text
