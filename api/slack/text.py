"""Text on its way into Slack, where it must not act, and out of Slack, where it is marked up.

Answers hold no links and no markup already (docs/security.md); titles, quotes and error messages may. All of it goes through
`inert`, whoever wrote it: a channel full of people would be called by one `<!channel>` that was let through.
"""

import re

JOINER = "\u2060"
"""Word joiner: has no width and breaks no line. Between two characters it keeps Slack from reading them together."""

# Slack's documented escapes; they hold in its own markup and, as HTML entities, in Markdown.
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "\u02cb"})
# Control characters, and those that turn the direction of what follows.
_CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_ACTIVE = (
    re.compile(r"@(?=\w)"),  # @here, @channel, @name
    re.compile(r"\](?=[(:])"),  # Markdown's links and what they refer to
    re.compile(r":(?=//)"),  # addresses, which Slack would link and fetch
    re.compile(r"(?<=\w)\.(?=[^\W\d_]{2})"),  # host names: it links those as well
)
_REFERENCE = re.compile(r"<([^<>|]{0,3000})(?:\|([^<>]{0,3000}))?>")
_HALF_ENTITY = re.compile(r"&[a-z]{0,3}$")
_IN_URLS = str.maketrans({"<": "%3C", ">": "%3E", "|": "%7C", '"': "%22", " ": "%20", "`": "%60"})


def inert(text: str) -> str:
    """Return text so that Slack shows it and does nothing else: no mention, no link, no code, in its markup or in Markdown."""
    shown = _CONTROLS.sub(" ", text).translate(_ESCAPES)
    for pattern in _ACTIVE:
        shown = pattern.sub(lambda match: match[0] + JOINER, shown)
    return shown


def on_one_line(text: str) -> str:
    """Return text inert and on one line."""
    return inert(" ".join(text.split()))


def link(url: str, label: str) -> str:
    """Return a link in Slack's markup.

    Args:
        url: of the web.
        label: inert already.
    """
    return f"<{_CONTROLS.sub('', url).translate(_IN_URLS).replace('&', '&amp;')}|{label}>"


def plain_of(text: str, bot: str = "") -> str:
    """Return what a message says, without Slack's markup and without naming the bot.

    Args:
        text: as Slack sends it: `<@U…>` for people, `<https://…|label>` for links, entities for `& < >`.
        bot: the bot's user id.
    """

    def shown(match: re.Match[str]) -> str:
        target, label = match[1], match[2]
        if target == f"@{bot}":
            return " "
        if label:
            return str(label)
        return " " if target.startswith(("@", "#", "!")) else str(target.removeprefix("mailto:"))

    words = _REFERENCE.sub(shown, text).replace(JOINER, "").split()
    return " ".join(words).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def cut(text: str, most: int) -> str:
    """Return inert text with at most so many characters: cut between words, with `…`, and never within an entity."""
    if len(text) <= most:
        return text
    kept = text[: max(0, most - 1)]
    space = max(kept.rfind(" "), kept.rfind("\n"))
    kept = kept[:space] if space > most // 2 else _HALF_ENTITY.sub("", kept)
    return f"{kept.rstrip()}…" if most > 0 else ""


def parts_of(text: str, most: int) -> list[str]:
    """Return inert text in parts of at most so many characters, cut between words where there are any."""
    parts = []
    rest = text.strip()
    while len(rest) > most:
        at = max(rest.rfind(" ", 0, most), rest.rfind("\n", 0, most))
        part = rest[:at] if at > most // 2 else _HALF_ENTITY.sub("", rest[:most])
        parts.append(part.rstrip())
        rest = rest[len(part) :].lstrip()
    return [*parts, rest] if rest else parts
