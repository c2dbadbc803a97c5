"""The proxy does to connections what it says, and copies bytes otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.chaos.home import free_port
from tests.chaos.proxy import Proxy, Streams, proxy_to

LONG = bytes(range(256)) * 8


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(65_536):
        writer.write(chunk)
    writer.close()


@asynccontextmanager
async def proxied() -> AsyncGenerator[tuple[Proxy, Streams]]:
    """A proxy to a server that says back what it is told, and a connection through it."""
    own, port = free_port(), free_port()
    server = await asyncio.start_server(_echo, "127.0.0.1", own)
    async with proxy_to(lambda: asyncio.open_connection("127.0.0.1", own), port) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield proxy, (reader, writer)
        writer.close()
    server.close()


async def said_back(streams: Streams, said: bytes) -> bytes:
    reader, writer = streams
    writer.write(said)
    await writer.drain()
    return await reader.readexactly(len(said))


async def until_cut(reader: asyncio.StreamReader) -> bytes:
    got = b""
    with suppress(ConnectionError):
        while chunk := await reader.read(65_536):
            got += chunk
    return got


async def test_without_a_storm_every_byte_passes() -> None:
    async with proxied() as (_, streams):
        assert await said_back(streams, LONG) == LONG


@pytest.mark.parametrize("what", ["delay", "drip"])
async def test_what_is_slow_arrives_whole(what: str) -> None:
    async with proxied() as (proxy, streams):
        proxy.begin("delay" if what == "delay" else "drip")
        assert await said_back(streams, LONG) == LONG


async def test_a_cut_lets_some_bytes_through_and_no_more() -> None:
    async with proxied() as (proxy, (reader, writer)):
        proxy.begin("cut", len(LONG) + 10)
        writer.write(LONG)
        got = await until_cut(reader)
        assert LONG.startswith(got)
        assert len(got) <= 10


async def test_who_fell_silent_stays_so_and_who_comes_later_is_served() -> None:
    async with proxied() as (proxy, (reader, writer)):
        proxy.begin("silent")
        writer.write(b"is anybody there?")
        await proxy.fallen_silent.wait()
        proxy.calm()
        writer.write(b"still nobody?")
        asking = asyncio.create_task(reader.read(1))
        later = await asyncio.open_connection(*writer.get_extra_info("peername"))
        assert await said_back(later, LONG) == LONG
        assert not asking.done()
        later[1].close()
        asking.cancel()
