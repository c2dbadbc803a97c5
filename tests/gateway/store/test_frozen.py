"""A node that freezes in the middle of a unit does not hold the others up for long."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from gateway.store.opening import open_store


def test_postgresql_ends_a_transaction_that_has_gone_silent(migrated_postgres_url: str) -> None:
    store = open_store(migrated_postgres_url)
    asked = text("SHOW idle_in_transaction_session_timeout")
    shown = asyncio.run(store.write(lambda unit: unit.scalar(asked)))
    store.close()
    assert shown == "5s"
