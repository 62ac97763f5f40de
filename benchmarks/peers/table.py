"""Shows the figures of all systems as one table in Markdown, which is plain text as well."""

from collections.abc import Mapping, Sequence

from benchmarks.peers.scoring import Row

_COLUMNS = (
    ("ingest articles/s", "articles_per_s", "{:.2f}"),
    ("characters/s", "characters_per_s", "{:,}"),
    ("text read", "characters_read", "{:.0%}"),
    ("characters read/s", "characters_read_per_s", "{:,}"),
    ("passages", "passages", "{:,}"),
    ("search p50 ms", "search_p50_ms", "{:.1f}"),
    ("p99 ms", "search_p99_ms", "{:.1f}"),
    ("RR@10", "rr@10", "{:.3f}"),
    ("hit@1", "hit@1", "{:.3f}"),
    ("peak MB", "peak_mb", "{:,}"),
)


def markdown_table(rows: Sequence[Row], failed: Mapping[str, str]) -> str:
    """Return a line for each row, the columns lined up, and below it why the systems in `failed` have none."""
    lines = [["system", "version", *(title for title, _, _ in _COLUMNS)]]
    for row in rows:
        version = next(iter(row.figures["versions"].values()), "")
        lines.append([row.name, version, *(form.format(row.figures[name]) for _, name, form in _COLUMNS)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    shown = [_line(line, widths) for line in lines]
    rule = "|".join(["", "-" * (widths[0] + 2), *("-" * (width + 1) + ":" for width in widths[1:]), ""])
    problems = [f"{name}: not measured: {why}" for name, why in failed.items()]
    return "\n".join([shown[0], rule, *shown[1:], *([""] if problems else []), *problems])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.rjust(width) if column else cell.ljust(width) for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join([first, *others])} |"
