"""Asks a language model once more for the sentences of its draft that could not be verified, when that is cheap.

What comes back is verified like everything else and stands behind what was already shown, which is never taken back.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Literal

from rag.attempts import Deadline
from rag.citations import CitationReader
from rag.draft_support import measure
from rag.errors import GeneratorError
from rag.language import stems
from rag.negation import denied
from rag.prompts import Rejected
from rag.types import Citation, Evidence, Sentence

RepairOutcome = Literal["added", "nothing", "failed"]
"""Whether a repair added sentences, added none although the model answered, or the model failed."""
MOST_CHARACTERS = 4_000
"""The longest draft that is repaired, and the longest repair; models are told to write one to three short sentences."""
_MOST_REJECTED = 4
# Who waits has waited long for the first draft; the repair takes as long again.
_PART_OF_DEADLINE = 0.5


def worth_repairing(
    draft: str, shown: Sequence[Sentence], evidence: Sequence[Evidence], deadline: Deadline
) -> tuple[Rejected, ...]:
    """Return the sentences to ask for once more; none if there are none, or if asking would be dear.

    It is dear when half of the deadline is over, the draft is long, or many sentences were dropped; where no sentence at all is
    left, the first of them are worth it. A model that said that the evidence does not answer is not asked to change its mind.

    Args:
        draft: whole, as the model wrote it.
        shown: the sentences of it that were verified.
        evidence: what it was shown.
        deadline: of the whole answer.
    """
    if deadline.left < _PART_OF_DEADLINE * deadline.seconds or len(draft) > MOST_CHARACTERS:
        return ()
    found = measure(draft, evidence)
    if found.refused or (shown and len(found.rejected) > _MOST_REJECTED):
        return ()
    return found.rejected[:_MOST_REJECTED]


class Repair:
    """One repair of a draft. Iterate over it for the sentences that it adds; then `outcome` says how it went."""

    def __init__(self, pieces: AsyncGenerator[str, None], reader: CitationReader, evidence: Sequence[Evidence]) -> None:
        """Take what the model writes, the reader that has read the first draft to its end, and what the model was shown."""
        self._pieces, self._reader, self._evidence = pieces, reader, evidence
        self.completion = ""
        """As the model wrote it, unverified."""
        self.outcome: RepairOutcome = "failed"

    async def __aiter__(self) -> AsyncGenerator[str, None]:
        """Yield verified sentences with their numbers, which go on where the first draft's end; raises nothing of its own."""
        whole = True
        try:
            async with aclosing(self._pieces) as pieces:
                async for piece in pieces:
                    self.completion += piece
        except GeneratorError:
            whole = False  # the first draft stands
        before = len(self._reader.cited.sentences)
        for sentence in self._corrected(whole=whole):
            if shown := self._reader.feed(sentence) + self._reader.end():
                yield shown
        if len(self._reader.cited.sentences) > before:
            self.outcome = "added"
        elif whole:
            self.outcome = "nothing"

    def _corrected(self, *, whole: bool) -> Iterator[str]:
        """Yield the sentences of the repair that are supported and not shown yet, each with the keys that it rests on.

        They are read apart first, since a reader of citations does not take back what it has shown.
        """
        apart = CitationReader(self._evidence, lambda _: ())
        apart.feed(self.completion)
        apart.end(whole=whole)
        cited = apart.cited
        if cited.refused and not cited.sentences and not self._reader.cited.sentences:
            self._reader.feed(self.completion)
            self._reader.end()
        for sentence in cited.sentences:
            if not any(_repeats(sentence.text, shown.text) for shown in self._reader.cited.sentences):
                keys = (key for number in sentence.citations for key in self._keys(cited.citations[number - 1]))
                yield f"{sentence.text} {''.join(f'[{key}]' for key in dict.fromkeys(keys))}"

    def _keys(self, citation: Citation) -> Iterator[str]:
        for item in self._evidence:
            passage = item.hit.passage
            if (
                passage.article_id == citation.article.article_id
                and passage.start <= citation.start <= citation.end <= passage.end
            ):
                yield item.key


def _repeats(sentence: str, shown: str) -> bool:
    """Return whether a sentence says nothing that a shown one does not say."""
    return stems(sentence) <= stems(shown) and denied(sentence) == denied(shown)
