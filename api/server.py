"""Runs the service under uvicorn: one process, or several that share the archive."""

import ipaddress
import os
import socket

import structlog
import uvicorn

from api.logs import configure_logging
from api.settings import ServiceSettings
from index.errors import ArchiveUnavailable

_BACKLOG = 1024


def run_server(settings: ServiceSettings) -> None:
    """Serve until stopped.

    Raises:
        ArchiveUnavailable: the address is public, or taken, or none of this machine's.
        ArchiveError: the archive cannot be opened.
    """
    _refuse_public(settings.host)
    _open_once(settings)
    listening = _listen(settings)
    host, port = listening.getsockname()[:2]
    configure_logging(settings)
    structlog.get_logger().info("listening", url=f"http://{host}:{port}", workers=settings.workers)
    # Worker processes read their settings from the environment.
    os.environ.update(
        {f"DATELINE_{name.upper()}": _written(value) for name, value in settings.model_dump().items() if value is not None}
    )
    config = uvicorn.Config(
        "api.app:create_from_environment", factory=True, workers=settings.workers, log_config=None, access_log=False,
        timeout_graceful_shutdown=10,
    )  # fmt: skip
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[listening])
    else:
        from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - only several workers need it

        Multiprocess(config, sockets=[listening]).run()


def _written(value: object) -> str:
    """Return a setting as the environment has it: several values with commas between."""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _refuse_public(host: str) -> None:
    """There are no access keys yet, so only this machine may ask."""
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError as error:
        raise ArchiveUnavailable(f"--host: {host!r} is not an address of this machine ({error.strerror})") from error
    if not all(ipaddress.ip_address(address.split("%")[0]).is_loopback for address in addresses):
        raise ArchiveUnavailable(
            f"--host: {host!r} can be reached by others, and there are no access keys yet. Listen on 127.0.0.1 and put a "
            "proxy that asks for a password in front."
        )


def _open_once(settings: ServiceSettings) -> None:
    """Open the archive before listening, so that one that cannot be served stops the command with its reason."""
    from index.wiring import build_store  # noqa: PLC0415

    build_store(settings).close()


def _listen(settings: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
