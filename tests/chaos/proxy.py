"""A TCP proxy whose connections can be made slow, cut short or silent. It copies bytes and knows
nothing of what they mean."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeAlias

from tests.chaos.storms import What

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
CHUNK = 65_536
DELAY_SECONDS = 0.015
DRIP_BYTES, DRIP_SECONDS = 64, 0.003


@dataclass(eq=False)
class Connection:
    """One client's. Once ``silent`` it stays so: only its ends can give it up."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    silent: bool = False

    def abort(self) -> None:
        for writer in (self.near, self.far):
            writer.transport.abort()

    def close(self) -> None:
        for writer in (self.near, self.far):
            writer.close()


@dataclass(eq=False)
class Proxy:
    """Connects each client to what ``upstream`` opens, under the weather of the moment.
    ``fallen_silent`` is set once a connection has."""

    upstream: Callable[[], Awaitable[Streams]]
    storm: What | None = None
    bytes_through: int = 0
    connections: set[Connection] = field(default_factory=set[Connection])
    fallen_silent: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def begin(self, what: What, bytes_through: int = 0) -> None:
        self.storm, self.bytes_through = what, bytes_through

    def calm(self) -> None:
        """For what comes: a connection that fell silent stays silent."""
        self.storm = None

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until one of its ends closes it."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            back, far = await self.upstream()
        except OSError:
            writer.transport.abort()
            return
        connection = Connection(writer, far)
        self.connections.add(connection)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(connection, reader, far))
                group.create_task(self._pump(connection, back, writer))
        finally:
            self.connections.discard(connection)
            connection.close()

    async def _pump(
        self, connection: Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                await self._pass(connection, writer, chunk)
        connection.close()

    async def _pass(
        self, connection: Connection, writer: asyncio.StreamWriter, chunk: bytes
    ) -> None:
        if connection.silent or self.storm == "silent":
            connection.silent = True
            self.fallen_silent.set()
        elif self.storm == "cut":
            await self._cut(connection, writer, chunk)
        elif self.storm == "drip":
            await self._drip(writer, chunk)
        else:
            if self.storm == "delay":
                await asyncio.sleep(DELAY_SECONDS)
            writer.write(chunk)
            await writer.drain()

    async def _cut(
        self, connection: Connection, writer: asyncio.StreamWriter, chunk: bytes
    ) -> None:
        passed, self.bytes_through = chunk[: self.bytes_through], self.bytes_through - len(chunk)
        if self.bytes_through >= 0:
            writer.write(passed)
            await writer.drain()
            return
        self.bytes_through = 0
        writer.write(passed)
        with suppress(OSError):
            await writer.drain()
        connection.abort()

    async def _drip(self, writer: asyncio.StreamWriter, chunk: bytes) -> None:
        for start in range(0, len(chunk), DRIP_BYTES):
            # The rest goes at once when the storm is over.
            size = DRIP_BYTES if self.storm == "drip" else len(chunk)
            writer.write(chunk[start : start + size])
            await writer.drain()
            if size > DRIP_BYTES:
                return
            await asyncio.sleep(DRIP_SECONDS)

    async def end(self) -> None:
        for connection in tuple(self.connections):
            connection.abort()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def proxy_to(upstream: Callable[[], Awaitable[Streams]], port: int) -> AsyncGenerator[Proxy]:
    """Listens on a port of this machine until the block ends."""
    proxy = Proxy(upstream)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", port)
    try:
        yield proxy
    finally:
        server.close()
        await proxy.end()
        await server.wait_closed()
