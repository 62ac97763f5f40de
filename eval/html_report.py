"""The report of a run as one HTML page that needs no network. Arranges what the report says; measures nothing itself.

The page carries its own style sheet and script, allowed by their hashes alone (Content Security Policy), and every text of an
article reaches it either escaped by the template or as JSON that only becomes text nodes (`eval.html_questions`).
"""

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from itertools import starmap
from typing import Any

from eval.charts import duration, latency_chart, outcome_bar, range_bar, recall_chart, risk_coverage_chart
from eval.html_questions import DECLINED, NOT_JUDGED, RIGHT, STYLES, as_json, listed, opened, outcome_of

_NOTHING = "–"
_PROBLEMS_SHOWN, _IDS_SHOWN = 30, 5
_MEANINGS: Mapping[str, Mapping[str, str]] = {
    "retrieval": {
        "hit@1": "the first story is relevant",
        "hit@5": "a relevant story is among the first 5",
        "hit@10": "… among the first 10",
        "mrr@10": "1 / rank of the first relevant story",
        "ndcg@10": "order of the first 10 against the ideal order",
        "recall@5": "relevant stories that are among the first 5",
        "recall@10": "… among the first 10",
        "evidence@5": "evidence that is in the first 5 passages",
        "evidence@10": "… in the first 10",
    },
    "answers": {
        "contains": "the answer says what was to be said",
        "em": "the answer is an accepted one (SQuAD)",
        "f1": "words in common with an accepted one (SQuAD)",
    },
    "citations": {
        "precision": "citations that their sentence needs",
        "recall": "sentences that are cited and fully supported",
        "quote_valid": "every quote stands in its article, letter by letter",
        "evidence": "evidence that a cited quote holds",
        "attribution": "a source with the right outlet, author and day",
        "publisher": "a source with the right outlet",
        "author": "… with the right author",
        "date": "… with the right day",
    },
    "abstention": {
        "precision": "abstentions that were right",
        "recall": "unanswerable questions left unanswered",
        "false_rate": "answerable ones left so; lower is better",
    },
    "judge": {
        "faithfulness": "what the sources bear out, says a language model",
        "correctness": "the answer is right, says a language model",
    },
}
_FIGURES = (
    ("answers", "contains", "Answered right", "answers that say what was to be said"),
    ("retrieval", "evidence@10", "Evidence found", "of the evidence, in the first ten passages"),
    ("citations", "attribution", "Attributed right", "answers that cite the right outlet, author and day"),
    ("citations", "quote_valid", "Quoted truly", "answers whose quotes all stand in their articles"),
    ("abstention", "recall", "Rightly silent", "of the unanswerable questions"),
    ("abstention", "false_rate", "Wrongly silent", "of the answerable questions; lower is better"),
)
_BY_KIND = (
    ("retrieval", "hit@1"), ("retrieval", "evidence@10"), ("answers", "contains"), ("citations", "attribution"),
)  # fmt: skip


