"""Renders answers, passages, articles and ledgers for people at a terminal; colours only when the output is one."""

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.archive_schemas import BackupBody, CheckBody, HistoryBody, IngestBody, LedgerBody, LedgerEntryBody
from api.schemas import AnswerBody, ArticleBody, ArticleSummary, CitationBody, CopyBody, HitBody

# What printed text may hold but a terminal must not obey: escape sequences come from articles, not from us.
_CONTROL = {code: None for code in [*range(32), *range(0x7F, 0xA0)] if code != ord("\n")}


def print_answer(answer: AnswerBody, console: Console) -> None:
    """Print the answer, then its numbered sources with publisher, author, date and quote."""
    console.print(_text(answer.answer, "bold" if answer.abstained is None else "yellow"))
    if answer.abstained is not None:
        console.print(_text(answer.abstained.message))
        if answer.nearest:
            console.print(_text("\nNearest passages:", "dim"))
            print_hits(answer.nearest, console)
        return
    for note in (
        answer.premise,
        answer.conclusion,
        answer.newest_note,
        *(f"Sources differ: {conflict}" for conflict in answer.conflicts),
    ):
        if note:
            console.print(_text(note, "yellow"))
    console.print()
    for citation in answer.citations:
        console.print(_text(f"[{citation.number}] {_attribution(citation)}", "cyan"))
        console.print(_text(f"    “{citation.quote}”"))
        for notice in citation.corrections:
            console.print(_text(f"    {notice}", "yellow"))
        if citation.also_in:
            console.print(_text(f"    also carried by: {'; '.join(_copy(copy) for copy in citation.also_in)}", "dim"))


def print_hits(hits: Iterable[HitBody], console: Console) -> None:
    """Print passages, best first."""
    for number, hit in enumerate(hits, start=1):
        article = hit.article
        console.print(_text(f"{number}. {article.title} — {_outlet(article)}, {_when(article)}", "cyan"))
        console.print(_text(f"   {hit.text}"))
        console.print(_text(f"   {hit.passage_id}", "dim"))


def print_articles(articles: Iterable[ArticleSummary], console: Console) -> None:
    """Print a table of articles."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("id", "published", "updated", "publisher", "agency", "authors", "title"):
        table.add_column(column, no_wrap=column in ("id", "published", "updated"), overflow="fold")
    for a in articles:
        title = a.title if a.title_printed else f"({a.title})"
        cells = (a.article_id, a.published or "undated", a.updated, a.publisher, a.agency, ", ".join(a.authors), title)
        table.add_row(*(_text(cell or "—") for cell in cells))
    console.print(table)


def print_article(article: ArticleBody, console: Console) -> None:
    """Print one article with everything known about it."""
    console.print(_text(article.title, "bold"))
    if not article.title_printed:
        console.print(_text("(no printed title: taken from the first sentence)", "dim"))
    facts = {
        "id": article.article_id, "publisher": article.publisher, "agency": article.agency,
        "authors": ", ".join(article.authors), "published": _detail(article.published_detail),
        "updated": _detail(article.updated_detail), "url": article.url, "section": article.section,
        "language": article.language, "source": f"{article.source} {article.position}".strip(),
        "fetched": article.fetched, "correction": " / ".join(article.corrections),
        "flags": ", ".join(article.flags), "also in": "; ".join(_copy(copy) for copy in article.also_in),
    }  # fmt: skip
    for name, value in {**facts, **{f"{k} (note)": v for k, v in article.provenance.items()}}.items():
        if value:
            console.print(_text(f"{name}: {value}", "cyan"))
    console.print()
    console.print(_text(article.text))


def print_ledger(report: IngestBody, console: Console) -> None:
    """Print what was not simply accepted, then the counts, which add up to what was read.

    How records were read is said once a source: all its lines are alike.
    """
    said = set()
    for entry in report.entries:
        if entry.outcome == "unchanged" or (entry.outcome == "accepted" and (entry.source, entry.reason) in said):
            continue
        if entry.outcome != "accepted" or entry.reason:
            console.print(_entry(entry))
            said.add((entry.source, entry.reason))
    console.print(_text(f"{report.read} read: {_counts(report.counts)}", "bold"))


def print_runs(ledger: LedgerBody, console: Console) -> None:
    """Print the ledger's rows, then the runs that wrote them with their counts."""
    for row in ledger.rows:
        console.print(_entry(row))
    for run in ledger.runs:
        state = f"finished {run.finished}" if run.finished else "not finished"
        console.print(_text(f"run {run.run}: started {run.started}, {state}: {', '.join(run.sources)}", "cyan"))
        console.print(_text(f"  {run.read} read: {_counts(run.counts)}", "bold"))


