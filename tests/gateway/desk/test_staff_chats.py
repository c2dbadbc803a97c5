"""Where staff are heard after their desk was configured otherwise, and after a restart."""

from __future__ import annotations

from pathlib import Path

from gateway.config.desks import DeskSettings
from gateway.config.live import LiveConfiguration
from gateway.config.load import Loaded
from gateway.config.settings import Settings
from gateway.desk.chats import StaffChats
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import DESK_CHAT, LEGAL_CHAT, SLACK, open_office


def with_a_desk_in(chat: str) -> LiveConfiguration:
    desk = DeskSettings.model_validate({"channel": SLACK, "chat": chat})
    settings = Settings(desks={"support": desk})
    return LiveConfiguration(settings, lambda: Loaded(settings))


async def test_a_chat_with_open_threads_is_the_staffs_after_a_restart(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(store, clock, tmp_path) as office:
        head = await office.hand_over()
        chats = StaffChats(with_a_desk_in(LEGAL_CHAT))
        assert chats.on(SLACK) == {LEGAL_CHAT}
        await chats.recall(store)
        assert chats.on(SLACK) == {LEGAL_CHAT, DESK_CHAT}
        assert chats.on("another") == frozenset()
        await office.presses("Take", head)
        await office.presses("Resolve", head)
        chats = StaffChats(with_a_desk_in(LEGAL_CHAT))
        await chats.recall(store)
        assert chats.on(SLACK) == {LEGAL_CHAT}


async def test_a_desk_that_moves_is_told_elsewhere_and_heard_where_it_was(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(sqlite_store, clock, tmp_path) as office:
        head = await office.hand_over()
        await office.presses("Take", head)
        await office.moves(chat=LEGAL_CHAT)
        await office.says("It leaves today.", head)
        assert office.customer_got[-1] == "It leaves today."
        moved = await office.hand_over("And mine?", "c2")
        assert office.place_of(moved) == LEGAL_CHAT
        await office.presses("Take", moved)
        await office.says("Yours as well.", moved)
        assert office.customer_got[-1] == "Yours as well."
