"""The `dateline` command. Messages go to stderr, results to stdout; every error says what to do, without a traceback."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console

from api.command import ABSTAINED, FAILED, UsageError, closing, print_json, progress, run, say, settings_for, waiting
from api.schemas import (
    HitsBody,
    QuestionBody,
    answer_body,
    article_body,
    article_summary,
    hit_body,
    ingest_body,
)
from index.types import LedgerEntry

app = typer.Typer(
    name="dateline",
    help="Answers questions from a news archive and shows where every sentence came from.",
    epilog="--debug before or after a command prints the traceback of an error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
articles_app = typer.Typer(help="What is in the archive.\n\nExample: [bold]dateline articles list[/bold]", no_args_is_help=True)
app.add_typer(articles_app, name="articles")

DataOption = Annotated[Path | None, typer.Option("--data", help="The archive's folder \\[default: ./data, or DATELINE_DATA]")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, the same objects as over HTTP.")]
QuestionArgument = Annotated[str, typer.Argument(help="The question, in quotes.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="Answer as the archive stood on this day (YYYY-MM-DD).")]
FromOption = Annotated[str | None, typer.Option("--from", help="Only articles dated from this day.")]
ToOption = Annotated[str | None, typer.Option("--to", help="Only articles dated up to this day.")]
PublisherOption = Annotated[list[str] | None, typer.Option("--publisher", help="Only this outlet; may be repeated.")]
KOption = Annotated[int, typer.Option("-k", help="How many passages to retrieve.")]
GeneratorOption = Annotated[str | None, typer.Option("--generator", help="What writes the answer: extractive.")]


@app.command(epilog="Example: dateline ingest pages/ digest.txt --publisher 'Harbour Gazette'")
def ingest(
    sources: Annotated[list[str], typer.Argument(help="Files and folders.", metavar="SOURCE...")],
    publisher: Annotated[str | None, typer.Option(help="For articles that name no publisher.")] = None,
    published: Annotated[str | None, typer.Option(help="For articles that print no date (YYYY-MM-DD).")] = None,
    language: Annotated[str | None, typer.Option(help="For articles that name no language, e.g. en.")] = None,
    data: DataOption = None,
    json: JsonOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read everything, store nothing.")] = False,
) -> None:
    """Put articles into the archive and print the ledger; exit 1 if anything failed."""
    from index.ingest import Fallbacks, option_date  # noqa: PLC0415 - imports below cost time that `--help` need not wait for
    from index.sources.files import find_files, read_file  # noqa: PLC0415
    from index.wiring import build_embedder, build_ingest, build_store  # noqa: PLC0415

    day = option_date(published) if published else None
    if published and day is None:
        raise UsageError(f"--published: {published!r} is not a date; write it like 2025-09-19")
    settings = settings_for(data)
    files, hidden = find_files(sources)
    if hidden:
        say(f"{len(hidden)} hidden files and folders are not read, for example {hidden[0]}")
    done: list[LedgerEntry] = []
    try:
        with closing(build_store(settings)) as store, progress(len(files)) as advance:
            embedder = build_embedder(settings)

            def read() -> Iterator[Any]:
                for file in files:
                    yield from read_file(file, embedder.embed_passages)
                    advance(None)

            def acknowledge(entry: LedgerEntry) -> None:
                done.append(entry)
                advance(entry)

            fallbacks = Fallbacks(publisher=publisher, published=day, language=language)
            report = build_ingest(settings, store, embedder, dry_run=dry_run).run(read(), fallbacks, acknowledge)
    except KeyboardInterrupt:
        say(f"Stopped after {len(done)} articles; what was acknowledged is stored. Run the same command again to go on.")
        raise
    body = ingest_body(report)
    if json:
        print_json(body)
    else:
        from api.terminal import print_ledger  # noqa: PLC0415

        print_ledger(body, Console(highlight=False, soft_wrap=True))
        if dry_run:
            say("Nothing was stored (--dry-run).")
    if body.counts["failed"]:
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


@articles_app.command("list", epilog="Example: dateline articles list --json")
def list_articles(data: DataOption = None, json: JsonOption = False) -> None:
    """List the articles, newest first, undated last."""
    from api.schemas import ArticlesBody  # noqa: PLC0415
    from api.terminal import print_articles  # noqa: PLC0415
    from index.wiring import build_store  # noqa: PLC0415

    with closing(build_store(settings_for(data))) as store:
        summaries = [article_summary(article) for article in store.articles()]
    if json:
        print_json(ArticlesBody(articles=summaries, total=len(summaries)))
    else:
        # Piped output must not be cut to a terminal's width.
        console = Console(highlight=False)
        print_articles(summaries, console if console.is_terminal else Console(highlight=False, width=240))
        if not summaries:
            say("The archive is empty. Add articles with: dateline ingest FILE_OR_FOLDER")


@articles_app.command("show", epilog="Example: dateline articles show 6458017d3688166f37a6")
def show_article(article_id: str, data: DataOption = None, json: JsonOption = False) -> None:
    """Print one article with everything known about it."""
    from api.terminal import print_article  # noqa: PLC0415
    from index.wiring import build_store  # noqa: PLC0415

    with closing(build_store(settings_for(data))) as store:
        body = article_body(store.article(article_id), store.copies(article_id))
    if json:
        print_json(body)
    else:
        print_article(body, Console(highlight=False, soft_wrap=True))


@articles_app.command("delete", epilog="Example: dateline articles delete 6458017d3688166f37a6")
def delete_article(article_id: str, data: DataOption = None) -> None:
    """Remove one article; no later search or answer uses it."""
    from index.wiring import build_store  # noqa: PLC0415

    with closing(build_store(settings_for(data))) as store:
        store.delete(article_id)
    say(f"deleted {article_id}")


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
