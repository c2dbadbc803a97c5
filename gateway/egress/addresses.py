"""Owns which network addresses may be connected to, as a pure decision. Never resolves a name and
never opens a connection."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

WEB_PORTS = frozenset({80, 443})

# Where clouds hand out the credentials of the machine that asks. Some of these look public, and a
# network that an operator opens for its web pages may contain others; none is ever a web page.
_METADATA = frozenset(
    ip_address(text)
    for text in (
        "100.100.100.200",
        "168.63.129.16",
        "169.254.0.23",
        "169.254.10.10",
        "169.254.169.123",
        "169.254.169.249",
        "169.254.169.250",
        "169.254.169.251",
        "169.254.169.252",
        "169.254.169.253",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "192.0.0.192",
        "fd00:42::42",
        "fd00:c1::a9fe:a9fe",
        "fd00:ec2::23",
        "fd00:ec2::123",
        "fd00:ec2::253",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fe80::a9fe:a9fe",
    )
)

# The registries of special-purpose addresses, written out: what the standard library calls global
# differs between versions of Python.
_SPECIAL: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(text), what)
    for text, what in (
        ("0.0.0.0/8", "an address of this machine itself"),
        ("10.0.0.0/8", "an address of a private network"),
        ("100.64.0.0/10", "an address inside a provider's network"),
        ("127.0.0.0/8", "an address of this machine itself"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "an address of a private network"),
        ("192.0.0.0/24", "an address reserved for protocols"),
        ("192.0.2.0/24", "an address for documentation"),
        ("192.31.196.0/24", "an address reserved for name servers"),
        ("192.52.193.0/24", "an address reserved for relays"),
        ("192.88.99.0/24", "an address reserved for relays"),
        ("192.168.0.0/16", "an address of a private network"),
        ("192.175.48.0/24", "an address reserved for name servers"),
        ("198.18.0.0/15", "an address for measuring networks"),
        ("198.51.100.0/24", "an address for documentation"),
        ("203.0.113.0/24", "an address for documentation"),
        ("224.0.0.0/4", "an address of many machines at once"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an address of this machine itself"),
        ("::1/128", "an address of this machine itself"),
        ("::ffff:0:0/96", "an IPv4 address in disguise"),
        ("::/96", "an IPv4 address in disguise"),
        ("64:ff9b:1::/48", "an address of a private network"),
        ("2001::/32", "an IPv4 address in disguise"),
        ("2001::/23", "an address reserved for protocols"),
        ("2001:db8::/32", "an address for documentation"),
        ("2002::/16", "an IPv4 address in disguise"),
        ("2620:4f:8000::/48", "an address reserved for name servers"),
        ("3fff::/20", "an address for documentation"),
        ("fc00::/7", "an address of a private network"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "an address of a private network"),
        ("ff00::/8", "an address of many machines at once"),
    )
)
# All that is handed out for the public IPv6 internet.
_PUBLIC_V6 = IPv6Network("2000::/3")
# A network without IPv4 shows the public IPv4 internet to its machines under this prefix.
_TRANSLATED = IPv6Network("64:ff9b::/96")


def networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Networks as people write them: ``10.20.0.0/16``, ``fd12::/48``, ``10.20.0.5``.

    Raises:
        ValueError: one is no network; the message names it and says what to write.
    """
    return tuple(_network(text) for text in texts)


def _network(text: str) -> Network:
    try:
        # A scope is no part of a network, and not every version of Python minds it.
        return ip_network(text.replace("%", " "))
    except ValueError as error:
        raise ValueError(
            f"{text!r} is no network ({error}); write one like 10.20.0.0/16, with zeros after the"
            " prefix, or a single address"
        ) from error


class Addresses:
    """Public unicast addresses on ``ports``, the web's two by default, and on any port those of
    ``allowed``."""

    def __init__(self, allowed: Sequence[Network] = (), ports: frozenset[int] = WEB_PORTS) -> None:
        self._allowed = tuple(allowed)
        self._ports = ports

    def refusal(self, text: str, port: int) -> str | None:
        """Why nothing may connect to this numeric address and port, in words that end the sentence
        "it leads to …"; None where it may."""
        try:
            address = ip_address(text)
        except ValueError:
            return "something that is no network address"
        if isinstance(address, IPv6Address) and address.scope_id is not None:
            return "an address that only has a meaning on this machine"
        if address in _METADATA or _inner(address) in _METADATA:
            return "an address where a cloud keeps the secrets of its machines"
        if any(address in network for network in self._allowed):
            return None
        return _special(address) or _port(port, self._ports)


def _inner(address: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries in its last bits."""
    carries = isinstance(address, IPv6Address) and (
        address in _TRANSLATED or address.ipv4_mapped is not None
    )
    return IPv4Address(int(address) & 0xFFFF_FFFF) if carries else None


def _special(address: Address) -> str | None:
    if address in _TRANSLATED:
        inner = _inner(address)
        return _special(inner) if inner else None
    for network, what in _SPECIAL:
        if address in network:
            return what
    if isinstance(address, IPv6Address) and address not in _PUBLIC_V6:
        return "a reserved address"
    return None


def _port(port: int, ports: frozenset[int]) -> str | None:
    if port in ports:
        return None
    return f"port {port}, and public pages are read on ports 80 and 443 only"
