"""Settings: where they come from, and what is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from api.command import settings_for
from api.settings import ServiceSettings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without settings."""
    monkeypatch.chdir(tmp_path)
    for name in ServiceSettings.model_fields:
        monkeypatch.delenv(f"DATELINE_{name.upper()}", raising=False)
    return tmp_path


def test_what_was_typed_wins_over_environment_over_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option beats DATELINE_…, which beats dateline.toml, which beats the default."""
    (folder / "dateline.toml").write_text('port = 1\nworkers = 2\nlog_level = "error"\ndata = "from-file"\n')
    monkeypatch.setenv("DATELINE_PORT", "3")
    monkeypatch.setenv("DATELINE_WORKERS", "4")
    settings = settings_for(None, workers=5)
    assert (settings.port, settings.workers, settings.log_level, settings.host) == (3, 5, "error", "127.0.0.1")
    assert settings.data == Path("from-file")
    assert settings_for(Path("typed")).data == Path("typed")


def test_settings_do_not_change() -> None:
    """Settings are read once and frozen."""
    with pytest.raises(ValidationError):
        ServiceSettings().port = 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "70000"),
        ("port", "x"),
        ("workers", "0"),
        ("computing_threads", "0"),
        ("max_body_bytes", "10"),
        ("log_level", "loud"),
        ("embedder", "word2vec"),
        ("passage_tokens", "1"),
        ("generator", "gpt"),
        ("evidence_tokens", "1"),
        ("recency_strength", "-1"),
        ("recency_days", "0"),
        ("recency_days", "nan"),
    ],
)
def test_a_wrong_setting_is_named(
    dateline: Callable[..., object], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """A wrong value in the environment ends any command with status 2 and the setting's names."""
    monkeypatch.setenv(f"DATELINE_{name.upper()}", value)
    done = dateline("articles", "list")
    assert (done.code, done.out) == (2, "")
    assert name in done.err
    assert f"DATELINE_{name.upper()}" in done.err


@pytest.mark.parametrize(
    ("toml", "named"),
    [("port = 'x'", "port"), ("portt = 1", "portt"), ("port = ", "dateline.toml"), ("[port]\nx = 1", "port")],
)
def test_a_wrong_file_is_named(dateline: Callable[..., object], folder: Path, toml: str, named: str) -> None:
    """A wrong value, an unknown name and a file that is no TOML end any command with status 2."""
    (folder / "dateline.toml").write_text(toml)
    done = dateline("articles", "list")
    assert (done.code, done.out) == (2, "")
    assert named in done.err
    assert "dateline.toml" in done.err
