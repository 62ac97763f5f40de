"""Measures near-duplicate detection on edited copies of real articles: python -m benchmarks.duplicates FOLDER [--labels FILE].

FOLDER holds `articles.jsonl.gz` (id, title, publisher, text). Pairs are made from the half of the articles that no choice was
made on. Positives are newsroom edits. Negatives share a subject, background, quotes, boilerplate or a template only.
FILE holds real pairs labelled by hand, a JSON object a line: one, other, label (same, different, unclear), half.
"""

# ruff: noqa: PLR2004 - the shares and lengths of the edits stand where they are used

import argparse
import gzip
import hashlib
import itertools
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer  # comes with sentence-transformers

from benchmarks.provenance import commit
from index.cleaning import clean_text
from index.duplicates import SHARED_KEYS, same_story, sketch

SEED, BASES = 12, 400
DAY = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
OFFICE = r"(?:President|Sen\.|Gov\.|Rep\.|Secretary|Judge|Dr\.|CEO|Mayor|Prime Minister|Attorney General)"
SPELLING = {
    rf"\bon {DAY}\b": "yesterday", rf"\b{DAY}\b": "this week", rf"\b{OFFICE} [A-Z][\w-]+ ([A-Z][\w-]+)": r"Mr \1",
    r"\bU\.S\.": "US", r"(\d)%": r"\1 per cent", r"\bpercent\b": "per cent", r"\bmore than\b": "over", r"\babout\b": "around",
    r"\bbecause of\b": "due to", r"\bcenter": "centre", r"\bcolor": "colour", r"iz(e|ed|ing|ation)\b": r"is\1",
    r"\bprogram\b": "programme", r"\btoward\b": "towards", r"\bdefense\b": "defence", r"\bfavor": "favour", r"\blabor": "labour",
    r"\bsaid in a statement\b": "said", r"\bsaid that\b": "said", r"\bannounced\b": "said", r"\bhowever\b": "but", r"\balso ": "",
    r"\bJan\. ": "January ", r"\bFeb\. ": "February ", r"\bNov\. ": "November ", r"\bDec\. ": "December ", r"\bit's\b": "it is",
    r"\bdon't\b": "do not", r"\bpolice\b": "officers", r"\bafter\b": "following", r"\bpeople\b": "persons",
}  # fmt: skip
SENTENCE = re.compile(r"(?<=[.!?”\"]) (?=[A-Z“\"])")
LEADS = (
    "{title}: what happened, what officials say and what comes next, as far as it was known by the evening.",
    "Readers in Exampleshire will feel it too. {title}, it was reported late on Tuesday, and the effects are only beginning.",
)
QUOTES = (
    "At the market in {town} it was the talk of the morning; {count} of the stalls had closed by noon, said {name}, a farmer.",
    "“Nothing good ever came of such plans,” said {name}, a councillor in {town}, to applause from {count} listeners.",
    "“We have waited {count} weeks for an answer,” said {name}, who runs a shop in {town}. “Customers ask me.”",
    "{name}, who chairs the {town} residents’ association, called it “late but welcome” and spoke for {count} households.",
)
NAMES, TOWNS = ("Ada Fenwick", "Tom Barley", "Rosa Quill", "Ned Harrow"), ("Exampleton", "Lower Sample", "Port Placeholder")
OTHER_NAMES = "Harlow Brent Tilda Corvin Maple Osprey Junction Lakes Rovers Tigers Comets Valley North Delta Quarry Union".split()
BOILERPLATE = """This article is for general information and is no advice of any kind. Example Media owns newspapers, radio
stations and three printing works and has been published since 1911. Corrections reach the readers’ editor by letter or telephone.
No part of this page may be copied without leave of the publisher. Subscribers pay nothing extra for the archive. We take part in
several programmes that pay us a share of what readers buy after following a link, which never influences what we write.
Comments are closed after seven days. You can choose which letters we send you, and how often, and end them at any time."""

