"""Correction notices, and news that only speaks of corrections."""

import time

import pytest

from index.corrections import correction_notices, marked_notice, without_repeats

NOTICES = [
    "Correction: An earlier version of this article misstated the number of hives. There are 12.",
    "CORRECTION (Sept. 19, 2025): The mayor of Example Town is Ann Roe, not Anna Roe.",
    "Correction, Sept. 19, 2025: The wall is nine metres high.",
    "Correction – The ferries left on Friday.",
    "Corrections: The ferry is named Heron.",
    "CLARIFICATION: The council has not yet voted.",
    "Clarification, 19 September: The council has not yet voted.",
    "*Correction: The wall is nine metres high.*",
    "Retraction: The Example Herald withdraws its report of 3 May on the harbour.",
    "For the record: the ferry has two decks.",
    "Editor’s note: This story has been corrected to give the right date of the storm.",
    "Editors' Note, Sept. 20: An error in the third paragraph was removed.",
    "UPDATE: An earlier version of this story gave the wrong name for the ferry.",
    "This article was amended on 19 September 2025. The wall is nine metres high.",
    "This story has been corrected.",
    "This story has been updated to correct the spelling of the mayor's name.",
    "This story corrects the name of the ferry in the second paragraph.",
    "An earlier version of this story said the ferry had sunk.",
    "An earlier version of this report incorrectly said that the ferry had sunk.",
    "In an earlier version of this article the mayor's name was misspelled.",
    "This headline originally said that the wall fell.",
    "A correction was made on Sept. 20, 2025: The wall is nine metres high.",
    "Because of an editing error, an article on Friday about hives misstated their number.",
    "Due to a production error, a photograph of the wrong harbour was shown.",
    "(Corrects paragraph 3 to say 12 hives, not 21)",
    "(This Sept. 19 story has been corrected to say 12 hives)",
    "Berichtigung: In einer früheren Version hieß es, die Mauer sei gefallen.",
    "Korrektur vom 3. Mai: Die Mauer ist neun Meter hoch.",
    "In einer früheren Version dieses Artikels stand eine falsche Zahl.",
    "Anmerkung der Redaktion: Wir haben einen Fehler im zweiten Absatz korrigiert.",
    "Rectificatif : la digue mesure neuf mètres.",
    "Cet article a été corrigé le 19 septembre.",
    "Corrección: el muro mide nueve metros.",
    "Una versión anterior de este artículo decía que el muro había caído.",
    "Correção: o muro tem nove metros.",
    "Rettifica: il muro è alto nove metri.",
    "In een eerdere versie van dit artikel stond een fout.",
    "更正：渡轮有两层甲板。",
    "编者按：本文第二段有误，现已更正。",
    "訂正：船の名前はヘロンです。",
    "Исправление: высота стены девять метров.",
    "정정: 벽의 높이는 9미터입니다.",
]  # fmt: skip
NEWS = [
    "The correction in share prices wiped out the gains of the summer.",
    "Correction officers in Example County went on strike on Friday.",
    "Corrections are under way at the plant, the harbour board said.",
    "Clarifications were asked of the minister by three members.",
    "A clarification of the rules is due in May.",
    "The newspaper printed a correction on Friday, two days after its report.",
    "The mayor corrected herself: the wall is nine metres high.",
    "An earlier version of this bill failed in the spring.",
    "An earlier version of the vaccine was less stable.",
    "Editor's note: The writer travelled as a guest of the ferry company.",
    "UPDATE: The ferries sail again.",
    "This story has been updated with comments from the harbour board.",
    "This article was first published by the Example Herald.",
    "The original version of the painting hangs in Example Town.",
    "He said the error was corrected within an hour.",
    "Amended on Friday, the law now covers ferries.",
    "The retraction of the glacier continues.",
    "Because of an error in its brakes the ferry stayed in port.",
    "市场出现更正行情。",
]


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_is_found_as_printed(notice: str) -> None:
    """The paragraph is returned whole and unchanged; the paragraphs around it are not."""
    assert correction_notices(f"The harbour reopened.\n\n{notice}\n\nFerries sail at noon.") == (notice,)


@pytest.mark.parametrize("news", NEWS)
def test_news_of_a_correction_is_no_notice(news: str) -> None:
    """A sentence that speaks of corrections, officers of correction or earlier versions of other things is news."""
    assert correction_notices(f"The harbour reopened.\n\n{news}") == ()


def test_a_label_of_its_own_heads_the_next_paragraph() -> None:
    """`CORRECTION` on a line of its own is joined with what stands below; at the end of the text it heads nothing."""
    text = "The harbour reopened.\n\nCORRECTION\n\nThe wall is nine metres high.\n\nCorrections"
    assert correction_notices(text) == ("CORRECTION The wall is nine metres high.",)


def test_several_notices_keep_their_order() -> None:
    """All notices of a text are returned, first to last."""
    text = "Correction: one.\n\nThe harbour reopened.\n\nClarification: two."
    assert correction_notices(text) == ("Correction: one.", "Clarification: two.")


def test_a_marked_element_needs_no_word_of_correction() -> None:
    """What an outlet marks as a correction is one, whatever its words, but not the link to a form or to the policy."""
    assert marked_notice(" The mayor's name\nis spelled Roe. ") == "The mayor's name is spelled Roe."
    assert marked_notice("渡轮有两层甲板。") == "渡轮有两层甲板。"
    for link in ("Report a correction", "Send us corrections and story ideas here", "See our corrections policy for more", ""):
        assert marked_notice(link) is None


def test_the_longest_of_the_same_notice_is_kept() -> None:
    """The same notice from several places is kept once, in its longest form."""
    found = [
        "Correction: The wall is high.",
        "the wall is high",
        "Clarification: No vote.",
        "Correction: The wall is high. Very.",
    ]
    assert without_repeats(found) == ("Correction: The wall is high. Very.", "Clarification: No vote.")


def test_long_paragraphs_are_fast() -> None:
    """A paragraph of a million characters takes no notable time, whatever it begins with."""
    started = time.process_time()
    for opening in ("Correction ", "This article ", "Editor's note ", "An earlier version of this report ", "(this ", "\n\nx "):
        correction_notices(opening + opening * 60_000)
    assert time.process_time() - started < 3
