"""A power cut leaves what was synced, and of what came after it any part, in any shape. The journal
is cut and torn between two acknowledgements, and what was acknowledged has to be there."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.store.opening import open_store
from gateway.store.schema.pipeline import requests
from gateway.store.store import Options
from gateway.store.unit import Unit

SEED = 20261121
WRITES = 100
CUTS = 250
SECTOR = 512


@dataclass(frozen=True, slots=True)
class Journal:
    """The journal's bytes, and how many of them were there at each acknowledgement."""

    content: bytes
    at: Sequence[int]


def put(id: str) -> Callable[[Unit], None]:
    def unit(unit: Unit) -> None:
        unit.insert(requests, id=id, conversation_id="c", verb="x" * 900, at=unit.now)

    return unit


async def _write(file: Path, acknowledged: Callable[[], None]) -> None:
    store = await asyncio.to_thread(open_store, f"sqlite:///{file}", Options())
    await store.write(put("first"))
    acknowledged()
    for number in range(WRITES):
        await store.write(put(f"r{number:03}"))
        acknowledged()
    await asyncio.to_thread(shutil.copyfile, f"{file}-wal", f"{file}-kept")
    await asyncio.to_thread(store.close)


def written(folder: Path) -> Journal:
    """The journal of a store that was written to, and in ``image.db`` the file that it belongs to:
    with so few writes the journal is not moved into it yet."""
    file = folder / "frontdesk.db"
    at: list[int] = []

    def acknowledged() -> None:
        if not at:
            shutil.copyfile(file, folder / "image.db")
        at.append(Path(f"{file}-wal").stat().st_size)

    asyncio.run(_write(file, acknowledged))
    return Journal(Path(f"{file}-kept").read_bytes(), at)


def torn(journal: Journal, acknowledged: int, chance: random.Random) -> bytes:
    """Whole up to the acknowledgement; after it a part of the next, some sectors of it missing."""
    synced = journal.at[acknowledged]
    later = bytearray(journal.content[synced : chance.randint(synced, len(journal.content))])
    for start in range(0, len(later), SECTOR):
        if chance.random() < 0.3:
            later[start : start + SECTOR] = bytes(len(later[start : start + SECTOR]))
    return journal.content[:synced] + bytes(later)


def recovered(image: Path) -> tuple[str, set[str]]:
    """What the database says of itself after the power is back, and the rows that it has."""
    connection = sqlite3.connect(image)
    try:
        health: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
        rows = connection.execute("SELECT id FROM requests").fetchall()
    finally:
        connection.close()
    return health, {id for (id,) in rows}


@pytest.mark.allow_blocking  # it is about files
@pytest.mark.timeout(60)
def test_after_a_power_cut_all_that_was_acknowledged_is_there(tmp_path: Path) -> None:
    journal = written(tmp_path)
    assert sorted(set(journal.at)) == journal.at, "an acknowledgement without a write"
    chance = random.Random(SEED)
    base = (tmp_path / "image.db").read_bytes()
    image = tmp_path / "after.db"
    for _ in range(CUTS):
        acknowledged = chance.randint(0, WRITES)
        image.write_bytes(base)
        Path(f"{image}-wal").write_bytes(torn(journal, acknowledged, chance))
        Path(f"{image}-shm").unlink(missing_ok=True)
        health, rows = recovered(image)
        assert health == "ok"
        assert {f"r{number:03}" for number in range(acknowledged)} <= rows
