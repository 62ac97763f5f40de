"""What the default install does besides its work, as Python itself tells it: an audit hook watches every process of it.

A `sitecustomize` module on the path installs the hook before anything else is imported, in the command and in every parser
process that it starts. The hook sees what goes through Python, not what native libraries open by themselves
(docs/security.md).
"""

import ipaddress
import json
import os
import pickle
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

ROOT = Path(__file__).parents[2]
QUESTION = {"question": "Which laboratory built the Rubin camera?"}
HOOK = """
import json, os, sys
_log = os.open(os.environ["AUDIT_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_planted = ("planted.pkl", "pytorch_model.bin", "planted.pth", "planted.joblib", "planted.pickle", "objects.npy")
_events = {
    "pickle.find_class", "socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo",
    "socket.gethostbyname", "socket.gethostbyaddr", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn",
    "urllib.Request", "ftplib.connect", "smtplib.connect", "http.client.connect", "webbrowser.open",
}

def _hook(event, given):
    if event == "open":
        path = os.fsdecode(given[0]) if isinstance(given[0], (str, bytes)) else ""
        if not path.endswith(_planted):
            return
        frame = sys._getframe(1)
        while "/lib/python" in frame.f_code.co_filename and "site-packages" not in frame.f_code.co_filename:
            frame = frame.f_back
        told = [path, os.path.basename(frame.f_code.co_filename) + ":" + frame.f_code.co_name]
    elif event not in _events:
        return
    elif event == "subprocess.Popen":
        told = [os.fsdecode(part) for part in given[1]]
    elif event.startswith("socket.") and not event.startswith("socket.get"):
        told = [str(part) for part in given[1]] if isinstance(given[1], tuple) else [str(given[1])]
    else:
        told = [str(part) for part in given]
    os.write(_log, (json.dumps([event, told]) + "\\n").encode())

sys.addaudithook(_hook)
os.write(_log, (json.dumps(["started", sys.orig_argv]) + "\\n").encode())
"""


class Attack:
    """What makes a file called `ran` when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.write_text, (self._folder / "ran", "it ran"))


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Commands that run under the hook, with an archive and what they did."""

    folder: Path
    environment: dict[str, str]

    def run(self, *arguments: object, code: int = 0) -> str:
        """Run Python with these arguments to its end; gives what it printed."""
        done = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[httpx2.Client]:
        """Run `dateline serve`; gives a client of the ready service."""
        command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--data", str(self.folder / "archive")]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=self.folder, env=self.environment) as process:
            try:
                assert process.stderr is not None
                url = next(match[0] for line in process.stderr if (match := re.search(r"http://[\d.:]+", line)))
                with httpx2.Client(base_url=url, timeout=60) as client:
                    while client.get("/readyz").status_code != 200:
                        pass
                    yield client
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=60)
            finally:
                process.kill()

    def events(self) -> list[tuple[str, list[Any]]]:
        """Return what happened, in order."""
        return [tuple(json.loads(line)) for line in (self.folder / "audit").read_text().splitlines()]

    def of(self, *kinds: str) -> list[list[Any]]:
        """Return what is told of the events of these kinds."""
        return [told for event, told in self.events() if event in kinds]


def plant(folder: Path) -> None:
    """Put files that attack whoever unpickles them into a folder and all folders below it."""
    content = pickle.dumps(Attack(folder))
    for inside in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        for name in ("planted.pkl", "pytorch_model.bin", "planted.pth", "planted.joblib", "planted.pickle", "objects.npy"):
            with suppress(FileNotFoundError):  # a working folder that has just gone
                (inside / name).write_bytes(content)


