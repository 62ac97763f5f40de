"""A service that others can reach."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.key_file import KeyFile
from api.settings import ServiceSettings
from index.chunking import CHUNKER
from index.local.store import LocalStore
from index.remote_embedding import remote_name


@pytest.fixture
def public(tmp_path: Path) -> Iterator[tuple[str, KeyFile, str, "subprocess.Popen[str]"]]:
    """`dateline serve` on all addresses, two processes, everything logged; its address, keys and a secret."""
    data = tmp_path / "data"
    keys = KeyFile(data)
    _, secret = keys.create(name="x", scopes=["ask"])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    environment |= {"PYTHONPATH": str(Path(__file__).parents[2]), "DATELINE_LOG_LEVEL": "debug", "DATELINE_WORKERS": "2"}
    # Nothing is embedded here, so two processes need not load a model: vectors would come from a server.
    environment |= {"DATELINE_EMBEDDER_URL": "http://127.0.0.1:9", "DATELINE_EMBEDDER_MODEL": "m"}
    chunker = f"{CHUNKER}/{ServiceSettings().passage_tokens}"
    LocalStore(data, embedder=remote_name("m"), dimension=8, chunker=chunker).close()
    command = [sys.executable, "-m", "api.cli", "--debug", "serve", "--host", "0.0.0.0", "--port", "0", "--data", str(data)]  # noqa: S104
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=environment
    ) as process:
        assert process.stderr is not None
        event: dict[str, Any] = {}
        while event.get("event") != "listening":
            line = process.stderr.readline()
            event = json.loads(line) if line.startswith("{") else {}
        port = event["url"].rpartition(":")[2]
        try:
            yield f"http://127.0.0.1:{port}", keys, secret, process
        finally:
            process.terminate()  # not killed, or the processes that it started would stay
            process.wait(timeout=60)


def test_a_public_service_with_keys(public: tuple[str, KeyFile, str, "subprocess.Popen[str]"]) -> None:
    """Every process asks for a key and knows a revoked one within two seconds; no secret is ever in the log."""
    url, keys, secret, process = public
    wrong = f"dl_{'w' * 43}"

    def status(given: str) -> int:
        # A new connection each time, so that both processes are asked.
        return httpx2.get(f"{url}/v1/models", headers={"X-Api-Key": given}, timeout=30).status_code

    assert {status(secret) for _ in range(10)} == {200}
    assert {status(wrong) for _ in range(10)} == {401}
    assert httpx2.get(f"{url}/v1/models").status_code == 401
    assert httpx2.get(f"{url}/v1/models", headers={"X-Api-Key": secret, "Host": "news.example.org"}).status_code == 421
    (found,) = (key for key in (keys.read() or (None, ()))[1] if key.active)
    keys.revoke(found.id)
    time.sleep(2)
    assert {status(secret) for _ in range(20)} == {401}
    process.send_signal(signal.SIGTERM)
    assert process.stderr is not None
    assert process.stdout is not None
    log = process.stderr.read() + process.stdout.read()
    assert '"refused"' in log
    assert "set DATELINE_HOSTS" in log
    assert secret[3:] not in log
    assert wrong[3:] not in log
    assert found.sha256 not in log
