"""Finds correction notices: what an outlet prints when its article was wrong. News that tells of a correction is none."""

import re
from collections.abc import Iterable

from index.cleaning import normalise


def _any(*patterns: str) -> str:
    return "(?:" + "|".join(patterns) + ")"


# A label opens its paragraph and is set off: `Correction:`, `CLARIFICATION (Sept. 19) —`, `更正：`, or alone on its line.
_LABEL = re.compile(
    r"\W{0,3}" + _any(
        "corrections?", "clarifications?", "retraction", "err?atum", "errata(?: corrige)?", "corrigendum", "for the record",
        "correction appended", "corrections? and clarifications?", "correction (?:added|to this (?:article|story))",
        "we were wrong", "berichtigung", "korrektur", "richtigstellung", "rectificatifs?", "rectification", "précision",
        "corrección", "rectificación", "aclaración", "fe de erratas?", "fe de errores", "correção", "erramos", "rettifica",
        "precisazione", "correctie", "rectificatie", "rättelse", "rettelse", "oikaisu", "sprostowanie", "исправление",
        "поправка", "уточнение", "更正(?:声明|聲明|启事)?", "勘误", "勘誤", "澄清", "訂正", "お詫びと訂正", "정정(?:보도)?",
        "바로잡습니다",
    )
    # a date may stand between the label and what sets it off: `Correction, Nov. 15, 2025:`, `Korrektur vom 3. Mai:`
    + _any(
        r"\s*[(\[（].{1,40}[)\]）]", r"[ ,]+(?:(?:on|of|vom|du|del) )?\w{3,9}\.? \d{1,2}(?:, \d{4})?",
        r"[ ,]+(?:(?:on|of|vom|du|del) )?\d{1,2}\.? ?\w{3,9}\.?(?: \d{4})?",
    ) + r"?\s*(?:[:：]|[-–—]\s|$)",
    re.IGNORECASE,
)  # fmt: skip
_NOTE = re.compile(
    r"\W{0,3}" + _any(
        "editors?['’]?s?['’]? notes?", "note to readers", "update", "anm(?:erkung|\\.) d(?:er|\\.) red(?:aktion|\\.)",
        "hinweis der redaktion", "ndlr", "note de la rédaction", "nota d(?:e|el|e la|a|ella) (?:redac\\w+|reda\\w+|editora?)",
        "(?:от )?редакци[ия]", "编者[注按]", "編者[註按]", "編集部注",
    ) + r"[^:：]{0,40}[:：]",
    re.IGNORECASE,
)  # fmt: skip
_KINDS = "(?:article|story|post|piece|headline|caption|column|review|interview|obituary|version|newsletter|podcast)"
_THIS = rf"(?:this|the) (?:\w+\.? ){{0,3}}{_KINDS}"
_WRONG = _any(
    "incorrect", "inaccurat", "erroneous", "wrong", "error", "mistake", "mis(?:stated|identified|spell|quot|attribut|reported)",
    r"correct(?:s|ed|ing)?\b", "clarif", "amend", "retract", "withdrawn", "(?:earlier|previous|original) version",
)  # fmt: skip
# Paragraphs that speak of their own article.
_STATEMENT = re.compile(
    r"\W{0,3}" + _any(
        rf"(?:an? |the |in an? )?(?:earlier|previous|original|prior) versions? of {_THIS}",
        rf"(?:an? |the |in an? )?(?:earlier|previous) versions? of (?:this|the) report .{{0,80}}{_WRONG}",
        rf"{_THIS} (?:was|has been|is) (?:\w+ )?(?:amended|corrected|clarified|retracted|withdrawn)\b",
        rf"{_THIS} (?:was|has been) (?:updated|edited|changed|modified|revised).{{0,40}} to "
        "(?:correct|clarify|fix|remove|reflect|note|make clear)",
        rf"{_THIS} (?:corrects|clarifies)\b",
        rf"{_THIS} (?:originally|initially|previously|incorrectly|mistakenly|erroneously|inaccurately|misstated|misidentified)\b",
        "a correction was made on", "the following correction",
        r"(?:because|as a result|due to|owing to)(?: of)? an? (?:editing|reporting|production|editor['’]s) error",
        r"\((?:corrects|refiles|clarifies|fixes)\b", r"\(this .{0,40}(?:corrects|corrected|refiled|clarifies)\b",
        "in einer (?:früheren|vorherigen) (?:version|fassung) (?:dieses|des) (?:artikels|textes|beitrags)",
        "(?:dieser|der) (?:artikel|text) wurde (?:korrigiert|berichtigt)", "cet article a été (?:corrigé|rectifié)",
        "une (?:première )?version (?:(?:antérieure|précédente) )?de cet article", "una versión anterior de es(?:te|ta)",
        "est[ea] (?:artículo|nota|noticia) (?:ha sido|fue) (?:corregid|rectificad)", "uma versão anterior dest[ea]",
        "una versione precedente di quest", "in een eerdere versie van dit", "в предыдущей версии", "本文(?:已)?(?:更正|修正)",
        "早前版本", "当初の記事",
    ),
    re.IGNORECASE,
)  # fmt: skip
_OTHER_WRONG = re.compile(
    _any(
        _WRONG, "korrigier", "berichtig", "fehler", "falsch", "früheren version", "corrig", "erreur", "rectifi", "correg",
        "error", "versión anterior", "erro\\b", "versão anterior", "rettific", "errat", "исправ", "ошибк", "更正", "勘误", "有误",
        "修正", "訂正",
    ),
    re.IGNORECASE,
)  # fmt: skip
# Links and forms that are named after corrections without being one.
_SERVICE = re.compile(
    r"\W*(?:report|request|submit|suggest|send|see|read|view|our|spotted?|found|noticed?|did you)\b.{0,60}"
    r"\b(?:corrections?|error|mistake|typo)",
    re.IGNORECASE,
)
_FEWEST_WORDS = 5


def correction_notices(text: str) -> tuple[str, ...]:
    """Return the paragraphs of a text that are correction notices, as printed; a label of its own is joined with what it heads.

    Args:
        text: paragraphs one empty line apart.
    """
    paragraphs = [line for part in text.split("\n\n") if (line := " ".join(part.split()))]
    notices = []
    for number, paragraph in enumerate(paragraphs):
        label = _LABEL.match(paragraph)
        if label and label.end() == len(paragraph):
            below = paragraphs[number + 1 : number + 2]
            notices += [f"{paragraph} {below[0]}"] if below and not _LABEL.match(below[0]) else []
        elif label or _STATEMENT.match(paragraph) or (_NOTE.match(paragraph) and _OTHER_WRONG.search(paragraph)):
            notices.append(paragraph)
    return tuple(notices)


def marked_notice(text: str) -> str | None:
    """Return the notice in an element that the outlet marks as a correction; None for links to forms and policies.

    Such an element needs no words of correction: `The mayor's name is spelled Roe.`
    """
    line = " ".join(text.split())
    few = len(normalise(line).split()) < _FEWEST_WORDS and line.isascii()
    return None if few or not line or _SERVICE.match(line) else line


def without_repeats(notices: Iterable[str]) -> tuple[str, ...]:
    """Return the notices without those whose words another one holds; the longest of such is kept, in the place of the first."""
    kept: list[str] = []
    for notice in notices:
        words = normalise(notice)
        same = [number for number, other in enumerate(kept) if words in normalise(other) or normalise(other) in words]
        if not same:
            kept.append(notice)
        elif len(words) > len(normalise(kept[same[0]])):
            kept[same[0]] = notice
    return tuple(kept)
