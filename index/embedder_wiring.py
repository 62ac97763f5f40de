"""Builds the embedder that settings name: on OpenVINO, torch, a GPU or a server; says what its vectors are, too."""

import logging
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

from index.protocols import Embedder, TokenCounter
from index.settings import EmbedderName, IndexSettings

logger = logging.getLogger(__name__)


def build_embedder(settings: IndexSettings, *, threads: int | None = None, cores: int | None = None) -> Embedder:
    """Return the embedder that the settings name; takes seconds if it loads torch. `threads`: cores a question may use.

    `cores`: all that it may use, for passages too, where several embedders share a machine; None: every one.

    `auto` is torch on a GPU if there is one, else OpenVINO, or torch where OpenVINO cannot be used; or the model or server that
    the settings name.

    Raises:
        ModelError: the model is missing, is not the published one or cannot be used; or the server, or the GPU, cannot.
    """
    match _chosen(settings):
        case "auto":
            from index.openvino_model import OpenVinoUnavailable  # noqa: PLC0415 - one arm of a choice

            if (on_gpu := _on_gpu(settings, threads)) is not None:
                return on_gpu
            try:
                return _openvino(settings, threads, cores)
            except OpenVinoUnavailable as error:
                logger.warning("embedding with torch, which is slower: %s", error)
                return _torch(settings, threads or cores)
        case "openvino":
            return _openvino(settings, threads, cores)
        case "sentence-transformers":
            return _on_gpu(settings, threads) or _torch(settings, threads or cores)
        case "openai":
            return _remote(settings)
        case other:
            assert_never(other)


def embedder_elsewhere(settings: IndexSettings) -> Callable[[], Embedder]:
    """Return what builds the embedder on one core of another process, or machine; it takes along no secret of the settings.

    A server's key is not among the settings: it is read from the environment of whoever calls what this returns. No GPU is used
    there: how many may share one is not known, and each must have enough at once to be worth it.

    Raises:
        ValueError: the settings insist on a GPU.
    """
    if settings.embedder_device == "cuda":
        raise ValueError(
            "workers embed on processors only, and setting embedder_device is cuda; set DATELINE_EMBEDDER_DEVICE=cpu"
        )
    model = settings.embedder_model
    if model and _chosen(settings) != "openai" and (folder := Path(model).expanduser()).is_dir():
        model = str(folder.absolute())
    # Named one by one: what a later setting holds must not travel by itself.
    there = IndexSettings.model_construct(
        # That process may stand in another folder.
        data=settings.data.absolute(),
        embedder=settings.embedder,
        embedder_model=model,
        embedder_url=settings.embedder_url,
        embedder_cache=settings.embedder_cache.absolute() if settings.embedder_cache else None,
        embedder_device="cpu",
        passage_tokens=settings.passage_tokens,
    )
    return partial(build_embedder, there, threads=1, cores=1)


def build_embedder_tokens(settings: IndexSettings) -> TokenCounter:  # noqa: ARG001 - the settings choose nothing yet
    """Return what counts the tokens of a passage: the packaged model's tokenizer, whichever embedder is chosen.

    So an article has the same passages in every archive, and archives of two embedders can be compared.

    Raises:
        ModelError: the tokenizer is missing.
    """
    from index.embedding import EmbedderTokens  # noqa: PLC0415

    return EmbedderTokens()


def embedding_space(settings: IndexSettings) -> tuple[str, int]:
    """Return the name and the length of the vectors that the settings ask for."""
    if _chosen(settings) == "openai":
        from index.local.manifest import stored_manifest  # noqa: PLC0415 - one arm of a choice
        from index.remote_embedding import remote_name  # noqa: PLC0415

        name, stored = remote_name(settings.embedder_model), stored_manifest(settings.data)
        # Of another embedder's archive the length does not matter: the store refuses it by its name.
        return name, int(stored["dimension"]) if stored.get("dimension", "").isdecimal() else _remote(settings).dimension
    if settings.embedder_model:
        from index.model_folder import find_model  # noqa: PLC0415 - one arm of a choice

        found = find_model(settings.embedder_model)
        return found.name, found.dimension
    from index.embedding import DIMENSION, EMBEDDER_NAME  # noqa: PLC0415

    return EMBEDDER_NAME, DIMENSION


def _chosen(settings: IndexSettings) -> EmbedderName:
    """Return the embedder; `auto` only when neither a server nor a model is named."""
    if settings.embedder != "auto":
        return settings.embedder
    if settings.embedder_url:
        return "openai"
    return "sentence-transformers" if settings.embedder_model else "auto"


def _openvino(settings: IndexSettings, threads: int | None, cores: int | None) -> Embedder:
    from index.openvino_embedding import OpenVinoEmbedder  # noqa: PLC0415 - one arm of a choice

    cache = settings.embedder_cache or settings.data / "caches" / "embedder"
    return OpenVinoEmbedder(cache=cache, threads=threads, cores=cores)


def _torch(settings: IndexSettings, threads: int | None, device: str = "cpu") -> Embedder:
    from index.embedding import SentenceTransformerEmbedder  # noqa: PLC0415 - heavy
    from index.model_folder import find_model  # noqa: PLC0415

    found = find_model(settings.embedder_model) if settings.embedder_model else None
    return SentenceTransformerEmbedder(found, threads=threads, passage_tokens=settings.passage_tokens, device=device)


def _on_gpu(settings: IndexSettings, threads: int | None) -> Embedder | None:
    """Return torch's embedder on the GPU; None where there is none, or it cannot be used and the settings do not insist on it."""
    from index.gpu import GpuUnavailable, gpu_expected  # noqa: PLC0415 - one arm of a choice

    match settings.embedder_device:
        case "cpu":
            return None
        case "cuda":
            return _torch(settings, threads, "cuda")
        case "auto":
            try:
                return _torch(settings, threads, "cuda") if gpu_expected() else None
            except GpuUnavailable as error:
                logger.warning("embedding without the GPU: %s", error)
                return None
        case other:
            assert_never(other)


def _remote(settings: IndexSettings) -> Embedder:
    from index.local.manifest import stored_manifest  # noqa: PLC0415 - one arm of a choice
    from index.remote_embedding import API_KEY_VARIABLE, RemoteEmbedder, remote_name  # noqa: PLC0415

    stored = stored_manifest(settings.data)
    same = stored.get("embedder") == remote_name(settings.embedder_model) and stored.get("dimension", "").isdecimal()
    return RemoteEmbedder(
        settings.embedder_url,
        settings.embedder_model,
        key=os.environ.get(API_KEY_VARIABLE),
        dimension=int(stored["dimension"]) if same else None,
    )
