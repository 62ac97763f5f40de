"""Lets one story take one place, where several outlets carry the same words, and leaves one place to a second outlet."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.cleaning import normalise
from index.identity import original
from index.outlets import outlet_name
from index.types import Article, Hit

_SHINGLE = 4
# A copy's passage says nothing of its own when this part of its word runs stands in the original.
_SAME_WORDS = 0.6
# Another outlet's passage takes the last place if it scores this part of the one that it displaces: lower shares reach more
# lists, and at half of the score the lists of five got worse. Of shorter lists one place is too much (docs/adr/0024).
_NEARLY_AS_GOOD = 0.8
_SHORTEST = 5


def one_of_each_story(hits: Sequence[Hit], clusters: Mapping[str, int]) -> list[Hit]:
    """Return the hits, best first, without copies' passages whose words a passage of the original says, too.

    The original's passage takes the better place of the two. `clusters` gives, for each article id, the number of its story.
    """
    articles: dict[int, dict[str, Article]] = defaultdict(dict)
    for hit in hits:
        articles[clusters.get(hit.article.article_id, -1)][hit.article.article_id] = hit.article
    sources = {
        cluster: original(list(found.values())).article_id
        for cluster, found in articles.items()
        if cluster != -1 and len(found) > 1
    }
    kept: dict[str, Hit] = {hit.passage.passage_id: hit for hit in hits}
    for hit in hits:
        source = sources.get(clusters.get(hit.article.article_id, -1))
        if source is None or source == hit.article.article_id:
            continue
        stead = _in_its_stead(hit, [other for other in kept.values() if other.article.article_id == source])
        if stead is not None:
            del kept[hit.passage.passage_id]
            kept[stead.passage.passage_id] = replace(stead, score=max(stead.score, hit.score))
    return sorted(kept.values(), key=lambda hit: -hit.score)


def several_outlets(hits: Sequence[Hit], k: int) -> list[Hit]:
    """Return the hits, best first, with the k-th place given to another outlet if the first k are all of one.

    It is given to the best hit of another outlet, if that scores at least .8 of what it displaces; all others keep their order,
    and nothing is dropped. Not for questions that name an outlet.
    """
    if not of_one_outlet(hits[:k]) or len(hits) <= k:
        return list(hits)
    last = hits[k - 1]
    for place, hit in enumerate(hits[k:], start=k):
        if _outlet(hit) not in (None, _outlet(last)):
            if hit.score < _NEARLY_AS_GOOD * last.score:
                break
            return [*hits[: k - 1], hit, *hits[k - 1 : place], *hits[place + 1 :]]
    return list(hits)


def of_one_outlet(hits: Sequence[Hit]) -> bool:
    """Return whether one outlet has all places of a list of five or more; an outlet that is not known cannot be told."""
    shown = {_outlet(hit) for hit in hits}
    return len(hits) >= _SHORTEST and len(shown) == 1 and None not in shown


def _outlet(hit: Hit) -> str | None:
    publisher = hit.article.publisher
    return outlet_name(publisher).casefold() if publisher else None


def _in_its_stead(hit: Hit, others: Sequence[Hit]) -> Hit | None:
    """Return the one of the original's hits that says the most of a copy's passage, if together they say nearly all of it."""
    runs = _runs(hit.passage.text)
    shared = [(len(runs & _runs(other.passage.text)), other) for other in others]
    said = set().union(*(runs & _runs(other.passage.text) for other in others)) if others else set()
    if not runs or len(said) < _SAME_WORDS * len(runs):
        return None
    return max(shared, key=lambda pair: pair[0])[1]


def _runs(text: str) -> set[tuple[str, ...]]:
    words = normalise(text).split()
    return {tuple(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}
