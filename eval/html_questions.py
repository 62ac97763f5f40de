"""What the page shows of one question: its line in the list, and what stands there when it is opened. Writes no HTML.

The texts are foreign: they go to the page as JSON, and only its script turns them into text, never into markup.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from eval.charts import duration

RIGHT, DECLINED, NOT_JUDGED = "right", "rightly abstained", "not judged"
STYLES: Mapping[str, str] = {
    RIGHT: "good",
    DECLINED: "declined",
    NOT_JUDGED: "unjudged",
    "false abstention": "silent",
    "missed answer": "missed",
    "answered the unanswerable": "invented",
    "error": "error",
}
"""How a question can end, in the order of the page, with its CSS class."""

# What a browser may be sent to. Anything before the scheme, such as a space, would make room for other schemes.
_WEB_ADDRESS = re.compile(r"https?://[^\s<>\"\\]+", re.IGNORECASE)
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_EXPECTED = ("publisher", "author", "date", "source")


def outcome_of(row: Mapping[str, Any]) -> str:
    """Return how the question ended: its failure, or one of `right`, `rightly abstained`, `not judged`."""
    if row.get("failure") or row.get("error"):
        return str(row.get("failure") or "error")
    scores = row["scores"]
    if row["abstained"] is not None:
        return DECLINED if scores.get("abstention") else NOT_JUDGED
    return RIGHT if "contains" in scores.get("answers", {}) else NOT_JUDGED


def listed(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the list shows and filters by."""
    wall_ms = row.get("wall_ms")
    return {
        "id": row["id"],
        "kind": row["kind"],
        "question": row["question"],
        "answer": row["answer"] or "",
        "outcome": outcome_of(row),
        "abstained": row["abstained"],
        "problems": bool(row.get("problems")),
        "ms": wall_ms,
        "time": None if wall_ms is None else duration(wall_ms),
        "confidence": row.get("confidence"),
    }


def opened(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an opened question shows beside its line in the list."""
    expected = row.get("expected", {})
    return {
        "as_of": row.get("as_of"),
        "history": row.get("history", []),
        "expected": {
            "abstain": expected.get("answerable") is False,
            "answers": expected.get("answers", []),
            "all_of": expected.get("all_of", []),
            "evidence": expected.get("evidence", []),
            "named": [[name, expected[name]] for name in _EXPECTED if expected.get(name)],
            "relevant": list(expected.get("relevant", ())),
        },
        "sentences": row.get("sentences", []),
        "citations": [_citation(citation) for citation in row.get("citations", [])],
        "passages": [
            [p["title"], p["publisher"], p["published"], f"{p['score']:.3f}", p["relevant"], p["evidence"], p["article_id"]]
            for p in row.get("passages", [])
        ],
        "withheld": row.get("withheld"),
        "error": row.get("error"),
        "problems": row.get("problems", []),
        "scores": [
            [group, metric, f"{value:.3f}" if isinstance(value, int | float) else str(value)]
            for group, metrics in row["scores"].items()
            for metric, value in metrics.items()
        ],
        "facts": _facts(row),
    }


def as_json(value: object) -> str:
    """Return JSON that can stand in a `<script>`, whatever its texts say.

    No character of it can end the element or begin a comment, and half a surrogate pair, which UTF-8 cannot write, is escaped.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return _LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _citation(citation: Mapping[str, Any]) -> dict[str, Any]:
    """Return a citation with its passage cut in three around the quote: a script counts characters otherwise than Python."""
    quote, passage, start = citation["quote"], citation.get("passage") or "", citation.get("quote_start", -1)
    there = start >= 0 and passage[start : start + len(quote)] == quote
    address = citation.get("url") or ""
    linked = _WEB_ADDRESS.fullmatch(address) is not None
    return {
        "number": citation["number"],
        "title": citation.get("title"),
        "publisher": citation["publisher"],
        "agency": citation.get("agency"),
        "authors": citation["authors"],
        "published": citation["published"],
        "updated": citation.get("updated"),
        "url": address if linked else None,
        "unlinked": None if linked else address,
        "exact": citation.get("exact"),
        "in_passage": there,
        "before": passage[:start] if there else "",
        "quote": quote,
        "after": passage[start + len(quote) :] if there else passage,
    }


def _facts(row: Mapping[str, Any]) -> list[list[str]]:
    confidence, wall_ms, tokens = row.get("confidence"), row.get("wall_ms"), row.get("tokens") or {}
    facts = {
        "time": None if wall_ms is None else duration(wall_ms),
        "confidence": None if confidence is None else f"{confidence:.3f}",
        "words": row.get("words"),
        "evidence tokens": tokens.get("evidence"),
        "completion tokens": tokens.get("completion"),
        "archive generation": row.get("generation"),
    }
    return [[name, f"{value:,}" if isinstance(value, int) else str(value)] for name, value in facts.items() if value is not None]
