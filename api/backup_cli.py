"""The commands that make a backup of an archive and an archive of a backup."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.archive_cli import DataOption, JsonOption
from api.archive_schemas import BackupBody, backup_body
from api.command import print_json, say, settings_for

# Without a terminal, a line now and then shows that it goes on.
_LINE_SECONDS = 30.0


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.", metavar="FILE")],
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Write a consistent copy of the archive into one new file, while others read and write."""
    from index.wiring import back_up  # noqa: PLC0415 - imports below cost time that `--help` need not wait for

    settings = settings_for(data)
    with _progress() as progress:
        made = back_up(settings, file, progress)
    _show(backup_body(file, settings.data, made), json=json)


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.", metavar="FILE")],
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Make the archive of a backup in a folder that is empty or not there yet."""
    from index.wiring import restore as restore_archive  # noqa: PLC0415

    settings = settings_for(data)
    with _progress() as progress:
        held = restore_archive(settings, file, progress)
    _show(backup_body(file, settings.data, held), json=json)
    say("Access keys are no part of a backup: before others reach the service, make some, or copy keys.json into the folder.")


def _show(body: BackupBody, *, json: bool) -> None:
    from api.terminal import print_backup  # noqa: PLC0415

    if json:
        print_json(body)
    else:
        print_backup(body, Console(highlight=False, soft_wrap=True))


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """Show a bar; without a terminal, a line every half minute."""
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    said = time.monotonic()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)

        def advance(what: str, share: float) -> None:
            nonlocal said
            bar.update(task, completed=share, description=what)
            if not console.is_terminal and time.monotonic() - said >= _LINE_SECONDS:
                said = time.monotonic()
                say(f"{what}: {share:.0%}")

        yield advance
