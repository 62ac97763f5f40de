"""Labels of dates in credits: which words announce the day of publication and which that of a change."""

import re
from dataclasses import dataclass
from typing import Literal

Label = Literal["published", "updated"]

# As `index.date_words.folded` writes them: without accents. A word with `!` is an everyday word too and counts only before a
# colon, a slash or a number.
_PUBLISHED = (
    "first published|published|publish date|published date|publication date|date published|posted|created|issued|filed"
    "|released!|erstmals veroffentlicht|veroffentlicht|publiziert|erstellt|erschienen"
    "|publiee?|date de publication|mise?s? en ligne|creee?|paru"
    "|publicad[oa]|creado|fecha de publicacion|pubblicat[oa]|creato|data di pubblicazione|criado|data de publicacao"
    "|gepubliceerd|geplaatst|publicerad|publicerat|publiceret|offentliggjort|udgivet|publisert"
    "|opublikowano|data publikacji|utworzono|data dodania|publikacja"
    "|опубликован[оа]?|дата публикации|публикация|размещено|опубліковано|publikovano|vydano|zverejneno"
    "|yayinlanma tarihi|yayinlanma|yayinlandi|diterbitkan|dipublikasikan|julkaistu"
    "|发布时间|发布日期|发布于|发布|发表时间|发表于|发表|發布時間|發布於|發布|發佈|發表於|發表|刊登于|刊登|刊发"
    "|公開日時|公開日|公開|掲載日|掲載|投稿日|配信日時|配信日|配信|発行|기사입력|입력|등록|게시|발행|송고"
)
_UPDATED = (
    "last updated|newly updated|updated|last modified|modified|last revised|revised|last edited|edited!|last update!|update!"
    "|changed!|amended!"
    "|zuletzt aktualisiert|aktualisiert|aktualisierung|zuletzt geandert|geandert|zuletzt bearbeitet|stand!"
    "|mise?s? a jour|actualisee?|modifiee?|derniere modification|derniere mise a jour"
    "|ultima actualizacion|actualizad[oa]|actualizacion|modificad[oa]"
    "|ultimo aggiornamento|aggiornat[oa]|aggiornamento|ultima modifica|modificat[oa]|modifica"
    "|ultima atualizacao|atualizad[oa]|atualizacao"
    "|laatst bijgewerkt|bijgewerkt|laatste update|laatst gewijzigd|gewijzigd|aangepast"
    "|senast uppdaterad|uppdaterad|uppdaterat|andrad|sidst opdateret|opdateret|sist oppdatert|oppdatert"
    "|ostatnia aktualizacja|aktualizacja|zaktualizowano|zmodyfikowano"
    "|обновлен[оа]?|обновление|изменен[оа]|оновлено|aktualizovano|aktualizace"
    "|son guncelleme|guncelleme|guncellendi|diperbarui|paivitetty|muokattu"
    "|最后更新时间|最后更新|最後更新|更新时间|更新時間|更新日期|更新于|更新於|更新日時|更新日|最終更新日|最終更新|更新|修改时间|修改于"
    "|최종수정|기사수정|수정|업데이트"
)
_LETTER = "[a-zа-яіїєґ]"


def _alternatives(words: str) -> str:
    """Return the words as one pattern, longest first."""
    ordered = sorted(words.split("|"), key=len, reverse=True)
    return "|".join(word.replace("!", r"(?=[ ]?[:/]|[ ]\d)") for word in ordered)


# `10:58 AM PDTUpdated 1 hour ago`: on many pages these run into the words beside them.
_RUN_ON = re.compile(r"(?:first |last )?(?P<published>published|posted)|(?:last )?(?P<updated>updated|modified)")
_MARK = re.compile(
    rf"(?<!{_LETTER})(?:(?P<updated>{_alternatives(_UPDATED)})|(?P<published>{_alternatives(_PUBLISHED)}))(?!{_LETTER})"
)
_AFTER = re.compile(r"(?:[ ](?:on|at|date|am|le|el|il|la|em|op|om|den|dne|dnia|w dniu)(?![\w]))?[ \n]{0,3}[:/|-]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A label that stands at `start` to `end` of a line, with the colon or preposition that follows it."""

    start: int
    end: int
    label: Label


def find_marks(plain: str) -> list[Mark]:
    """Return the labels of a folded line (`index.date_words.folded`) from left to right."""
    found = sorted((match for pattern in (_MARK, _RUN_ON) for match in pattern.finditer(plain)), key=re.Match.start)
    marks: list[Mark] = []
    for match in found:
        if marks and match.start() < marks[-1].end:
            continue
        after = _AFTER.match(plain, match.end())
        label: Label = "updated" if match["updated"] else "published"
        marks.append(Mark(start=match.start(), end=after.end() if after else match.end(), label=label))
    return marks
