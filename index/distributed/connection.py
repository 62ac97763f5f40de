"""Starts Ray on this machine or joins a cluster: quiet, closed to other machines, and nothing is left behind."""

import logging
import os
import secrets
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from index.errors import ClusterError, ExtraMissing

logger = logging.getLogger(__name__)

LOCAL = "local"
INSTALL = "Ray is not installed. Install it with: .venv/bin/pip install -e '.[ray]'"
# A cluster answers within milliseconds; whoever mistyped an address should not wait.
_CONNECT_SECONDS = 5
# For the texts, vectors and articles that are under way; what does not fit is written to the temporary folder.
_OBJECT_BYTES = 256 << 20
# The paths of sockets may have 107 characters, and Ray adds 80 of its own.
_LONGEST_FOLDER = 20
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0", "RAY_DISABLE_IMPORT_WARNING": "1", "RAY_BACKEND_LOG_LEVEL": "fatal",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "RAY_gcs_rpc_server_connect_timeout_s": str(_CONNECT_SECONDS),
}  # fmt: skip
# Without the first, Ray listens at every address of the machine. The token keeps out the machine's other users, whom Ray would
# let run any code in the name of who started it. It is one for all of a process: Ray reads it once.
_CLOSED = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0", "RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


class Connection:
    """This process's connection to Ray, `local` or at `HOST:PORT`. Close it at the end.

    `cores`: how many embedders a local Ray must have room for; None: as many as this process may use.

    Raises:
        ExtraMissing: Ray is not installed.
        ClusterError: Ray cannot be started, or nobody answers at the address.
        ValueError: `where` is no address.
    """

    def __init__(self, where: str, *, cores: int | None = None) -> None:
        self._folder: Path | None = None
        if where != LOCAL:
            _reach(where)
        closed = os.environ.items() >= _CLOSED.items()
        if "ray" in sys.modules and closed != (where == LOCAL):
            raise ClusterError("Ray was loaded before with other settings, which it reads once; start a new process")
        os.environ.update(_QUIET | (_CLOSED if where == LOCAL else _token()))
        self.ray = _imported()
        here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        options: dict[str, Any] = {"address": where}
        if where == LOCAL:
            self._folder = _scratch()
            options |= {
                "num_cpus": cores or here, "num_gpus": 0, "include_dashboard": False,
                "object_store_memory": _OBJECT_BYTES, "_temp_dir": str(self._folder),
            }  # fmt: skip
        try:
            with _undisturbed():
                if where != LOCAL:
                    _ask(where)
                self.ray.init(**options, log_to_driver=False, logging_level=logging.CRITICAL, namespace="dateline")
        except ClusterError:
            self.close()
            raise
        except Exception as error:
            self.close()
            what = "Ray cannot be started on this machine" if where == LOCAL else f"Ray at {where} cannot be joined"
            raise ClusterError(f"{what}: {_first_line(error)}") from error
        except BaseException:
            self.close()
            raise
        if where != LOCAL and os.environ.get("RAY_AUTH_MODE", "").lower() != "token":
            logger.warning(
                "the cluster at %s asks for no token: whoever reaches it can run code there (docs/operations.md)", where
            )
        self.cores = int(self.ray.cluster_resources().get("CPU", 0))
        """How many cores the workers have together."""

    def close(self) -> None:
        """Leave Ray; one that was started here ends with all its processes, and its temporary folder is removed."""
        with suppress(Exception):  # it may never have been there
            self.ray.shutdown()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def _imported() -> Any:
    try:
        import ray  # noqa: PLC0415 - an extra, and it takes a second
        import ray._private.worker  # noqa: PLC0415
    except ImportError as error:
        raise ExtraMissing(INSTALL) from error
    # Ray prints to stdout what becomes of its workers, and has no switch for it; that is the place of a command's result.
    ray._private.worker.print_to_stdstream = _note  # noqa: SLF001
    return ray


def _note(data: dict[str, Any], *_: Any, **__: Any) -> None:
    logger.debug("Ray: %s", " ".join(map(str, data.get("lines", ()))))


def _reach(address: str) -> None:
    """Raise unless somebody listens at the address. Ray itself would try for a minute."""
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdecimal():
        raise ValueError(f"{address!r} is no address of a Ray cluster; write HOST:PORT, such as 10.0.0.5:6379, or: local")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise ClusterError(
            f"no Ray cluster answers at {address} ({getattr(error, 'strerror', None) or error}). "
            "Start one with: ray start --head; or work on this machine alone: --ray local"
        ) from error


def _token() -> dict[str, str]:
    """Return what makes Ray show the token that there is, if somebody made one: drivers do not show it by themselves."""
    there = {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"} & os.environ.keys() or (Path.home() / ".ray" / "auth_token").exists()
    return {"RAY_AUTH_MODE": "token"} if there and "RAY_AUTH_MODE" not in os.environ else {}


def _ask(address: str) -> None:
    """Raise unless it is a Ray cluster that answers, and to us. Ray itself would try for minutes."""
    client = import_module("ray._raylet").GcsClient  # Ray has no public name for this
    said: list[Exception | None] = []

    def ask() -> None:
        try:
            client(address=address)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            said.append(error)
        else:
            said.append(None)

    # What hangs inside Ray cannot be interrupted; the command ends without it.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(2 * _CONNECT_SECONDS)
    if not said or said[0] is not None:
        what = _first_line(said[0]) if said and said[0] else f"no answer within {2 * _CONNECT_SECONDS} s"
        raise ClusterError(
            f"what listens at {address} does not answer as a Ray cluster does ({what}). If the cluster asks for a token, set "
            "RAY_AUTH_TOKEN_PATH to its file"
        )


def _scratch() -> Path:
    """Return a new folder for Ray's sockets, logs and what does not fit into memory."""
    usual = tempfile.gettempdir()
    return Path(tempfile.mkdtemp(prefix="dateline-ray-", dir=usual if len(usual) <= _LONGEST_FOLDER else "/tmp"))  # noqa: S108


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep what Ray takes when it is started: the handler for SIGTERM, which would no longer store what was read, and stderr."""
    handler = signal.getsignal(signal.SIGTERM)
    sys.stderr.flush()
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)[:300]
