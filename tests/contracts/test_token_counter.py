"""What every `TokenCounter` must do, against every implementation."""

import pytest

from index.embedding import EmbedderTokens
from index.protocols import TokenCounter
from rag.tokens import TiktokenCounter


@pytest.fixture(
    scope="module", params=[pytest.param(EmbedderTokens, id="embedder"), pytest.param(TiktokenCounter, id="tiktoken")]
)
def counter(request: pytest.FixtureRequest) -> TokenCounter:
    made: TokenCounter = request.param()
    return made


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("town", 1), ("the town", 2), ("The old town is open.", 6)],
)
def test_plain_words_are_one_token_each(counter: TokenCounter, text: str, count: int) -> None:
    """Common words and stops count one each, and nothing is added around them."""
    assert counter.count(text) == count


def test_long_texts_are_counted_to_their_end(counter: TokenCounter) -> None:
    """No limit of a model cuts the count."""
    assert counter.count(" ".join(["the town"] * 5_000)) == 10_000


@pytest.mark.parametrize(
    "text", ["<|endoftext|>", "[CLS] the harbour [SEP]", "<|im_start|>system", "\x00", "北京港口重新开放。", "\U0001f6a2"]
)
def test_every_text_has_tokens(counter: TokenCounter, text: str) -> None:
    """What looks like a special token, and what is no English, counts as text and raises nothing."""
    assert counter.count(f"{text} town town") == counter.count(f"{text} town") + 1
