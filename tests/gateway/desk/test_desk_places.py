"""Where conversations go, and desks that are only told: mail, Discord, Telegram."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from channels.errors import RejectedSendError
from channels.kinds import CAPABILITIES
from gateway.config.desks import DeskSettings, works_in_threads
from gateway.desk.places import About, about_of
from gateway.store.schema.desk import desk_threads
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.desk.office import SLACK, open_office
from tests.gateway.pipeline.rig import LedgerChannel, to_a_person
from tests.platforms.slack_workspace import shown

DESK: dict[str, Any] = {
    "channel": "team",
    "chat": "C0ALL",
    "by_topic": {"legal": "C0LEGAL"},
    "by_tier": {3: "C0THREE"},
    "by_language": {"de": "C0DE"},
    "by_channel": {"whatsapp": "C0WA"},
}
WHERE = {
    "by its topic first": (("legal", "3", "de", "whatsapp"), "C0LEGAL"),
    "then by its tier": (("", "3", "de", "whatsapp"), "C0THREE"),
    "then by its language": (("", "1", "de", "whatsapp"), "C0DE"),
    "then by its channel": (("", "", "en", "whatsapp"), "C0WA"),
    "else where all go": (("", "", "", "web"), "C0ALL"),
}


@pytest.mark.parametrize(("about", "chat"), WHERE.values(), ids=WHERE)
def test_where_it_goes(about: tuple[str, str, str, str], chat: str) -> None:
    assert DeskSettings.model_validate(DESK).chat_for(*about) == chat


def test_what_a_turn_recorded_says_what_it_is_about() -> None:
    trace = {"detail": {"tier": 2, "triage": {"topic": "legal", "intent": "cancel"}}}
    assert about_of(trace, "de") == About(("legal", "cancel"), "2", "de")
    assert about_of({}, None) == About()
    assert about_of({"detail": {"triage": None}}, None) == About()


def test_staff_work_in_threads_where_the_platform_can_whisper() -> None:
    assert [kind for kind in CAPABILITIES if works_in_threads(kind)] == ["slack"]


@pytest.mark.parametrize("kind", ["email", "discord", "telegram"])
async def test_other_desks_are_told_with_the_way_to_the_web_desk(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, kind: str
) -> None:
    async with open_office(sqlite_store, clock, tmp_path, desk_kind=kind) as office:
        told = LedgerChannel(CAPABILITIES[kind], clock)
        office.sending[SLACK] = told
        office.rig.brain.answer = to_a_person
        await office.rig.say("Where is my parcel?")
        await office.settle()
        (sent,) = told.sent
        assert sent.address.key == "C0DESK"
        row = await office.rig.conversation()
        assert f"https://help.example/desk#c/{row['id']}" in sent.plain
        assert "Where is my parcel?" in sent.plain
        assert sent.choices == ()
        assert row["desk_thread_id"] is None
        await office.rig.say("And?")
        await office.settle()
        assert len(told.sent) == 1


async def test_a_desk_that_could_not_be_told_is_an_alarm(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    async with open_office(sqlite_store, clock, tmp_path, desk_kind="email") as office:
        told = LedgerChannel(CAPABILITIES["email"], clock)
        told.outcomes.append(RejectedSendError("no such mailbox"))
        office.sending[SLACK] = told
        office.rig.brain.answer = to_a_person
        await office.rig.say("Where is my parcel?")
        await office.settle()
        assert (await office.rig.conversation())["desk_alarm"] == "no such mailbox"
        state = await sqlite_store.read(lambda r: r.scalar(select(desk_threads.c.state)))
        assert state == "lost"


async def test_times_are_told_in_the_zone_of_the_settings_in_force(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    def told(zone: str) -> str:
        return datetime.fromtimestamp(clock.now(), ZoneInfo(zone)).strftime("%H:%M")

    async with open_office(sqlite_store, clock, tmp_path) as office:
        head = await office.hand_over()
        assert f"waiting since {told('UTC')}" in shown(head)
        office.zone = "Asia/Tokyo"
        await office.presses("Take", head)
        assert f"Ben has it since {told('Asia/Tokyo')}" in shown(head)
