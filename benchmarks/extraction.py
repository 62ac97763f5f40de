"""Measures reading of web pages on the article-extraction-benchmark: `python -m benchmarks.extraction FOLDER`.

FOLDER holds `ground-truth.json` ({id: {articleBody, url}}) and `html/{id}.html.gz`. The measure is that of the benchmark
(github.com/scrapinghub/article-extraction-benchmark): runs of four words, counted; true and false positives and negatives of a
page divided by their sum, so that a long page counts no more than a short one; precision and recall as means over the pages.
Beside the text: the pages that would be rejected (all are articles, so each is a mistake or a page that shows only its opening)
and the dates, held against the day in the address and the day printed beside the headline.
"""

import gzip
import json
import random
import re
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from trafilatura import bare_extraction

from benchmarks.provenance import commit
from index.dates import read_date
from index.sources.html import html_text, read_html
from index.sources.page import read_page
from index.sources.page_dates import credit_lines, page_dates
from index.types import NewsDate, Origin, Rejection

Pages: TypeAlias = dict[str, tuple[str, str]]
_RUN, _SAMPLES, _SEED = 4, 1_000, 7
_URL_DAY = re.compile(r"/(20\d\d)/(\d\d|[a-z]{3})/(\d\d)/")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


class Counts(NamedTuple):
    """Shares of one page: right runs of words, wrong ones, missed ones."""

    right: float
    wrong: float
    missed: float


class Score(NamedTuple):
    """Figures over several pages."""

    f1: float
    precision: float
    recall: float


def main(arguments: Sequence[str]) -> None:
    """Read all pages, with the product and with trafilatura alone, and print the figures."""
    if len(arguments) != 1:
        sys.exit(__doc__)
    folder = Path(arguments[0])
    truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
    pages = {name: (_markup(folder, name), truth[name]["url"]) for name in sorted(truth)}
    texts = {name: truth[name]["articleBody"] for name in pages}
    print(f"commit {commit()}, {datetime.now(UTC):%Y-%m-%d}, {len(pages)} pages")
    for what, extract in (("product", html_text), ("trafilatura, precision mode", _trafilatura)):
        _report_text(what, extract, pages, texts)
    _report_kinds(pages)
    _report_dates(pages)


def shares(true: str, found: str) -> Counts:
    """Return the counts of one page."""
    expected, got = _runs(true), _runs(found)
    counts = [sum((expected & got).values()), sum((got - expected).values()), sum((expected - got).values())]
    total = sum(counts) or 1
    return Counts(*(count / total for count in counts))


def score(counts: Sequence[Counts]) -> Score:
    """Return precision and recall as means over the pages that have any, and their harmonic mean."""
    precision = statistics.mean(page.right / (page.right + page.wrong) for page in counts if page.right + page.wrong > 0)
    recall = statistics.mean(page.right / (page.right + page.missed) for page in counts if page.right + page.missed > 0)
    return Score(2 * precision * recall / (precision + recall), precision, recall)


def _runs(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(run for start in range(max(1, len(words) - _RUN + 1)) if (run := tuple(words[start : start + _RUN])))


def _markup(folder: Path, name: str) -> str:
    return gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()).decode(errors="replace")


def _trafilatura(markup: str) -> str:
    found: Any = bare_extraction(markup, favor_precision=True, include_comments=False, with_metadata=False)
    return (found.text or "") if found else ""


def _report_text(what: str, extract: Callable[[str], str], pages: Pages, texts: dict[str, str]) -> None:
    """Print the figures for all pages and for each half: rules were chosen on the first, the second was only measured."""
    extract(next(iter(pages.values()))[0])  # loads what is loaded once
    started = time.perf_counter()
    found = {name: extract(markup) for name, (markup, _) in pages.items()}
    taken = (time.perf_counter() - started) * 1000 / len(pages)
    counts = {name: shares(texts[name], found[name]) for name in pages}
    print(f"\n{what}: {taken:.0f} ms a page")
    for half, names in (("all", list(counts)), ("chosen on", list(counts)[::2]), ("held back", list(counts)[1::2])):
        figures, draw = score([counts[name] for name in names]), random.Random(_SEED)  # noqa: S311 - a sample, not a secret
        samples = [score([counts[name] for name in draw.choices(names, k=len(names))]) for _ in range(_SAMPLES)]
        spread = [statistics.stdev(values) for values in zip(*samples, strict=True)]
        line = "  ".join(f"{name} {value:.4f} ± {sd:.4f}" for name, value, sd in zip(Score._fields, figures, spread, strict=True))
        print(f"  {half:<10} {len(names):>3} pages  {line}")


def _report_kinds(pages: Pages) -> None:
    started = time.perf_counter()
    found = {name: next(iter(read_html(markup, Origin(source=name), url=url))) for name, (markup, url) in pages.items()}
    taken = (time.perf_counter() - started) * 1000 / len(pages)
    rejected = {name: item for name, item in found.items() if isinstance(item, Rejection)}
    print(f"\nrejected: {len(rejected)} of {len(pages)} (whole reading, fields included: {taken:.0f} ms a page)")
    for name, item in rejected.items():
        print(f"  {name[:8]} {pages[name][1][:70]}: {item.reason}")


def _report_dates(pages: Pages) -> None:
    """Print where dates were read, and on which pages they are not the day of the address or the one beside the headline."""
    places: Counter[str] = Counter()
    checked, same, wrong = Counter[str](), Counter[str](), []
    for name, (markup, url) in pages.items():
        page = read_page(markup, url)
        found = page_dates(page).published
        places[found.read_from if found else "none"] += 1
        if found is None or not found.read_from.startswith(("JSON-LD", "meta", "microdata")):
            continue
        witnesses = {"address": _day_of(url), "headline": _day_beside(page.headline)}
        for witness, day in witnesses.items():
            if day is not None:
                checked[witness] += 1
                same[witness] += found.day == day
                # A day apart is the same moment in another time zone: outlets print their own, JSON-LD often UTC.
                if abs((found.day - day).days) > 1:
                    wrong.append(f"{name[:8]} {url[:60]}: {found.value} ({found.read_from}), {witness} says {day}")
    print(f"\ndated: {len(pages) - places['none']} of {len(pages)}")
    print("  " + ", ".join(f"{place} {count}" for place, count in places.most_common()))
    for witness, count in checked.items():
        print(f"  stated dates held against the day of the {witness}: {count}, the same day {same[witness]}")
    print(f"  more than a day apart: {len(wrong)}")
    for line in wrong:
        print(f"  {line}")


def _day_of(url: str) -> date | None:
    match = _URL_DAY.search(url)
    if match is None:
        return None
    month = int(match[2]) if match[2].isdigit() else _MONTHS.index(match[2]) + 1
    return date(int(match[1]), month, int(match[3]))


def _day_beside(headline: Any) -> date | None:
    """Return the first whole day printed beside the headline, as text: `datetime` attributes come from the same database."""
    dates = (read_date(line, "line") for _, line in credit_lines(headline))
    found: NewsDate | None = next((date for date in dates if date and date.precision in ("day", "minute")), None)
    return found.day if found else None


if __name__ == "__main__":
    main(sys.argv[1:])
