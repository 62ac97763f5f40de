"""A report as a run would write it, of any size. The outlets, towns, people and events are invented."""

import random
from typing import Any

TOWNS = ("Quillbay", "Merrow Sands", "Tarn Oakley", "Nether Fenwick", "Port Ambrel", "Skarholm", "Lower Vint", "Ostry Hill")
PEOPLE = ("Ada Quill", "Ruben Fennimar", "Ilse Tarnowick", "Malo Brandvold", "Petra Ostlund-Vey")
OUTLETS = ("The Quillbay Courier", "Merrow Gazette", "Skarholm Tidende", "Vint Valley Record")
THINGS = ("ferry terminal", "tidal barrage", "night tram", "seed library", "flood gate", "municipal orchard")
KINDS = ("number", "person", "date", "place", "unanswerable/near-miss", "unanswerable/off-topic")
# Ends scripts, styles, attributes and comments, and a template.
HOSTILE = """</script ></style><img src=x onerror=alert(1)><script>alert(2)</script><!--<script >{{7*7}}" onfocus='alert(3)' """


def sample_row(place: int, chance: random.Random) -> dict[str, Any]:
    """Return a question as a run would report it: answered right, wrongly, or not at all."""
    town, person, thing, outlet = (chance.choice(words) for words in (TOWNS, PEOPLE, THINGS, OUTLETS))
    kind = chance.choices(KINDS, (34, 22, 16, 12, 10, 6))[0]
    answerable, sure, millions, found = not kind.startswith("un"), chance.random(), chance.randint(2, 97), chance.randint(0, 3)
    quote = f"The {thing} will cost {millions} million crowns, {millions // 3 + 1} million more than planned"
    before = f"{town.upper()} 🌊 The council of {town} voted on Tuesday after a debate of four hours. “"
    after = f",” said {person}, who leads the works department. Building is to begin in the spring, once the birds have left."
    abstained = chance.choice(("low_score", "no_match")) if sure < (0.25 if answerable else 0.7) else None
    knows = answerable and chance.random() < 0.5 + sure / 2
    right = knows and not abstained
    failure = None if right or (abstained and not answerable) else "answered the unanswerable"
    if failure and answerable:
        failure = "false abstention" if abstained else "missed answer"
    said = f"The {thing} in {town} will cost {millions} million crowns." if knows else f"{person} spoke of the {thing} in {town}."
    sentence = {"text": said, "citations": [1], "unsupported": [] if right else [town], "supported": right}
    day = f"2025-0{chance.randint(1, 9)}-1{chance.randint(0, 9)}"
    citation = {
        "number": 1, "article_id": f"article-{place}", "title": f"{town} to build its {thing}, at a price", "publisher": outlet,
        "agency": None, "authors": [person], "published": day, "updated": None, "url": f"https://news.example/{place}",
        "quote": quote, "start": 412, "end": 412 + len(quote), "exact": chance.random() < 0.9,
        "passage": before + quote + after, "quote_start": len(before),
    }  # fmt: skip
    passages = [
        {"passage_id": f"a{rank}:0-900", "article_id": f"article-{place}" if rank == found else f"a{rank}", "published": day,
         "title": f"{chance.choice(TOWNS)} and the {chance.choice(THINGS)}", "publisher": chance.choice(OUTLETS),
         "score": 0.9 - rank / 12, "relevant": rank == found, "evidence": [0] if rank == found and knows else []}
        for rank in range(10)
    ]  # fmt: skip
    silence = "false_rate" if answerable else "recall"
    scores = {"abstention": {silence: float(abstained is not None)}, "risk": {"wrong": float(not knows)}}
    if answerable:
        scores["retrieval"] = {"hit@1": float(found == 0), "hit@10": 1.0, "mrr@10": 1 / (found + 1), "evidence@10": float(knows)}
        scores["answers"] = {"contains": float(right), "em": 0.0, "f1": chance.random() / 3}
    if not abstained:
        scores["citations"] = {"precision": 1.0, "recall": float(right), "quote_valid": 1.0, "attribution": float(right)}
    return {
        "id": f"q-{place:04}", "kind": kind, "question": f"What will the {thing} in {town} cost?", "history": [], "as_of": None,
        "expected": {"answerable": answerable, "answers": [f"{millions} million"] * answerable, "all_of": [],
                     "evidence": [quote] * answerable, "publisher": outlet, "author": person, "date": day, "source": None,
                     "relevant": {f"article-{place}": 1}},
        "answer": "The archive does not say." if abstained else f"{said} [1]", "words": None if abstained else len(said.split()),
        "abstained": abstained, "error": None, "confidence": sure, "withheld": said if abstained else None, "failure": failure,
        "problems": [], "citations": [] if abstained else [citation], "passages": passages, "generation": 7,
        "sentences": [] if abstained else [sentence],
        "wall_ms": 40 + chance.lognormvariate(4.6, 0.7), "tokens": {"evidence": 1200, "completion": 40}, "scores": scores,
    }  # fmt: skip


