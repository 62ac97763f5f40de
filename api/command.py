"""What every command shares: settings, tidy closing, printing, and errors that become one line and an exit code."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel, ValidationError
from rich.console import Console

from api.settings import ServiceSettings
from index.errors import IndexingError
from rag.errors import AnsweringError, InvalidQuestion

FAILED, WRONG_USAGE, ABSTAINED, INTERRUPTED = 1, 2, 3, 130


def run(app: typer.Typer, arguments: list[str]) -> None:
    """Run the command that the arguments name; turn errors into one line and an exit code."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    for noisy in ("httpx", "httpx2", "urllib3", "asyncio", "sentence_transformers", "transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        app(args=arguments)
    except (UsageError, InvalidQuestion) as error:
        _fail(error, WRONG_USAGE, debug=debug)
    except (IndexingError, AnsweringError) as error:
        _fail(error, FAILED, debug=debug)
    except BrokenPipeError:
        sys.stderr.close()  # the reader has left; Python would complain about it while exiting
        sys.exit(FAILED)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # typer has turned Ctrl-C into it
            say("dateline: interrupted")
        raise
    except Exception as error:  # noqa: BLE001 - the one edge handler
        _fail(Exception(f"{type(error).__name__}: {error} (run again with --debug for details)"), FAILED, debug=debug)


class UsageError(Exception):
    """The command line cannot be used."""


def _fail(error: Exception, code: int, *, debug: bool) -> None:
    if debug:
        logging.getLogger(__name__).debug("traceback", exc_info=error)
    say(f"dateline: {error}")
    sys.exit(code)


def settings_for(data: Path | None, **given: object) -> ServiceSettings:
    """Return the settings, what was typed first.

    Raises:
        UsageError: a setting in the environment or in dateline.toml is wrong; names it.
    """
    try:
        return ServiceSettings(**({"data": data} if data else {}), **given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"setting {name!r} (option, DATELINE_{name.upper()} or dateline.toml): {first['msg']}") from error
    except ValueError as error:  # dateline.toml is not TOML
        raise UsageError(f"dateline.toml: {error}") from error


def print_json(body: BaseModel) -> None:
    """Print an object as JSON to stdout."""
    print(body.model_dump_json(indent=2))  # noqa: T201


def say(message: str) -> None:
    """Print a message to stderr, without control characters that a file's name may hold."""
    print("".join(c if c.isprintable() or c == "\n" else "?" for c in message), file=sys.stderr)  # noqa: T201


@contextmanager
def closing(resource: Any) -> Iterator[Any]:
    """Close a resource at the end, whatever happened."""
    try:
        yield resource
    finally:
        resource.close()


@contextmanager
def waiting(message: str) -> Iterator[None]:
    """Show on a terminal that something takes a few seconds."""
    console = Console(stderr=True)
    if console.is_terminal:
        with console.status(message):
            yield
    else:
        yield
