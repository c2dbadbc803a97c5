"""Storms over a run's database and network, one after the other; a ledger says when."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.chaos.ledger import Ledger
from tests.chaos.postgres import Mode, Postgres
from tests.chaos.proxy import Proxy, proxy_to
from tests.chaos.storms import Storm

MODES: Mapping[str, Mode] = {"crash": "immediate", "stop": "fast"}


@dataclass
class Weather:
    """``databases`` are the proxies between a node and the database, by node; ``platform`` is the
    one between all nodes and the platforms. ``fair`` is set while no storm keeps a node from
    starting."""

    server: Postgres
    databases: Mapping[str, Proxy]
    platform: Proxy | None
    ledger: Ledger
    hits: Counter[str]

    async def pass_over(self, storms: tuple[Storm, ...]) -> None:
        for storm in storms:
            await asyncio.sleep(storm.after)
            name = f"{storm.where}.{storm.what}"
            self.ledger.note("storm", where=storm.where, of=storm.what, node=storm.node)
            try:
                await self._strike(storm)
            finally:
                self.ledger.note("calm", where=storm.where)
            self.hits[name] += 1

    async def _strike(self, storm: Storm) -> None:
        if storm.where == "server":
            await asyncio.to_thread(self.server.stop, MODES[storm.what])
            await asyncio.sleep(storm.lasting)
            await asyncio.to_thread(self.server.start)
            return
        proxy = self.platform if storm.where == "platform" else self.databases[storm.node]
        assert proxy is not None
        proxy.begin(storm.what, storm.bytes_through)
        await asyncio.sleep(storm.lasting)
        proxy.calm()


@dataclass(frozen=True, slots=True)
class Ports:
    """Where proxies listen, by node, and the one before the platforms; the platforms' own."""

    databases: Mapping[str, int]
    platform: int
    platforms_own: int


@asynccontextmanager
async def weather_over(
    server: Postgres, ports: Ports | None, ledger: Ledger, hits: Counter[str]
) -> AsyncGenerator[Weather]:
    """Proxies stand where ``ports`` are given."""
    if ports is None:
        yield Weather(server, {}, None, ledger, hits)
        return
    own = ports.platforms_own
    async with AsyncExitStack() as stack:
        databases = {
            node: await stack.enter_async_context(proxy_to(server.connect, port))
            for node, port in ports.databases.items()
        }
        platform = await stack.enter_async_context(
            proxy_to(lambda: asyncio.open_connection("127.0.0.1", own), ports.platform)
        )
        yield Weather(server, databases, platform, ledger, hits)