def html_report(report: Mapping[str, Any]) -> str:
    """Return the report (`report.json`, docs/eval.md describes it) as one HTML page, ready to be written as UTF-8.

    What the report lacks is left out of the page, except `questions` and `config`.

    Raises:
        KeyError: the report has no `questions` or no `config`, or one of these lacks a key that every report has.
        ValueError: a figure of the report is not a finite number.
    """
    import jinja2  # noqa: PLC0415 - a tenth of a second, which only this page needs

    templates = files("eval") / "templates"
    style = (templates / "report.css").read_text(encoding="utf-8")
    script = "".join((templates / name).read_text(encoding="utf-8") for name in ("question.js", "list.js"))
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string((templates / "report.html").read_text(encoding="utf-8"))
    questions = report["questions"]
    outcomes = _outcomes(questions)
    page = template.render(
        gold=report["config"]["gold"],
        folio=_folio(report["config"]),
        outcomes=outcomes,
        bar=outcome_bar([(name, count, STYLES.get(name, "missed")) for name, count in outcomes.items()]),
        styles=STYLES,
        right=RIGHT,
        declined=DECLINED,
        judged=len(questions) - outcomes.get(NOT_JUDGED, 0),
        figures=[_figure(report, *figure) for figure in _FIGURES],
        groups=[(group, list(starmap(_metric_of(group), metrics.items()))) for group, metrics in _means(report).items()],
        charts=_charts(report),
        ledger=_ledger(report),
        by_kind=[metric for _, metric in _BY_KIND],
        kinds=[_kind(kind, counted) for kind, counted in report.get("kinds", {}).items()],
        problems=_problems(questions),
        problems_shown=_PROBLEMS_SHOWN,
        settings=_flat(report["config"]),
        question_kinds=dict(Counter(row["kind"] for row in questions)),
        reasons=dict(Counter(row["abstained"] for row in questions if row["abstained"] is not None)),
        total=len(questions),
        retrieval_only=bool(report["config"].get("retrieval_only")),
        index=as_json({"styles": STYLES, "questions": [listed(row) for row in questions]}),
        details=(as_json(opened(row)) for row in questions),
        style=style,
        script=script,
        policy=_policy(style, script),
    )
    # A lone surrogate that the template has let through cannot be written as UTF-8.
    return page.encode("utf-8", "replace").decode("utf-8")


