"""Knows the lines that outlets print around an article: pointers to other pages, closing words to the reader, paywall prompts."""

import re

from index.outlets import wire_service


def _any(*patterns: str) -> str:
    return "(?:" + "|".join(patterns) + ")"


_NETWORK = r"(?:twitter|facebook|instagram|youtube|linkedin|tiktok|telegram|whatsapp|threads|mastodon|bluesky|x(?=\W|$)|@\w+)"
# A label that opens a line of its own and points elsewhere: `Related: The storm in pictures`.
_POINTER = re.compile(
    _any(
        _any(
            "read (?:more|also|next|this|the full)", "also read", "see (?:also|more)", "watch", "listen", "photos?", "gallery",
            "video", "related(?: (?:stories|articles|content|coverage|reading))?", "more (?:on this|from|stories|coverage|news)",
            "don['’]t miss", "must read", "recommended", "click here", "lesen sie auch", "mehr zum thema", "(?:à )?lire aussi",
            "lea también", "leia (?:mais|também)", "leggi anche", "читайте также", "延伸阅读", "相关阅读", "相关新闻", "関連記事",
        ) + r"\s*(?:[:：>»|–—]|$)",
        "more:", "story continues (?:below|after)", "advertisement$",
        r"\[/?\w+ [^\]]*=[^\]]*\]",  # a shortcode of WordPress that was not filled in
    ),
    re.IGNORECASE,
)  # fmt: skip
# What stands at the end of a page, addressed to the reader or about the page.
_CLOSING = re.compile(
    _any(
        rf"(?:follow|like|find|join|connect with) .{{0,80}}\b(?:on|at) .{{0,40}}{_NETWORK}",
        rf".{{0,400}}\bfollow (?:him|her|them|us|me) (?:on|at) {_NETWORK}",
        r"(?:subscribe|sign up|get|receive|download) .{0,80}"
        r"(?:newsletters?|inbox|podcast|e-?mails?|alerts?|app\b|updates|magazine|delivered)",
        r"(?:listen|watch|tune in) .{0,30}(?:live|here)\b",
        r"(?:have|got) (?:a|any) (?:tips?|story|news)\b.{0,60}\?",
        r"(?:contact|e-?mail|reach|write to) .{0,80}@", r"(?:\w+ ){1,4}(?:can|may) be reached .{0,60}@",
        "tell us what you think", "share (?:this|on)", "filed under", "tags?:", "topics?:", r"(?:\d+ )?comments?(?: \(\d+\))?$",
        "leave a (?:comment|reply)", "print(?: this)?$", "©", r"copyright \W?\d{4}", "all rights reserved",
    ),
    re.IGNORECASE,
)  # fmt: skip
_WHOLE = r"(?:full|rest|whole|entire|complete|this|more)"
# What stands where the rest of a text was cut off. It opens a sentence, and no news is told in it (`_TOLD`).
_PAYWALL = re.compile(
    r"(?:^|[.!?:|–—]\s+)(?:please |or |now )?"
    + _any(
        _any(
            "subscribe", r"sign (?:in|up)", r"log ?in", "register", "upgrade", "join", r"become an? .{0,20}(?:member|subscriber)",
            r"start your .{0,10}trial", r"create an? .{0,8}account", r"buy .{0,20}subscription",
        ) + r"\b.{0,60}\b" + _any(
            r"continue\b", "keep reading", "unlock", rf"(?:to|and) read\b.{{0,20}}\b{_WHOLE}", rf"(?:to|and) read {_WHOLE}",
            r"(?:full|unlimited|premium) access", r"full (?:story|article)",
        ),
        "(?:want )?to (?:continue|keep) reading", "continue reading (?:this|your|the|with)",
        "unlock (?:this|the) (?:article|story)",
        r"(?:this|the) (?:article|story|content|post|rest).{0,20} is .{0,20}(?:for|to) (?:\w+ )?(?:subscribers|members)\b",
        r"(?:for )?subscribers? only", "subscriber[- ]exclusive", r"already an? .{0,20}(?:subscriber|member)\b",
        r"you(?:['’]ve| have) (?:reached|read|used) .{0,40}(?:limit|free articles)",
        rf"(?:read|see) (?:the )?{_WHOLE} .{{0,20}}(?:story|article).{{0,40}}subscri",
        "jetzt (?:weiterlesen|abonnieren)", "(?:nur )?für abonnenten", "(?:cet )?article .{0,20}réservé aux abonnés",
        "réservé aux abonnés",
        "pour lire la suite", "(?:contenido )?exclusivo para suscriptores", "contenuto riservato agli abbonati",
        "本文.{0,10}(?:仅限|僅限).{0,6}(?:订阅|訂閱|会员|會員)", "(?:订阅|訂閱)后?.{0,4}继续阅读", "この記事は(?:有料)?会員限定",
    ),
    re.IGNORECASE,
)  # fmt: skip
_TOLD = re.compile(r"\b(?:said|says|told|according to|announced|added)\b", re.IGNORECASE)
_SOURCE = re.compile(r"(?:sources?|quellen?|fuentes?|来源|來源)\s*[:：]\s*(?P<name>.{2,60})", re.IGNORECASE)
_LABEL_WORDS, _CLOSING_WORDS = 30, 60


def points_elsewhere(line: str) -> bool:
    """Return whether a line of the text is no part of it but points to another page, or marks an advertisement."""
    return bool(_POINTER.match(line)) and len(line.split()) <= _LABEL_WORDS


def closes_page(line: str) -> bool:
    """Return whether a line at the end speaks to the reader or of the page: newsletters, accounts to follow, tags, rights."""
    return len(line.split()) <= _CLOSING_WORDS and bool(_CLOSING.match(line) or _SOURCE.fullmatch(line))


def asks_to_subscribe(line: str) -> bool:
    """Return whether a line asks the reader to pay, register or log in for the rest of the text."""
    return len(line.split()) <= _CLOSING_WORDS and bool(_PAYWALL.search(line)) and not _TOLD.search(line)


def service_named(line: str) -> str | None:
    """Return the wire service that a line such as `SOURCE: Reuters` names."""
    credit = _SOURCE.fullmatch(line)
    return wire_service(credit["name"].strip()) if credit else None
