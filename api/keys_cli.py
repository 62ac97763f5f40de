"""The commands that make, show and revoke access keys."""

from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console

from api.archive_cli import DataOption, JsonOption
from api.command import UsageError, print_json, say, settings_for

if TYPE_CHECKING:
    from api.keys import Key

keys_app = typer.Typer(
    help="Access keys of the HTTP service.\n\nExample: [bold]dateline keys create intranet --rate 60/minute[/bold]",
    no_args_is_help=True,
)


class KeyBody(BaseModel):
    """A key, without what could be used."""

    id: str
    name: str
    scopes: list[str]
    rate: str | None
    origins: list[str]
    created: str
    revoked: str | None


class NewKeyBody(KeyBody):
    """A key that was just made."""

    secret: str


class KeysBody(BaseModel):
    """All keys, oldest first."""

    keys: list[KeyBody]


@keys_app.command(
    epilog="Example: dateline keys create website --scope publishable --origin https://www.example.org --rate 60/minute"
)
def create(
    name: Annotated[str, typer.Argument(help="Whose key it is, for people.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do: ask, ingest, admin or publishable; may be repeated \\[default: ask]")
    ] = None,
    rate: Annotated[str | None, typer.Option(help="How often it may be used, e.g. 60/minute.")] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="The web page that may use a publishable key, e.g. https://www.example.org; may be repeated."),
    ] = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Make a key and print its secret, which is shown only now."""
    from api.key_file import KeyFile  # noqa: PLC0415 - imports below cost time that `--help` need not wait for
    from api.keys import SCOPES  # noqa: PLC0415

    scopes = scope or ["ask"]
    if unknown := [given for given in scopes if given not in SCOPES]:
        raise UsageError(f"--scope: {unknown[0]!r} is none of {', '.join(SCOPES)}")
    file = KeyFile(settings_for(data).data)
    first = file.read() is None
    try:
        key, secret = file.create(name=name, scopes=scopes, rate=rate, origins=origin or [])
    except ValidationError as error:
        raise UsageError(_told(error)) from error
    say(f"key {key.id} for {key.name}: {_may(key)}. It is shown only now; what is stored cannot be turned back into it.")
    if first:
        say("From now on, every request to this archive's service needs a key.")
    if json:
        print_json(NewKeyBody(**_body(key).model_dump(), secret=secret))
    else:
        print(secret)  # noqa: T201


@keys_app.command("list", epilog="Example: dateline keys list --json")
def list_keys(data: DataOption = None, json: JsonOption = False) -> None:
    """List the keys, revoked ones, too, without their secrets."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from api.key_file import KeyFile  # noqa: PLC0415

    _, keys = KeyFile(settings_for(data).data).read() or (None, ())
    if json:
        print_json(KeysBody(keys=[_body(key) for key in keys]))
        return
    if not keys:
        say("There are no keys. Make one with: dateline keys create NAME")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "name", "may", "created", "revoked"):
        table.add_column(column, no_wrap=column != "may", overflow="fold")
    for key in keys:
        table.add_row(*(Text(cell) for cell in (key.id, key.name, _may(key), key.created, key.revoked or "—")))
    # Piped output must not be cut to a terminal's width.
    console = Console(highlight=False)
    (console if console.is_terminal else Console(highlight=False, width=240)).print(table)


@keys_app.command(epilog="Example: dateline keys revoke 3f9c01ab")
def revoke(
    key_id: Annotated[str, typer.Argument(help="The id of the key, as `list` prints it.")],
    data: DataOption = None,
) -> None:
    """Refuse a key from now on; running services see it within two seconds."""
    from api.key_file import KeyFile, UnknownKey  # noqa: PLC0415

    file = KeyFile(settings_for(data).data)
    try:
        key = file.revoke(key_id)
    except UnknownKey as error:
        raise UsageError(f"no key in use has the id {key_id!r}; list them with: dateline keys list") from error
    say(f"revoked {key.id} ({key.name})")
    _, keys = file.read() or (None, ())
    if not any(other.active for other in keys):
        say(f"No key is left, so nobody is let in. To let everybody on this machine ask again, remove {file.path} and restart.")


def _body(key: "Key") -> KeyBody:
    return KeyBody(
        id=key.id, name=key.name, scopes=list(key.scopes), rate=key.rate, origins=list(key.origins), created=key.created,
        revoked=key.revoked,
    )  # fmt: skip


def _may(key: "Key") -> str:
    parts = [
        ", ".join(key.scopes),
        *([f"from {', '.join(key.origins)}"] if key.origins else []),
        *([key.rate] if key.rate else []),
    ]
    return " ".join(parts)


def _told(error: ValidationError) -> str:
    first = error.errors()[0]
    option = {"name": "NAME", "rate": "--rate", "origins": "--origin", "scopes": "--scope"}
    place = option.get(str(first["loc"][0])) if first["loc"] else None
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message
