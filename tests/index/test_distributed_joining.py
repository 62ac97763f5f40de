"""Joining a cluster that `ray start` began, with a token and without one."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

pytestmark = [pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: make setup-all"), pytest.mark.long]

ROOT = Path(__file__).parents[2]
RAY = Path(sys.executable).with_name("ray")
JOIN = """
import logging, sys
logging.basicConfig(level=logging.WARNING)
from index.distributed.connection import Connection
joined = Connection(sys.argv[1])
print(joined.cores, "core")
joined.close()
"""


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a new folder with a short name, as Ray's sockets need it."""
    with TemporaryDirectory(prefix="dateline-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.mark.parametrize("token", [True, False], ids=["with a token", "without"])
def test_a_cluster_without_a_token_is_told_of(home: Path, *, token: bool) -> None:
    """`ray start` makes no token by itself, and then whoever reaches the cluster can run code on it."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    variables |= {"HOME": str(home), "RAY_USAGE_STATS_ENABLED": "0"}
    if token:
        subprocess.run([RAY, "get-auth-token", "--generate"], env=variables, check=True, capture_output=True)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    started = [
        "start", "--head", "--block", "--port", str(port), "--num-cpus", "1", "--include-dashboard", "false",
        "--object-store-memory", str(100 << 20), "--temp-dir", str(home),
    ]  # fmt: skip
    head = subprocess.Popen(
        [RAY, *started], env=variables, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(6):
            time.sleep(3)
            command = [sys.executable, "-c", JOIN, f"127.0.0.1:{port}"]
            joined = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, check=False)
            if joined.returncode == 0:
                break
        assert joined.stdout == "1 core\n", joined.stderr
        assert ("asks for no token" in joined.stderr) is not token
    finally:
        head.send_signal(signal.SIGTERM)
        head.wait(timeout=60)
