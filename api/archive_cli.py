"""The commands that show an archive: what is in it (`articles`), how it got there (`ledger`), if it is whole (`check`)."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.archive_schemas import check_body, history_body, ledger_body
from api.command import FAILED, UsageError, closing, print_json, say, settings_for, waiting
from api.schemas import ArticlesBody, article_body, article_summary

articles_app = typer.Typer(help="What is in the archive.\n\nExample: [bold]dateline articles list[/bold]", no_args_is_help=True)

DataOption = Annotated[Path | None, typer.Option("--data", help="The archive's folder \\[default: ./data, or DATELINE_DATA]")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, the same objects as over HTTP.")]


@articles_app.command("list", epilog="Example: dateline articles list --json")
def list_articles(data: DataOption = None, json: JsonOption = False) -> None:
    """List the articles, newest first, undated last."""
    from api.terminal import print_articles  # noqa: PLC0415 - imports below cost time that `--help` need not wait for
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
        body = article_body(store.article(article_id), store.also_in(article_id))
    if json:
        print_json(body)
    else:
        print_article(body, Console(highlight=False, soft_wrap=True))


@articles_app.command("history", epilog="Example: dateline articles history 6458017d3688166f37a6")
def show_history(article_id: str, data: DataOption = None, json: JsonOption = False) -> None:
    """Print every version of an article, what each changed and when; the id may be that of any version."""
    from api.terminal import print_history  # noqa: PLC0415
    from index.history import changes_between  # noqa: PLC0415
    from index.wiring import build_store  # noqa: PLC0415

    with closing(build_store(settings_for(data))) as store:
        body = history_body(changes_between(store.history(article_id)))
    if json:
        print_json(body)
    else:
        print_history(body, Console(highlight=False, soft_wrap=True))


@articles_app.command("delete", epilog="Example: dateline articles delete 6458017d3688166f37a6")
def delete_article(article_id: str, data: DataOption = None) -> None:
    """Remove one article with its earlier versions; no later search or answer uses it."""
    from index.wiring import build_store  # noqa: PLC0415

    with closing(build_store(settings_for(data))) as store:
        store.delete(article_id)
    say(f"deleted {article_id}")


def ledger(
    run: Annotated[int | None, typer.Option(help="The rows of this run; 0 for all runs \\[default: the last run]")] = None,
    outcome: Annotated[list[str] | None, typer.Option(help="Only this outcome, e.g. failed; may be repeated.")] = None,
    source: Annotated[str | None, typer.Option(help="Only sources whose name holds this.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many rows, the newest.")] = 1000,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Print what happened to everything that was read, and the runs with their counts."""
    from api.terminal import print_runs  # noqa: PLC0415
    from index.ingest import OUTCOMES  # noqa: PLC0415
    from index.wiring import build_store  # noqa: PLC0415

    outcomes = [name.replace("-", "_") for name in outcome or []]
    if unknown := [name for name in outcomes if name not in OUTCOMES]:
        raise UsageError(f"--outcome: {unknown[0]!r} is none of {', '.join(OUTCOMES)}")
    with closing(build_store(settings_for(data))) as store:
        last = next((known.run for known in store.runs(limit=1)), 0)
        wanted = last if run is None else run
        runs = store.runs(limit=limit, run=wanted)
        if wanted and not runs:
            raise UsageError(f"--run: there is no run {run}; the last is {last or 'none'}")
        body = ledger_body(runs, store.ledger(run=wanted or None, outcomes=outcomes, source=source, limit=limit))
    if json:
        print_json(body)
    else:
        print_runs(body, Console(highlight=False, soft_wrap=True))
        if not last:
            say("Nothing was ever ingested into this archive.")


def check(
    repair: Annotated[bool, typer.Option("--repair", help="Make the caches anew from the archive if they are wrong.")] = False,
    data: DataOption = None,
    json: JsonOption = False,
) -> None:
    """Compare the archive with itself and with its caches; exit 1 if anything is wrong."""
    from api.terminal import print_check  # noqa: PLC0415 - imports below cost time that `--help` need not wait for
    from index.wiring import build_check  # noqa: PLC0415

    with waiting("reading the archive …"):
        body = check_body(build_check(settings_for(data), repair=repair))
    if json:
        print_json(body)
    else:
        print_check(body, Console(highlight=False, soft_wrap=True))
    places = {problem.place for problem in body.problems}
    if "archive" in places:
        say("The archive itself is damaged: restore a backup, or move the folder away and ingest again.")
        say("A backup is restored with: dateline restore BACKUP --data NEW_FOLDER")
    elif places:
        say("The caches can be made anew: dateline check --repair")
    if places:
        raise typer.Exit(FAILED)
