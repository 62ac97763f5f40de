"""Under which names the service may be reached, and from where it can be."""

import ipaddress
import re
import socket
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import error_response

_HEALTH = ("/healthz", "/readyz")
_ADDRESS = re.compile(r"(\[[0-9a-f:.]+\]|\d{1,3}(\.\d{1,3}){3})(:\d+)?")


def is_public(host: str) -> bool:
    """Return whether others than this machine can reach what listens on an address or name.

    Raises:
        OSError: it is none of any machine.
    """
    found = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    return not all(ipaddress.ip_address(address.split("%")[0]).is_loopback for address in found)


def sent(scope: Scope, name: bytes) -> list[bytes]:
    """Return what a request has as this header: one value for each time that it was sent.

    Args:
        scope: of the request.
        name: in small letters.
    """
    return [value for known, value in scope["headers"] if known == name]


class KnownHosts:
    """Answers 421 to requests under names that are not this service's.

    A page on the internet can have its own name lead to this machine, and then read everything through a reader's browser as
    if it were its own (DNS rebinding). Such a request has that name as `Host`.

    Args:
        app: what is behind it.
        hosts: the names; `name:*` allows every port.
    """

    def __init__(self, app: ASGIApp, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] == "http" and not self._known(scope):
            hosts = sent(scope, b"host")
            name = hosts[0].decode("latin-1")[:200] if len(hosts) == 1 else "none, or several"
            detail = (
                f"This service does not answer under this name ({name}). If the name is its own, add it to the setting hosts "
                "(DATELINE_HOSTS), or set public_url."
            )
            request_id = scope.get("state", {}).get("request_id", "unknown")
            await error_response(scope["path"], 421, detail, request_id)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        hosts = sent(scope, b"host")
        if len(hosts) != 1:
            return False
        host = hosts[0].decode("latin-1").lower()
        name, _, port = host.rpartition(":")
        if host in self._hosts or (port.isdigit() and f"{name}:*" in self._hosts):
            return True
        # What watches over a container asks for its health by address; a name of somebody else is none.
        return scope["path"] in _HEALTH and _ADDRESS.fullmatch(host) is not None
