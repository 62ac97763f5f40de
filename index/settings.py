"""The settings of the index: `DATELINE_...` in the environment, or `dateline.toml` in the working folder."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class IndexSettings(BaseSettings):
    """Where the archive is and how articles are embedded. The environment wins over the file."""

    model_config = SettingsConfigDict(env_prefix="DATELINE_", toml_file="dateline.toml", frozen=True, extra="ignore")

    data: Annotated[Path, Field(description="The folder that holds the archive.")] = Path("data")
    embedder: Annotated[Literal["sentence-transformers"], Field(description="What turns text into vectors.")] = (
        "sentence-transformers"
    )
    passage_tokens: Annotated[
        int,
        Field(ge=32, le=220, description="The most tokens a passage may have, counted by the embedder's tokenizer."),
    ] = 168
    fetch_private: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Hosts, host:port, addresses or networks that ingest may fetch although they are not public."),
    ] = ()

    @field_validator("fetch_private", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        """Read the environment's form, names with commas between."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)
