"""Printing for people: what articles hold has no effect on the terminal."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from api.archive_schemas import IngestBody, LedgerEntryBody
from api.schemas import ArticleBody
from api.terminal import print_article, print_ledger

EVIL = "\x1b]0;title\x07\x1b[2J\x9b31m"
CONTROLS = {chr(code) for code in [*range(32), *range(0x7F, 0xA0)]} - {"\n"}


def evil_article() -> ArticleBody:
    """An article with control characters in everything that is text."""
    text = f"a{EVIL}b"
    return ArticleBody(
        article_id=text, title=text, title_printed=False, publisher=text, agency=text, authors=[text],
        published=None, updated=None, fetched=None, url=text, language=text, section=text, corrections=[text], flags=[text],
        text=text,
        published_detail=None, updated_detail=None, provenance={"publisher": text}, source=text, position=text, also_in=[],
    )  # fmt: skip


def printed(show: Callable[[Console], None]) -> str:
    """Return what is printed where the output is no terminal."""
    file = io.StringIO()
    show(Console(file=file, highlight=False, soft_wrap=True))
    return file.getvalue()


def test_control_characters_of_an_article_are_not_printed() -> None:
    """No field of an article can move the cursor, set the title or clear the screen."""
    shown = printed(lambda console: print_article(evil_article(), console))
    assert not CONTROLS & set(shown)
    assert shown.count("a]0;title[2J31mb") >= 10


def test_control_characters_in_the_ledger_are_not_printed() -> None:
    """File names and reasons are printed without control characters."""
    entry = LedgerEntryBody(source=f"/x{EVIL}", position=EVIL, outcome="failed", article_id=None, title=None, reason=EVIL)
    counts = {"accepted": 0, "failed": 1}
    shown = printed(lambda console: print_ledger(IngestBody(read=1, counts=counts, stopped=False, entries=[entry]), console))
    assert not CONTROLS & set(shown)
    assert shown.endswith("1 read: 0 accepted, 1 failed\n")


def test_markup_of_an_article_is_text() -> None:
    """`[bold]` and links in rich's markup are printed as they are."""
    article = evil_article().model_copy(update={"text": "[bold]not bold[/bold] [link=https://x]y[/link] [1] :smile:"})
    shown = printed(lambda console: print_article(article, console))
    assert "[bold]not bold[/bold] [link=https://x]y[/link] [1] :smile:" in shown


@pytest.fixture
def evil_data(dateline: Callable[..., Any], tmp_path: Path) -> Path:
    """An archive whose only article carries control characters wherever a record can."""
    record = {
        "id": "1", "title": f"Bridge{EVIL} opens", "publisher": f"Gazette{EVIL}", "authors": [f"Mara{EVIL} Lind"],
        "section": EVIL, "language": f"en{EVIL}", "url": f"https://example.org/{EVIL}", "published": f"2025-03-05{EVIL}",
        "text": f"The Sandholm bridge cost{EVIL} 640 million crowns, they say.",
    }  # fmt: skip
    file = tmp_path / f"news{EVIL.replace('/', '')}.jsonl"
    file.write_text(json.dumps(record), encoding="utf-8")
    assert dateline("ingest", file, "--data", tmp_path / "d").code == 0
    return tmp_path / "d"


@pytest.mark.parametrize(
    "command",
    [("articles", "list"), ("search", "bridge"), ("ask", "How much did the Sandholm bridge cost?")],
    ids=["list", "search", "ask"],
)
def test_a_hostile_article_is_harmless_in_every_command(
    dateline: Callable[..., Any], evil_data: Path, command: tuple[str, ...]
) -> None:
    """From file to terminal no control character comes through."""
    done = dateline(*command, "--data", evil_data)
    assert done.code == 0
    assert done.out
    assert not CONTROLS & set(done.out + done.err)


def test_a_hostile_file_name_is_harmless(dateline: Callable[..., Any], tmp_path: Path) -> None:
    """A hidden file's name is told without its control characters."""
    folder = tmp_path / "news"
    folder.mkdir()
    (folder / f".x{EVIL}").write_text("x")
    done = dateline("ingest", folder, f"{tmp_path}/missing{EVIL}", "--data", tmp_path / "d")
    assert "hidden" in done.err
    assert not CONTROLS & set(done.out + done.err)
