"""The commands that make a backup of an archive, an archive of a backup, and an archive in another store."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.archive_cli import DataOption, JsonOption
from api.archive_schemas import BackupBody, MigrationBody, backup_body
from api.command import UsageError, print_json, say, settings_for

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


def migrate(
    to: Annotated[str, typer.Option("--to", help="A new folder, milvus://HOST:PORT/NAME, or milvus:///PATH/FILE.db.")],
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Carry the archive of the settings to another store, and compare both; run it again if it breaks off."""
    from index.wiring import migrate as migrate_archive  # noqa: PLC0415

    try:
        with _progress() as progress:
            done = migrate_archive(settings_for(data), to, progress)
    except ValueError as error:
        raise UsageError(str(error)) from error
    body = MigrationBody(to=to, **asdict(done))
    if json:
        print_json(body)
        return
    say(f"carried {body.articles:,} articles with {body.passages:,} passages and {body.versions:,} earlier versions,")
    say(f"and {body.entries:,} rows of the ledger")
    say(f"checksum of both: {body.checksum}")
    say("The old archive was left as it is. Settings say which one is used from here on.")


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
