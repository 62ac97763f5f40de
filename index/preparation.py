"""What is computed of an article before it can be stored: its passages and the sketch that near-duplicates are found by."""

from index.chunking import passages_of
from index.duplicates import sketch
from index.protocols import TokenCounter
from index.types import Article, Prepared


class Preparation:
    """Cuts and sketches articles in this process; `passage_tokens` bounds a passage, counted by `tokens`."""

    def __init__(self, tokens: TokenCounter, passage_tokens: int) -> None:
        self._tokens = tokens
        self._passage_tokens = passage_tokens

    def __call__(self, article: Article) -> Prepared:
        """Return the article's passages and sketch."""
        return Prepared(
            passages=tuple(passages_of(article, self._tokens, self._passage_tokens)), sketch=tuple(sketch(article.text))
        )