def _policy(style: str, script: str) -> str:
    """Return the Content Security Policy: nothing is loaded, and nothing runs but what stands in the page by our hand."""
    allowed = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{allowed[0]}'; script-src 'sha256-{allowed[1]}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _outcomes(questions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(map(outcome_of, questions))
    return {name: counts[name] for name in dict.fromkeys([*STYLES, *sorted(counts)]) if counts[name]}


def _means(report: Mapping[str, Any]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return every group of the report that holds means, with them; groups that we do not know (a judge's) too."""
    groups = {group: value for group, value in report.items() if isinstance(value, Mapping) and group != "kinds"}
    means = {
        group: {metric: mean for metric, mean in metrics.items() if isinstance(mean, Mapping) and {"value", "n"} <= mean.keys()}
        for group, metrics in groups.items()
    }
    return {group: metrics for group, metrics in means.items() if metrics}


def _metric_of(group: str) -> Any:
    def row(metric: str, mean: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "name": metric,
            "meaning": _MEANINGS.get(group, {}).get(metric, ""),
            "value": _NOTHING if mean["value"] is None else f"{mean['value']:.3f}",
            "interval": _interval(mean, "{:.3f}"),
            "bar": range_bar(mean["value"], mean.get("low"), mean.get("high")),
            "n": mean["n"],
        }

    return row


def _figure(report: Mapping[str, Any], group: str, metric: str, label: str, note: str) -> dict[str, Any]:
    mean = report.get(group, {}).get(metric) or {"value": None, "n": 0}
    percent = {**mean, **{end: 100 * mean[end] for end in ("low", "high") if mean.get(end) is not None}}
    return {
        "label": label,
        "note": note,
        "value": None if mean["value"] is None else f"{100 * mean['value']:.1f}",
        "interval": _interval(percent, "{:.1f}"),
        "bar": range_bar(mean["value"], mean.get("low"), mean.get("high")),
        "n": mean["n"],
    }


def _interval(mean: Mapping[str, Any], form: str) -> str:
    ends = mean.get("low"), mean.get("high")
    return "" if None in ends else " to ".join(map(form.format, ends))


def _charts(report: Mapping[str, Any]) -> list[dict[str, str]]:
    risk, latency = report.get("risk_coverage") or {}, report.get("latency_ms") or {}
    wall = [row["wall_ms"] for row in report["questions"] if row.get("wall_ms") is not None and not row.get("error")]
    now = _now(report["questions"])
    curve = risk_coverage_chart(risk.get("curve", []), n=risk.get("n", 0), now=now, area=risk.get("area"))
    area = "" if risk.get("area") is None else f" Area under the curve: {risk['area']:.3f}."
    return [
        {
            "title": "What more silence would buy",
            "svg": curve,
            "caption": "Risk by coverage: the share of answers that are wrong when only the most confident are given." + area,
        },
        {
            "title": "How deep one has to look",
            "svg": recall_chart(report.get("recall_by_k", [])),
            "caption": "Recall by number of articles: the mean share of the relevant ones among the first.",
        },
        {
            "title": "How long one waits",
            "svg": latency_chart(wall, latency),
            "caption": "Time to answer: the share of answers that were ready within a time.",
        },
    ]


def _now(questions: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Return which share of the judged questions is answered now, and which share of these answers is wrong."""
    judged = [row for row in questions if "risk" in row["scores"]]
    wrong = [row["scores"]["risk"]["wrong"] for row in judged if row["abstained"] is None and not row.get("error")]
    return (len(wrong) / len(judged), sum(wrong) / len(wrong)) if wrong else None


def _ledger(report: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the single figures of a run that are no means over questions."""
    words, cost, tokens = report.get("answers", {}).get("median_words"), report.get("cost"), report.get("tokens") or {}
    times = [(f"time {name}", duration(ms)) for name, ms in (report.get("latency_ms") or {}).items() if ms is not None]
    entries = [
        ("median answer", None if words is None else f"{words:g} words"),
        *times,
        *((f"{name} tokens", f"{count:,}") for name, count in tokens.items() if count is not None),
        ("cost", None if cost is None else f"{cost:,.4g}"),
    ]
    return [(name, value) for name, value in entries if value is not None]


def _kind(kind: str, counted: Mapping[str, Any]) -> dict[str, Any]:
    asked = counted["n"]
    cells = []
    for group, metric in _BY_KIND:
        value = counted["scores"].get(group, {}).get(metric)
        cells.append((_NOTHING, "") if value is None else (f"{value:.3f}", f"heat of-good heat-{_heat(value)}"))
    for name, colour in (("abstained", "of-ink"), ("failed", "of-bad")):
        share = counted[name] / asked if asked else 0.0
        cells.append(
            (f"{counted[name]:,} ({share:.0%})".replace("%", "\N{NO-BREAK SPACE}%"), f"heat {colour} heat-{_heat(share)}")
        )
    return {"kind": kind, "n": asked, "cells": cells}


def _heat(share: float) -> int:
    return round(10 * min(max(share, 0.0), 1.0))


def _problems(questions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what went wrong in the run itself, the most frequent first, each with some of the questions it concerns."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for row in questions:
        for sort, texts in (("error", [row.get("error")]), ("problem", row.get("problems", []))):
            for text in filter(None, texts):
                found[sort, text].append(row["id"])
    ordered = sorted(found.items(), key=lambda item: (item[0][0], -len(item[1])))
    return [{"sort": sort, "text": text, "n": len(ids), "ids": ids[:_IDS_SHOWN]} for (sort, text), ids in ordered]


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        else:
            rows.append((prefix + name, _NOTHING if value is None else str(value)))
    return rows


def _folio(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the line under the name of the paper: texts, each with what follows it in type for code."""
    archive, commit = config.get("archive"), config.get("commit")
    parts = [(_day(config.get("date")), ""), (f"Gold set {config['gold']}", "")]
    if archive:
        size = f"Archive of {archive['articles']:,} articles in {archive['passages']:,} passages"
        parts.append((size, (archive.get("fingerprint") or "")[:12]))
    if commit:
        parts.append(("Commit", commit[:10] + "-dirty" * commit.endswith("-dirty")))
    return [part for part in parts if part[0]]


def _day(printed: object) -> str:
    """Return the day as a newspaper prints it, or what the report has, if that is no date."""
    try:
        day = datetime.fromisoformat(str(printed))
    except ValueError:
        return str(printed or "")
    return f"{day:%A}, {day.day} {day:%B %Y}"
