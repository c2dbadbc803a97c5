"""The writer rules: a future resolves only after COMMIT, and nothing acknowledged is absent."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.errors import StoreUnavailable
from gateway.store.opening import open_store
from gateway.store.schema.pipeline import cursors, requests
from gateway.store.store import Options, Store
from gateway.store.unit import Unit
from gateway.store.writer import is_fsync_failure


def put(id: str, verb: str = "x") -> Callable[[Unit], str]:
    def unit(unit: Unit) -> str:
        unit.insert(requests, id=id, conversation_id="c", verb=verb, at=unit.now)
        return id

    return unit


async def count(store: Store) -> int:
    found = await store.read(lambda r: r.scalar(select(func.count()).select_from(requests)))
    return int(found)


async def test_many_units_share_commits_and_each_sees_its_result(store: Store) -> None:
    results = await asyncio.gather(*(store.write(put(f"r{n}")) for n in range(200)))
    assert results == [f"r{n}" for n in range(200)]
    assert await count(store) == 200


async def test_a_constraint_error_undoes_its_own_unit_only(store: Store) -> None:
    await store.write(put("taken"))
    outcomes = await asyncio.gather(
        store.write(put("before")),
        store.write(put("taken")),
        store.write(put("after")),
        return_exceptions=True,
    )
    assert outcomes[0] == "before"
    assert isinstance(outcomes[1], IntegrityError)
    assert outcomes[2] == "after"
    assert await count(store) == 3


@pytest.mark.parametrize("neighbours", [0, 5])
async def test_a_units_own_refusal_undoes_it_and_reaches_the_caller(
    store: Store, neighbours: int
) -> None:
    ran = list[str]()

    def unit(unit: Unit) -> None:
        put("gone")(unit)
        ran.append("once")
        raise LookupError("refused")

    others = [store.write(put(f"kept {n}")) for n in range(neighbours)]
    refused, *kept = await asyncio.gather(store.write(unit), *others, return_exceptions=True)
    assert isinstance(refused, LookupError)
    assert len(kept) == neighbours == await count(store)
    assert ran == ["once"]


async def test_wake_ups_come_after_the_commit_only(store: Store) -> None:
    def fails(unit: Unit) -> None:
        unit.emit("topic")
        raise LookupError

    with store.signals.listen("topic") as listener:
        with pytest.raises(LookupError):
            await store.write(fails)
        assert not await listener.wait(0.01)
        await store.write(lambda unit: unit.emit("topic"))
        assert await listener.wait(1)


async def test_what_somebody_outside_waits_for_comes_before_what_waited_longer(
    sqlite_store: Store,
) -> None:
    held, let_go, ran = threading.Event(), threading.Event(), list[str]()

    def hold(_unit: Unit) -> None:
        held.set()
        let_go.wait(20)

    holding = asyncio.create_task(sqlite_store.write(hold))
    await asyncio.to_thread(held.wait, 20)
    others = [sqlite_store.write(lambda _unit, n=n: ran.append(f"o{n}")) for n in range(200)]
    urgent = [
        sqlite_store.write(lambda _unit, n=n: ran.append(f"u{n}"), urgent=True) for n in range(100)
    ]
    running = asyncio.gather(*others, *urgent)
    await asyncio.sleep(0)
    let_go.set()
    await asyncio.gather(holding, running)
    # Two thirds of the first batches; the rest of them goes on with what is not urgent.
    assert sum(name.startswith("u") for name in ran[:120]) == 80
    assert sum(name.startswith("u") for name in ran[:180]) == 100
    assert [name for name in ran if name.startswith("u")] == [f"u{n}" for n in range(100)]
    assert [name for name in ran if name.startswith("o")] == [f"o{n}" for n in range(200)]


async def test_what_nobody_outside_waits_for_any_more_is_not_run(sqlite_store: Store) -> None:
    """A database that cannot keep up is not busy with what has been sent again meanwhile."""
    held, let_go, ran = threading.Event(), threading.Event(), list[str]()

    def hold(_unit: Unit) -> None:
        held.set()
        let_go.wait(20)

    holding = asyncio.create_task(sqlite_store.write(hold))
    await asyncio.to_thread(held.wait, 20)
    given_up = [
        asyncio.create_task(sqlite_store.write(lambda _unit: ran.append("u"), urgent=True)),
        asyncio.create_task(sqlite_store.write(lambda _unit: ran.append("o"))),
    ]
    still = asyncio.create_task(
        sqlite_store.write(lambda _unit: ran.append("still"), urgent=True),
    )
    await asyncio.sleep(0)
    for task in given_up:
        task.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)
    let_go.set()
    await asyncio.gather(holding, still)
    # What is not urgent may be a receipt: it is written down though its task was cancelled.
    assert sorted(ran) == ["o", "still"]


async def test_a_closed_store_refuses(store: Store) -> None:
    await asyncio.to_thread(store.close)
    with pytest.raises(StoreUnavailable):
        await store.write(put("late"))


async def test_a_full_disk_inside_a_batch_acknowledges_nothing_that_is_absent(
    sqlite_store: Store, no_pause: Callable[[int], None]
) -> None:
    """SQLite drops the whole transaction when the disk is full, whoever hit it."""

    def grow(unit: Unit, n: int) -> int:
        unit.execute(text("PRAGMA max_page_count = 150"))
        unit.insert(
            requests, id=f"big{n}", conversation_id="c", verb="x", at=1.0, answer="y" * 9000
        )
        return n

    outcomes = await asyncio.gather(
        *(sqlite_store.write(lambda unit, n=n: grow(unit, n)) for n in range(200)),
        return_exceptions=True,
    )
    acknowledged = {f"big{n}" for n in outcomes if isinstance(n, int)}
    refused = [outcome for outcome in outcomes if isinstance(outcome, StoreUnavailable)]
    rows = await sqlite_store.read(lambda r: {row["id"] for row in r.all(select(requests.c.id))})
    assert acknowledged <= rows
    assert refused
    assert len(acknowledged) + len(refused) == 200
    assert "full" in str(refused[0])

    # Space returns and nothing has to be restarted.
    def relax(unit: Unit) -> None:
        unit.execute(text("PRAGMA max_page_count = 1073741823"))
        put("again")(unit)

    await sqlite_store.write(relax)
    assert acknowledged | {"again"} <= await sqlite_store.read(
        lambda r: {row["id"] for row in r.all(select(requests.c.id))}
    )


async def test_a_commit_whose_outcome_is_unknown_is_run_again(tmp_path: Path) -> None:
    """The connection is cut after COMMIT was done but before anybody was told."""
    cuts = iter([True])

    def cut(name: str) -> None:
        if name == "store.after_commit" and next(cuts, False):
            raise OSError("the connection is cut")

    url = f"sqlite:///{tmp_path / 'cut.db'}"
    options = Options(failpoint=cut, pause=lambda _n: None)
    store = await asyncio.to_thread(open_store, url, options)

    def once(unit: Unit) -> bool:
        return unit.insert_once(requests, id="one", conversation_id="c", verb="x", at=unit.now)

    assert await store.write(once) is False  # The second run finds the first one's row.
    assert await count(store) == 1
    await asyncio.to_thread(store.close)


async def test_a_connection_cut_before_commit_loses_nothing_acknowledged(tmp_path: Path) -> None:
    cuts = iter([True, True])

    def cut(name: str) -> None:
        if name == "store.before_commit" and next(cuts, False):
            raise OSError("the connection is cut")

    url = f"sqlite:///{tmp_path / 'cut.db'}"
    store = await asyncio.to_thread(open_store, url, Options(failpoint=cut, pause=lambda _n: None))
    assert await asyncio.gather(*(store.write(put(f"r{n}")) for n in range(20)))
    assert await count(store) == 20
    await asyncio.to_thread(store.close)


async def test_an_error_of_no_known_kind_fails_its_units_and_the_writer_goes_on(
    store_url: str,
) -> None:
    failing = threading.Event()

    def fail(name: str) -> None:
        if name == "store.before_commit" and failing.is_set():
            raise RuntimeError("no error of any database")

    options = Options(failpoint=fail, pause=lambda _n: None)
    store = await asyncio.to_thread(open_store, store_url, options)
    failing.set()
    told = await asyncio.gather(
        *(store.write(put(f"r{n}")) for n in range(3)), return_exceptions=True
    )
    assert [type(error) for error in told] == [StoreUnavailable] * 3
    failing.clear()
    await store.write(put("after"))
    assert await store.read(lambda r: [row["id"] for row in r.all(select(requests.c.id))]) == [
        "after"
    ]
    await asyncio.to_thread(store.close)


async def test_connections_killed_at_commit_on_postgresql(postgres_url: str) -> None:
    """Acknowledged but absent: none, whatever the server does to our connection."""
    killing = threading.Event()
    killing.set()
    kills = 0

    def kill(name: str) -> None:
        nonlocal kills
        if name != "store.before_commit" or not killing.is_set() or kills >= 25:
            return
        kills += 1
        with psycopg.connect(
            postgres_url.replace("postgresql+psycopg", "postgresql"), autocommit=True
        ) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND state = 'idle in transaction'"
            )

    options = Options(failpoint=kill, pause=lambda _n: None)
    store = await asyncio.to_thread(open_store, postgres_url, options)
    outcomes = await asyncio.gather(
        *(store.write(put(f"r{n}"), key=str(n)) for n in range(120)), return_exceptions=True
    )
    killing.clear()
    acknowledged = {outcome for outcome in outcomes if isinstance(outcome, str)}
    rows = await store.read(lambda r: {row["id"] for row in r.all(select(requests.c.id))})
    assert kills
    assert acknowledged <= rows
    await asyncio.to_thread(store.close)


async def test_a_deadlock_in_a_batch_is_run_again_singly(postgres_url: str) -> None:
    """Two processes lock two rows in opposite order; the batch that loses runs again."""
    one, two = await asyncio.gather(
        *(asyncio.to_thread(open_store, postgres_url, Options()) for _ in range(2))
    )
    for key in ("a", "b"):
        await one.write(
            lambda unit, key=key: unit.insert(cursors, channel="c", key=key, value="0", at=0.0)
        )

    def bump(first: str, second: str) -> Callable[[Unit], None]:
        def unit(unit: Unit) -> None:
            for key in (first, second):
                where = (cursors.c.channel == "c") & (cursors.c.key == key)
                found = unit.scalar(select(cursors.c.value).where(where).with_for_update())
                unit.execute(update(cursors).where(where).values(value=str(int(found) + 1)))

        return unit

    await asyncio.gather(
        *(one.write(bump("a", "b")) for _ in range(40)),
        *(two.write(bump("b", "a")) for _ in range(40)),
    )
    values = await one.read(lambda r: [row["value"] for row in r.all(select(cursors.c.value))])
    assert values == ["80", "80"]
    await asyncio.gather(*(asyncio.to_thread(store.close) for store in (one, two)))


async def test_an_fsync_error_ends_the_process(tmp_path: Path) -> None:
    ended: list[BaseException] = []
    failing = iter([True])

    def fail(name: str) -> None:
        if name == "store.before_commit" and next(failing, False):
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise OperationalError("COMMIT", {}, error)

    url = f"sqlite:///{tmp_path / 'fsync.db'}"
    options = Options(failpoint=fail, fatal=ended.append, pause=lambda _n: None)
    store = await asyncio.to_thread(open_store, url, options)
    await store.write(put("r"))
    assert len(ended) == 1
    await asyncio.to_thread(store.close)


def test_only_errors_of_the_disk_are_fatal() -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorname = "SQLITE_BUSY"
    assert not is_fsync_failure(OperationalError("x", {}, busy))
    assert not is_fsync_failure(OSError("cut"))


async def test_writes_reach_the_disk_before_they_are_acknowledged(tmp_path: Path) -> None:
    """A copy of the files at the moment of acknowledgement holds the row, without our process."""
    url = f"sqlite:///{tmp_path / 'a' / 'frontdesk.db'}"
    store = await asyncio.to_thread(open_store, url, Options())
    await store.write(put("kept"))
    copy = tmp_path / "b"
    await asyncio.to_thread(_copy, tmp_path / "a", copy)
    found = await asyncio.to_thread(_ids, copy / "frontdesk.db")
    assert found == [("kept",)]
    await asyncio.to_thread(store.close)


def _copy(source: Path, target: Path) -> None:
    target.mkdir()
    for file in source.iterdir():
        if file.name != "frontdesk.db-shm":
            (target / file.name).write_bytes(file.read_bytes())
    os.sync()


def _ids(file: Path) -> list[tuple[str]]:
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT id FROM requests").fetchall()
    connection.close()
    return rows
