"""The settings of the index: `DATELINE_...` in the environment, or `dateline.toml` in the working folder."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

EmbedderName = Literal["auto", "openvino", "sentence-transformers", "openai"]
StoreName = Literal["local", "milvus"]
Device = Literal["auto", "cpu", "cuda"]
MILVUS_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,99}$"
"""What an archive on Milvus may be called."""


class IndexSettings(BaseSettings):
    """Where the archive is and how articles are embedded. The environment wins over the file."""

    model_config = SettingsConfigDict(env_prefix="DATELINE_", toml_file="dateline.toml", frozen=True, extra="ignore")

    data: Annotated[Path, Field(description="The folder that holds the archive.")] = Path("data")
    embedder: Annotated[EmbedderName, Field(description="What turns text into vectors.")] = "auto"
    embedder_model: Annotated[
        str,
        Field(description="A sentence-transformers model, by folder or name, or the model of embedder_url; empty: the packaged."),
    ] = ""
    embedder_url: Annotated[
        str,
        Field(
            validate_default=True, description="The base URL of a server with OpenAI's embeddings API, such as http://host/v1."
        ),
    ] = ""
    embedder_cache: Annotated[
        Path | None, Field(description="The folder that keeps the converted embedding model; none: inside the data folder.")
    ] = None
    store: Annotated[StoreName, Field(description="What holds the archive: the data folder, or Milvus.")] = "local"
    milvus_url: Annotated[
        str,
        Field(
            validate_default=True,
            description="Where Milvus is: http://host:19530, or the path of a .db file, which Milvus Lite keeps in this process.",
        ),
    ] = ""
    milvus_token: Annotated[SecretStr | None, Field(description="What Milvus asks for: user:password, or a key.")] = None
    milvus_name: Annotated[str, Field(pattern=MILVUS_NAME, description="The archive's name; one Milvus may hold several.")] = (
        "dateline"
    )
    milvus_index: Annotated[
        str,
        Field(
            pattern=r"^[A-Z][A-Z0-9_]{2,30}$",
            description="Milvus' index over the vectors of a new archive: FLAT is exact, AUTOINDEX quicker for many millions.",
        ),
    ] = "FLAT"
    embedder_device: Annotated[
        Device,
        Field(description="What a model in this process computes on: the processor, an NVIDIA GPU, or that if there is one."),
    ] = "auto"
    passage_tokens: Annotated[
        int,
        Field(ge=32, le=220, description="The most tokens a passage may have, counted by the embedder's tokenizer."),
    ] = 168
    fetch_private: Annotated[
        tuple[str, ...],
        NoDecode,
        Field(description="Hosts, host:port, addresses or networks that ingest may fetch although they are not public."),
    ] = ()

    @field_validator("embedder_device")
    @classmethod
    def _computed_here(cls, device: Device, info: ValidationInfo) -> Device:
        """Refuse a GPU for what does not compute on one."""
        embedder = info.data.get("embedder")
        if device == "cuda" and (embedder not in {"auto", "sentence-transformers"} or info.data.get("embedder_url")):
            raise ValueError("is for sentence-transformers: neither OpenVINO nor a server computes on this machine's GPU")
        return device

    @field_validator("embedder_model")
    @classmethod
    def _runs(cls, model: str, info: ValidationInfo) -> str:
        """Refuse a model for the engine that has only the packaged one."""
        if model and info.data.get("embedder") == "openvino":
            raise ValueError("cannot be chosen with embedder openvino, which runs the packaged model; leave one of them out")
        return model

    @field_validator("embedder_url")
    @classmethod
    def _goes_together(cls, url: str, info: ValidationInfo) -> str:
        """Refuse a server beside another embedder, and half of one."""
        embedder, model = info.data.get("embedder"), info.data.get("embedder_model")
        if url and urlsplit(url).scheme not in {"http", "https"}:
            raise ValueError("is no http:// or https:// URL")
        if url and embedder not in {"auto", "openai"}:
            raise ValueError(f"is for a server, but setting embedder is {embedder}: leave one of them out")
        if url and not model:
            raise ValueError("needs the name of the server's model in setting embedder_model")
        if embedder == "openai" and not url:
            raise ValueError("is missing: setting embedder is openai, which needs the base URL of a server")
        return url

    @field_validator("milvus_url")
    @classmethod
    def _reaches(cls, url: str, info: ValidationInfo) -> str:
        """Refuse an address that Milvus cannot have, and a missing one."""
        if info.data.get("store") == "milvus" and not url:
            raise ValueError("is missing: setting store is milvus, which needs a URL or the path of a .db file")
        if url and urlsplit(url).scheme not in {"http", "https"} and not url.endswith(".db"):
            raise ValueError("is no http:// or https:// URL and no path that ends in .db")
        if "@" in urlsplit(url).netloc:
            raise ValueError("holds a user or a password, which errors would show: put user:password into setting milvus_token")
        return url

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
