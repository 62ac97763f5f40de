"""What is shown in Slack cannot act there, whoever wrote it, and keeps Slack's limits, however long it is."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.schemas import AnswerBody, ArticleSummary, CitationBody, HitBody
from api.slack.blocks import BLOCKS, TEXT_CHARACTERS, TOGETHER, Places, below, feedback, notes_of, sections, size
from api.slack.conversation import TURNS, turns_of
from api.slack.incoming import Identity, asked_in
from api.slack.text import cut, inert, link, parts_of, plain_of
from rag.pipeline import Pipeline
from tests.api.slack.fake_slack import BOT, BOT_USER, TEAM
from tests.api.slack.talking import Started, direct, sources_of

HOSTILE = (
    "<!channel> <!here|x> <!everyone> <@U0MARA> <#C0NEWS|news> <!subteam^S0ALL> <https://evil.example|ours> @here @channel "
    "[click](https://evil.example/?q=1) ![pixel](https://evil.example/p.png) `rm` https://evil.example www.evil.example "
    "&lt;!channel&gt; \u202egnorw [1]: https://evil.example"
)
UNSEEN = re.compile("[\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f]")
PIECES = ["<!channel>", "&", "<", ">", "`", "@here", "](", "ü", "\n", " ", "word ", "😀", '"', "\\", "|"]
TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(st.sampled_from(PIECES), max_size=100).map("".join),
    st.tuples(st.sampled_from(PIECES), st.integers(1, 3000)).map(lambda drawn: drawn[0] * drawn[1]),
)


def harmless(text: str) -> None:
    """Check that nothing in a text calls anybody or leads anywhere."""
    assert "<" not in text
    assert ">" not in text
    assert "`" not in text
    assert not re.search(r"@\w|\]\(|\]:|://", text)
    assert not re.search(r"&(?!amp;|lt;|gt;)", text)
    assert "\u202e" not in text


@given(TEXTS)
def test_inert_text_is_harmless_and_says_the_same(text: str) -> None:
    """Read back, it is what was written, but for spaces and characters that nobody sees."""
    harmless(inert(text))
    assert plain_of(inert(text)) == " ".join(UNSEEN.sub(" ", text).replace("\u2060", "").replace("`", "\u02cb").split())


def test_a_hostile_text_is_harmless() -> None:
    """All that is known to act in Slack, at once."""
    shown = inert(HOSTILE)
    harmless(shown)
    assert "evil.example" not in shown
    assert "&lt;!channel&gt;" in shown


def test_a_link_holds_its_address_and_nothing_else() -> None:
    """An address with what ends a link does not end it."""
    assert link("https://example.org/a|b>c<d e?x=1&y=`", "label") == "<https://example.org/a%7Cb%3Ec%3Cd%20e?x=1&amp;y=%60|label>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@U0BOT> Who?", "Who?"),
        ("<@U0BOT|dateline> Who &amp; what &lt;3?", "Who & what <3?"),
        ("Is <https://norlink.example/a|norlink.example> selling?", "Is norlink.example selling?"),
        ("See <https://norlink.example/a>", "See https://norlink.example/a"),
        ("<mailto:m@x.example|m@x.example> in <#C0NEWS|news> said <@U0MARA>", "m@x.example in news said"),
        ("<!date^1^{date}|4 March> and <!here>", "4 March and"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_a_message_is_read_as_people_see_it(text: str, said: str) -> None:
    """Without Slack's markup, which would be searched for."""
    assert plain_of(text, "U0BOT") == said


@given(TEXTS.map(inert), st.integers(0, 300))
def test_text_is_cut_within_its_limit_and_not_within_an_entity(text: str, most: int) -> None:
    """Half of an entity would show as it is."""
    short = cut(text, most)
    assert len(short) <= most
    harmless(short)


