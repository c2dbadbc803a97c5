"""Owns how a session to addresses of others is made: every socket is judged, nothing is kept, and
nothing is taken from the environment."""

from __future__ import annotations

import aiohttp
from aiohttp import hdrs

from gateway.egress.addresses import Addresses
from gateway.egress.resolving import CheckedResolver, Resolve, checked_socket

_IDLE_SECONDS = 15.0


def checked_session(
    addresses: Addresses, resolve: Resolve, agent: str, connect: float
) -> aiohttp.ClientSession:
    """``agent`` says who asks, ``connect`` is how many seconds a connection may take."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            resolver=CheckedResolver(addresses, resolve),
            use_dns_cache=False,
            socket_factory=checked_socket(addresses),
            keepalive_timeout=_IDLE_SECONDS,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={hdrs.USER_AGENT: agent, hdrs.ACCEPT_ENCODING: "identity"},
        timeout=aiohttp.ClientTimeout(total=None, connect=connect),
        auto_decompress=False,
        trust_env=False,
    )
