"""Resolving keys: every `[n]` is a citation, and every citation is a verified quote."""

import re
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import build_article
from index.types import Article, Copy, Hit, Origin, Passage
from rag.citations import CitationReader, CitedText, resolve_citations, without_keys
from rag.types import Evidence

EvidenceOf = Callable[..., list[Evidence]]
BRIDGE = "The bridge opened on 4 March 2025. It cost 640 million crowns."
FERRIES = "Norlink will sell 14 of its 23 ships. In 2025 the bridge opened. Pekka Salmi [2021] is its director."
OPENED = "The bridge opened on 4 March 2025."


def resolve(draft: str, evidence: Sequence[Evidence]) -> CitedText:
    return resolve_citations(draft, evidence, lambda _: ())


@pytest.fixture
def evidence(evidence_of: EvidenceOf) -> list[Evidence]:
    return evidence_of(BRIDGE, FERRIES, f"{OPENED} So they say.")


@pytest.mark.parametrize(
    ("draft", "shown"),
    [
        ("It cost 640 million crowns. [S1]", "It cost 640 million crowns. [1]"),
        ("It cost 640 million crowns [S1].", "It cost 640 million crowns. [1]"),
        ("It cost 640 million crowns[S1].", "It cost 640 million crowns. [1]"),
        (
            f"1. {OPENED} [S1]\n2. Norlink will sell 14 of its 23 ships. [S2]",
            f"{OPENED} [1] Norlink will sell 14 of its 23 ships. [2]",
        ),
        (f"- {OPENED} [S1]\n* It cost 640 million crowns. [S1]", f"{OPENED} [1] It cost 640 million crowns. [2]"),
        ("14 of its 23 ships will Norlink sell. [S2]", "14 of its 23 ships will Norlink sell. [1]"),
        (f"{OPENED} [S1][S3]", f"{OPENED} [1][2]"),
        (f"{OPENED} [S1, S3]", f"{OPENED} [1][2]"),
        (f"{OPENED} [ S1 ;S3 ]", f"{OPENED} [1][2]"),
        (f"{OPENED} [S1] [S3]", f"{OPENED} [1][2]"),
        (f"{OPENED} [S3][S1]", f"{OPENED} [1][2]"),
        (f"{OPENED} [S1][S1]", f"{OPENED} [1]"),
        (f"{OPENED} [S9, S1]", f"{OPENED} [1]"),
        (f"{OPENED} [S1][S2]", f"{OPENED} [1][2]"),
        ("Norlink will sell 14 of its 23 ships. [S1][S2]", "Norlink will sell 14 of its 23 ships. [1]"),
        ("Pekka Salmi [2021] is its director. [S2]", "Pekka Salmi [2021] is its director. [1]"),
        (f"{OPENED} It cost 640 million crowns. [S1]", f"{OPENED} [1] It cost 640 million crowns. [2]"),
        (f"{OPENED} [S9]", f"{OPENED} [1]"),
        (OPENED, f"{OPENED} [1]"),
        (f"{OPENED} [S2]", f"{OPENED} [1]"),
        ("It cost 640 million crowns. 【S1】", "It cost 640 million crowns. [1]"),
        ("It cost 640 million crowns [1].", "It cost 640 million crowns. [1]"),
        ("It cost 640 million crowns. [1, 3]", "It cost 640 million crowns. [1]"),
        ("The archive does not say.", ""),
        ("[S1]", ""),
        ("", ""),
        ("Cats are nice. [S1]", ""),
        ("Cats cost 640 million crowns and dogs sell ferries.", ""),
        ("It cost 640 million crowns. [s1]", "It cost 640 million crowns. [1]"),
        ("It cost 640 million crowns. [S01]", "It cost 640 million crowns. [1]"),
        ("It cost 640 million crowns. [S1] ![x](//evil.example/p.png) [S1]", "It cost 640 million crowns. [1]"),
        ("It cost 640 million [S1-S9] crowns. [S1]", ""),
        ("It cost 640 million ［2］ [^7] 〔3〕 [9†8] crowns. [S1]", ""),
        ("It\u200b cost\x1b[2J 640\nmillion \u202ecrowns. [S1]", "It cost 640 million crowns. [1]"),
        ("<b>It cost</b> 640 [million](//evil.example) crowns. [S1]", "It cost 640 million crowns. [1]"),
    ],
)
def test_markers_are_resolved(evidence: list[Evidence], draft: str, shown: str) -> None:
    """Keys in any grouping become numbers in order of first use; unknown keys and unfounded sentences go."""
    assert resolve(draft, evidence).text == shown


