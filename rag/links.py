"""Keeps what articles and models print from acting: addresses, Markdown links and HTML tags lose what makes them work."""

import re

_MARKDOWN_LINK = re.compile(r"!?\[([^\[\]]*)\]\(([^()\s]*(?:\([^()]*\)[^()]*)*)[^()]*\)")
_REFERENCE_LINK = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_ADDRESS = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}://|\bwww\.|\b(?:data|javascript|vbscript|mailto):)[^\s<>\"'”’)\]]+", re.IGNORECASE
)
_TAG = re.compile(r"<(?=[a-zA-Z/!?])")

REMOVED = "(address removed)"
"""What stands where an address stood. The quote of the citation still has it, letter by letter."""


def without_links(text: str) -> str:
    """Return a text in which nothing is a link, an image or a tag, whatever renders it.

    Chat tools make links and images of what an answer holds, and fetch some without being asked; an answer's own sources are
    linked by its citations.
    """
    text = _REFERENCE_LINK.sub(" ", text)
    text = _MARKDOWN_LINK.sub(lambda match: match[1], text)
    return _TAG.sub("‹", _ADDRESS.sub(REMOVED, text))
