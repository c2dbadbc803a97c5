"""What the doctor says of disks, clocks and of what lies in the store."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.machine import TIME_ERROR, clock_finding, fsync_finding, fsyncs
from tests.gateway.cli.desk import Desk

LONG_AGO = time.time() - 10 * 86_400


def contents(desk: Desk, code: int) -> dict[str, dict[str, Any]]:
    desk.configure(lambda settings: settings["server"].update(port=0))
    return {one["name"]: one for one in desk.json("doctor", code=code)["findings"]}


def execute(desk: Desk, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(desk.data / "frontdesk.db")) as connection:
        connection.execute(statement, values)
        connection.commit()


@pytest.mark.parametrize(("seconds", "ok"), [(0.001, True), (0.025, False), (0.000_001, False)])
def test_a_disk_that_is_slow_or_too_quick_is_told(tmp_path: Path, seconds: float, ok: bool) -> None:
    found = fsync_finding(tmp_path / "not there yet", lambda _folder: [seconds] * 50)
    assert found.ok
    assert bool(found.mend) is not ok


def test_a_disk_that_refuses_is_found(tmp_path: Path) -> None:
    def refuses(_folder: Path) -> list[float]:
        raise OSError(5, "Input/output error")

    assert fsync_finding(tmp_path, refuses).ok is False


def test_the_probe_leaves_nothing_behind(tmp_path: Path) -> None:
    assert len(fsyncs(tmp_path)) == 50
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("state", "told"), [(TIME_ERROR, True), (0, False), (None, False)])
def test_a_clock_that_nothing_keeps_in_step_is_told(state: int | None, told: bool) -> None:
    assert bool(clock_finding(lambda: state).mend) is told


def test_a_sound_store_has_its_version_and_its_indexes(desk: Desk) -> None:
    found = contents(desk, 0)
    assert found["database"]["what"].startswith("SQLite 3.")
    assert found["indexes"]["ok"]
    assert found["files"]["what"].startswith("0 attachments")


def test_an_index_that_is_gone_is_found(desk: Desk) -> None:
    execute(desk, "DROP INDEX ix_conversations_ready_at")
    assert "ix_conversations_ready_at" in contents(desk, 1)["indexes"]["what"]


def test_what_waits_for_somebody_is_told(desk: Desk) -> None:
    execute(
        desk,
        "INSERT INTO deliveries (id, conversation_id, message_id, address_id, channel, address,"
        " position, author, guarded, epoch, state, created_at)"
        " VALUES ('d', 'c', 'm', 'a', 'web', 'x', 1, 'assistant', 0, 0, 'failed', 1)",
    )
    execute(
        desk,
        "INSERT INTO conversations (id, channel, address, contact_id, ready_at, claimed_until,"
        " first_unanswered_at, created_at, updated_at)"
        " VALUES ('c', 'web', 'x', 'k', ?1, ?1, ?1, 1, 1)",
        LONG_AGO,
    )
    found = contents(desk, 0)
    assert "1 deliveries" in found["dead letters"]["what"]
    assert "1 ran out" in found["leases"]["what"]
    assert "10 d" in found["waiting"]["what"]
    assert all(found[name]["mend"] for name in ("dead letters", "leases", "waiting"))


def test_files_without_rows_and_rows_without_files_are_told(desk: Desk) -> None:
    orphan = desk.data / "files" / "ab" / ("ab" * 32)
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"x")
    os.utime(orphan, (LONG_AGO, LONG_AGO))
    execute(
        desk,
        "INSERT INTO attachments (id, channel, name, content_type, state, sha256, created_at)"
        " VALUES ('a', 'web', 'x.png', 'image/png', 'stored', ?, 1)",
        "cd" * 32,
    )
    found = contents(desk, 1)
    assert found["orphaned files"]["what"].startswith("1 files")
    assert found["files"]["what"] == "1 attachments have no file"


def test_a_server_tells_its_clock_and_its_connections(
    fresh: Desk, migrated_postgres_url: str
) -> None:
    url = migrated_postgres_url.replace("+psycopg", "")
    fresh.configure(lambda settings: settings["store"].update(url=url))
    done = fresh.run("doctor", "--json")
    assert "clock skew" in done.stdout
    assert " in use" in done.stdout
    assert "PostgreSQL 1" in done.stdout
