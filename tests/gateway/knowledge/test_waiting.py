"""No index is built before the configured articles were read."""

from __future__ import annotations

import asyncio

from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.waiting import PassagesWhenRead
from gateway.store.store import Store


async def test_an_index_waits_for_the_first_reading(sqlite_store: Store) -> None:
    read = asyncio.Event()
    shelves = PassagesWhenRead(StoredPassages(sqlite_store), read)
    asked = asyncio.gather(shelves.version("main"), shelves.all("main"))
    await StoredPassages(sqlite_store).all("main")
    assert not asked.done()
    read.set()
    assert await asked == [0, []]
