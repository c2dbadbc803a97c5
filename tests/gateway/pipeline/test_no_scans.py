"""What a message costs does not grow with what is stored: no statement of its way reads a table
from end to end."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.dialects import sqlite

from channels.events import Address, DeliveryUpdate, Edited, Sender
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.supervisor.heartbeat import oldest_waiting
from gateway.web.queues import queries
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.rig import Rig, to_a_person

VERBS = ("SELECT", "UPDATE", "INSERT", "DELETE")


def driver(unit: Unit) -> sqlite3.Connection:
    connection = unit.connection.connection.dbapi_connection
    assert isinstance(connection, sqlite3.Connection)
    return connection


async def seen_by(rig: Rig) -> set[str]:
    """Every statement that one customer's messages run, with its values."""
    seen: set[str] = set()
    await rig.store.write(lambda unit: driver(unit).set_trace_callback(seen.add))
    for text in ("Where is my parcel?", "And the second one?"):
        await rig.say(text)
        await rig.settle()
    await rig.accept(DeliveryUpdate("update", "ext-1", "delivered"))
    await rig.accept(Edited("edit", Address("c1"), "m1", "Where?", Sender(("user-c1",))))
    rig.brain.answer = to_a_person
    await rig.say("A person please")
    await rig.settle()
    await rig.store.write(lambda unit: driver(unit).set_trace_callback(None))
    return {sql for sql in seen if sql.startswith(VERBS)}


def plan(unit: Unit, sql: str) -> list[str]:
    return [row[3] for row in driver(unit).execute(f"EXPLAIN QUERY PLAN {sql}")]


def scans(steps: list[str]) -> list[str]:
    """The steps that read all of a table, or all in a common state; a constant row is none."""
    return [
        step
        for step in steps
        if (step.startswith("SCAN") and step != "SCAN CONSTANT ROW") or "_state (state=?)" in step
    ]


@pytest.mark.parametrize("pulled", [False, True])
async def test_no_statement_of_a_message_scans_a_table(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, pulled: bool
) -> None:
    rig = Rig(sqlite_store, clock, tmp_path)
    if pulled:
        rig = Rig(sqlite_store, clock, tmp_path, replace(rig.capabilities, pulled=True))
    statements = await seen_by(rig)
    assert len(statements) > 50
    plans = await sqlite_store.write(lambda unit: {sql: plan(unit, sql) for sql in statements})
    bad = {sql: scans(steps) for sql, steps in plans.items() if scans(steps)}
    assert not bad


async def test_no_look_at_the_queues_scans_a_table(sqlite_store: Store) -> None:
    looks = {**queries(1.0), "oldest": oldest_waiting()}
    compiled = {
        name: str(look.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
        for name, look in looks.items()
    }
    plans = await sqlite_store.write(
        lambda unit: {name: plan(unit, sql) for name, sql in compiled.items()}
    )
    # What is left to scan is what the look itself has found.
    scanned = {name: [s for s in steps if s.startswith("SCAN")] for name, steps in plans.items()}
    assert {step for steps in scanned.values() for step in steps} <= {"SCAN anon_1"}


async def test_what_is_next_at_an_address_is_found_past_all_that_it_was_sent(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    statements = await seen_by(Rig(sqlite_store, clock, tmp_path))
    looking = next(sql for sql in statements if "BY deliveries.position" in sql)
    fencing = next(sql for sql in statements if "its node went away" in sql)
    found = await sqlite_store.write(lambda unit: [plan(unit, sql) for sql in (looking, fencing)])
    assert "ix_deliveries_unfinished (address_id=?)" in found[0][0]
    assert "(conversation_id=? AND state=?)" in found[1][0]