Paragraphs = list[str]
Edit = Callable[[Paragraphs], Paragraphs]
Verdict = tuple["Pair", bool, bool]  # whether the pair is a candidate, and found


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """An article as far as the benchmark needs it."""

    article_id: str
    title: str
    publisher: str
    paragraphs: Paragraphs

    @property
    def text(self) -> str:
        """The canonical text."""
        return "\n\n".join(self.paragraphs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts and whether they carry one story."""

    kind: str
    same: bool
    one: str
    other: str
    ids: tuple[str, str]


class Newsroom:
    """Edits texts as newsrooms do, with chance from one seed."""

    def __init__(self, chance: random.Random, title: str, background: Paragraphs, side: int | None = None) -> None:
        self._chance, self._title = chance, title.split("|", maxsplit=1)[0].strip(" .")
        self._background = [paragraph for paragraph in background if 25 <= len(paragraph.split()) <= 90]
        # Two newsrooms never invent the same lead or quote.
        self._leads, self._quotes = (LEADS, QUOTES) if side is None else (LEADS[side::2], QUOTES[side::2])

    def cut(self, paragraphs: Paragraphs, kept: float | None = None) -> Paragraphs:
        """Cut whole paragraphs from the bottom, keeping this share of the words."""
        kept = self._chance.uniform(0.3, 0.9) if kept is None else kept
        ends = list(itertools.accumulate(len(paragraph.split()) for paragraph in paragraphs))
        return [paragraph for paragraph, end in zip(paragraphs, [0, *ends], strict=False) if not end or end < kept * ends[-1]]

    def lead(self, paragraphs: Paragraphs) -> Paragraphs:
        """Replace the first paragraph."""
        return [self._chance.choice(self._leads).format(title=self._title), *paragraphs[1:]]

    def subedit(self, paragraphs: Paragraphs) -> Paragraphs:
        """Change spellings, days, offices and stock phrases; drop a sentence from every fifth paragraph."""
        edited = []
        for paragraph in paragraphs:
            text = paragraph
            for pattern, replacement in SPELLING.items():
                text = re.sub(pattern, replacement, text) if self._chance.random() < 0.8 else text
            sentences = SENTENCE.split(text)
            if len(sentences) > 2 and self._chance.random() < 0.2:
                sentences.pop(self._chance.randrange(1, len(sentences)))
            edited.append(" ".join(sentences))
        return edited

    def rewrite(self, paragraphs: Paragraphs) -> Paragraphs:
        """Sub-edit heavily: also every fifth sentence, most relative clauses and every 25th word go."""
        edited = []
        for paragraph in self.subedit(paragraphs):
            text = re.sub(r", (?:who|which) [^,.]{5,60},", lambda m: m[0] if self._chance.random() < 0.4 else "", paragraph)
            sentences = [part for place, part in enumerate(SENTENCE.split(text)) if not place or self._chance.random() > 0.2]
            edited.append(" ".join(word for word in " ".join(sentences).split() if self._chance.random() > 0.04))
        return edited

    def background(self, paragraphs: Paragraphs) -> Paragraphs:
        """Insert one to three paragraphs of another article on the subject."""
        number = min(len(self._background), self._chance.randint(1, 3))
        return self.insert(paragraphs, self._chance.sample(self._background, number))

    def quotes(self, paragraphs: Paragraphs) -> Paragraphs:
        """Insert one to three local quotes."""
        chosen = (self._chance.choice(self._quotes) for _ in range(self._chance.randint(1, 3)))
        places = {"name": self._chance.choice(NAMES), "town": self._chance.choice(TOWNS)}
        return self.insert(paragraphs, [quote.format(count=self._chance.randint(3, 90), **places) for quote in chosen])

    def merge(self, paragraphs: Paragraphs) -> Paragraphs:
        """Join every second paragraph to the one before it."""
        merged = paragraphs[:1]
        for paragraph in paragraphs[1:]:
            merged[-1:] = [f"{merged[-1]} {paragraph}"] if self._chance.random() < 0.5 else [merged[-1], paragraph]
        return merged

    def mixed(self, paragraphs: Paragraphs, least: int = 3) -> Paragraphs:
        """Apply three to six of the edits, in the order in which newsrooms do."""
        subedit = self._chance.choice((self.subedit, self.rewrite))
        edits: tuple[Edit, ...] = (self.cut, self.lead, subedit, self.background, self.quotes, self.merge)
        for place in sorted(self._chance.sample(range(6), self._chance.randint(least, 6))):
            paragraphs = edits[place](paragraphs)
        return paragraphs

    def another_week(self, paragraphs: Paragraphs) -> Paragraphs:
        """Fill the same template anew: all figures change, and half of the names, each everywhere alike."""
        names: dict[str, str] = defaultdict(lambda: self._chance.choice(OTHER_NAMES))
        keep = cache(lambda _: self._chance.random() < 0.5)
        texts = (re.sub(r"\d", lambda _: str(self._chance.randint(1, 9)), paragraph) for paragraph in paragraphs)
        return [re.sub(r"(?<=[a-z,] )[A-Z][a-z]+", lambda m: m[0] if keep(m[0]) else names[m[0]], text) for text in texts]

    def insert(self, paragraphs: Paragraphs, new: Iterable[str]) -> Paragraphs:
        """Insert paragraphs anywhere but on top."""
        paragraphs = list(paragraphs)
        for paragraph in new:
            paragraphs.insert(self._chance.randint(1, len(paragraphs)), paragraph)
        return paragraphs


def make_pairs(sources: list[Source]) -> list[Pair]:
    """Return positives and hard negatives from the sources, the same at every run."""
    usable = [source for source in sources if 200 <= len(source.text.split()) <= 2500 and len(source.paragraphs) >= 6]
    usable = [source for source in usable if max(len(paragraph.split()) for paragraph in source.paragraphs) < 200]
    usable.sort(key=lambda source: hashlib.sha256(source.article_id.encode()).digest())
    vectors = TfidfVectorizer(min_df=2, max_df=0.2, sublinear_tf=True).fit_transform(source.text for source in usable)
    pairs = []
    for place, source in enumerate(usable[:BASES]):
        near = (vectors @ vectors[place].T).toarray().ravel()
        near[near > 0.6] = 0  # the article itself and real copies of it
        pairs += _pairs_of(source, [usable[index] for index in np.argsort(-near)[:5]])
    return pairs


def _pairs_of(source: Source, near: list[Source]) -> list[Pair]:
    chance = random.Random(f"{SEED} {source.article_id}")  # noqa: S311 - repeatable pairs, no secrets
    desk = Newsroom(chance, source.title, near[1].paragraphs)
    desks = [Newsroom(chance, source.title, near[2 + side].paragraphs, side) for side in (0, 1)]
    text, body = source.text, source.paragraphs

    def pair(kind: str, other: Paragraphs, article: Source | None = None, *, one: str = text) -> Pair:
        ids = (source.article_id, article.article_id if article else source.article_id)
        return Pair(kind=kind, same=article is None, one=one, other="\n\n".join(other), ids=ids)

    edits = {"new lead": desk.lead, "light sub-editing": desk.subedit, "heavy sub-editing": desk.rewrite,
             "background": desk.background, "local quotes": desk.quotes, "merged": desk.merge}  # fmt: skip
    quoted = [paragraph for paragraph in body if "“" in paragraph or '"' in paragraph][:3]
    fresh = desk.cut(near[0].paragraphs, chance.uniform(0.3, 0.6))
    short, start = (desk.cut(of.paragraphs, 150 / len(of.text.split())) for of in (near[3], source))
    pairs = [
        *(pair(f"cut to {kept:.0%}", desk.cut(body, kept)) for kept in (0.9, 0.75, 0.6, 0.45, 0.3)),
        *(pair(kind, edit(body)) for kind, edit in edits.items()),
        pair("three to six edits", desk.mixed(body)),
        pair("five or six edits", desk.mixed(body, 5)),
        pair("two edited copies", desks[0].mixed(body), one="\n\n".join(desks[1].mixed(body))),
        *(pair("same subject, other outlet", of.paragraphs, of) for of in near if of.publisher != source.publisher),
        pair("follow-up", [*fresh, *body[int(len(body) * chance.uniform(0.5, 0.7)) :]], near[0]),
        pair("shared quotes", desk.insert(near[2].paragraphs, quoted), near[2]),
        pair("boilerplate", [*short, BOILERPLATE], near[3], one="\n\n".join([*start, BOILERPLATE])),
    ]
    if len(re.findall(r"\d+", text)) >= max(8, len(text.split()) / 60):  # a template without figures is none
        pairs.append(pair("template", desk.another_week(body), source))
    return pairs


def judge(pairs: list[Pair]) -> tuple[list[Verdict], float, float]:
    """Return the verdicts, and the milliseconds of processor time for a sketch and a comparison."""
    started = time.process_time()
    keys = {text: set(sketch(text)) for text in {text for pair in pairs for text in (pair.one, pair.other)}}
    sketched = time.process_time()
    stories = [same_story(pair.one, pair.other).near_duplicate for pair in pairs]
    compared = time.process_time()
    candidate = [len(keys[pair.one] & keys[pair.other]) >= SHARED_KEYS for pair in pairs]
    verdicts = [(pair, near, near and story) for pair, near, story in zip(pairs, candidate, stories, strict=True)]
    return verdicts, 1000 * (sketched - started) / len(keys), 1000 * (compared - sketched) / len(pairs)


def candidates(sources: list[Source]) -> float:
    """Return how many earlier articles each article would be compared with."""
    holders: dict[int, list[int]] = defaultdict(list)
    shared: Counter[tuple[int, int]] = Counter()
    for place, source in enumerate(sources):
        for key in sketch(source.text):
            shared.update((earlier, place) for earlier in holders[key])
            holders[key].append(place)
    return sum(number >= SHARED_KEYS for number in shared.values()) / len(sources)


def report(name: str, verdicts: list[Verdict]) -> None:
    """Print precision and recall with intervals (1,000 resamplings of the articles), then each kind, then the false pairs."""
    counts: dict[str, list[tuple[bool, ...]]] = defaultdict(list)
    for pair, candidate, found in verdicts:
        counts[pair.ids[0]].append((found and pair.same, found, pair.same, candidate and pair.same))
    table = np.array([np.sum(of_article, axis=0) for of_article in counts.values()])
    draws = np.random.default_rng(SEED).integers(0, len(table), (1000, len(table)))
    sums = np.vstack([table.sum(axis=0), table[draws].sum(axis=1)])
    print(f"\n{name}: {len(verdicts)} pairs, {int(sums[0, 2])} of them one story, {len(table)} articles")
    for label, part, whole in (("candidate recall", 3, 2), ("precision", 0, 1), ("recall", 0, 2)):
        values = sums[:, part] / np.maximum(sums[:, whole], 1)
        low, high = np.quantile(values[1:], [0.025, 0.975])
        print(f"  {label:27} {values[0]:.3f}  [{low:.3f}, {high:.3f}]")
    kinds: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for pair, candidate, found in verdicts:
        kinds[pair.kind].append((candidate, found))
    for kind, of_kind in kinds.items():
        candidate, found = np.sum(of_kind, axis=0)
        print(f"  {kind:27} {found:4} of {len(of_kind):4} found ({found / len(of_kind):.3f}), {candidate} candidates")
    for wrong in (pair for pair, _, found in verdicts if found and not pair.same):
        print(f"  wrongly joined, {wrong.kind}: {' '.join(wrong.ids)}")


def main() -> None:
    """Read, make the pairs, judge, report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--labels", type=Path, help="real pairs labelled by hand")
    parser.add_argument("--half", choices=("develop", "held"), default="held")
    arguments = parser.parse_args()
    file = arguments.folder / "articles.jsonl.gz"
    if not file.is_file():
        parser.exit(message=f"skipped: {file} is not there\n")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    sources = {r["id"]: Source(article_id=r["id"], title=r["title"], publisher=r["publisher"] or "",
                               paragraphs=clean_text(r["text"]).split("\n\n")) for r in rows}  # fmt: skip
    print(f"commit {commit()}, {datetime.now(UTC):%Y-%m-%d}, {arguments.half} half, seed {SEED}")
    half = [s for s in sources.values() if hashlib.sha256(s.article_id.encode()).digest()[-1] % 2 == (arguments.half == "held")]
    print(f"{candidates(half):.2f} candidates an article among {len(half)} articles")
    verdicts, sketch_ms, compare_ms = judge(make_pairs(half))
    print(f"{sketch_ms:.1f} ms a sketch, {compare_ms:.1f} ms a comparison")
    report("made pairs", verdicts)
    if arguments.labels:
        labels = [json.loads(line) for line in arguments.labels.read_text(encoding="utf-8").splitlines()]
        chosen = [label for label in labels if label["half"] == arguments.half]
        real = [Pair(kind=f"labelled {label['label']}", same=label["label"] == "same", one=sources[label["one"]].text,
                     other=sources[label["other"]].text, ids=(label["one"], label["other"])) for label in chosen]  # fmt: skip
        judged, *_ = judge(real)
        report("real pairs, unclear ones left out", [verdict for verdict in judged if "unclear" not in verdict[0].kind])
        print(f"  unclear ones joined: {sum(found for pair, _, found in judged if 'unclear' in pair.kind)}")


if __name__ == "__main__":
    main()
