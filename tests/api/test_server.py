"""Starting the service: addresses that are refused, and one that serves until it is stopped."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from api.key_file import KeyFile
from api.server import _listen
from api.settings import ServiceSettings

Dateline = Callable[..., Any]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "8.8.8.8"])  # noqa: S104 - refused
def test_a_public_address_is_refused(dateline: Dateline, tmp_path: Path, host: str) -> None:
    """Without access keys nobody else may ask: the command ends with what to do instead, before anything is opened."""
    done = dateline("serve", "--host", host, "--data", tmp_path / "d")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith(f"dateline: --host: {host!r} can be reached by others")
    assert "127.0.0.1" in done.err
    assert not (tmp_path / "d").exists()


def test_an_address_that_is_none_is_refused(dateline: Dateline, tmp_path: Path) -> None:
    """A name that means no address is named."""
    done = dateline("serve", "--host", "no such host", "--data", tmp_path / "d")
    assert done.code == 1
    assert "no such host" in done.err
    assert "Traceback" not in done.err


def test_a_taken_port_is_told(dateline: Dateline, archive: Path) -> None:
    """A port that another program holds ends the command, with the port and the option to choose another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = dateline("serve", "--port", port, "--data", archive)
    assert (done.code, done.out) == (1, "")
    assert str(port) in done.err
    assert "--port" in done.err


def test_small_answers_are_sent_at_once() -> None:
    """Connections do not hold back a small write until what was sent before is acknowledged: that takes up to 40 ms."""
    listening = _listen(ServiceSettings(port=0))

    async def accepted() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def look(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(look, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            try:
                return await found
            finally:
                writer.close()

    assert asyncio.run(accepted()) == 1


def test_an_archive_that_cannot_be_opened_stops_the_command(dateline: Dateline, tmp_path: Path) -> None:
    """The reason is told before the port is opened."""
    (tmp_path / "file").write_text("x")
    done = dateline("serve", "--port", "0", "--data", tmp_path / "file")
    assert done.code == 1
    assert str(tmp_path / "file") in done.err


@pytest.fixture
def service(archive: Path, tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """`dateline serve` on a free port, in an environment without settings but where the converted model is."""
    kept = "DATELINE_EMBEDDER_CACHE"
    environment = {name: value for name, value in os.environ.items() if name == kept or not name.startswith("DATELINE_")}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(archive)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        yield process
        process.kill()


def test_the_command_serves_until_it_is_stopped(service: "subprocess.Popen[str]") -> None:
    """The log is JSON lines on stderr, names the address, says when it is ready; SIGTERM ends it without a traceback."""
    assert service.stderr is not None
    assert service.stdout is not None
    events: dict[str, Any] = {}
    while "ready" not in events:
        event = json.loads(service.stderr.readline())
        events[event["event"]] = event
    url = events["listening"]["url"]
    assert url.startswith("http://127.0.0.1:")
    assert events["ready"]["articles"] == 4
    answer = httpx2.post(f"{url}/v1/answer", json={"question": "How much did the Sandholm bridge cost?"}, timeout=30).json()
    assert "640 million crowns" in answer["answer"]
    service.send_signal(signal.SIGTERM)
    rest, out = service.stderr.read(), service.stdout.read()
    service.wait(timeout=20)
    assert "Traceback" not in rest
    assert out == ""
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{url}/healthz")


@pytest.mark.long
def test_workers_that_are_started_anew_are_not_open_without_the_keys(archive: Path, tmp_path: Path) -> None:
    """The file of keys goes, every worker dies, and those that take their place let nobody in, as those before."""
    folder = shutil.copytree(archive, tmp_path / "archive")
    keys = KeyFile(folder)
    keys.create(name="x", scopes=["ask"])
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(folder), "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        try:
            assert process.stderr is not None
            url = json.loads(process.stderr.readline())["url"]
            while '"ready"' not in process.stderr.readline():
                pass
            assert httpx2.get(f"{url}/v1/articles", timeout=30).status_code == 401
            keys.path.unlink()
            workers = [child for child in psutil.Process(process.pid).children() if "spawn_main" in str(child.cmdline())]
            assert len(workers) == 2
            for worker in workers:
                worker.kill()
            while '"ready"' not in process.stderr.readline():
                pass
            told = {httpx2.get(f"{url}/v1/articles", timeout=30).json().get("detail", "let in") for _ in range(10)}
            assert [detail[:32] for detail in told] == ["The access keys of this service "]
        finally:
            process.terminate()
            process.stderr.read()
