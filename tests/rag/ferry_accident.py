"""What two made-up outlets print of one accident, and the conflicts that are found between them."""

from collections.abc import Callable, Mapping, Sequence

from index.types import Article, Hit, Passage
from rag.conflicts import Conflict, find_conflicts
from rag.types import Citation, Evidence

ArticleOf = Callable[..., Article]
Find = Callable[..., tuple[Conflict, ...]]

LEAD = "A lead that nobody asks about.\n\n"
INJURED = "How many people were injured in the ferry accident at Sandholm?"
APP = "How many users does Norlink's app have?"
LONG = "How long is the Sandholm bridge?"
CUT = "How many jobs will Norlink cut?"
COST = "How much did the Sandholm bridge cost?"
OPENS = "When does the Sandholm bridge open?"
SELL = "How many ships did Norlink sell?"
DIED = "How many people died in the storm at Varby?"
BACKED = "What percentage of voters backed the tunnel in Varby?"
TWELVE = "Police said 12 people were injured on Monday."

NINETEEN = "A total of 19 people were injured when the ferry struck the quay."


def alike(words: Sequence[str]) -> list[float]:
    """Every word is equally rare."""
    return [1.0] * len(words)


def shown(key: str, article: Article) -> Evidence:
    """Show all of an article but its lead as one passage."""
    passage = Passage(article_id=article.article_id, start=len(LEAD), end=len(article.text), text=article.text[len(LEAD) :])
    return Evidence(key=key, hit=Hit(passage=passage, article=article, score=1.0, similarity=0.6, ranks={}))


def cited(evidence: Evidence) -> Citation:
    passage = evidence.hit.passage
    return Citation(
        number=1, article=evidence.hit.article, quote=passage.text, start=passage.start, end=passage.end, verified="exact"
    )


def find(question: str, *articles: Article, stories: Mapping[str, int] | None = None) -> tuple[Conflict, ...]:
    """Look for conflicts where the first article is the one that is cited."""
    evidence = [shown(f"S{number}", article) for number, article in enumerate(articles, start=1)]
    return find_conflicts(question, [cited(evidence[0])], evidence, rarity=alike, stories=stories or {})
