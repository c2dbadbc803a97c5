"""A PostgreSQL that takes everything and says nothing is given up, and found again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select, text

from gateway.errors import StoreUnavailable
from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from tests.chaos.home import free_port
from tests.chaos.postgres import Postgres, through
from tests.chaos.proxy import Proxy, proxy_to
from tests.conftest import PostgresServer

SILENCE_SECONDS = 0.5
ONE = text("SELECT 1")


@asynccontextmanager
async def far_store(server: PostgresServer, url: str) -> AsyncGenerator[tuple[Store, Proxy]]:
    """A store whose database is on the other side of a proxy."""
    port = free_port()
    plain = url.replace("postgresql+psycopg", "postgresql")
    async with proxy_to(Postgres(server.host).connect, port) as proxy:
        options = Options(silence=SILENCE_SECONDS)
        store = await asyncio.to_thread(open_store, through(plain, port), options)
        try:
            yield store, proxy
        finally:
            await asyncio.to_thread(store.close)


async def test_a_server_that_falls_silent_does_not_hold_the_writer_for_ever(
    postgres_server: PostgresServer, migrated_postgres_url: str
) -> None:
    async with far_store(postgres_server, migrated_postgres_url) as (store, proxy):
        assert await store.write(lambda unit: unit.scalar(ONE)) == 1
        proxy.begin("silent")
        writing = asyncio.create_task(store.write(lambda unit: unit.scalar(ONE)))
        await proxy.fallen_silent.wait()
        proxy.calm()
        assert await writing == 1


async def test_a_server_that_falls_silent_does_not_hold_a_reader_for_ever(
    postgres_server: PostgresServer, migrated_postgres_url: str
) -> None:
    async with far_store(postgres_server, migrated_postgres_url) as (store, proxy):
        assert await store.read(lambda reading: reading.scalar(ONE)) == 1
        proxy.begin("silent")
        reading = asyncio.create_task(store.read(lambda reading: reading.scalar(ONE)))
        await proxy.fallen_silent.wait()
        proxy.calm()
        assert await reading == 1


async def test_a_slow_server_is_waited_for(
    postgres_server: PostgresServer, migrated_postgres_url: str
) -> None:
    async with far_store(postgres_server, migrated_postgres_url) as (store, _):
        slow = select(func.pg_sleep(SILENCE_SECONDS / 2))
        await store.write(lambda unit: unit.scalar(slow))
        slower = select(func.pg_sleep(SILENCE_SECONDS * 4))
        with pytest.raises(StoreUnavailable, match="said nothing for"):
            await store.read(lambda reading: reading.scalar(slower))
