"""The settings of the service, on top of answering's and the index's."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from api.keys import RATE
from api.redis_url import refuse_redis_url
from api.slack.tokens import CHANNEL, refuse_slack
from rag.settings import RagSettings

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class ServiceSettings(RagSettings):
    """Where the service listens and how much it takes on. Unknown names in `dateline.toml` are refused."""

    # What is wrong is told without what stands there: it may be a secret.
    model_config = SettingsConfigDict(extra="forbid", hide_input_in_errors=True)

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
    redis_url: Annotated[
        SecretStr | None,
        Field(description="A Redis server by which several replicas count rates together, such as redis://host:6379/0."),
    ] = None
    redis_seconds: Annotated[
        float, Field(ge=0.01, le=5, description="How long Redis may take for a reply, and so how long a request waits for it.")
    ] = 0.25
    slack_bot_token: Annotated[SecretStr | None, Field(description="The token of the bot in Slack, xoxb-….")] = None
    slack_signing_secret: Annotated[SecretStr | None, Field(description="What Slack signs requests to /slack/events with.")] = (
        None
    )
    slack_app_token: Annotated[
        SecretStr | None,
        Field(validate_default=True, description="The token of the app, xapp-…, to get events over a socket instead."),
    ] = None
    slack_channels: Annotated[
        tuple[str, ...], NoDecode, Field(description="Ids of the channels that the bot answers in, and im; empty: all.")
    ] = ()
    slack_rate: Annotated[str, Field(description="How often one person may ask in Slack.")] = "10/minute"
    slack_api_url: Annotated[str, Field(description="Slack's Web API.")] = "https://slack.com/api/"

    @field_validator("public_url", "slack_api_url")
    @classmethod
    def _address(cls, url: str) -> str:
        """Refuse what is no address; links are made by putting a path behind it."""
        if url and not re.fullmatch(r"https?://[^\s?#]+", url):
            raise ValueError("is no http:// or https:// address without a query")
        return url.rstrip("/")

    @field_validator("hosts", "origins", "slack_channels", mode="before")
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

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: SecretStr | None) -> SecretStr | None:
        """Refuse what is no address of a Redis server, without saying what was given: it may hold a password."""
        if url is not None:
            refuse_redis_url(url.get_secret_value())
        return url

    @field_validator("redis_url", "slack_bot_token", "slack_signing_secret", "slack_app_token", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        """Take an empty variable for one that is not set."""
        return None if value == "" else value

    @field_validator("slack_bot_token", "slack_signing_secret", "slack_app_token")
    @classmethod
    def _slack(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Refuse what Slack did not give under this name, and what is of no use without another."""
        refuse_slack(str(info.field_name), secret, info.data)
        return secret

    @field_validator("slack_channels")
    @classmethod
    def _channels(cls, channels: tuple[str, ...]) -> tuple[str, ...]:
        """Refuse names of channels, which change, and which events do not have."""
        for channel in channels:
            if not CHANNEL.fullmatch(channel):
                raise ValueError(
                    f"{channel!r} is no channel's id, such as C0123456789 (last in the channel's details), and not im"
                )
        return channels

    @field_validator("slack_rate")
    @classmethod
    def _rate(cls, rate: str) -> str:
        """Refuse what is no rate."""
        if not RATE.fullmatch(rate):
            raise ValueError(f"{rate!r} is no rate; write it like 10/minute (second, minute, hour or day)")
        return rate

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
