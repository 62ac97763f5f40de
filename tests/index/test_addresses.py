"""Which IP addresses may be connected to, and how one's own are allowed."""

import ipaddress
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.addresses import Allowed, checked_addresses, is_public, read_allowed
from index.sources.targets import Refused

NOTHING = Allowed()
NOT_PUBLIC = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.0.1
169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1
198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
:: ::1 ::2 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 64:ff9b::127.0.0.1
64:ff9b::10.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1 64:ff9b:1::127.0.0.1 100::1 2001::1 2001:0:7f00:1:: 2001:2::1
2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe:: 2002:c0a8:1:: 3fff::1 4000::1 5f00::1 fc00::1
fd00:ec2::254 fd20:ce::254 fd00:42::42 fdff::1 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 ff02::1 ff0e::1
""".split()
PUBLIC = """
1.1.1.1 8.8.8.8 9.9.9.9 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.255.255 172.15.255.255 172.32.0.1
192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255 2001:4860:4860::8888 2606:4700::1111 2a00::1
::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
""".split()
NEVER = """
0.0.0.0 169.254.169.254 169.254.1.1 168.63.129.16 100.100.100.200 192.0.0.192 224.0.0.1 255.255.255.255 :: fe80::1 fd00:ec2::254
fd20:ce::254 fd00:42::42 ff02::1 ::ffff:169.254.169.254 ::ffff:0.0.0.0 64:ff9b::169.254.169.254 2002:a9fe:a9fe::1
""".split()


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_for_special_use_is_not_public(address: str) -> None:
    """Every block of the IANA registries, metadata services at public addresses, and IPv4 addresses within IPv6 ones."""
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_beside_the_special_blocks_is_public(address: str) -> None:
    """The guard refuses no more than it must, up to the borders of the blocks."""
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses())
def test_nothing_is_public_that_python_calls_private(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """Our list only adds to the standard library's, except for IPv4 addresses that are carried within IPv6 ones."""
    if not address.is_global and getattr(address, "ipv4_mapped", None) is None:
        assert not is_public(address)


def test_one_private_address_among_public_ones_refuses_them_all() -> None:
    """A name that resolves to both is not connected to at all, in whichever order they come."""
    assert len(checked_addresses("news.example", 443, ["8.8.8.8", "2a00::1"], NOTHING)) == 2
    for found in (["8.8.8.8", "127.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["8.8.8.8", "2a00::1", "fd00::1"]):
        with pytest.raises(Refused, match=r"news\.example is not a public address"):
            checked_addresses("news.example", 443, found, NOTHING)


@pytest.mark.parametrize("found", [[], ["not an address"], ["8.8.8.8", ""], ["127.1"], ["8.8.8.8/32"]])
def test_an_answer_that_is_no_address_is_refused(found: list[str]) -> None:
    """A resolver that answers nonsense is not passed on to the system, which may read it in its own way."""
    with pytest.raises(Refused, match=r"no IP address|no address"):
        checked_addresses("news.example", 443, found, NOTHING)


def test_the_refusal_says_how_to_allow_ones_own_site() -> None:
    """The message names the address and the setting, ready to copy."""
    with pytest.raises(Refused) as refused:
        checked_addresses("intranet.example", 80, ["10.1.0.5"], NOTHING)
    assert str(refused.value) == (
        "intranet.example is not a public address (10.1.0.5); if the site is yours, allow it with DATELINE_FETCH_PRIVATE=10.1.0.5"
    )
    with pytest.raises(Refused, match=re.escape("allow it with DATELINE_FETCH_PRIVATE=news.example:8080")):
        checked_addresses("news.example", 8080, ["8.8.8.8"], NOTHING)


@pytest.mark.parametrize(
    ("entry", "host", "port", "address"),
    [
        ("127.0.0.1", "127.0.0.1", 80, "127.0.0.1"),
        ("127.0.0.1", "localhost", 8123, "127.0.0.1"),
        ("127.0.0.1", "127.0.0.1", 9, "::ffff:127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1", 9, "127.0.0.1"),
        ("127.0.0.1:8123", "127.0.0.1", 8123, "127.0.0.1"),
        ("10.1.0.0/16", "intranet.example", 8000, "10.1.255.1"),
        ("fd12::/16", "intranet.example", 8000, "fd12::7"),
        ("::1", "localhost", 80, "::1"),
        ("[::1]:8123", "localhost", 8123, "::1"),
        ("intranet.example", "intranet.example", 8000, "10.9.9.9"),
        (" Intranet.Example. ", "intranet.example", 8000, "10.9.9.9"),
        ("intranet.example:8000", "intranet.example", 8000, "10.9.9.9"),
        ("news.example:8080", "news.example", 8080, "8.8.8.8"),
        ("0.0.0.0/0", "intranet.example", 8000, "192.168.7.7"),
    ],
)
def test_what_is_allowed_may_be_private_and_use_its_port(entry: str, host: str, port: int, address: str) -> None:
    """A host, an address or a network, each with or without a port."""
    assert checked_addresses(host, port, [address], read_allowed([entry])) == [ipaddress.ip_address(address)]


@pytest.mark.parametrize(
    ("entry", "host", "port", "address"),
    [
        ("127.0.0.1:8123", "127.0.0.1", 8124, "127.0.0.1"),
        ("127.0.0.1", "localhost", 80, "127.0.0.2"),
        ("10.1.0.0/16", "intranet.example", 80, "10.2.0.1"),
        ("intranet.example", "other.example", 80, "10.9.9.9"),
        ("intranet.example", "sub.intranet.example", 80, "10.9.9.9"),
        ("intranet.example:8000", "intranet.example", 80, "10.9.9.9"),
        ("10.1.0.0/16", "intranet.example", 80, "64:ff9b::10.1.0.1"),
        ("10.1.0.0/16", "news.example", 8080, "8.8.8.8"),
        ("intranet.example", "news.example", 22, "8.8.8.8"),
    ],
)
def test_what_is_allowed_allows_nothing_else(entry: str, host: str, port: int, address: str) -> None:
    """Not the next port, address, network or name, and no other port of the public web."""
    with pytest.raises(Refused, match=r"not a public address|port \d+ is not a port of the web"):
        checked_addresses(host, port, [address], read_allowed([entry]))


@pytest.mark.parametrize("address", NEVER)
def test_link_local_and_metadata_addresses_stay_closed_whatever_is_allowed(address: str) -> None:
    """Neither a network around them nor the name that resolves to them opens them."""
    everything = read_allowed(["0.0.0.0/0", "::/0", "intranet.example"])
    with pytest.raises(Refused, match="never reached"):
        checked_addresses("intranet.example", 80, [address], everything)


@pytest.mark.parametrize(
    "entry",
    ["", " ", "http://intranet.example", "intranet.example/news", "10.1.0.0/33", "10.1.0.5/16", "*.intranet.example", "127.1",
     "intranet.example:", "intranet.example:0", "intranet.example:99999", "user@intranet.example", "10.0.0.1-10.0.0.9",
     "169.254.169.254", "169.254.0.0/16", "fe80::1", "fd00:ec2::254", "0.0.0.0", "::ffff:169.254.169.254", "fe80::1%eth0"],  # noqa: S104 - refused here
)  # fmt: skip
def test_an_entry_that_cannot_be_meant_is_refused_by_name(entry: str) -> None:
    """The setting fails at the start, not by silence when the site is asked for."""
    with pytest.raises(ValueError, match=re.escape(repr(entry))) as refused:
        read_allowed(["127.0.0.1", entry])
    assert "DATELINE_FETCH_PRIVATE" in str(refused.value)
