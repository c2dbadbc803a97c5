"""Where a request really comes from when proxies that we trust stand in front. It believes a
forwarded address from nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TypeAlias

HOPS = 20
_Network: TypeAlias = IPv4Network | IPv6Network


def client_address(remote: str | None, forwarded: Sequence[str], trusted: Sequence[str]) -> str:
    """The nearest address that is not one of our proxies, read from the last hop backwards."""
    networks = [ip_network(network) for network in trusted]
    nearest = remote or ""
    hops = [hop.strip() for line in forwarded for hop in line.split(",")][-HOPS:]
    for hop in reversed(hops):
        if not _within(nearest, networks):
            return nearest
        if not _is_address(hop):
            return nearest
        nearest = hop
    return nearest


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(text: str, networks: Sequence[_Network]) -> bool:
    if not _is_address(text):
        return False
    address = ip_address(text)
    return any(address in network for network in networks)