def start(folder: Path) -> Watched:
    """Return what runs commands in this folder under the hook."""
    (folder / "hook").mkdir()
    (folder / "hook" / "sitecustomize.py").write_text(HOOK)
    switches = ("DATELINE_GENERATOR", "DATELINE_EMBEDDER_MODEL", "HF_", "TRANSFORMERS_", "TIKTOKEN_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(switches)}
    path = os.pathsep.join([str(folder / "hook"), str(ROOT)])
    return Watched(folder=folder, environment={**kept, "PYTHONPATH": path, "AUDIT_LOG": str(folder / "audit")})


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """The default install after what it does: ingest, ask, serve, add an article and a file, speak MCP."""
    watched = start(tmp_path_factory.mktemp("watched"))
    archive = watched.folder / "archive"
    archive.mkdir()
    plant(archive)
    watched.run("-m", "api.cli", "ingest", ROOT / "examples" / "articles" / "evening-digest.txt", "--data", archive)
    plant(archive)
    assert "[1]" in watched.run(
        "-m", "api.cli", "ask", "How many policymakers of the Bank of England voted to hold?", "--data", archive
    )
    with watched.serving() as client:
        assert client.post("/v1/answer", json=QUESTION).status_code == 200
        record = {
            "title": "Kiln",
            "text": "The kiln of Tved was lit on 3 May 2025. Its keeper, Ilka Brandt, had waited for two years.",
        }
        assert client.post("/v1/articles", json=record).status_code == 201
        sent = client.post("/v1/ingest", content=pickle.dumps(Attack(archive)), params={"name": "planted.pkl"})
        assert sent.json()["counts"]["failed"] == 1
        assert client.post("/v1/search", json={"question": "kiln"}).json()["hits"]
        called = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        accept = {"Accept": "application/json, text/event-stream"}
        assert "list_sources" in client.post("/mcp", json=called, headers=accept).text
    return watched


def test_the_hook_sees_what_it_is_to_see(tmp_path: Path) -> None:
    """Also in a process that the watched one starts; otherwise the tests below prove nothing."""
    watched = start(tmp_path)
    (tmp_path / "planted.pkl").write_bytes(pickle.dumps(Attack(tmp_path)))
    inner = (
        "import pickle, socket\npickle.load(open('planted.pkl', 'rb'))\n"
        "s = socket.socket(type=socket.SOCK_DGRAM)\ns.connect(('127.0.0.1', 9))\nsocket.getaddrinfo('127.0.0.1', 9)"
    )
    watched.run("-c", f"import subprocess, sys\nsubprocess.run([sys.executable, '-P', '-c', {inner!r}], check=True)")
    seen = [event for event, _ in watched.events()]
    assert seen == ["started", "subprocess.Popen", "started", "open", "pickle.find_class", "pickle.find_class", "socket.connect",
                    "socket.getaddrinfo"]  # fmt: skip
    assert (tmp_path / "ran").exists()


def test_every_process_was_watched(worked: Watched) -> None:
    """The commands, and the parser processes that they started."""
    started = [" ".join(told) for told in worked.of("started")]
    assert sum("index.sources.worker" in command for command in started) >= 2
    assert [command for command in ("ingest", "ask", "serve") if not any(f"api.cli {command}" in s for s in started)] == []


def test_nothing_is_unpickled(worked: Watched) -> None:
    """No class was looked up for a pickle, by us or by any library; no planted file ran.

    What lies in the folder of a saved cache is read for its digest, as bytes; nothing else opens it, and none goes into the next.
    """
    assert worked.of("pickle.find_class") == []
    assert {opener for _, opener in worked.of("open")} <= {"snapshots.py:_digest"}
    assert not (worked.folder / "archive" / "ran").exists()


def test_nothing_beyond_this_machine_is_reached_for(worked: Watched) -> None:
    """No connection, no look-up of a name; the service listens on this machine only."""
    names = [told[0] for told in worked.of("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")]
    addresses = [told[0] for told in worked.of("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg")]
    assert [place for place in [*names, *addresses] if place not in ("localhost", "None") and not _is_here(place)] == []
    assert any(told[0] == "127.0.0.1" for told in worked.of("socket.bind"))
    elsewhere = ("urllib.Request", "ftplib.connect", "smtplib.connect", "http.client.connect", "webbrowser.open")
    assert worked.of(*elsewhere) == []


def test_no_command_is_run_but_our_own_parsers(worked: Watched) -> None:
    """Not by a library that looks for a compiler either."""
    run = worked.of("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn")
    assert {tuple(told[-4:]) for told in run} == {(sys.executable, "-P", "-m", "index.sources.worker")}


def _is_here(place: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(place).is_loopback
    return False
