"""Copies of a database in use: whole, checked, and never at the cost of what they replace."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gateway.errors import CorruptStore, StoreRefused
from gateway.store.backup import check_sqlite, copy_sqlite, restore_sqlite
from gateway.store.opening import open_store
from gateway.store.schema.pipeline import cursors, requests
from gateway.store.store import Store
from gateway.store.unit import Unit


def halves(number: int) -> Callable[[Unit], None]:
    """One unit of two rows, which a copy has both or neither of."""

    def unit(unit: Unit) -> None:
        unit.insert(
            requests, id=f"r{number}", conversation_id="c", verb="x", at=1.0, answer="y" * 900
        )
        unit.insert(cursors, channel="c", key=f"r{number}", value="0", at=1.0)

    return unit


def fill(file: Path, *numbers: int) -> None:
    store = open_store(f"sqlite:///{file}")
    for number in numbers:
        asyncio.run(store.write(halves(number)))
    store.close()


def ids(file: Path, table: str = "requests", column: str = "id") -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {row[0] for row in connection.execute(f"SELECT {column} FROM {table}")}  # noqa: S608  # names of ours


async def write_until(store: Store, stop: asyncio.Event) -> set[str]:
    """Write without a pause; what was acknowledged."""
    acknowledged: set[str] = set()
    number = 0
    while not stop.is_set():
        block = range(number, number + 25)
        await asyncio.gather(*(store.write(halves(n)) for n in block))
        acknowledged |= {f"r{n}" for n in block}
        number += 25
    return acknowledged


async def test_a_copy_taken_while_a_gateway_writes_is_whole(tmp_path: Path) -> None:
    live, copy = tmp_path / "frontdesk.db", tmp_path / "copy.db"
    store = await asyncio.to_thread(open_store, f"sqlite:///{live}")
    await asyncio.gather(*(store.write(halves(-n)) for n in range(1, 60)))
    stop = asyncio.Event()
    writing = asyncio.create_task(write_until(store, stop))
    for _ in range(5):
        await asyncio.to_thread(copy_sqlite, live, copy)
        await asyncio.to_thread(check_sqlite, copy)
        found = await asyncio.to_thread(ids, copy)
        assert found == await asyncio.to_thread(ids, copy, "cursors", "key")
        assert found >= {f"r{-n}" for n in range(1, 60)}
    stop.set()
    acknowledged = await writing
    await asyncio.to_thread(copy_sqlite, live, copy)
    assert acknowledged <= await asyncio.to_thread(ids, copy)
    await asyncio.to_thread(store.close)


def test_a_copy_opens_as_a_database_of_its_own(tmp_path: Path) -> None:
    fill(tmp_path / "frontdesk.db", 1, 2)
    copy_sqlite(tmp_path / "frontdesk.db", tmp_path / "copy.db")
    fill(tmp_path / "copy.db", 3)
    assert ids(tmp_path / "copy.db") == {"r1", "r2", "r3"}
    assert ids(tmp_path / "frontdesk.db") == {"r1", "r2"}


def test_a_copy_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    fill(tmp_path / "frontdesk.db", 1)
    with pytest.raises(StoreRefused, match="could not be written"):
        copy_sqlite(tmp_path / "frontdesk.db", tmp_path / "nowhere" / "copy.db")
    assert not (tmp_path / "nowhere").exists()


def test_a_damaged_source_is_not_copied_over_a_good_backup(tmp_path: Path) -> None:
    live, copy = tmp_path / "frontdesk.db", tmp_path / "copy.db"
    fill(live, 1)
    copy_sqlite(live, copy)
    live.write_bytes(b"nonsense" * 4000)
    with pytest.raises(StoreRefused, match="could not be written"):
        copy_sqlite(live, copy)
    assert ids(copy) == {"r1"}
    assert not copy.with_name("copy.db.partial").exists()


def test_a_restore_keeps_the_old_file_beside_it(tmp_path: Path) -> None:
    live, copy = tmp_path / "frontdesk.db", tmp_path / "copy.db"
    fill(live, 1)
    copy_sqlite(live, copy)
    fill(live, 2, 3)
    restore_sqlite(copy, live)
    assert ids(live) == {"r1"}
    assert ids(tmp_path / "frontdesk.db.replaced") == {"r1", "r2", "r3"}
    assert ids(copy) == {"r1"}
    fill(live, 4)
    assert ids(live) == {"r1", "r4"}


def test_a_restore_takes_the_journal_of_a_killed_gateway_away_too(tmp_path: Path) -> None:
    """A journal left beside another file would be played into it."""
    live, copy = tmp_path / "frontdesk.db", tmp_path / "copy.db"
    fill(live, 1)
    copy_sqlite(live, copy)
    store = open_store(f"sqlite:///{live}")
    asyncio.run(store.write(halves(2)))
    assert live.with_name("frontdesk.db-wal").stat().st_size
    kept = {file.name: file.read_bytes() for file in tmp_path.glob("frontdesk.db*")}
    store.close()
    for name, content in kept.items():
        (tmp_path / name).write_bytes(content)
    restore_sqlite(copy, live)
    assert ids(live) == {"r1"}


def test_a_damaged_backup_is_refused_and_nothing_changes(tmp_path: Path) -> None:
    live, copy = tmp_path / "frontdesk.db", tmp_path / "copy.db"
    fill(live, *range(40))
    copy_sqlite(live, copy)
    fill(live, 99)
    with copy.open("rb+") as damaged:
        damaged.seek(copy.stat().st_size - 9000)
        damaged.write(b"\xa5" * 5000)
    with pytest.raises(CorruptStore, match="damaged"):
        restore_sqlite(copy, live)
    assert "r99" in ids(live)
    assert not live.with_name("frontdesk.db.replaced").exists()


@pytest.mark.parametrize("content", [b"", b"just a text" * 900])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    live, copy = tmp_path / "frontdesk.db", tmp_path / "copy.db"
    fill(live, 1)
    copy.write_bytes(content)
    with pytest.raises(StoreRefused):
        restore_sqlite(copy, live)
    assert ids(live) == {"r1"}


def test_a_backup_that_is_not_there_is_named(tmp_path: Path) -> None:
    fill(tmp_path / "frontdesk.db", 1)
    with pytest.raises(StoreRefused, match=r"no backup at .*missing\.db"):
        restore_sqlite(tmp_path / "missing.db", tmp_path / "frontdesk.db")
    assert ids(tmp_path / "frontdesk.db") == {"r1"}


def test_a_restore_without_room_leaves_the_database_in_place(tmp_path: Path) -> None:
    live, copy = tmp_path / "frontdesk.db", tmp_path / "copy.db"
    fill(live, 1)
    copy_sqlite(live, copy)
    fill(live, 2)
    # Something in the way stands for a disk that takes no more.
    (tmp_path / "frontdesk.db.restored").mkdir()
    with pytest.raises(StoreRefused, match="could not be written"):
        restore_sqlite(copy, live)
    assert ids(live) == {"r1", "r2"}
