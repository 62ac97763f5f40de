"""How well an answer says what was to be said. Knows its words and the accepted ones; citations are `grounding`'s."""

import re
from collections.abc import Mapping, Sequence

from eval.matching import contains, exact_match, token_f1
from rag.types import Answer

_MARKER = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")


def spoken_text(answer: Answer) -> str:
    """Return the answer's text without its citation markers; a quoted `[2021]` that cites nothing stays."""
    cited = {citation.number for citation in answer.citations}
    return _MARKER.sub(lambda m: "" if {int(n) for n in m[1].split(",")} <= cited else m[0], answer.text).strip()


def answer_scores(answer: Answer, accepted: Sequence[str]) -> Mapping[str, float]:
    """Return the answer metrics of one answerable question, the best over the accepted answers; 0 for an abstention.

    - `contains`: 1 if the answer's text has an accepted answer's words next to each other (`matching.contains`).
    - `em`, `f1`: SQuAD's exact match and token F1 (`matching.exact_match`, `matching.token_f1`). An answer in whole
      sentences scores low on both even when it is right.

    Raises:
        ValueError: there are no accepted answers, so nothing can be judged.
    """
    if not accepted:
        raise ValueError("a question without accepted answers has no answer scores; leave it out")
    if answer.abstained is not None:
        return {"contains": 0.0, "em": 0.0, "f1": 0.0}
    text = spoken_text(answer)
    return {
        "contains": float(any(contains(text, sought) for sought in accepted)),
        "em": max(exact_match(text, sought) for sought in accepted),
        "f1": max(token_f1(text, sought) for sought in accepted),
    }


def length_in_words(answer: Answer) -> int:
    """Return how many words the answer has, as white space separates them, without citation markers."""
    return len(spoken_text(answer).split())
