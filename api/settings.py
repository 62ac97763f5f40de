"""The settings of the service, on top of answering's and the index's."""

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from rag.settings import RagSettings


class ServiceSettings(RagSettings):
    """Where the service listens and how much it takes on. Unknown names in `dateline.toml` are refused."""

    model_config = SettingsConfigDict(extra="forbid")

    host: Annotated[str, Field(description="The address that the service listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="The port; 0 takes a free one.")] = 8000
    public_url: Annotated[
        str,
        Field(description="Where readers reach this service, such as https://news.example.org; empty: as each request names it."),
    ] = ""
    workers: Annotated[int, Field(ge=1, le=64, description="How many processes serve the archive.")] = 1
    computing_threads: Annotated[
        int, Field(ge=1, le=64, description="How many questions one process computes at the same time.")
    ] = 2
    max_body_bytes: Annotated[int, Field(ge=1_000, description="The largest request body that is read.")] = 1_000_000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="How much the service logs, as JSON lines on stderr."),
    ] = "info"

    @field_validator("public_url")
    @classmethod
    def _address(cls, url: str) -> str:
        """Refuse what is no address; links are made by putting a path behind it."""
        if url and not re.fullmatch(r"https?://[^\s?#]+", url):
            raise ValueError("is no http:// or https:// address without a query")
        return url.rstrip("/")