def print_backup(backup: BackupBody, console: Console) -> None:
    """Print a backup and what it holds."""
    facts = {
        "backup": f"{backup.file}, of {backup.created}", "folder": backup.data, **_archive(backup),
        "digest": f"sha256 {backup.sha256} of the first {backup.bytes:,} bytes",
    }  # fmt: skip
    for name, value in facts.items():
        console.print(_text(f"{name}: {value}", "cyan"))


def print_check(check: CheckBody, console: Console) -> None:
    """Print what an archive holds and says of itself, then what is wrong with it."""
    facts = {
        **_archive(check),
        "caches": "not saved; the next start makes them"
        if check.snapshot is None
        else f"saved at generation {check.snapshot}"
        + (", the next start adds what came since" if check.snapshot < check.generation else ""),
        "vectors": _vector_search(check.vector_index),
    }
    for name, value in facts.items():
        if value:
            console.print(_text(f"{name}: {value}", "cyan"))
    for problem in check.problems:
        console.print(_text(f"problem in the {problem.place}: {problem.what}", "red"))
    if check.ok:
        console.print(_text("Nothing is wrong.", "bold"))


def _archive(held: CheckBody | BackupBody) -> dict[str, str]:
    made = held.manifest
    return {
        "archive": f"generation {held.generation}: {held.articles:,} articles, {held.passages:,} passages",
        "made with": f"{made['embedder']}, {made['dimension']} numbers a vector; {made['chunker']}",
    }


def _vector_search(index: Mapping[str, str | int | float]) -> str:
    if not index:
        return ""
    count = f"{index['vectors']:,} and {index['pending']:,} added since"
    if index["kind"] == "exact":
        return f"{count}; every one is compared in full (recall 1)"
    return (
        f"{count}; short codes choose {index['depth']} times the wanted number to be compared in full: recall {index['recall']} "
        f"of the 50 nearest, measured with {index['queries']} queries when the codes were made"
    )


def print_history(history: HistoryBody, console: Console) -> None:
    """Print every version of an article, oldest first, with what it changed."""
    for version in history.versions:
        dates = f"published {version.published or 'undated'}" + (f", updated {version.updated}" if version.updated else "")
        current = ", current" if version.current else ""
        stored = f"stored {version.stored_at or 'at an unknown time'}"
        console.print(_text(f"version {version.version}{current}: {version.article_id}, {stored}, {dates}", "bold"))
        console.print(_text(version.title))
        for notice in version.corrections:
            console.print(_text(f"  {notice}", "yellow"))
        for change in version.changes:
            where = "" if change.field == "text" else f"{change.field}: "
            if change.removed:
                console.print(_text(f"  - {where}{change.removed}", "red"))
            if change.added:
                console.print(_text(f"  + {where}{change.added}", "green"))


def _entry(entry: LedgerEntryBody) -> Text:
    where = f"{entry.source} {entry.position}".strip()
    style = {"failed": "red", "skipped": "yellow", "accepted": "", "unchanged": ""}.get(entry.outcome, "dim")
    return _text(f"{entry.outcome.replace('_', '-')}: {where}{': ' + entry.reason if entry.reason else ''}", style)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {outcome.replace('_', '-')}" for outcome, count in counts.items())


def _attribution(citation: CitationBody) -> str:
    outlet = citation.publisher or "unknown publisher"
    if citation.agency and citation.agency != citation.publisher:
        outlet += f" ({citation.agency})"
    dates = citation.published or "undated"
    if citation.updated and citation.updated != citation.published:
        dates += f", updated {citation.updated}"
    author = f", by {' and '.join(citation.authors)}" if citation.authors else ""
    link = f", {citation.url}" if citation.url else ""
    return f"{outlet}{author}, {dates}: {citation.title}{link}"


def _outlet(article: ArticleSummary) -> str:
    return article.publisher or article.agency or "unknown publisher"


def _when(article: ArticleSummary) -> str:
    return article.published or article.updated or "undated"


def _copy(copy: CopyBody) -> str:
    return " ".join(part for part in (copy.publisher or "unknown publisher", copy.published, copy.url) if part)


def _detail(detail: dict[str, str] | None) -> str | None:
    return f"{detail['value']} (read from {detail['read_from']})" if detail else None


def _text(text: str, style: str = "") -> Text:
    """Wrap text so that neither rich's markup nor an article's control characters have any effect."""
    return Text(text.translate(_CONTROL), style=style)
