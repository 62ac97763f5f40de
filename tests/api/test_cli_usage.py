"""The command when it is used wrongly, and the help that it gives."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Dateline = Callable[..., Any]
COMMANDS = (
    ("ingest",), ("ask",), ("search",), ("serve",), ("articles",), ("articles", "list"), ("articles", "show"),
    ("articles", "delete"), ("articles", "history"), ("ledger",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("ask",), "question"),
        (("ask", "x", "--nope"), "--nope"),
        (("ask", "x", "-k", "many"), "-k"),
        (("ask", "x", "-k", "0"), "k"),
        (("ask", "x", "-k", "101"), "k"),
        (("ask", ""), "question"),
        (("ask", "   "), "question"),
        (("ask", "a" * 2001), "question"),
        (("ask", "x \udcff"), "question"),
        (("ask", "x", "--as-of", "yesterday"), "as_of"),
        (("ask", "x", "--from", "2025-02-30"), "from"),
        (("search", "x", "--to", "1.2.2025"), "to"),
        (("search", "x", "--from", "2025-02-02", "--to", "2025-02-01"), "from"),
        (("ask", "x", "--generator", "gpt"), "generator"),
        (("ingest",), "SOURCE"),
        (("ingest", "x", "--published", "someday"), "--published"),
        (("ingest", "x", "--published", "03/04/2025"), "--published"),
        (("serve", "--port", "70000"), "port"),
        (("serve", "--workers", "0"), "workers"),
        (("nonsense",), "nonsense"),
        (("articles", "nonsense"), "nonsense"),
        (("articles", "show"), "article_id"),
    ],
)
def test_wrong_usage_is_status_two(dateline: Dateline, tmp_path: Path, arguments: tuple[str, ...], named: str) -> None:
    """A command line that cannot be used ends with status 2, names what is wrong on stderr, and prints nothing else."""
    data = () if arguments[-1] == "nonsense" else ("--data", tmp_path / "d")
    done = dateline(*arguments, *data)
    assert (done.code, done.out) == (2, "")
    assert named.casefold() in done.err.casefold()
    assert "Traceback" not in done.err


def test_an_archive_that_cannot_be_opened_is_one_line(dateline: Dateline, tmp_path: Path) -> None:
    """A data folder that is a file ends with status 1, named, without a traceback."""
    (tmp_path / "file").write_text("x")
    done = dateline("articles", "list", "--data", tmp_path / "file")
    assert (done.code, done.out) == (1, "")
    assert str(tmp_path / "file") in done.err
    assert done.err.count("\n") == 1


def test_it_says_which_version_it_is(dateline: Dateline) -> None:
    """`--version` prints what is installed, the version in pyproject.toml, and ends with status 0."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    done = dateline("--version")
    assert (done.code, done.out, done.err) == (0, f"dateline {project['version']}\n", "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example(dateline: Dateline, command: tuple[str, ...]) -> None:
    """`--help` of every command ends with status 0 and shows a command line to copy."""
    done = dateline(*command, "--help")
    assert (done.code, done.err) == (0, "")
    assert re.search("Example: dateline " + " ".join(command), done.out)


@pytest.mark.parametrize(
    ("command", "option", "default"),
    [
        (("ask",), "--data", "./data"),
        (("articles", "list"), "--data", "./data"),
        (("serve",), "--host", "127.0.0.1"),
        (("serve",), "--port", "8000"),
        (("serve",), "--workers", "1"),
        (("ask",), "-k", "8"),
    ],
)
def test_help_names_defaults(dateline: Dateline, command: tuple[str, ...], option: str, default: str) -> None:
    """Options that have a default say so: square brackets in a help text are not swallowed as markup."""
    shown = " ".join(dateline(*command, "--help").out.replace("│", " ").split())
    assert re.search(rf"{option} .*?\[default: {re.escape(default)}", shown)
