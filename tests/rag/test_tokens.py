"""Counting tokens offline."""

from rag.tokens import TiktokenCounter


def test_tokens_are_counted_as_cl100k() -> None:
    """Known counts of cl100k_base, from a vocabulary inside a package."""
    counter = TiktokenCounter()
    assert [counter.count(text) for text in ("", "hello world", "tiktoken is great!")] == [0, 2, 6]


def test_special_tokens_are_text() -> None:
    """`<|endoftext|>` printed in an article is counted as its characters, and is no error."""
    assert TiktokenCounter().count("<|endoftext|>") > 1
