"""What goes to another process or machine so that it embeds: nothing secret."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from api.settings import ServiceSettings
from index.embedder_wiring import embedder_elsewhere
from index.settings import IndexSettings
from index.wiring import build_cluster

SECRETS = {
    "milvus_token": "root:milvus-hush",
    "redis_url": "redis://:redis-hush@127.0.0.1/0",
    "slack_bot_token": "xoxb-1234567890-hush",
    "slack_signing_secret": "0123456789abcdef0123456789abcdef",
    "slack_app_token": "xapp-1-hush",
}


def test_no_secret_of_the_service_goes_along(tmp_path: Path) -> None:
    """Whoever reaches a cluster reads what is sent to its workers."""
    fields = ServiceSettings.model_fields.items()
    assert {name for name, field in fields if "SecretStr" in str(field.annotation)} == SECRETS.keys(), "add the new one above"
    settings = ServiceSettings(data=tmp_path, **SECRETS)  # type: ignore[arg-type]
    sent = pickle.dumps(embedder_elsewhere(settings))
    assert not [name for name, secret in SECRETS.items() if secret.encode() in sent]
    assert b"api.settings" not in sent


def test_the_folders_are_this_processs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other process may stand in another folder; all else that an embedder needs is as it was set."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    given: dict[str, Any] = {
        "data": Path("archive"),
        "embedder_cache": Path("cache"),
        "embedder_model": "model",
        "passage_tokens": 99,
    }
    changed = {"embedder_device": "cpu", "data": tmp_path / "archive", "embedder_cache": tmp_path / "cache"}
    for server, model in (("", str(tmp_path / "model")), ("http://127.0.0.1:9/v1", "model")):
        settings = IndexSettings(**given, embedder_url=server)
        (there,) = pickle.loads(pickle.dumps(embedder_elsewhere(settings))).args  # noqa: S301 - just made
        assert there.model_dump() == settings.model_dump() | changed | {"embedder_model": model}


def test_a_cluster_does_not_take_a_gpu(tmp_path: Path) -> None:
    """Sixteen passages at a time would keep it idle, and every worker of a node would load its model there; so it is refused."""
    with pytest.raises(ValueError, match="DATELINE_EMBEDDER_DEVICE=cpu"):
        build_cluster(IndexSettings(data=tmp_path, embedder_device="cuda"), "local")
