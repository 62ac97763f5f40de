"""The command that shows what people thought of answers in Slack."""

from typing import Annotated

import typer
from pydantic import BaseModel
from rich.console import Console

from api.archive_cli import DataOption, JsonOption
from api.command import print_json, say, settings_for
from index.errors import ArchiveUnavailable


class RatedBody(BaseModel):
    """What one person thought of one answer."""

    at: str
    answer_id: str
    value: str
    question: str | None


class FeedbackBody(BaseModel):
    """All of it, the newest first."""

    good: int
    bad: int
    feedback: list[RatedBody]


def feedback(
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest.")] = 100,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Print what people thought of answers in Slack, the newest first."""
    import sqlite3  # noqa: PLC0415 - imports below cost time that `--help` need not wait for

    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from api.slack.state import SlackState  # noqa: PLC0415

    state = SlackState(settings_for(data).data)
    try:
        counts, found = state.counts(), state.feedback(limit)
    except (sqlite3.Error, OSError) as error:
        raise ArchiveUnavailable(f"{state.path} cannot be read ({error}).") from error
    if json:
        rated = [RatedBody(at=one.at, answer_id=one.answer_id, value=one.value, question=one.question) for one in found]
        print_json(FeedbackBody(**counts, feedback=rated))
        return
    if not found:
        say("Nobody has pressed a button under an answer in Slack yet.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("at", "answer", "value", "question"):
        table.add_column(column, no_wrap=column != "question", overflow="fold")
    for one in found:
        # What people typed may hold what terminals obey.
        asked = "".join(character if character.isprintable() else "?" for character in one.question or "—")
        table.add_row(*(Text(cell) for cell in (one.at, one.answer_id, one.value, asked)))
    # Piped output must not be cut to a terminal's width.
    console = Console(highlight=False)
    (console if console.is_terminal else Console(highlight=False, width=240)).print(table)
    say(f"{counts['good']:,} helpful, {counts['bad']:,} not helpful.")
