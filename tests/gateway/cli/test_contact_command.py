"""Privacy requests from a terminal: a copy for the person, and forgetting them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.store.files import Files
from gateway.store.opening import open_store
from tests.gateway.actions.shop import ActingRig
from tests.gateway.cli.desk import Desk, sentence
from tests.gateway.conftest import ManualClock


@pytest.fixture
def lived(desk: Desk, tmp_path: Path) -> tuple[Desk, str, str]:
    """A machine, a customer's contact and their conversation."""
    clock = ManualClock()
    store = open_store(desk.url)

    async def live() -> tuple[str, str]:
        rig = ActingRig(store, clock, tmp_path)
        await rig.write("zanzibar is my word")
        row = await rig.conversation()
        return row["contact_id"], row["id"]

    try:
        contact, conversation = asyncio.run(live())
    finally:
        store.close()
    return desk, contact, conversation


def test_a_copy_is_one_document(lived: tuple[Desk, str, str]) -> None:
    desk, contact, conversation = lived
    for given in (contact, conversation, conversation[:12]):
        told = desk.json("contact", "export", given)
        assert told["contact"]["id"] == contact
        assert told["conversations"][0]["messages"][0]["body"] == "zanzibar is my word"


def test_erased_is_erased(lived: tuple[Desk, str, str]) -> None:
    desk, contact, _ = lived
    told = desk.json("contact", "erase", contact)
    assert told == {"contact": contact, "conversations": 1, "messages": 1, "actions": 0, "files": 0}
    assert "zanzibar" not in str(desk.json("contact", "export", contact))
    assert "is erased" in desk.run("contact", "erase", contact).output


def test_who_is_not_there_is_said(desk: Desk) -> None:
    assert "there is no contact or conversation" in sentence(
        desk.run("contact", "export", "nobody-here"), 1
    )
    assert "at least the first" in sentence(desk.run("contact", "erase", "abc"), 2)


def test_a_file_leaves_the_disk(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")
    kept = files.keep(b"zanzibar").sha256
    files.remove(kept)
    files.remove(kept)
    assert not files.path(kept).exists()
