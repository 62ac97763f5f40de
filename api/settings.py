"""The settings of the service, on top of answering's and the index's."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from rag.settings import RagSettings

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class ServiceSettings(RagSettings):
    """Where the service listens and how much it takes on. Unknown names in `dateline.toml` are refused."""

    model_config = SettingsConfigDict(extra="forbid")

    host: Annotated[str, Field(description="The address that the service listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535, description="The port; 0 takes a free one.")] = 8000
    public_url: Annotated[
        str,
        Field(description="Where readers reach this service, such as https://news.example.org; empty: as each request names it."),
    ] = ""
    hosts: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Names under which requests may reach the service, besides this machine's and public_url's."),
    ] = ()
    origins: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Web pages of other addresses that may ask, such as https://intranet.example.org."),
    ] = ()
    workers: Annotated[int, Field(ge=1, le=64, description="How many processes serve the archive.")] = 1
    computing_threads: Annotated[
        int, Field(ge=1, le=64, description="How many questions one process computes at the same time.")
    ] = 2
    waiting_requests: Annotated[
        int, Field(ge=1, le=100_000, description="How many requests may wait for computing in one process; further ones get 503.")
    ] = 200
    max_body_bytes: Annotated[int, Field(ge=1_000, description="The largest request body that is read.")] = 1_000_000
    writable: Annotated[bool, Field(description="Whether articles can be added and deleted over HTTP.")] = True
    max_upload_bytes: Annotated[int, Field(ge=1_000, description="The largest file that can be sent to be ingested.")] = (
        25_000_000
    )
    write_wait_seconds: Annotated[
        float, Field(ge=0, le=600, description="How long a request that writes waits for another ingest to end.")
    ] = 30.0
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Field(description="How much the service logs, as JSON lines on stderr."),
    ] = "info"
    log_questions: Annotated[bool, Field(description="Whether the log holds the text of questions.")] = False

    @field_validator("public_url")
    @classmethod
    def _address(cls, url: str) -> str:
        """Refuse what is no address; links are made by putting a path behind it."""
        if url and not re.fullmatch(r"https?://[^\s?#]+", url):
            raise ValueError("is no http:// or https:// address without a query")
        return url.rstrip("/")

    @field_validator("hosts", "origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Read the environment's form, names with commas between."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse what no browser sends as an origin."""
        for origin in origins:
            if not re.fullmatch(r"https?://[^\s/?#]+", origin):
                raise ValueError(f"{origin!r} is no origin; write scheme and host, such as https://intranet.example.org")
        return origins

    def base_url(self) -> str:
        """Return where readers reach this service when no request says it, without a slash at the end."""
        return self.public_url or f"http://{self._host()}:{self.port}"

    def known_hosts(self) -> list[str]:
        """Return what requests may give as `Host`; a name with `:*` stands for every port."""
        named = [urlsplit(self.public_url).netloc] if self.public_url else []
        return [known for name in (*_LOOPBACK, self._host(), *named, *self.hosts) for known in (name, f"{name}:*")]

    def _host(self) -> str:
        """Return the host as addresses have it: IPv6 in square brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host
