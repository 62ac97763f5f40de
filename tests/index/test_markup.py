"""The text of HTML that is an article's body."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.markup import MAX_DEPTH, MarkupError, parse_markup, text_of

PIECES = st.lists(
    st.sampled_from(
        [
            "<p>", "</p>", "<div>", "</div>", "<b", "<!--", "-->", "<script>", "</script>", "&amp;", "&#0;", "\x00", "\ud800",
            "</body>", "<li>", "<ul>", "</ul>", "<td>", "<br>", "bees ", "hives ", " \n ", "]]>", "<?x ", '"', ">", "<q>",
            "<pre>", "</html>",
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


def test_blocks_are_paragraphs() -> None:
    """Block elements end a paragraph, inline ones do not; white space of the source does not count."""
    markup = "Ferries\n  return<p>The <b>har</b>bour\n reopened.</p><div>Bees <a href='/x'>left</a>.</div> Hives <i>stayed</i>."
    assert text_of(markup) == "Ferries return\n\nThe harbour reopened.\n\nBees left.\n\nHives stayed."


def test_two_line_breaks_are_a_paragraph() -> None:
    """One `<br>` breaks the line, two or more begin a paragraph, also with white space between them."""
    assert text_of("First<br>line<br> \n<br/>Second<br><br><br>Third") == "First\nline\n\nSecond\n\nThird"


def test_list_items_are_lines_with_their_mark() -> None:
    """Items carry a dash or their number, also when a paragraph stands inside the item."""
    markup = "<ul><li><p>mend</p></li><li>dredge<ol><li>mud<li>sand</ol></li></ul><ol><li>pay</li></ol>"
    assert text_of(markup) == "- mend\n\n- dredge\n\n1. mud\n\n2. sand\n\n1. pay"


def test_table_rows_are_lines() -> None:
    """The cells of a row stand on one line with a bar between them."""
    assert text_of("<table><tr><th>Town</th><th>Hives</th></tr><tr><td>Upper<td>12</table>") == "Town | Hives\n\nUpper | 12"


@pytest.mark.parametrize(
    "unshown",
    [
        "<script>var a = '</p>';</script>", "<style>p{}</style>", "<!-- note -->",
        "<figure><img><figcaption>A hive</figcaption></figure>",
        "<p hidden>secret</p>", "<p style='color:red; display: none'>secret</p>", "<template><p>x</p></template>",
        "<form><input value='x'><button>Send</button><select><option>y</select></form>", "<noscript>enable it</noscript>",
    ],
)  # fmt: skip
def test_what_is_not_shown_is_left_out(unshown: str) -> None:
    """Scripts, styles, comments, hidden elements, controls and captions are no text; what follows them is kept."""
    assert text_of(f"<p>Before.</p>{unshown}after.") == "Before.\n\nafter."


def test_entities_are_characters() -> None:
    """Named and numbered entities are read, once."""
    assert text_of("<p>Bees &amp; hives&nbsp;&mdash; &#8220;ten&#x201D; &amp;lt;b&gt;</p>") == "Bees & hives — “ten” &lt;b>"


def test_text_without_a_tag_is_plain_text() -> None:
    """Feeds send plain text where markup could stand: its empty lines are kept, its entities read."""
    assert text_of("Bees &amp; hives < 12\n\nTen left.") == "Bees & hives < 12\n\nTen left."


def test_markup_escaped_twice_is_read() -> None:
    """Some feeds escape their markup once too often."""
    assert text_of("&lt;p&gt;Bees left.&lt;/p&gt;&lt;p&gt;Hives &amp;amp; frames.&lt;/p&gt;") == "Bees left.\n\nHives & frames."


def test_a_quotation_keeps_its_marks() -> None:
    """Browsers print the marks of `<q>`, so they are part of the text."""
    assert text_of("<p>She said <q>no</q>.</p>") == 'She said "no".'


def test_a_declared_encoding_does_not_count() -> None:
    """The text is decoded already, whatever the markup says of its bytes."""
    assert text_of('<?xml version="1.0" encoding="ISO-8859-1"?><meta charset="latin1"><p>é漢</p>') == "é漢"


def test_text_after_the_end_is_kept() -> None:
    """What stands behind a stray end of the document is still text."""
    assert text_of("<p>One.</p></div></body></html>Two.<p>Three.") == "One.\n\nTwo.\n\nThree."


@pytest.mark.parametrize("levels", [1_000, 10_000, 100_000])
def test_deep_nesting_loses_nothing(levels: int) -> None:
    """Markup nested deeper than any tree allows gives the same text."""
    deep = "<div>" * levels + "deep <i>text</i><br><br>new" + "</div>" * levels
    assert text_of(f"{deep}<p>after") == "deep text\n\nnew\n\nafter"


def test_deep_nesting_hides_scripts_too() -> None:
    """Read without a tree, scripts and comments are still left out."""
    deep = "<div>" * (MAX_DEPTH + 1)
    markup = f"{deep}Bees<script>if (a<b) x()</script><!-- <p>no</p> --> left.<p>Done &amp; over."
    assert text_of(markup) == "Bees left.\n\nDone & over."


def test_a_tree_is_refused_beyond_its_depth() -> None:
    """Where a tree is needed, markup that libxml2 would cut off silently is an error."""
    parse_markup("<p>" + "<b>" * (MAX_DEPTH - 10))
    with pytest.raises(MarkupError, match="nested deeper than 2,048 levels"):
        parse_markup("<div>" * (MAX_DEPTH + 1) + "bees")


@pytest.mark.parametrize("empty", ["", " \n", "<!-- -->"])
def test_no_markup_is_refused(empty: str) -> None:
    """Nothing, or a comment alone, is no document."""
    with pytest.raises(MarkupError, match="no markup"):
        parse_markup(empty)
    assert text_of(empty) == ""


@pytest.mark.parametrize(
    "markup",
    [
        "".join(f"<p>Paragraph {number} of the <b>long</b> story.</p>" for number in range(100_000)),
        "<ul><li>" * 50_000 + "x", "<!--" * 200_000, "<p>" + " \n" * 500_000 + "x",
        "<pre>" + "  \n" * 100_000 + "   " * 100_000 + "x",
        "<div>" * 3_000 + "<!--" * 100_000 + "<script" * 100_000, "<p>" + "<b>" * 100_000 + "x", "<" * 500_000, "x<br>" * 50_000,
    ],
    ids=["paragraphs", "lists", "comments", "spaces", "preformatted", "deep", "bold", "signs", "breaks"],
)  # fmt: skip
def test_large_markup_is_fast(markup: str) -> None:
    """A hundred thousand of anything is read in seconds: no step takes time in the square of the length."""
    started = time.process_time()
    text_of(markup)
    assert time.process_time() - started < 4


def test_no_paragraph_of_many_is_lost() -> None:
    """All paragraphs are there, in order."""
    words = text_of("".join(f"<p>bee{number}</p>" for number in range(5_000))).split("\n\n")
    assert words == [f"bee{number}" for number in range(5_000)]


@given(PIECES)
def test_broken_markup_is_read(markup: str) -> None:
    """No order of tags, signs and control characters is an error or leaves control characters in the text."""
    text = text_of(markup)
    assert "<p>" not in text
    assert not set(text) & {"\x00", "\ud800"} or "<" not in markup
