"""A question to a pipeline over the small archive, and what it can be answered with."""

import asyncio
from collections.abc import Callable
from typing import Any

from rag.pipeline import Pipeline
from rag.types import Answer, Question

BuildPipeline = Callable[..., Pipeline]
ASKED = "How much did the Sandholm bridge cost?"
QUOTE = "It is 2,870 metres long and cost 640 million crowns."


def ask(pipeline: Pipeline, text: str = ASKED, **limits: Any) -> Answer:
    return asyncio.run(pipeline.answer(Question(text=text, **limits)))
