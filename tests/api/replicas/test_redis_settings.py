"""Setting Redis up: a wrong address is one line before the service starts, and its password is shown nowhere."""

import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from api.command import UsageError
from api.metrics import Metrics
from api.redis_url import refuse_redis_url
from api.replicas import build_replicas
from api.server import _written
from api.settings import ServiceSettings

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "url",
    [
        "host:6379", "http://host:6379/0", "redis://", "redis:///0", "redis://:hush@", "redis://host:port/0", "redis://host:99999",
        "redis://host/news", "redis://host/0?socket_timeout=99", "redis://host/0#x", "redis://us er:hush@host/0",
        "redis://:hu/sh@host:6379/0", "unix:///run/redis.sock", "redis://a,b/0", "redis://[::1/0", "redis://:h[ush@host",
        "redis://ho st/0", "redis://:hush\u2100word@host/0", "redis://:hush\uff0fword@host/0", "redis://:hush\x7f@host/0",
        "redis://host:\u0666\u0663/0", "redis://host/\u0661", "redis://:hush@[:::1]/0",
    ],
)  # fmt: skip
def test_a_wrong_address_ends_the_command(dateline: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """With status 2, the setting's name and how to write one; never what was given, which may hold a password."""
    monkeypatch.setenv("DATELINE_REDIS_URL", url)
    done = dateline("serve")
    assert (done.code, done.out) == (2, "")
    assert "setting 'redis_url'" in done.err
    assert "redis://HOST:PORT/DATABASE" in done.err
    assert "hush" not in done.err
    assert f"{url} " not in done.err


@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost", "redis://10.0.0.7:6379/15", "rediss://user:p%40ss%2Fword@redis.example.org:6380/0", "redis://[::1]:6379/0",
        "redis://:word@host", "redis://:!$%&'()*+,-.:;<=>\\^_`{|}~w@host", "redis://:%E2%84%80@host",
    ],
)  # fmt: skip
def test_an_address_is_taken(url: str) -> None:
    """Plain and encrypted, with and without a password; IPv6, too."""
    refuse_redis_url(url)


def test_what_the_client_cannot_read_is_not_shown() -> None:
    """Its errors may hold the whole address, and would be printed with it."""
    settings = ServiceSettings.model_construct(redis_url=SecretStr("redis://:hush\u2100word@host/0"))
    with pytest.raises(UsageError, match="cannot read this address") as raised:
        build_replicas(settings, Metrics())
    assert "hush" not in "".join(traceback.format_exception(raised.value))


def test_the_password_reaches_the_workers_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers read their settings from the environment; printed, it is stars. An empty variable is none."""
    settings = ServiceSettings(redis_url="redis://:hush@host/0")  # type: ignore[arg-type]
    assert _written(settings.redis_url) == "redis://:hush@host/0"
    assert "hush" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    monkeypatch.setenv("DATELINE_REDIS_URL", "")
    assert ServiceSettings().redis_url is None


def test_without_the_client_the_service_says_how_to_install_it(tmp_path: Path) -> None:
    """In a process that cannot import it, as after a plain installation; before workers are started, which would fail."""
    program = "import sys; sys.modules['redis'] = None; from api.cli import main; main(sys.argv[1:])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DATELINE_REDIS_URL": "redis://:hush@host/0"}
    command = [sys.executable, "-c", program, "serve", "--port", "0", "--workers", "2", "--data", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert ".venv/bin/pip install -e '.[redis]'" in done.stderr
    assert "hush" not in done.stderr
