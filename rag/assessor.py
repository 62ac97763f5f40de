"""Assesses evidence with the archive's embedder, and keeps the newest assessments for whoever needs the same one next."""

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

from index.protocols import Embedder
from index.types import QuestionEmbedding
from rag.nearness import Known, StoredNearness
from rag.relevance import Assessment, Rarity, assess
from rag.types import Evidence

# An assessment is asked for again within the same answer; so many questions may be in progress at once.
_KEPT = 64

_Key = tuple[str, tuple[tuple[str, str], ...]]


class Assessor:
    """Assesses evidence for questions. Safe to use from several threads."""

    def __init__(self, embedder: Embedder, rarity: Rarity, known: Known) -> None:
        """Take the archive's embedder, how rare words are in it, and what it knows of embedded texts.

        The latter two are `PassageStore.rarity` and `PassageStore.known_embeddings`.
        """
        self._embedder = embedder
        self._rarity = rarity
        self._known = known
        self._newest: OrderedDict[_Key, Assessment] = OrderedDict()
        self._lock = Lock()

    def assess(self, question: str, evidence: Sequence[Evidence], embedded: QuestionEmbedding, rarity: Rarity) -> Assessment:
        """Return the assessment, made anew, and keep it for `recall`.

        Args:
            question: as asked.
            evidence: what may be cited, best first.
            embedded: the question's vectors.
            rarity: how rare words are at the generation that the evidence was read at.
        """
        made = assess(question, evidence, rarity, StoredNearness(embedded, self._embedder, self._known))
        with self._lock:
            self._newest[_key(question, evidence)] = made
            while len(self._newest) > _KEPT:
                self._newest.popitem(last=False)
        return made

    def recall(self, question: str, evidence: Sequence[Evidence]) -> Assessment:
        """Return the last assessment of this evidence for this question; it is made if there is none."""
        with self._lock:
            known = self._newest.get(_key(question, evidence))
        return known or self.assess(question, evidence, self._embedder.embed_question(question), self._rarity)


def _key(question: str, evidence: Sequence[Evidence]) -> _Key:
    return question, tuple((item.key, item.hit.passage.passage_id) for item in evidence)
