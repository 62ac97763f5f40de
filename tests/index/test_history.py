"""What changed between versions: whole sentences of the text, and facts by their printed value."""

from typing import Any

from index.articles import build_article
from index.history import Change, changes, changes_between
from index.types import Article, NewsDate, Origin, Version

TEXT = "The ferry sails every hour. It carries nine cars.\n\nTickets cost two crowns."


def article(text: str = TEXT, **fields: Any) -> Article:
    return build_article(text=text, origin=Origin(source="/news/a.txt"), **{"title": "Ferry", **fields})


def test_a_sentence_that_changed_is_shown_whole() -> None:
    """What stood there and what stands there now, and nothing of the sentences around it."""
    after = article(TEXT.replace("nine cars", "ten cars"))
    assert changes(article(), after) == [Change(field="text", removed="It carries nine cars.", added="It carries ten cars.")]


def test_what_was_added_or_removed_has_one_side() -> None:
    """A new last sentence was nothing before; one that is gone is nothing now."""
    longer = article(f"{TEXT} Children pay half.")
    assert changes(article(), longer) == [Change(field="text", removed=None, added="Children pay half.")]
    assert changes(longer, article()) == [Change(field="text", removed="Children pay half.", added=None)]


def test_facts_are_compared_as_printed() -> None:
    """Title, dates, authors and corrections are named with their values; where an article was found does not count."""
    before = article(authors=["Jane Sample"], published=NewsDate(value="2025-09-19", precision="day", read_from="text"))
    after = article(
        authors=["Jane Sample", "John Sample"], title="Ferry sails", corrections=["Correction: it is nine cars."],
        published=NewsDate(value="2025-09-19", precision="day", read_from="JSON-LD"),
        updated=NewsDate(value="2025-09-20T10:58-07:00", precision="minute", read_from="JSON-LD"),
    )  # fmt: skip
    assert changes(before, after) == [
        Change(field="title", removed="Ferry", added="Ferry sails"),
        Change(field="authors", removed="Jane Sample", added="Jane Sample; John Sample"),
        Change(field="updated", removed=None, added="2025-09-20T10:58-07:00"),
        Change(field="corrections", removed=None, added="Correction: it is nine cars."),
    ]


def test_equal_versions_changed_nothing() -> None:
    """The same article twice has no changes."""
    assert changes(article(), article()) == []


def test_each_version_is_compared_with_the_one_before() -> None:
    """The first changed nothing; a text that came back is a change from the one between."""
    texts = (TEXT, TEXT.replace("nine", "ten"), TEXT)
    versions = [
        Version(number=number, article=article(text), stored_at=None, current=number == 3)
        for number, text in enumerate(texts, start=1)
    ]
    found = changes_between(versions)
    assert [version.number for version, _ in found] == [1, 2, 3]
    assert [[(c.removed, c.added) for c in changed] for _, changed in found] == [
        [], [("It carries nine cars.", "It carries ten cars.")], [("It carries ten cars.", "It carries nine cars.")],
    ]  # fmt: skip
    assert changes_between([]) == []


def test_very_long_versions_are_told_in_one_change() -> None:
    """Comparing thousands of sentences one by one would take minutes; what both begin and end with is still left out."""
    first, last = "It begins like this.", "It ends like that."
    old, new = (f"{first} " + " ".join(f"Ferry {n * step} went home." for n in range(600)) + f" {last}" for step in (2, 3))
    (change,) = changes(article(old), article(new))
    assert change.removed is not None
    assert change.added is not None
    assert change.removed.startswith("Ferry 2 went home. Ferry 4")
    assert change.added.startswith("Ferry 3 went home. Ferry 6")
    assert (change.removed.endswith("Ferry 1198 went home."), change.added.endswith("Ferry 1797 went home.")) == (True, True)


def test_a_new_paragraph_within_a_sentence_is_no_change() -> None:
    """The same words with another break between them are not shown as removed and added."""
    text = "The ferry sails every hour. It carries nine cars."
    assert changes(article(text), article(text.replace("It ", "It\n\n"))) == []