def test_a_draft_is_read_the_same_in_pieces(evidence: list[Evidence]) -> None:
    """However a draft is cut, also inside a marker, what was shown on the way is the text of the whole."""
    draft = (
        f"{OPENED} [S1][S3] Cats are nice. [S2] It cost 640 million crowns [S1, S9]. Norlink will sell 14 of its 23 ships 【2】."
    )
    whole = resolve(draft, evidence)
    assert whole.text.count("[") == 4
    for size in (1, 2, 3, 7, 30):
        reader = CitationReader(evidence, lambda _: ())
        shown = [reader.feed(draft[start : start + size]) for start in range(0, len(draft), size)]
        assert "".join([*shown, reader.end()]) == reader.cited.text == whole.text
        assert reader.cited == whole


def test_a_sentence_is_shown_once_its_keys_are_whole(evidence: list[Evidence]) -> None:
    """Not before: another key may follow; and not later than with the next word."""
    reader = CitationReader(evidence, lambda _: ())
    assert [reader.feed(piece) for piece in (OPENED, " [S", "1]", "[S3", "]", " ")] == [""] * 6
    assert reader.feed("It") == f"{OPENED} [1][2]"


def test_of_a_draft_that_breaks_off_the_last_words_are_no_sentence(evidence: list[Evidence]) -> None:
    """What was whole counts; `It cost 640 million` would be verified, and might have gone on otherwise."""
    reader = CitationReader(evidence, lambda _: ())
    shown = reader.feed(f"{OPENED} [S1] It cost 640 million crowns")
    assert shown + reader.end(whole=False) == f"{OPENED} [1]"


def test_a_refusal_is_no_sentence(evidence: list[Evidence]) -> None:
    """It is known as one, whatever its punctuation and key."""
    for draft in ("The archive does not say.", "the archive does not say [S1]", "“The archive does not say.”"):
        cited = resolve(draft, evidence)
        assert (cited.text, cited.refused) == ("", True)


def test_numbers_follow_first_use(evidence: list[Evidence]) -> None:
    """The first quote used is 1, whatever its key; a quote used again keeps its number."""
    cited = resolve(
        "Norlink will sell 14 of its 23 ships [S2]. It cost 640 million crowns [S1]. Norlink will sell 14 of its 23 ships [S2].",
        evidence,
    )
    assert [s.citations for s in cited.sentences] == [(1,), (2,), (1,)]
    assert [c.quote for c in cited.citations] == ["Norlink will sell 14 of its 23 ships.", "It cost 640 million crowns."]


def test_two_sentences_of_one_passage_are_two_quotes(evidence: list[Evidence]) -> None:
    """A citation is a quote, so two sentences from one article have two numbers."""
    cited = resolve(f"{OPENED} [S1] It cost 640 million crowns. [S1]", evidence)
    assert cited.text == f"{OPENED} [1] It cost 640 million crowns. [2]"


def test_a_closing_quotation_mark_stays_with_its_sentence(evidence_of: EvidenceOf) -> None:
    """A marker before `.”` is moved behind it."""
    cited = resolve("He said: “It cost 640 million crowns [S1].”", evidence_of("He said: “It cost 640 million crowns.”"))
    assert cited.text == "He said: “It cost 640 million crowns.” [1]"


def test_words_between_two_keys_are_no_sentence(evidence_of: EvidenceOf) -> None:
    """`As [S1] and [S2] say` is about keys: the scrap `and` is not shown as a verified sentence."""
    evidence = evidence_of("Norlink sells and buys ships.", "It comes and goes.")
    assert resolve("As reported in [S1] and [S2].", evidence).sentences == ()


def test_foreign_facts_are_marked(evidence: list[Evidence]) -> None:
    """A sentence with a wrong number is dropped, or shown with the number that no source has."""
    draft = "The bridge cost 650 million crowns. [S1]"
    assert resolve(draft, evidence).sentences == ()
    flagged = resolve_citations(draft, evidence, lambda _: (), unsupported="flag")
    assert [sentence.unsupported for sentence in flagged.sentences] == [("650",)]
    assert flagged.text == "The bridge cost 650 million crowns. (not in the source: 650) [1]"


def test_a_sentence_may_rest_on_two_sentences_of_its_source(evidence: list[Evidence]) -> None:
    """What the first quote lacks is looked for beside it, and both are cited."""
    cited = resolve("The bridge, opened on 4 March 2025, cost 640 million crowns. [S1]", evidence)
    assert {citation.quote for citation in cited.citations} == {OPENED, "It cost 640 million crowns."}


def test_copies_are_listed_and_not_counted(evidence: list[Evidence]) -> None:
    """Where else an article was carried is asked by its id and stands in its citation."""
    copy = Copy(publisher="Inland Post", url=None, published="2025-03-06", source="/x")
    first = evidence[0].hit.article.article_id
    cited = resolve_citations(f"{OPENED} [S1][S3]", evidence, lambda it: [copy] if it == first else [])
    assert [c.also_in for c in cited.citations] == [(copy,), ()]


