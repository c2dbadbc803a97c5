"""Owns the way from a name to addresses that were checked, and the last look before a socket is
opened. Never connects itself and keeps no answer: each connection asks anew."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

from brain.contract import FetchRefused
from gateway.egress.addresses import Addresses

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
# As getaddrinfo gives it: family, kind, protocol, name, and the address with its port.
SocketInfo: TypeAlias = tuple[int, int, int, str, tuple[Any, ...]]


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """The numeric addresses of a name, as this machine is set up.

    Raises:
        OSError: there is no such name, or nobody to ask.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def refused(host: str, why: str) -> FetchRefused:
    return FetchRefused(
        f"{host} is not read: it leads to {why}. Pages are read from the public internet only, so"
        " that nobody can look into your network through them; where a page of your own network is"
        " meant, list that network under brain.knowledge.private_networks"
    )


class CheckedResolver(AbstractResolver):
    """Asks once a connection and hands over what it checked, so that a second answer of the name's
    server never counts. One address that must not be connected to refuses the name."""

    def __init__(self, addresses: Addresses, resolve: Resolve) -> None:
        self._addresses = addresses
        self._resolve = resolve

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = list(dict.fromkeys(await self._resolve(host, port)))
        for address in found:
            why = self._addresses.refusal(address, port)
            if why is not None:
                raise refused(host, why)
        if not found:
            raise OSError(f"{host} has no address")
        return [_result(host, address, port) for address in found]

    async def close(self) -> None:
        """Nothing is held open."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=socket.AF_INET6 if ":" in address else socket.AF_INET,
        proto=socket.IPPROTO_TCP,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def checked_socket(addresses: Addresses) -> Callable[[SocketInfo], socket.socket]:
    """Makes sockets for addresses that may be connected to. Every connection passes here with the
    very address that the system will connect to, also one that never needed resolving."""

    def make(info: SocketInfo) -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = info
        why = addresses.refusal(str(host), int(port))
        if why is not None:
            raise refused(str(host), why)
        return socket.socket(family, kind, protocol)

    return make