def sample_report(count: int) -> dict[str, Any]:
    """Return a report on `count` questions with means that agree with them."""
    chance = random.Random(4)  # noqa: S311 - sample data, the same every time
    rows = [sample_row(place, chance) for place in range(count)]
    report: dict[str, Any] = {group: {} for group in ("retrieval", "answers", "citations", "abstention")}
    for group, metric in dict.fromkeys((g, m) for row in rows for g in report for m in row["scores"].get(g, {})):
        values = [row["scores"][group][metric] for row in rows if metric in row["scores"].get(group, {})]
        value, half = sum(values) / len(values), 1 / len(values) ** 0.5
        report[group][metric] = {"value": value, "low": max(value - half, 0), "high": min(value + half, 1), "n": len(values)}
    wrong = [row["scores"]["risk"]["wrong"] for row in sorted(rows, key=lambda row: -row["confidence"])]
    curve = [[place / count, sum(wrong[:place]) / place] for place in range(1, count + 1, max(1, count // 200))]
    times = sorted(row["wall_ms"] for row in rows)
    means = {group: {metric: mean["value"] for metric, mean in report[group].items()} for group in ("retrieval", "answers")}
    kinds = {
        kind: {"n": len(asked), "failed": sum(row["failure"] is not None for row in asked), "scores": means,
               "abstained": sum(row["abstained"] is not None for row in asked)}
        for kind in KINDS if (asked := [row for row in rows if row["kind"] == kind])
    }  # fmt: skip
    report["answers"]["median_words"] = 9.0
    archive = {"articles": 5306, "passages": 41873, "generation": 7, "fingerprint": "9f2c44d1e0ab77c5"}
    return report | {
        "risk_coverage": {"curve": curve, "area": sum(risk for _, risk in curve) / len(curve), "n": count, "coverage": 0.75},
        "recall_by_k": [[k, 1 - 0.5 / k**0.8] for k in range(1, 21)], "kinds": kinds, "questions": rows,
        "latency_ms": {f"p{share}": times[count * share // 100] for share in (50, 95, 99)}, "errors": 0, "cost": None,
        "tokens": {"evidence": 1200 * count, "completion": 40 * count},
        "config": {"gold": "invented-towns.jsonl", "questions": count, "k": 10, "concurrency": 2, "archive": archive,
                   "settings": {"generator": "extractive"}, "commit": "bb777d5c0ffee-dirty", "date": "2025-11-22T10:00:00+00:00"},
    }  # fmt: skip


def hostile_report() -> dict[str, Any]:
    """Return a report in which everything that can come from articles, answers or gold files is an attack."""
    report = sample_report(30)
    rows = [_hostile(row) | {"problems": [HOSTILE], "history": [HOSTILE], "as_of": HOSTILE} for row in report["questions"]]
    config = _hostile(report["config"]) | {HOSTILE: HOSTILE}
    return report | {"questions": rows, "config": config, "kinds": {HOSTILE: report["kinds"]["number"]}}


def _hostile(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hostile(held) for key, held in value.items()}
    if isinstance(value, list):
        return [_hostile(held) for held in value]
    return HOSTILE if isinstance(value, str) else value
