"""Runs the service under uvicorn: one process, or several that share the archive."""

import os
import socket
from tempfile import TemporaryDirectory

import structlog
import uvicorn
from pydantic import SecretStr

from api.hosts import is_public
from api.key_file import KeyFile
from api.key_ring import SEEN
from api.logs import configure_logging
from api.replicas import need_redis
from api.settings import ServiceSettings
from api.slack.libraries import need_libraries
from api.slow_clients import ImpatientProtocol, limit_unread
from index.errors import ArchiveUnavailable

_BACKLOG = 1024


def run_server(settings: ServiceSettings) -> None:
    """Serve until stopped.

    Raises:
        ArchiveUnavailable: the address is public and there is no key, or it is taken, or none of this machine's.
        ArchiveError: the archive cannot be opened.
        UsageError: Slack or Redis is set up, and its libraries are not installed.
    """
    need_libraries(settings)
    need_redis(settings)
    public, keyed = _refuse_open(settings)
    _open_once(settings)
    listening = _listen(settings)
    host, port = listening.getsockname()[:2]
    configure_logging(settings)
    logger = structlog.get_logger()
    logger.info("listening", url=f"http://{host}:{port}", workers=settings.workers)
    if public and not settings.hosts and not settings.public_url:
        logger.warning(
            "no names", hint=f"Only requests to {settings.host} and to this machine's names are answered; set DATELINE_HOSTS."
        )
    # Worker processes read their settings from the environment.
    os.environ.update(
        {f"DATELINE_{name.upper()}": _written(value) for name, value in settings.model_dump().items() if value is not None}
    )
    os.environ[SEEN] = "1" if keyed else ""
    config = _config(settings.workers)
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[listening])
    else:
        from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - only several workers need it

        from api.metrics import WORKERS_FOLDER  # noqa: PLC0415

        with TemporaryDirectory(prefix="dateline-metrics-") as folder:
            os.environ[WORKERS_FOLDER] = folder  # where the workers find each other's figures
            Multiprocess(config, sockets=[listening]).run()


def _config(workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        "api.app:create_from_environment", factory=True, workers=workers, log_config=None, access_log=False,
        timeout_graceful_shutdown=10, http=ImpatientProtocol, ws="none",
    )  # fmt: skip


def _written(value: object) -> str:
    """Return a setting as the environment has it: several values with commas between, secrets as they are."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _refuse_open(settings: ServiceSettings) -> tuple[bool, bool]:
    """Others may reach the service only if it asks them for a key; return whether they can, and whether there are keys."""
    keys = KeyFile(settings.data)
    found = keys.read()  # a file that cannot be read stops the command, too
    try:
        public = is_public(settings.host)
    except OSError as error:
        raise ArchiveUnavailable(f"--host: {settings.host!r} is not an address of this machine ({error.strerror})") from error
    if public and not any(key.active for key in (found[1] if found else ())):
        raise ArchiveUnavailable(
            f"--host: {settings.host!r} can be reached by others, and there is no access key in {settings.data}. Make one with "
            "dateline keys create NAME, and give it to whoever may ask; or listen on 127.0.0.1."
        )
    return public, found is not None


def _open_once(settings: ServiceSettings) -> None:
    """Open the archive before listening, so that one that cannot be served stops the command with its reason."""
    from index.wiring import build_store  # noqa: PLC0415

    build_store(settings).close()


def _listen(settings: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol by its name: asyncio sends at once (TCP_NODELAY) only on sockets that say so. Else the second of two small
    # writes, a body behind its headers, waits for the client to acknowledge the first: 40 ms on every connection that is kept.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    limit_unread(listening)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise ArchiveUnavailable(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}); choose another with --port."
        ) from error
    # Connections wait from now on instead of being refused until uvicorn is up.
    listening.listen(_BACKLOG)
    listening.set_inheritable(True)
    return listening