def test_a_number_that_an_article_prints_in_brackets_is_no_citation(evidence_of: EvidenceOf) -> None:
    """`[1]` and `[2]` printed in an article do not read as citations: every `[n]` shown is one that we made."""
    evidence = evidence_of("The study [2] covers 14 ships.", "Prices rose [1] in May.")
    cited = resolve("The study [2] covers 14 ships. [S1] Prices rose [1] in May. [S2]", evidence)
    assert re.findall(r"\[\d+\]", cited.text) == ["[1]", "[2]"]


def _fixed(text: str, number: int) -> Evidence:
    article = build_article(text=f"Nobody asks.\n\n{text}", origin=Origin(source=f"/{number}"))
    start = article.text.index(text)
    passage = Passage(article_id=article.article_id, start=start, end=start + len(text), text=text)
    return Evidence(key=f"S{number}", hit=Hit(passage=passage, article=article, score=1, similarity=0.5, ranks={}))


_EVIDENCE = [_fixed(text, number) for number, text in enumerate((BRIDGE, FERRIES, f"{OPENED} So they say."), start=1)]
_PIECES = st.one_of(
    st.sampled_from(
        [
            OPENED, "It cost 640 million crowns", "The cost was 640 million crowns.", "it COST 640 “million” crowns",
            "Norlink will sell 14 of its 23 ships.", "Cats are nice.", "Pekka Salmi [2021] is its director.", ".", "…",
            " ", "\n\n",
            "[S1]", "[S2]", "[S3]", "[S9]", "[S1, S2]", "[S1][S3]", "[ S3 ; S1 ]", "[S", "S1]", "[2021]", "[S1", "[]",
        ]
    ),
    st.text(alphabet="aZé \n.,!“”[]S", max_size=12),
)  # fmt: skip


@given(st.lists(_PIECES, max_size=14).map(" ".join))
def test_markers_and_citations_are_the_same_set(draft: str) -> None:
    """For any draft: every `[n]` is a citation and every citation is shown; every quote stands at its offsets."""
    cited = resolve(draft, _EVIDENCE)
    shown = [int(n) for n in re.findall(r"\[(\d+)\]", cited.text) if n != "2021"]
    used = [number for sentence in cited.sentences for number in sentence.citations]
    assert shown == used
    assert list(dict.fromkeys(used)) == [citation.number for citation in cited.citations]
    assert [citation.number for citation in cited.citations] == list(range(1, len(cited.citations) + 1))
    for citation in cited.citations:
        assert citation.article.text[citation.start : citation.end] == citation.quote
    for sentence in cited.sentences:
        assert sentence.citations
        assert sentence.text in cited.text


@pytest.mark.parametrize(
    "printed", ["[S1-S9]", "[1–3]", "［2］", "[^7]", "〔3〕", "[9†source]", "[S1 and S2]", "【4:0†page】", "[[8]]"]
)
def test_nothing_that_reads_like_a_key_is_left(printed: str) -> None:
    """Ranges, foot notes and the keys of other products stand in round brackets."""
    assert re.search(r"[\[【［〔]\s*\^?S?\d", without_keys(f"It cost {printed} crowns.")) is None


def test_a_quote_that_points_back_is_shown_under_its_title(article_of: Callable[..., Article]) -> None:
    """Its first word means something that is not shown; the quote itself is not touched, and a title cannot act."""
    text = "The bridge opened on 4 March 2025. It cost 640 million crowns. Nobody paid a toll. They wait for the summer."
    article = article_of(text, title="Sandholm bridge [1] opens, see https://evil.example/now")
    passage = Passage(article_id=article.article_id, start=0, end=len(text), text=text)
    evidence = [Evidence(key="S1", hit=Hit(passage=passage, article=article, score=1, similarity=0.6, ranks={}))]

    def shown(draft: str) -> CitedText:
        reader = CitationReader(evidence, lambda _: (), titled=True)
        reader.feed(draft)
        reader.end()
        return reader.cited

    title = "(Sandholm bridge (1) opens, see (address removed)) "
    cited = shown("It cost 640 million crowns. [S1]")
    assert cited.text == f"{title}It cost 640 million crowns. [1]"
    assert [sentence.text for sentence in cited.sentences] == ["It cost 640 million crowns."]
    assert cited.citations[0].quote == "It cost 640 million crowns."
    told = shown("The bridge opened on 4 March 2025. [S1] It cost 640 million crowns. [S1]")
    assert told.text == "The bridge opened on 4 March 2025. [1] It cost 640 million crowns. [2]", (
        "readers have just read what it is"
    )
    apart = shown("The bridge opened on 4 March 2025. [S1] They wait for the summer. [S1]")
    assert apart.text == f"The bridge opened on 4 March 2025. [1] {title}They wait for the summer. [2]"
    assert resolve("It cost 640 million crowns. [S1]", evidence).text == "It cost 640 million crowns. [1]", (
        "a model has its own context"
    )
