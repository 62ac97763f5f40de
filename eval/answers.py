"""How well an answer says what was to be said. Knows its words and the accepted ones; citations are `grounding`'s."""

import re
from collections.abc import Mapping, Sequence

from eval.matching import contained, exact_match, token_f1
from rag.types import Answer

_MARKER = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")


def spoken_text(answer: Answer) -> str:
    """Return the answer's text without its citation markers; a quoted `[2021]` that cites nothing stays."""
    cited = {citation.number for citation in answer.citations}
    return _MARKER.sub(lambda m: "" if {int(n) for n in m[1].split(",")} <= cited else m[0], answer.text).strip()


def answer_scores(
    text: str, *, abstained: bool, answers: Sequence[str], all_of: Sequence[Sequence[str]] = ()
) -> Mapping[str, float]:
    """Return the answer metrics of one answerable question; 0 for an abstention.

    - `contains`: 1 if the text has the words of an accepted answer next to each other (`matching.contains`). With
      `all_of`: 1 if the text has every part, in any of the part's forms; `answers` do not count for it then.
    - `em`, `f1`: SQuAD's exact match and token F1 (`matching.exact_match`, `matching.token_f1`), the best over the
      accepted answers; without these, against the first form of each part, joined by commas. An answer in whole
      sentences scores low on both even when it is right.

    Args:
        text: what the answer says, without citation markers (`spoken_text`).
        abstained: whether the text says that there is no answer, so that none of its words count.
        answers: the accepted answers; any one is enough.
        all_of: the parts that all have to be said, each by its forms.

    Raises:
        ValueError: there are neither accepted answers nor parts, so nothing can be judged; or a part has no form.
    """
    if not answers and not all_of:
        raise ValueError("a question without accepted answers has no answer scores; leave it out")
    if not all(all_of):
        raise ValueError("a part of the answer has no form in which it could be said; give it one, or leave it out")
    if abstained:
        return {"contains": 0.0, "em": 0.0, "f1": 0.0}
    said = all(any(contained(text, forms)) for forms in all_of) if all_of else any(contained(text, answers))
    accepted = answers or [", ".join(forms[0] for forms in all_of)]
    return {
        "contains": float(said),
        "em": max(exact_match(text, sought) for sought in accepted),
        "f1": max(token_f1(text, sought) for sought in accepted),
    }


def length_in_words(answer: Answer) -> int:
    """Return how many words the answer has, as white space separates them, without citation markers."""
    return len(spoken_text(answer).split())
