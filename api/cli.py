"""The `dateline` command. Messages go to stderr, results to stdout; every error says what to do, without a traceback."""

import asyncio
import re
import sys
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from api.archive_cli import DataOption, JsonOption, articles_app, check, ledger
from api.archive_schemas import ingest_body
from api.backup_cli import backup, migrate, restore
from api.command import ABSTAINED, FAILED, INTERRUPTED, UsageError, closing, print_json, run, say, settings_for, waiting
from api.feedback_cli import feedback
from api.keys_cli import keys_app
from api.schemas import HitsBody, QuestionBody, answer_body, hit_body
from api.version import VERSION

app = typer.Typer(
    name="dateline",
    help="Answers questions from a news archive and shows where every sentence came from.",
    epilog="--debug before or after a command prints the traceback of an error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        print(f"dateline {VERSION}")  # noqa: T201 - the result
        raise typer.Exit


@app.callback()
def _every_command(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Options before the command."""


app.add_typer(articles_app, name="articles")
app.add_typer(keys_app, name="keys")

QuestionArgument = Annotated[str, typer.Argument(help="The question, in quotes.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Answer as the archive stood on this day (YYYY-MM-DD).")]
FromOption = Annotated[str | None, typer.Option("--from", help="Only articles dated from this day.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Only articles dated up to this day.")]
PublisherOption = Annotated[list[str] | None, typer.Option("--publisher", help="Only this outlet; may be repeated.")]
KOption = Annotated[int, typer.Option("-k", help="How many passages to retrieve.")]
GeneratorOption = Annotated[
    str | None, typer.Option("--generator", help="What writes the answer: extractive, openai, anthropic or llama.")
]


@app.command(epilog="Example: dateline ingest pages/ https://example.org/feed.xml --every 15m")
def ingest(
    sources: Annotated[list[str], typer.Argument(help="Files, folders, pages and feeds.", metavar="SOURCE...")],
    publisher: Annotated[str | None, typer.Option(help="For articles that name no publisher.")] = None,
    published: Annotated[str | None, typer.Option(help="For articles that print no date (YYYY-MM-DD).")] = None,
    language: Annotated[str | None, typer.Option(help="For articles that name no language, e.g. en.")] = None,
    every: Annotated[str | None, typer.Option(help="Read the sources again at this interval until stopped, e.g. 15m.")] = None,
    data: DataOption = None,
    json: JsonOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read everything, store nothing.")] = False,
    ray: Annotated[
        str | None, typer.Option(help="Read and embed on Ray's workers: 'local' starts them here, HOST:PORT joins a cluster.")
    ] = None,
    embedders: Annotated[int | None, typer.Option(min=1, max=1024, help="How many of them embed \\[default: one a core]")] = None,
) -> None:
    """Put articles into the archive and print the ledger; exit 1 if anything failed."""
    from api.ingesting import run_ingest, seconds_of  # noqa: PLC0415 - imports below cost time that `--help` need not wait for
    from api.terminal import print_ledger  # noqa: PLC0415
    from index.ingest import Fallbacks, IngestReport, option_date  # noqa: PLC0415

    day = option_date(published) if published else None
    if published and day is None:
        raise UsageError(f"--published: {published!r} is not a date; write it like 2025-09-19")
    if language and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", language):
        raise UsageError(f"--language: {language!r} is not a language tag; write it like en or pt-BR")
    interval = seconds_of(every) if every else None
    if embedders is not None and ray is None:
        raise UsageError("--embedders: only with --ray, which says where")

    def show(report: IngestReport) -> None:
        body = ingest_body(report)
        if json:
            print_json(body)
        else:
            print_ledger(body, Console(highlight=False, soft_wrap=True))

    fallbacks = Fallbacks(publisher=publisher, published=day, language=language)
    report = run_ingest(
        settings_for(data), sources, fallbacks, show, interval=interval, dry_run=dry_run, ray=ray, embedders=embedders
    )
    if dry_run:
        say("Nothing was stored (--dry-run).")
    if interval is not None:
        return
    if report.stopped:
        say(f"Stopped after {report.read} articles; they are stored. Run the same command again to go on.")
        raise typer.Exit(INTERRUPTED)
    if report.counts["failed"]:
        raise typer.Exit(FAILED)


@app.command(epilog="Example: dateline ask 'Who chairs the conference?' --from 2025-08-01")
def ask(
    question: QuestionArgument,
    as_of: AsOfOption = None,
    since: FromOption = None,
    until: ToOption = None,
    publisher: PublisherOption = None,
    k: KOption = 8,
    generator: GeneratorOption = None,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Print a cited answer; exit 3 if the archive does not say."""
    from api.terminal import print_answer  # noqa: PLC0415
    from rag.wiring import build_pipeline  # noqa: PLC0415

    body = _question(question, as_of=as_of, since=since, until=until, publishers=publisher, k=k, generator=generator)
    settings = settings_for(data, **({"generator": body.generator} if body.generator else {}))
    with waiting("looking it up …"), closing(build_pipeline(settings)) as pipeline:
        answer = answer_body(asyncio.run(pipeline.answer(body.to_question())))
    for note in filter(None, (answer.degraded, answer.unranked)):
        say(note)
    if json:
        print_json(answer)
    else:
        print_answer(answer, Console(highlight=False, soft_wrap=True))
    if answer.abstained is not None:
        raise typer.Exit(ABSTAINED)


@app.command(epilog="Example: dateline search 'chip export rules' -k 5")
def search(
    question: QuestionArgument,
    as_of: AsOfOption = None,
    since: FromOption = None,
    until: ToOption = None,
    publisher: PublisherOption = None,
    k: KOption = 8,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Print the passages for a question, best first, without an answer."""
    from api.terminal import print_hits  # noqa: PLC0415
    from rag.wiring import build_pipeline  # noqa: PLC0415

    body = _question(question, as_of=as_of, since=since, until=until, publishers=publisher, k=k, generator=None)
    with waiting("looking it up …"), closing(build_pipeline(settings_for(data))) as pipeline:
        hits = HitsBody(hits=[hit_body(hit) for hit in pipeline.search(body.to_question())])
    if json:
        print_json(hits)
    else:
        print_hits(hits.hits, Console(highlight=False, soft_wrap=True))
        if not hits.hits:
            say("No passage matches.")


app.command(name="ledger", epilog="Example: dateline ledger --outcome failed")(ledger)
app.command(name="feedback", epilog="Example: dateline feedback --limit 20")(feedback)
app.command(name="check", epilog="Example: dateline check --repair")(check)
app.command(name="backup", epilog="Example: dateline backup /backups/dateline-2026-11-23.backup")(backup)
app.command(name="migrate", epilog="Example: dateline migrate --to milvus://milvus.example.org:19530/news")(migrate)
app.command(name="restore", epilog="Example: dateline restore /backups/dateline-2026-11-23.backup --data new-folder")(restore)


@app.command(epilog="Example: dateline serve --port 8080")
def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on \\[default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="The port; 0 takes a free one \\[default: 8000]")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes \\[default: 1]")] = None,
    data: DataOption = None,
) -> None:
    """Run the HTTP service."""
    from api.server import run_server  # noqa: PLC0415

    given = {"host": host, "port": port, "workers": workers}
    run_server(settings_for(data, **{name: value for name, value in given.items() if value is not None}))


@app.command(epilog='Example, in a client\'s configuration: {"command": "dateline", "args": ["mcp", "--data", "/news/data"]}')
def mcp(data: DataOption = None) -> None:
    """Serve the archive to a client of the Model Context Protocol over standard input and output."""
    from api.mcp_stdio import run_mcp  # noqa: PLC0415 - imports below cost time that `--help` need not wait for

    run_mcp(settings_for(data))


def _question(question: str, *, since: str | None, until: str | None, **fields: Any) -> QuestionBody:
    given = {"question": question, "from": since, "to": until, **fields, "publishers": fields["publishers"] or []}
    try:
        body = QuestionBody.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(f"{'.'.join(map(str, first['loc']))}: {first['msg'].removeprefix('Value error, ')}") from error
    return body


def main(arguments: list[str] | None = None) -> None:
    """Run the command with these arguments, by default those it was started with."""
    run(app, sys.argv[1:] if arguments is None else arguments)


if __name__ == "__main__":
    main()
