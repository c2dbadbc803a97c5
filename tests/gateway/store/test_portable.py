"""A store moves whole between databases, in either direction, or nothing is changed."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from gateway.errors import CorruptStore, StoreInUse, StoreRefused
from gateway.store.backup import restore_sqlite
from gateway.store.engine import writer_engine
from gateway.store.opening import open_store
from gateway.store.portable import REPLACED, Sum, back_up, put_back, sum_of
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import cursors, nodes, requests
from gateway.store.schema.tables import metadata
from gateway.store.store import Options, Store
from gateway.store.unit import Unit
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, to_a_person


def sums(url: str) -> dict[str, Sum]:
    engine = writer_engine(url)
    with engine.connect() as connection:
        found = {table.name: sum_of(connection, table) for table in metadata.sorted_tables}
    engine.dispose()
    return found


def execute(url: str, statement: str) -> None:
    engine = writer_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


async def fill(url: str, folder: Path) -> None:
    """Conversations of every kind: answered, handed over, with words of many scripts."""
    clock = ManualClock()
    store = await asyncio.to_thread(open_store, url, Options(now=clock.now))
    rig = Rig(store, clock, folder)
    await rig.say("Wo ist mein Päckchen? 📦 \u202e\\ '\" \n%s", "c1")
    await rig.settle()
    rig.brain.answer = to_a_person
    await rig.say("人間をお願いします", "c2")
    await rig.settle()
    await asyncio.to_thread(store.close)


async def test_a_server_is_copied_into_a_file_and_the_file_into_another_server(
    migrated_postgres_url: str, new_postgres_url: Callable[[], str], tmp_path: Path
) -> None:
    await fill(migrated_postgres_url, tmp_path)
    copy, other = tmp_path / "copy.db", new_postgres_url()
    before = await asyncio.to_thread(sums, migrated_postgres_url)
    assert before["messages"].rows >= 4
    copied = await asyncio.to_thread(back_up, migrated_postgres_url, copy)
    assert copied.rows == sum(found.rows for found in before.values())
    back = await asyncio.to_thread(lambda: put_back(copy, other, replace=False))
    assert (back.rows, back.kept) == (copied.rows, None)
    assert await asyncio.to_thread(sums, other) == before
    assert await asyncio.to_thread(sums, migrated_postgres_url) == before


async def test_one_machine_becomes_several_and_several_one_again(
    sqlite_url: str, postgres_url: str, tmp_path: Path
) -> None:
    await fill(sqlite_url, tmp_path)
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    before = await asyncio.to_thread(sums, sqlite_url)
    await asyncio.to_thread(lambda: put_back(file, postgres_url, replace=False))
    assert await asyncio.to_thread(sums, postgres_url) == before
    clock = ManualClock()
    store = await asyncio.to_thread(open_store, postgres_url, Options(now=clock.now))
    rig = Rig(store, clock, tmp_path)
    await rig.say("And now?", "c1")
    await rig.settle()
    await asyncio.to_thread(store.close)
    await asyncio.to_thread(back_up, postgres_url, tmp_path / "back.db")
    await asyncio.to_thread(restore_sqlite, tmp_path / "back.db", file)
    assert await asyncio.to_thread(sums, sqlite_url) == await asyncio.to_thread(sums, postgres_url)


def test_what_a_server_holds_is_replaced_only_when_that_is_said_and_is_kept(
    sqlite_url: str, postgres_url: str
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    put_back(file, postgres_url, replace=False)
    execute(postgres_url, "INSERT INTO cursors (channel, key, value, at) VALUES ('c','k','v',1)")
    with pytest.raises(StoreRefused, match="--replace"):
        put_back(file, postgres_url, replace=False)
    assert sums(postgres_url)["cursors"].rows == 1
    assert put_back(file, postgres_url, replace=True).kept == REPLACED
    assert sums(postgres_url)["cursors"].rows == 0
    execute(postgres_url, f"INSERT INTO cursors SELECT * FROM {REPLACED}.cursors")  # noqa: S608  # a name of ours
    assert sums(postgres_url)["cursors"].rows == 1
    assert put_back(file, postgres_url, replace=True).kept == f"{REPLACED}_2"


def test_nothing_is_put_under_a_running_gateway(
    sqlite_url: str, migrated_postgres_url: str
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    execute(
        migrated_postgres_url,
        "INSERT INTO nodes VALUES ('one', 'x', 1, extract(epoch FROM clock_timestamp()))",
    )
    with pytest.raises(StoreInUse, match="stop every node"):
        put_back(file, migrated_postgres_url, replace=True)
    execute(migrated_postgres_url, "UPDATE nodes SET heartbeat_at = heartbeat_at - 60")
    assert put_back(file, migrated_postgres_url, replace=True).kept == REPLACED


def test_a_damaged_copy_changes_nothing(sqlite_url: str, migrated_postgres_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with file.open("r+b") as damaged:
        damaged.seek(4096)
        damaged.write(b"\xa5" * 40_000)
    before = sums(migrated_postgres_url)
    with pytest.raises(CorruptStore):
        put_back(file, migrated_postgres_url, replace=True)
    assert sums(migrated_postgres_url) == before


def test_a_row_that_the_server_does_not_take_changes_nothing(
    sqlite_url: str, migrated_postgres_url: str
) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO cursors VALUES ('c', ?, 'v', 1)", ("k" * 500,))
        connection.commit()
    execute(migrated_postgres_url, "INSERT INTO cursors VALUES ('mine', 'k', 'v', 1)")
    before = sums(migrated_postgres_url)
    with pytest.raises(StoreRefused, match="does not take"):
        put_back(file, migrated_postgres_url, replace=True)
    assert sums(migrated_postgres_url) == before


def pair(number: int) -> Callable[[Unit], None]:
    """One unit of two rows, which a copy has both or neither of."""

    def unit(unit: Unit) -> None:
        unit.insert(requests, id=f"r{number}", conversation_id="c", verb="x", at=1.0)
        unit.insert(cursors, channel="c", key=f"r{number}", value="0", at=1.0)

    return unit


async def write_until(store: Store, stop: asyncio.Event) -> None:
    number = 0
    while not stop.is_set():
        await store.write(pair(number))
        number += 1


async def test_a_copy_taken_while_nodes_write_is_of_one_moment(
    migrated_postgres_url: str, tmp_path: Path
) -> None:
    store = await asyncio.to_thread(open_store, migrated_postgres_url)
    stop = asyncio.Event()
    writing = asyncio.create_task(write_until(store, stop))
    for number in range(3):
        copy = tmp_path / f"{number}.db"
        await asyncio.to_thread(back_up, migrated_postgres_url, copy)
        found = await asyncio.to_thread(sums, f"sqlite:///{copy}")
        assert found["requests"].rows == found["cursors"].rows
    stop.set()
    await writing
    await asyncio.to_thread(store.close)


def test_a_difference_of_one_character_shows_in_the_sum(sqlite_url: str) -> None:
    execute(
        sqlite_url,
        "INSERT INTO conversations (id, channel, address, contact_id, created_at, updated_at)"
        " VALUES ('c', 'web', 'x', 'k', 1, 1)",
    )
    before = sums(sqlite_url)
    engine = writer_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(update(conversations).values(language="e"))
        assert connection.execute(select(nodes)).all() == []
    engine.dispose()
    assert sums(sqlite_url)["conversations"] != before["conversations"]