@given(TEXTS.map(inert), st.integers(20, 300))
def test_parts_are_short_and_together_the_text(text: str, most: int) -> None:
    """Nothing is lost but spaces."""
    parts = parts_of(text, most)
    assert all(0 < len(part) <= most for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts:
        harmless(part)


def citation(number: int, title: str, quote: str, url: str | None) -> CitationBody:
    return CitationBody(
        number=number, article_id=f"{number:020}", title=title, title_printed=True, publisher="Coast Courier", agency=None,
        authors=[title[:30]], published="2025-04-10", updated=None, url=url, quote=quote, start=0, end=len(quote),
        verified="exact", corrections=[], also_in=[],
    )  # fmt: skip


def nearest(title: str, text: str, url: str | None) -> HitBody:
    fields: dict[str, Any] = dict.fromkeys(ArticleSummary.model_fields)
    fields |= {"article_id": "a" * 20, "title": title, "url": url, "title_printed": True}
    article = ArticleSummary(**fields | {"authors": [], "corrections": [], "flags": []})
    return HitBody(passage_id="p", article=article, text=text, start=0, end=1, score=0.5)


def answer(**given: Any) -> AnswerBody:
    fields: dict[str, Any] = dict.fromkeys(AnswerBody.model_fields)
    fields |= {"question": "Who?", "answer": "", "sentences": [], "citations": [], "nearest": [], "conflicts": []}
    return AnswerBody(**fields | {"generator": "x", "generation": 1, "timings_ms": {}} | given)


URLS = st.one_of(st.none(), st.integers(0, 3000).map(lambda count: "https://norlink.example/" + "a|b<" * (count // 4)))


@settings(max_examples=60)
@given(st.data(), st.integers(0, 40), st.integers(0, 12_000), st.booleans())
def test_blocks_keep_the_limits(data: st.DataObject, count: int, length: int, abstains: bool) -> None:  # noqa: FBT001 - drawn
    """Ten elements, 50 blocks, 3,000 characters, all together below Slack's limit; numbers in order, links before quotes."""
    some = [(data.draw(TEXTS), data.draw(TEXTS), data.draw(URLS)) for _ in range(min(count, 4))]
    drawn = [some[at % len(some)] for at in range(count)]
    citations = [citation(at, *fields) for at, fields in enumerate(drawn, 1)]
    abstained = {"reason": "no_evidence", "message": "The archive does not say."} if abstains else None
    whole = answer(
        citations=citations, nearest=[nearest(*fields) for fields in drawn], abstained=abstained, question=data.draw(TEXTS)
    )
    text = cut(inert("word & " * (length // 7)), TEXT_CHARACTERS)
    buttons = feedback("0" * 16)
    room = TOGETHER - size([*sections(text), buttons])
    blocks = [
        *sections(text),
        *below(whole, Places("https://news.example"), room=room, cut_short=length > TEXT_CHARACTERS),
        buttons,
    ]
    assert len(blocks) <= BLOCKS
    assert size(blocks) <= 13_200
    for block in blocks:
        if block["type"] == "section":
            assert 0 < len(block["text"]["text"]) <= 3_000
        elif block["type"] == "context":
            assert 1 <= len(block["elements"]) <= 10
            assert all(0 < len(element["text"]) <= 3_000 for element in block["elements"])
    lines = [element["text"] for block in blocks if block["type"] == "context" for element in block["elements"]]
    for line in lines:
        for part in re.split(r"<https://[^<>|\s\"]+\|([^<>]*)>", line):
            harmless(part)
    if not abstains:
        numbers = [source.number for source in sources_of(blocks)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) == count or any("more on the page" in line for line in lines)
        assert numbers or not count


def test_a_short_answer_shows_its_quotes_letter_by_letter() -> None:
    """What limits do not cut is as it was printed."""
    quote = "It cost 640 million crowns & “no more”, said <M. Lind>."
    blocks = below(
        answer(citations=[citation(1, "Title", quote, None)]), Places("https://n.example"), room=9_000, cut_short=False
    )
    (source,) = sources_of(blocks)
    assert source.quote.replace("\u2060", "") == quote


def test_notes_and_conflicts_stand_below_the_text() -> None:
    """Each a paragraph, and harmless: they quote what was asked and what was printed."""
    notes = notes_of(answer(premise="It did <!here> not.", conflicts=["14 ships, or 16"], degraded="The model was late."))
    assert notes == "\n\nIt did &lt;!here&gt; not.\n\nThe model was late.\n\nSources differ: 14 ships, or 16"


def test_the_page_is_asked_the_same_question() -> None:
    """A cut answer leads to where all of it is, unless the question is too long for an address."""
    places = Places("https://n.example")
    assert places.asking("Who & what?") == "https://n.example/?q=Who%20%26%20what%3F"
    assert places.asking("ü" * 1_000) == "https://n.example/"


def test_a_thread_is_cut_to_what_was_said_last() -> None:
    """What is no message, comes from other bots, or came after the question does not count."""
    us = Identity(team=TEAM, enterprise=None, user=BOT_USER, bot=BOT)
    asked = asked_in(direct("And then?", ts="1790000000.5", thread_ts="1780000000.0"), us, ())
    said = [{"ts": f"1780000000.{at}", "user": "U0MARA", "text": f"Question {at}?"} for at in range(50)]
    other: list[object] = [
        None,
        "x",
        {"ts": "1780000001.1"},
        {"ts": "1780000001.1", "text": 5},
        {"ts": "x", "text": ""},
        {"ts": "1780000002.1", "user": "U0X", "bot_id": "B0X", "text": "beep"},
        {"ts": "1790000000.6", "user": "U0MARA", "text": "later"},
        {"ts": "1780000003.1", "bot_id": BOT, "subtype": "bot_message", "text": "Answer &amp; more. [1]"},
    ]
    turns = turns_of([*said, *other], asked, us)
    assert len(turns) == TURNS
    assert (turns[-1].role, turns[-1].text) == ("assistant", "Answer & more. [1]")
    assert (turns[-2].role, turns[-2].text) == ("user", "Question 49?")


def test_nothing_hostile_gets_through_from_end_to_end(
    in_slack: Started, scripted_pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    """A model that writes mentions and links: whatever is left of it acts on nobody."""
    model = f"Norlink will sell 14 of its 23 ships {HOSTILE}. [S1]\n\nNorlink will sell 14 of its 23 ships. [S1]"
    with in_slack(tmp_path, lambda: scripted_pipeline(model)) as bot:
        bot.deliver(direct("How many ships will Norlink sell? <!channel> <@U0MARA> & more"))
        (message,) = bot.slack.shown()
    harmless(message["text"])
    sent = json.dumps([call.arguments for call in bot.slack.calls])
    assert not re.search(r"<[!@#]", sent)
    assert "evil.example" not in sent
