"""The settings of answering, on top of the index's."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from index.settings import IndexSettings
from rag.types import Unsupported

GeneratorName = Literal["extractive", "openai", "anthropic", "llama"]


class RagSettings(IndexSettings):
    """How answers are found and written."""

    generator: Annotated[GeneratorName, Field(description="What writes the answers.")] = "extractive"
    generator_model: Annotated[
        str,
        Field(
            validate_default=True, description="The language model that writes the answers: its name at the server, or a file."
        ),
    ] = ""
    generator_url: Annotated[
        str, Field(description="The base URL of the language model's server, such as http://host/v1; empty: the provider's own.")
    ] = ""
    generator_seconds: Annotated[
        float, Field(gt=0, le=3_600, description="After how many seconds a language model is given up.")
    ] = 60.0
    generator_window: Annotated[
        int, Field(ge=1_024, le=10_000_000, description="How many tokens the language model can read and write together.")
    ] = 8_192
    answer_tokens: Annotated[int, Field(ge=16, le=8_192, description="The most tokens that a language model may write.")] = 600
    samples: Annotated[
        int, Field(ge=1, le=5, description="How many answers a language model writes for a question; the best supported is kept.")
    ] = 1
    unsupported: Annotated[
        Unsupported, Field(description="Sentences with facts that no quote holds: dropped (strict), or shown and marked (flag).")
    ] = "strict"
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

    @field_validator("generator_model")
    @classmethod
    def _named(cls, model: str, info: ValidationInfo) -> str:
        """Refuse a language model that nobody named."""
        kind = info.data.get("generator")
        if kind not in {None, "extractive"} and not model:
            needed = "the file of a model" if kind == "llama" else "the name of a model"
            raise ValueError(f"is missing: setting generator is {kind}, which needs {needed}")
        return model

    @field_validator("generator_url")
    @classmethod
    def _address(cls, url: str) -> str:
        """Refuse what is no address."""
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("is no http:// or https:// URL")
        return url
