"""The store's schema and copies from a terminal."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from gateway.store.migration import SCHEMA_VERSION
from gateway.store.opening import sole_gateway
from tests.gateway.cli.desk import Desk, sentence


def database(desk: Desk) -> Path:
    return desk.data / "frontdesk.db"


def execute(desk: Desk, statement: str) -> None:
    with closing(sqlite3.connect(database(desk))) as connection:
        connection.execute(statement)
        connection.commit()


def test_an_upgrade_makes_a_store_once(fresh: Desk) -> None:
    first = fresh.json("db", "upgrade")
    assert (first["before"], first["after"]) == (None, SCHEMA_VERSION)
    again = fresh.json("db", "upgrade")
    assert (again["before"], again["after"]) == (SCHEMA_VERSION, SCHEMA_VERSION)
    assert "up to date" in fresh.run("db", "upgrade").stdout


def test_a_sound_store_is_said_to_be(desk: Desk) -> None:
    assert desk.json("db", "check")["ok"] is True


def test_a_check_of_nothing_is_negative(fresh: Desk) -> None:
    assert "no store" in sentence(fresh.run("db", "check"), 1)


def test_a_damaged_store_is_told(desk: Desk) -> None:
    with database(desk).open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 40_000)
    found = desk.json("db", "check", code=1)
    assert found["ok"] is False
    assert "damaged" in found["problem"]


def test_other_commands_never_upgrade_a_store_on_the_way(desk: Desk) -> None:
    execute(desk, "UPDATE schema_state SET version = 0")
    assert "frontdesk db upgrade" in sentence(desk.run("cases"), 2)


def test_a_later_store_is_refused(desk: Desk) -> None:
    execute(desk, "UPDATE schema_state SET version = 99, oldest_program = 99")
    for command in (["cases"], ["db", "upgrade"]):
        assert "install the newer version" in sentence(desk.run(*command), 2)


def test_a_copy_is_private_and_comes_back(desk: Desk) -> None:
    copy = desk.folder / "copy.db"
    desk.run("kb", "add", str(desk.article()))
    assert desk.json("db", "backup", str(copy))["bytes"] == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    desk.run("kb", "remove", "loyalty")
    assert desk.json("db", "restore", str(copy))["schema"] == SCHEMA_VERSION
    assert [one["id"] for one in desk.json("kb", "list")["documents"]] == ["loyalty"]
    assert Path(f"{database(desk)}.replaced").exists()


def test_a_copy_never_takes_the_place_of_another_file_unasked(desk: Desk) -> None:
    copy = desk.folder / "copy.db"
    copy.write_text("mine")
    assert "--replace" in sentence(desk.run("db", "backup", str(copy)), 2)
    assert copy.read_text() == "mine"
    assert desk.run("db", "backup", str(copy), "--replace").exit_code == 0
    nowhere = desk.run("db", "backup", str(copy / "x.db"))
    assert "there is no folder" in sentence(nowhere, 2)
    same = desk.run("db", "backup", str(database(desk)), "--replace")
    assert "the store itself" in sentence(same, 2)


def test_nothing_is_restored_under_a_running_gateway(desk: Desk) -> None:
    copy = desk.folder / "copy.db"
    desk.run("db", "backup", str(copy))
    before = database(desk).read_bytes()
    with sole_gateway(desk.url):
        assert "another gateway" in sentence(desk.run("db", "restore", str(copy)), 2)
    assert database(desk).read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database at all, " * 500])
def test_what_is_no_copy_is_not_restored(desk: Desk, content: bytes) -> None:
    file = desk.folder / "copy.db"
    file.write_bytes(content)
    before = database(desk).read_bytes()
    assert "no copy of a Frontdesk store" in sentence(desk.run("db", "restore", str(file)), 2)
    assert "no backup" in sentence(desk.run("db", "restore", "nowhere.db"), 2)
    assert database(desk).read_bytes() == before


def test_a_server_is_backed_up_and_restored_with_the_same_commands(
    fresh: Desk, migrated_postgres_url: str
) -> None:
    url = migrated_postgres_url.replace("+psycopg", "")
    fresh.configure(lambda settings: settings["store"].update(url=url))
    copy = fresh.folder / "copy.db"
    fresh.run("kb", "add", str(fresh.article()))
    assert fresh.json("db", "backup", str(copy))["bytes"] == copy.stat().st_size
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    fresh.run("kb", "remove", "loyalty")
    assert "--replace" in sentence(fresh.run("db", "restore", str(copy)), 2)
    done = fresh.json("db", "restore", str(copy), "--replace")
    assert (done["schema"], done["replaced"]) == (SCHEMA_VERSION, "frontdesk_replaced")
    assert [one["id"] for one in fresh.json("kb", "list")["documents"]] == ["loyalty"]


@pytest.mark.parametrize("path", ["cases", "db upgrade", "db check", "check --live", "doctor"])
def test_postgres_that_does_not_answer_is_a_sentence(fresh: Desk, path: str) -> None:
    url = "postgresql://shop:open-sesame@127.0.0.1:1/front"
    fresh.configure(lambda settings: settings["store"].update(url=url))
    done = fresh.run(*path.split())
    assert done.exit_code in {1, 2}
    assert "does not answer" in done.output
    assert "Traceback" not in done.output
    assert "open-sesame" not in done.output


def test_commands_work_on_postgres(fresh: Desk, migrated_postgres_url: str) -> None:
    url = migrated_postgres_url.replace("+psycopg", "")
    fresh.configure(lambda settings: settings["store"].update(url=url))
    assert fresh.json("db", "check")["schema"] == SCHEMA_VERSION
    assert fresh.json("db", "upgrade")["after"] == SCHEMA_VERSION
    assert fresh.json("kb", "add", str(fresh.article()))["sources"][0]["added"] == ["loyalty"]
    assert fresh.json("cases")["items"] == []
