"""The settings of answering, on top of the index's."""

from typing import Annotated, Literal

from pydantic import Field

from index.settings import IndexSettings

GeneratorName = Literal["extractive"]


class RagSettings(IndexSettings):
    """How answers are found and written."""

    generator: Annotated[GeneratorName, Field(description="What writes the answers.")] = "extractive"
    evidence_tokens: Annotated[
        int, Field(ge=200, le=100_000, description="The most tokens of evidence a generator is shown (cl100k_base).")
    ] = 4_000
    recency_strength: Annotated[
        float, Field(ge=0, le=20, description="How much fresher articles count: 0 not at all, 0.5 up to one and a half times.")
    ] = 0.5
    recency_days: Annotated[float, Field(gt=0, le=3_650, description="After how many days that advantage has shrunk to 1/e.")] = (
        14.0
    )
    reranker: Annotated[
        str | None, Field(description="The folder or hub name of a cross-encoder that orders the best passages; none when unset.")
    ] = None
    rerank_depth: Annotated[int, Field(ge=2, le=200, description="How many of the best passages the reranker orders.")] = 30
    rerank_deadline_ms: Annotated[
        int, Field(ge=10, le=60_000, description="After how many milliseconds the order of the search is used instead.")
    ] = 2_000
