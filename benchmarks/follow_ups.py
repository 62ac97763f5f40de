"""How often the rules for follow-ups and parts touch what they should not, and how often they do what they should.

    python -m benchmarks.follow_ups QUESTIONS...
    python -m benchmarks.follow_ups --conversations TOPICS.json [--rewritten RESOLVED.tsv]

QUESTIONS: JSON lines with `question` (or `query`), or a SQuAD file; each question is asked behind the three before it, with an
answer between them that names somebody. TOPICS.json: topics of TREC CAsT (github.com/daltonj/treccastweb); of 2020 the file holds
what people made of each turn, for 2019 that is RESOLVED.tsv. `--show` prints every change. What people made is also
shown to the check that a language model's rewriting must pass, beside what they made of the turn before, which must not pass.
"""

import argparse
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import fmean

from rag.conversation import Turn, standalone
from rag.parts import parts
from rag.rewriting import accepted, shown_turns
from rag.timeline import asks_for_timeline

ANSWER = "The council met on Monday. Pekka Salmi spoke for the Harbour Board. [1]"
BEFORE = 3


def questions(path: Path) -> Iterator[list[str]]:
    """Yield the questions of a file, those of one article together."""
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    if text.lstrip().startswith('{"version"') or '"paragraphs"' in text[:10_000]:
        for article in json.loads(text)["data"]:
            yield [asked["question"].strip() for paragraph in article["paragraphs"] for asked in paragraph["qas"]]
    else:
        rows = map(json.loads, text.splitlines())
        yield [row.get("question") or row["query"] for row in rows]


def touched(path: Path, *, show: bool) -> None:
    """Print how many whole questions are rewritten, split or taken for timelines."""
    groups = list(questions(path))
    for half, chosen in (("even groups", groups[::2]), ("odd groups", groups[1::2])) if len(groups) > 1 else (("all", groups),):
        rewritten = split = told = count = 0
        for group in chosen:
            for at, question in enumerate(group):
                turns = [
                    turn for text in group[max(0, at - BEFORE) : at] for turn in (Turn("user", text), Turn("assistant", ANSWER))
                ]
                made, pieces = standalone(question, turns), parts(question)
                count += 1
                rewritten += made != question
                split += pieces != (question,)
                told += asks_for_timeline(question)
                if show and (made != question or len(pieces) > 1):
                    print(f"  {question}\n    {made if made != question else pieces}")
        print(f"{path.name}, {half}: {count} questions, rewritten {rewritten}, split {split}, timelines {told}")


def joined(path: Path) -> None:
    """Print how many pairs of questions, joined with `and`, are split into just the two."""
    pairs = [pair for group in questions(path) for pair in zip(group[::2], group[1::2], strict=False)]
    one = [(a, b) for a, b in pairs if re.match(r"(?:who|what|which|when|where|why|how)\b", b, re.IGNORECASE) and a.endswith("?")]
    found = sum(parts(f"{a[:-1]} and {b[:1].lower()}{b[1:]}") == (a, b) for a, b in one)
    print(f"{path.name}: {len(one)} joined pairs, {found} split into the two")


def conversations(path: Path, rewritten: Path | None, *, show: bool) -> None:
    """Print how turns compare with what people made of them."""
    people = dict(line.split("\t") for line in rewritten.read_text().splitlines()) if rewritten else {}
    whole = damaged = open_turns = changed = 0
    held: list[float] = []
    passed = others = others_passed = 0
    for topic in json.loads(path.read_text()):
        turns: list[Turn] = []
        before = ""
        for turn in topic["turn"]:
            typed = turn["raw_utterance"].strip()
            wanted = people.get(f"{topic['number']}_{turn['number']}") or turn["manual_rewritten_utterance"]
            made = standalone(typed, turns)
            if plain(wanted) != plain(typed):
                passed += accepted(wanted, typed, shown_turns(turns)) is not None
                if before and plain(before) != plain(wanted):
                    others += 1
                    others_passed += accepted(before, typed, shown_turns(turns)) is not None
            before = wanted
            turns.append(Turn("user", typed))
            if plain(wanted) == plain(typed):
                whole += 1
                damaged += made != typed
            else:
                open_turns += 1
                changed += made != typed
                missing = set(plain(wanted)) - set(plain(typed))
                if missing:
                    held.append(len(missing & set(plain(made))) / len(missing))
            if show and made != typed:
                print(f"  {typed}\n    {made}\n    {wanted}")
    print(
        f"{path.name}: {whole} whole turns, {damaged} changed; {open_turns} that people completed, {changed} changed;"
        f" of the words people added {fmean(held):.2f} added"
    )
    print(
        f"{path.name}: a model that wrote what people did would be followed in {passed} of {open_turns};"
        f" one that repeated what they made of the turn before, in {others_passed} of {others}"
    )


def plain(text: str) -> list[str]:
    """Return the words in small letters."""
    return re.findall(r"\w+", text.casefold())


def main() -> None:
    """Read the arguments and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", nargs="*", type=Path)
    parser.add_argument("--conversations", type=Path)
    parser.add_argument("--rewritten", type=Path)
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    for path in given.questions:
        touched(path, show=given.show)
        joined(path)
    if given.conversations:
        conversations(given.conversations, given.rewritten, show=given.show)


if __name__ == "__main__":
    main()
