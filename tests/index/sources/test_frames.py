"""What a parser process sends is checked: a hostile file may have taken it over, and it is not to take this process with it."""

import json
from typing import Any

import pytest

from index.articles import build_article
from index.sources.frames import BrokenFrame, item_from_frame, prepared_from_frame, progress_from_frame, read_message
from index.types import Origin

ARTICLE = build_article(text="The ferry sails. It is late.", origin=Origin(source="a.txt"))


def test_passages_are_slices_of_the_article() -> None:
    """Places in order become passages with the article's own words; the sketch comes as it is."""
    prepared = prepared_from_frame({"spans": [[0, 16], [17, 28]], "sketch": [1, 2**63 - 1]}, ARTICLE)
    assert [passage.text for passage in prepared.passages] == ["The ferry sails.", "It is late."]
    assert {passage.article_id for passage in prepared.passages} == {ARTICLE.article_id}
    assert prepared.sketch == (1, 2**63 - 1)


@pytest.mark.parametrize(
    "message",
    [
        {}, {"spans": None, "sketch": []}, {"spans": [], "sketch": None}, {"spans": [], "sketch": ["1"]},
        {"spans": [], "sketch": [-1]}, {"spans": [], "sketch": [2**63]}, {"spans": [5], "sketch": []},
        {"spans": [[0]], "sketch": []}, {"spans": [[0, True]], "sketch": []}, {"spans": [[0, 9.0]], "sketch": []},
        {"spans": [[-3, 9]], "sketch": []}, {"spans": [[9, 9]], "sketch": []}, {"spans": [[0, 29]], "sketch": []},
        {"spans": [[17, 28], [0, 16]], "sketch": []}, {"spans": [[0, 16], [15, 20]], "sketch": []},
    ],
)  # fmt: skip
def test_what_is_no_slice_is_refused(message: dict[str, Any]) -> None:
    """A passage out of its place would be quoted as what the article never said."""
    with pytest.raises(BrokenFrame):
        prepared_from_frame(message, ARTICLE)


@pytest.mark.parametrize(
    "message",
    [
        {"article": "null"}, {"article": "[" * 50_000}, {"article": 5}, {"link": None}, {"rejection": []}, {"rejection": {}}, {},
        {"rejection": {"origin": {"source": "a", "more": 1}, "reason": "b"}},
    ],
)  # fmt: skip
def test_what_is_no_item_is_refused(message: dict[str, Any]) -> None:
    """Nothing else than BrokenFrame is raised, whatever comes."""
    with pytest.raises(BrokenFrame):
        item_from_frame(message, b"")


@pytest.mark.parametrize(("at", "expected"), [(0.5, 0.5), (7, 1.0), (-1, 0.0), ("x", 0.0), (None, 0.0), ([], 0.0)])
def test_progress_is_a_share(at: object, expected: float) -> None:
    """Whatever is said of it, it stands between nothing and all."""
    assert progress_from_frame({"at": at}) == expected


@pytest.mark.parametrize("body", [b"[" * 100_000, b"\xff", b"[]", b"{", b""])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    """Also JSON that is nested without end."""
    with pytest.raises(BrokenFrame):
        read_message(body)
    assert read_message(json.dumps({"a": 1}).encode()) == {"a": 1}
