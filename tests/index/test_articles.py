"""Articles made of what sources found."""

import pytest

from index.articles import NoText, build_article, content_id, split_authors, title_from
from index.types import Origin

ORIGIN = Origin(source="/news/page.txt")


def test_the_id_depends_on_the_words_only() -> None:
    """The same words have the same id, whatever their case, punctuation and line breaks; other words have another."""
    one = build_article(text="The harbour — reopened.", origin=ORIGIN, publisher="Dateline Sample Desk")
    two = build_article(text="the harbour\nreopened!", origin=Origin(source="/other"), title="Ferries return")
    three = build_article(text="The harbour closed.", origin=ORIGIN)
    assert one.article_id == two.article_id == content_id("THE HARBOUR REOPENED")
    assert len(one.article_id) == 20
    assert int(one.article_id, 16) >= 0
    assert three.article_id != one.article_id


def test_an_id_can_be_computed_by_anyone() -> None:
    """The id is the beginning of the sha256 of the normalised words: `printf 'the harbour reopened' | sha256sum`."""
    assert content_id("The harbour reopened.") == "999cafec31302ce4bb74"


def test_fields_are_cleaned() -> None:
    """Names and titles lose invisible characters and odd spaces, repeated and empty authors are dropped."""
    article = build_article(
        text="The harbour\u200b reopened.",
        origin=ORIGIN,
        title=" Ferries\nreturn ",
        publisher=" AP ",
        authors=("Jane\u00a0Sample", "", "Jane Sample", "John Sample"),
        section="\u200b",
    )
    assert article.text == "The harbour reopened."
    assert (article.title, article.title_printed) == ("Ferries return", True)
    assert article.publisher == "Associated Press"
    assert article.authors == ("Jane Sample", "John Sample")
    assert article.section is None


@pytest.mark.parametrize(
    ("printed", "kept"),
    [
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        (" HTTP://example.org/ ", "HTTP://example.org/"),
        ("https://example.org/münchen%20a", "https://example.org/münchen%20a"),
        ('https://example.org/a\x1b[2J<b> \u202e"', "https://example.org/a%1B[2J%3Cb%3E%20%E2%80%AE%22"),
        ("javascript:alert(1)//https://example.org", None),
        ("data:text/html,x", None),
        ("//evil.example/x", None),
        ("https://", None),
        ("", None),
        (None, None),
    ],
)
def test_only_an_address_of_the_web_is_kept(printed: str | None, kept: str | None) -> None:
    """Readers follow it: nothing that runs in a page, and nothing that ends the link that it stands in."""
    assert build_article(text="The harbour reopened.", origin=ORIGIN, url=printed).url == kept


@pytest.mark.parametrize("text", ["", " \n ", "\u200b", "… — !", "\x00"])
def test_no_words_make_no_article(text: str) -> None:
    """Text without a single word is refused, even under a title."""
    with pytest.raises(NoText):
        build_article(text=text, origin=ORIGIN, title="Ferries return")


@pytest.mark.parametrize(
    ("opening", "agency"),
    [
        ("SANDHOLM, Example Land (AP) -- The ferry left.", "Associated Press"),
        ("EXAMPLE TOWN, Sept. 19 (Reuters) - The harbour reopened.", "Reuters"),
        ("EXAMPLE TOWN (AP) — The harbour reopened.", "Associated Press"),
        ("EXAMPLE TOWN, Sept. 19 (Dateline Sample Desk) - The harbour reopened.", None),
        ("The harbour (Reuters) - reopened.", None),
    ],
)
def test_agency_copy_is_known_by_its_opening(opening: str, agency: str | None) -> None:
    """A place in capitals and a wire service in parentheses name the agency; nothing else in parentheses does."""
    assert build_article(text=opening, origin=ORIGIN).agency == agency


