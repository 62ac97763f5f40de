"""The Dockerfile: what its linter says, what it installs and copies, and how the service is started, watched and stopped."""

import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from api.access import scopes_for
from api.settings import ServiceSettings
from benchmarks.dependencies import torch_version
from tests.deployment.reading import DOCKERFILE, ROOT, Instruction, instructions

TEXT = DOCKERFILE.read_text(encoding="utf-8")
ALL = instructions(TEXT)
LAST = [each for each in ALL if each.stage == ALL[-1].stage]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def told(name: str) -> str:
    """Return the arguments of the only such instruction of the image that is kept."""
    (found,) = [each.arguments for each in LAST if each.name == name]
    return found


def hadolint(text: str) -> str:
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, "--no-color", "-"], input=text, capture_output=True, text=True, check=False)
    assert bool(done.stdout) == bool(done.returncode), done.stderr
    return done.stdout


def test_the_linter_has_nothing_to_say() -> None:
    assert hadolint(TEXT) == ""


@pytest.mark.parametrize(
    ("said", "instead", "rule"),
    [
        ("python:3.11.14-slim-trixie", "python:latest", "DL3007"),
        ("torch==2.13.0", "torch", "DL3013"),
        ('CMD ["serve"]', "CMD serve", "DL3025"),
        ("USER 10001:10001", "USER root", "DL3002"),
    ],
)
def test_the_linter_would_say_it(said: str, instead: str, rule: str) -> None:
    assert rule in hadolint(TEXT.replace("${BASE}", "python:3.11.14-slim-trixie").replace(said, instead))


def test_both_stages_stand_on_one_pinned_image() -> None:
    """An interpreter of another version would not find what was installed; the lock is for 3.11."""
    assert [each.arguments for each in ALL if each.name == "FROM"] == ["${BASE} AS build", "${BASE}"]
    (base,) = [each.arguments for each in ALL if each.arguments.startswith("BASE=")]
    assert re.fullmatch(r"BASE=python:3\.11\.\d+-slim-[a-z]+", base)


def test_torch_then_the_lock_then_the_wheel() -> None:
    """In this order, torch in the version of the Makefile and alone, the lock with hashes, the wheel with nothing besides."""
    runs = [each.arguments for each in ALL if each.name == "RUN" and "pip install" in each.arguments]
    torch, lock, extras, wheel = runs
    assert re.findall(r"(\S+)==([\d.]+)", torch) == [("torch", torch_version())]
    assert "--no-deps" in torch
    assert lock == "pip install --require-hashes -r requirements.lock"
    assert "pip install --require-hashes" in extras
    assert all(option in wheel for option in ("--no-build-isolation", "--no-deps --no-index", "pip check"))


def test_what_is_copied_is_there_and_is_sent_to_the_builder() -> None:
    """Nothing else is: an archive or a key in the folder must not end in an image."""
    copied = {
        path.removeprefix("./")
        for each in ALL
        if each.name == "COPY" and "--from" not in each.arguments
        for path in each.arguments.split()[:-1]
    }
    ignored, *sent = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if not line.startswith("#")]
    assert ignored == "*"
    assert {line.removeprefix("!") for line in sent if line.startswith("!")} == copied
    assert all((ROOT / path).exists() for path in copied)
    packages = {pattern.removesuffix("*") for pattern in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert packages <= copied
    assert {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]} <= copied


def test_it_runs_as_nobody_with_one_place_to_write() -> None:
    """The user is a number, which Kubernetes can tell from root; the folder of the archive is its own."""
    user = told("USER")
    assert re.fullmatch(r"([1-9]\d{3,}):\1", user)
    assert told("VOLUME") == told("ENV").partition("DATELINE_DATA=")[2].split()[0] == "/data"
    assert f"--from=build --chown={user} /empty /data" in [each.arguments for each in LAST if each.name == "COPY"]
    assert any(f"--uid {user.split(':')[0]} " in each.arguments for each in LAST if each.name == "RUN")


def test_what_it_sets_are_settings() -> None:
    """The model that was converted while building is the one that is looked for; the port is the one that is named."""
    said = dict(re.findall(r"DATELINE_([A-Z_]+)=(\S+)", told("ENV")))
    settings = ServiceSettings(**{name.lower(): value for name, value in said.items()})  # type: ignore[arg-type]
    assert told("EXPOSE") == str(settings.port)
    assert settings.host == "0.0.0.0"  # noqa: S104 - only within the container
    assert f"DATELINE_EMBEDDER_CACHE={settings.embedder_cache} " in " ".join(
        each.arguments for each in ALL if each.name == "RUN" and "DATELINE_EMBEDDER=openvino" in each.arguments
    )


def test_signals_reach_the_service() -> None:
    """No shell stands between: without one, what stops the container is what the service understands."""
    assert told("STOPSIGNAL") == "SIGTERM"
    assert json.loads(told("ENTRYPOINT")) == ["dateline"]
    assert json.loads(told("CMD")) == ["serve"]


def health(of: list[Instruction]) -> list[str]:
    (found,) = [each.arguments for each in of if each.name == "HEALTHCHECK"]
    return list(json.loads(found.partition("CMD ")[2]))


class _Alive(BaseHTTPRequestHandler):
    """Lives, as the service does while it loads."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/healthz" else 503)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def alive() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Alive)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_health_command_tells_living_from_dead(alive: int) -> None:
    """It needs no key, and no proxy that the environment names is asked."""
    command = [sys.executable, *health(LAST)[1:]]
    assert "/healthz" in command[-1]
    assert scopes_for("GET", "/healthz") is None
    around = {**os.environ, "http_proxy": "http://127.0.0.1:9", "DATELINE_PORT": str(alive)}
    assert subprocess.run(command, env=around, check=False).returncode == 0
    command[-1] = command[-1].replace("/healthz", "/readyz")
    assert subprocess.run(command, env=around, capture_output=True, check=False).returncode != 0
