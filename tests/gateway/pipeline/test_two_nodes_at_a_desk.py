"""A handoff on one node meets the customer's next message on another: one thread, and both of them
in it."""

from __future__ import annotations

import pytest
from pydantic import BaseModel
from sqlalchemy import select

from channels.events import Accepted, Address, InboundMessage, Sender
from gateway.config.desks import DeskSettings
from gateway.config.settings import Settings
from gateway.conversations import opening
from gateway.conversations.ownership import hand_over
from gateway.desk.following import Following
from gateway.desk.places import Places
from gateway.intake.events import receive
from gateway.intake.surface import surface_of
from gateway.records import Brief
from gateway.store.schema.desk import desk_threads
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Unit, loads_object
from tests.gateway.pipeline.losing import Meeting
from tests.gateway.pipeline.rig import CHANNEL, Rig

NEXT = InboundMessage("m2", Address("c1"), "And my invoice?", Sender(("user-c1",), name="Ada"))
# What stands in the thread: a message that came first is in what the handoff tells.
POSTED = {"handoff": ["head", "brief", "copy"], "message": ["head", "brief"]}


class _Entry(BaseModel):
    kind: str
    desk: str = "support"


def settings() -> Settings:
    desk = DeskSettings(channel="team", chat="C0DESK")
    channels = {CHANNEL: _Entry(kind="telegram"), "team": _Entry(kind="slack")}
    return Settings(desks={"support": desk}).model_copy(update={"channels": channels})


@pytest.mark.parametrize("first", POSTED)
async def test_a_handoff_and_the_next_message_are_one_thread(
    two_nodes: tuple[Rig, Rig], first: str
) -> None:
    one, other = two_nodes
    for rig in two_nodes:
        rig.store.follow(Following(Places(settings)))
    await one.say("Where is my parcel?")
    conversation = (await one.conversation())["id"]
    meeting = Meeting()

    def passes_on(unit: Unit) -> None:
        row = opening.lock(unit, conversation)
        assert row is not None
        hand_over(unit, row, "asked_for_person", Brief("Where?", "asked_for_person", "asked"))
        if first == "handoff":
            meeting.wait()

    def writes(unit: Unit) -> Accepted:
        surface = surface_of(CHANNEL, other.capabilities, tenant="main", quiet=None)
        accepted = receive(unit, surface, NEXT)
        if first == "message":
            meeting.wait()
        return accepted

    if first == "handoff":
        await meeting.of(one.store, passes_on, other.store, writes)
    else:
        await meeting.of(other.store, writes, one.store, passes_on)
    threads = await one.store.read(lambda r: r.all(select(desk_threads)))
    assert [row["conversation_id"] for row in threads] == [conversation]
    posts = select(deliveries.c.post).where(deliveries.c.desk_thread_id == threads[0]["id"])
    rows = await one.store.read(lambda r: r.all(posts.order_by(deliveries.c.position)))
    assert [loads_object(row["post"])["kind"] for row in rows] == POSTED[first]
