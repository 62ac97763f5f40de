"""The object that the judge's model means is found in what it writes."""

import pytest
from pydantic import BaseModel

from eval.judge_model import Unjudged, read_reply


class Rating(BaseModel):
    """A form of reply."""

    rating: int


@pytest.mark.parametrize(
    "reply",
    [
        '{"rating": 4}',
        '```json\n{"rating": 4}\n```',
        '<think>Perhaps {"rating": 2}, {or so}</think> {"rating": 4}',
        '{"rating": 2} No: {"properties": {"rating": 4}}',
        '{"a": ' * 3_000 + ' {"rating": "4"}',
    ],
)
def test_the_last_object_that_fits_is_the_reply(reply: str) -> None:
    """Fences, thoughts, wrappers and brackets without end do not hide what the model says in the end."""
    assert read_reply(reply, Rating) == Rating(rating=4)


def test_a_reply_without_an_object_that_fits_is_refused() -> None:
    """A long reply is not repeated whole."""
    with pytest.raises(Unjudged, match="the reply holds no JSON object with rating: “") as caught:
        read_reply('{"score": 4} ' * 100, Rating)
    assert len(str(caught.value)) < 300
