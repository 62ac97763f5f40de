"""Finds the passages for a question: nearest vectors and matching words fused, the best compared word by word, all weighted."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from index.protocols import PassageStore
from index.types import Hit, QuestionEmbedding, Where
from rag.diversity import of_one_outlet, one_of_each_story, several_outlets
from rag.fusion import combined_scores
from rag.late_interaction import DEPTH, late_scores, token_weights, with_late_scores
from rag.outlet_mentions import names_an_outlet
from rag.question import Reading, read_question
from rag.scope import Scope, outlet_factors, read_scope
from rag.types import Question
from rag.windows import window_factors

# How deep each ranker is read before fusion: five times the most passages that an answer is usually made from.
_DEPTH = 50
# So many times the passages wanted are looked at for copies of one story.
_CANDIDATES = 3


def allowed_articles(question: Question) -> Where:
    """Return which articles the question's own limits allow.

    A window asks for articles dated inside it, so undated ones are out. `as_of` alone only keeps later articles out, and an
    undated one cannot be shown to be later.
    """
    until = min(filter(None, (question.until, question.as_of)), default=None)
    windowed = question.since is not None or question.until is not None
    return Where(since=question.since, until=until, publishers=question.publishers, undated=not windowed)


def scope_of(question: Question, store: PassageStore) -> Scope:
    """Return the question with the limits that its own words add. Call it inside `store.consistent()`."""
    return read_scope(question, asked_on(question), store.outlets())


def retrieve(
    question: Question,
    embedded: QuestionEmbedding,
    store: PassageStore,
    *,
    recency_strength: float,
    recency_days: float,
    at_least: int = 0,
) -> list[Hit]:
    """Return the best `question.k` passages, best first, ties by age in the archive. Call it inside `store.consistent()`.

    `at_least` asks for more than `question.k` of them, for a reranker to choose from.
    """
    wanted = max(question.k, at_least)
    scope = scope_of(question, store)
    where = allowed_articles(scope.question)
    reading = read_question(question.text)
    depth = max(_DEPTH, wanted)
    dense = store.nearest(embedded.vector, depth, where)
    words = store.matching(reading.words, depth, where, reading.phrases)
    places = {
        name: {row: place for place, (row, _) in enumerate(found, start=1)}
        for name, found in (("dense", dense), ("words", words))
    }
    rows = sorted(places["dense"].keys() | places["words"].keys())
    similarities = dict(zip(rows, store.similarities(embedded.vector, rows), strict=True))
    fused = combined_scores(similarities, dict(words))
    timely = window_factors(
        store.days(rows), scope.window, asked_on(question), strength=recency_strength, decay_days=recency_days
    )
    named = _outlet_factors(rows, scope, store)
    factors = {row: by_time * by_outlet for row, by_time, by_outlet in zip(rows, timely, named, strict=True)}
    compared = _best_first(fused, factors)[:DEPTH]
    scores = with_late_scores(fused, _late_scores(question.text, reading, embedded, compared, store))
    best = _best_first(scores, factors)[: max(_CANDIDATES * question.k, wanted)]

    def read(chosen: list[int]) -> list[Hit]:
        return [
            Hit(
                passage=passage,
                article=article,
                score=scores[row] * factors[row],
                similarity=similarities[row],
                ranks={name: place[row] for name, place in places.items() if row in place},
            )
            for row, (passage, article) in zip(chosen, store.passages(chosen), strict=True)
        ]

    # Reading articles takes longer than finding them: those behind the wanted ones are read only if one may move up.
    repeated = store.repeats_a_story(best)
    hits = read(best if repeated else best[:wanted])
    if repeated:
        hits = one_of_each_story(hits, store.clusters([hit.article.article_id for hit in hits]))
    # Who names an outlet, or filters by one, wants that one.
    asked_for = bool(scope.question.publishers) or names_an_outlet(question.text, store.outlets())
    if not asked_for and of_one_outlet(hits[: question.k]):
        hits = several_outlets(hits if repeated else read(best), question.k)
    return hits[:wanted]


def _best_first(scores: Mapping[int, float], factors: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda row: (-scores[row] * factors[row], row))


def _late_scores(
    text: str, reading: Reading, embedded: QuestionEmbedding, rows: list[int], store: PassageStore
) -> dict[int, float]:
    """Return what late interaction gives these passages; nothing where embedder or archive have no vectors of tokens.

    A passage of an older archive without signs would come behind all others for no reason of its own, so then none is compared.
    """
    if not len(embedded.tokens):
        return {}
    signs = store.token_signs(rows)
    if not all(signs):
        return {}
    weights = token_weights(text, embedded.spans, dict(zip(reading.words, store.rarity(reading.words), strict=True)))
    return dict(zip(rows, late_scores(embedded.tokens, weights, signs), strict=True))


def _outlet_factors(rows: list[int], scope: Scope, store: PassageStore) -> list[float]:
    if not scope.near:
        return [1.0] * len(rows)
    return outlet_factors([(article.publisher, article.agency) for _, article in store.passages(rows)], scope.near)


def asked_on(question: Question) -> date:
    """Return the day on which a question is asked: its `as_of`, else today."""
    return question.as_of or datetime.now(UTC).date()