def test_a_title_is_taken_from_the_first_sentence() -> None:
    """Without a printed title the first sentence is it, without its quotation marks, and it is noted as not printed."""
    article = build_article(text="“The harbour is open.” The mayor was glad.", origin=ORIGIN)
    assert (article.title, article.title_printed) == ("The harbour is open.", False)


def test_a_long_title_is_cut_at_a_word() -> None:
    """A first sentence of more than 110 characters is cut between words and ends in an ellipsis."""
    sentence = (
        "The harbour of Example Town reopened on Friday after nine days of repairs to the wall that the storm of May broke."
    )
    title = title_from(sentence)
    assert (
        title == "The harbour of Example Town reopened on Friday after nine days of repairs to the wall that the storm of May …"
    )
    assert title.startswith(sentence[:100])


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("By Jane Sample", ("Jane Sample",)),
        ("BY JANE SAMPLE", ("JANE SAMPLE",)),
        ("Jane Sample and John Sample", ("Jane Sample", "John Sample")),
        ("By Jane Sample & John Sample", ("Jane Sample", "John Sample")),
        ("By Jane Sample, John Sample, and Ann Roe", ("Jane Sample", "John Sample", "Ann Roe")),
        ("By Jane Sample in Example Town", ("Jane Sample",)),
        ("Jane Sample; John Sample", ("Jane Sample", "John Sample")),
        ("Anderson Andrews", ("Anderson Andrews",)),
        ("World Desk and Economy Desk", ("World Desk", "Economy Desk")),
        ("", ()),
    ],
)
def test_bylines_are_split_into_names(credit: str, names: tuple[str, ...]) -> None:
    """Each name of a byline is an author; `By` and the place are not."""
    assert split_authors(credit) == names


@pytest.mark.parametrize(
    ("credit", "names"),
    [
        ("By Jane Sample, Political Editor", ("Jane Sample",)),
        ("By Jane Sample, political editor", ("Jane Sample",)),
        ("JANE SAMPLE, STAFF WRITER", ("JANE SAMPLE",)),
        ("Jane Sample, staff writer, and John Sample", ("Jane Sample", "John Sample")),
        ("Jane Sample and John Sample, staff reporters", ("Jane Sample", "John Sample")),
        ("Jane Sample, Arts and Culture Editor", ("Jane Sample",)),
        ("Jane Sample, Political Editor and John Sample", ("Jane Sample", "John Sample")),
        ("Jane Sample, Asia bureau chief; John Sample, economics correspondent", ("Jane Sample", "John Sample")),
        ("Jane Sample, Editor-in-Chief", ("Jane Sample",)),
        ("Jane Sample, Editor at Large", ("Jane Sample",)),
        ("Jane Sample, Head of Politics", ("Jane Sample",)),
        ("Jane Sample, Example Town correspondent", ("Jane Sample",)),
        ("Jane Sample, correspondent in Example Town", ("Jane Sample",)),
        ("Jane Sample, columnist, and Ann Roe, senior analyst", ("Jane Sample", "Ann Roe")),
        ("Jane Sample Political Editor", ("Jane Sample",)),
        ("Jane Sample Chief Political Correspondent", ("Jane Sample",)),
        ("Political Editor Jane Sample", ("Jane Sample",)),
        ("Jane Sample and Staff Reporter Ann Roe", ("Jane Sample", "Ann Roe")),
        ("Staff Writer", ()),
        ("By Staff", ()),
        ("Reporter Kim", ("Reporter Kim",)),
        ("Jane Writer", ("Jane Writer",)),
        ("Jane Page and Tina Staff", ("Jane Page", "Tina Staff")),
        ("Jane Page, Tina Staff", ("Jane Page", "Tina Staff")),
        ("Robert Chief", ("Robert Chief",)),
        ("Jane Head, John Cook", ("Jane Head", "John Cook")),
    ],
)
def test_occupations_are_no_names(credit: str, names: tuple[str, ...]) -> None:
    """What somebody does is dropped from a byline, and a name that is also an occupation is kept."""
    assert split_authors(credit) == names
