"""Keeps what articles and models print from acting: addresses, Markdown links and HTML tags lose what makes them work."""

import re

# Link texts may hold brackets, and targets parentheses, one in another.
_MARKDOWN_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_REFERENCE = re.compile(r"!?\[([^\[\]]+)\]\[[^\[\]]*\]")
_REFERENCE_LINK = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*\S+.*$", re.MULTILINE)
_END = r"[^\s<>\"'”’)\]]+"
# Renderers make links of more than addresses with a scheme: of `www.`, `//host.example`, mail addresses, and hosts with a path.
# A bare host is left: `Booking.com` is a name.
_ADDRESS = re.compile(
    rf"[a-z][a-z0-9+.-]{{0,20}}://{_END}"
    rf"|(?<![^\W_])(?:www\.|(?:data|javascript|vbscript|mailto|xmpp|tel|sms|magnet):){_END}"
    rf"|(?<![\w:/])//(?=[\w-]+\.[\w-]){_END}"
    r"|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+"
    rf"|(?<![\w@.-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}[a-z]{{2,24}}[/?#](?=\w){_END}",
    re.IGNORECASE,
)
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]{0,1000}>")
_OPENS_TAG = re.compile(r"<(?=[a-zA-Z/!?@#])")
# What is still between the parts of a link when a pattern above did not know it.
_JOINTS = re.compile(r"!(?=\[)|(?<=\])(?=[(\[:])")

REMOVED = "(address removed)"
"""What stands where an address stood. The quote of the citation still has it, letter by letter."""


def without_links(text: str) -> str:
    """Return a text in which nothing is a link, an image, a tag or a mention, whatever renders it.

    Chat tools make links and images of what an answer holds, and fetch some without being asked; an answer's own sources are
    linked by its citations.
    """
    text = _REFERENCE_LINK.sub(" ", text)
    text = _REFERENCE.sub(r"\1", _MARKDOWN_LINK.sub(r"\1", text))
    text = _TAG.sub(" ", _ADDRESS.sub(REMOVED, text))
    text = _JOINTS.sub(lambda match: "" if match[0] else " ", text)
    return _OPENS_TAG.sub("‹", text)
