"""Decides which IP addresses may be connected to: public ones, and private ones that the operator names. Opens no connection.

`ipaddress.is_global` alone is not enough: Python 3.11.7 calls 192.0.0.192 (a cloud's metadata service), 64:ff9b::7f00:1
(127.0.0.1 through NAT64), fec0::1 and 224.0.0.1 global.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from index.sources.targets import Address, Refused, as_address, read_authority

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""Turns a host name and a port into the addresses to connect to, best first; raises OSError when there are none."""

WEB_PORTS = (80, 443)
SETTING = "DATELINE_FETCH_PRIVATE"

# Reached under no setting. Link-local addresses and the metadata services of clouds hand out credentials to whoever asks
# from the machine itself, also at public or private addresses: Azure (168.63.129.16), Alibaba (100.100.100.200), Oracle
# (192.0.0.192), AWS (fd00:ec2::/32), Google (fd20:ce::/32), Scaleway (fd00:42::42). An unspecified address (0.0.0.0) means this
# machine; multicast is nobody's site.
_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "169.254.0.0/16", "168.63.129.16/32", "100.100.100.200/32", "192.0.0.192/32", "224.0.0.0/4",
        "255.255.255.255/32", "::/128", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32", "fd00:42::42/128", "ff00::/8",
    )
)  # fmt: skip
# In the IANA registries of special-purpose addresses and not, or not in every Python, in `is_global`'s list: protocol
# assignments, the 6to4 relay, Teredo and its neighbours (RFC 2928), two blocks for documentation.
_SPECIAL = tuple(
    ipaddress.ip_network(text) for text in ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")
)
# All public IPv6 addresses begin with the bits 001 (RFC 4291, section 2.4, and the IANA registry of IPv6 space).
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# RFC 6052: on networks without IPv4 the resolver writes public IPv4 hosts this way, so it cannot be refused outright.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Hosts and networks of one's own that may be private; a port of None stands for every port."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[tuple[Network, int | None], ...] = ()

    def host(self, host: str, port: int) -> bool:
        """Return whether the host was named, for this port or for all."""
        return (host, None) in self.hosts or (host, port) in self.hosts

    def address(self, address: Address, port: int) -> bool:
        """Return whether the address lies in a network that was named, for this port or for all."""
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return any((mapped or address) in network and only in (None, port) for network, only in self.networks)


def read_allowed(entries: Sequence[str]) -> Allowed:
    """Return the setting's entries: hosts, `host:port`, IP addresses and networks in CIDR notation.

    Raises:
        ValueError: an entry is none of these, or lies wholly within addresses that are never reached; the message names it.
    """
    hosts: set[tuple[str, int | None]] = set()
    networks: list[tuple[Network, int | None]] = []
    for entry in entries:
        host, port, network = _entry(entry)
        if network is None:
            hosts.add((host, port))
            continue
        if any(network.version == never.version and _within(network, never) for never in _NEVER):
            raise ValueError(
                f"{SETTING}: {entry!r} cannot be allowed: link-local, metadata, multicast and unspecified addresses are never "
                f"reached; remove it (this machine itself is 127.0.0.1)"
            )
        networks.append((network, port))
    return Allowed(hosts=frozenset(hosts), networks=tuple(networks))


def is_public(address: Address) -> bool:
    """Return whether the address belongs to the public internet, also when it carries an IPv4 address within an IPv6 one."""
    embedded = _embedded(address)
    if embedded is not None:
        return is_public(embedded)
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not _in(address, (*_NEVER, *_SPECIAL))


def checked_addresses(host: str, port: int, found: Sequence[str], allowed: Allowed) -> list[Address]:
    """Return the addresses that a name resolved to, each of them checked.

    One address that may not be reached refuses them all: whoever names a private address beside a public one is asking for
    the connection to go astray.

    Raises:
        Refused: an address is not public and was not allowed, is never reached, or the port is no port of the web.
    """
    addresses: list[Address] = []
    for text in found:
        address = as_address(text)
        if address is None:
            raise Refused(f"{host} resolves to {text[:60]!r}, which is no IP address")
        embedded = _embedded(address)
        if _in(address, _NEVER) or (embedded is not None and _in(embedded, _NEVER)):
            raise Refused(
                f"{_named(host, address)} is a link-local, metadata, multicast or unspecified address; those are never reached"
            )
        own = allowed.host(host, port) or allowed.address(address, port)
        if not own and not is_public(address):
            raise Refused(f"{host} is not a public address ({address}); if the site is yours, allow it with {SETTING}={address}")
        if not own and port not in WEB_PORTS:
            raise Refused(
                f"port {port} is not a port of the web (80, 443); if the site is yours, allow it with "
                f"{SETTING}={_joined(host, port)}"
            )
        addresses.append(address)
    if not addresses:
        raise Refused(f"{host} has no address")
    return addresses


def resolve_name(host: str, port: int) -> list[str]:
    """Return the host's addresses as the system resolves them.

    Raises:
        OSError: the name has none, or the resolver did not answer.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _entry(entry: str) -> tuple[str, int | None, Network | None]:
    text = entry.strip()
    try:
        if "/" in text:
            return "", None, ipaddress.ip_network(text)
        host, port = (text, None) if as_address(text) else read_authority(text)
    except ValueError as error:
        raise ValueError(
            f"{SETTING}: {entry!r} is no host, host:port, IP address or network such as 10.1.0.0/16 ({error}); "
            f"write no scheme and no path"
        ) from error
    address = as_address(host)
    if address is None:
        return host, port, None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return host, port, ipaddress.ip_network(mapped or address)


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that packets to this IPv6 address end at: mapped, NAT64 or 6to4. Teredo is refused whole."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _within(network: Network, outer: Network) -> bool:
    return network.network_address in outer and network.broadcast_address in outer


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _named(host: str, address: Address) -> str:
    return host if host == str(address) else f"{host} ({address})"
