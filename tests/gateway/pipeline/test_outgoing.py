"""Other systems are told what happened: written with the fact, posted in order, repeated alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import RowMapping, select

from gateway.config.outgoing import EVENT_KINDS, EventKind
from gateway.egress.webhook import NotTaken
from gateway.outgoing import rows
from gateway.outgoing.loop import OutgoingLoop, OutgoingTools, Posting
from gateway.outgoing.payloads import Told
from gateway.outgoing.recording import recorder
from gateway.privacy.masking import STANDING
from gateway.records import Node
from gateway.store.schema.aftercare import outgoing_events
from gateway.store.store import Store
from tests.gateway.conftest import ManualClock
from tests.gateway.pipeline.after import After
from tests.gateway.pipeline.rig import Rig, to_a_person

DAY = 86_400.0
TOLD = Told("Fernhill Outdoor", "https://help.example/desk", {"line": "telegram"}, STANDING)


@dataclass
class Receiver:
    """Takes what is posted, but for ``refusals``, which come first."""

    taken: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    refused: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    refusals: list[NotTaken] = field(default_factory=list[NotTaken])

    async def post(self, id: str, body: bytes) -> None:
        if self.refusals:
            self.refused.append((id, body))
            raise self.refusals.pop(0)
        self.taken.append((id, body))

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]

    @property
    def kinds(self) -> list[str]:
        return [body["type"] for body in self.bodies]


class World:
    """A rig that tells one receiver."""

    def __init__(self, rig: Rig, kinds: tuple[EventKind, ...] = EVENT_KINDS) -> None:
        self.rig, self.after, self.crm = rig, After(rig), Receiver()
        rig.store.record_with(recorder({"crm": kinds}))
        self.loop = self.node("one")

    def node(self, name: str) -> OutgoingLoop:
        ways: dict[str, Callable[[], AbstractAsyncContextManager[Posting]]] = {"crm": self._way}
        return OutgoingLoop(OutgoingTools(self.rig.store, Node(name, "life"), ways, lambda: TOLD))

    @asynccontextmanager
    async def _way(self):  # noqa: ANN202  # a generator of the receiver
        yield self.crm

    async def post(self) -> None:
        while await self.loop.post_due("crm", self.crm):
            pass

    async def events(self) -> Sequence[RowMapping]:
        return await self.rig.store.read(
            lambda reading: reading.all(select(outgoing_events).order_by(outgoing_events.c.number))
        )


@pytest.fixture
def world(rig: Rig) -> World:
    return World(rig)


@pytest.fixture
def light(sqlite_store: Store, clock: ManualClock, tmp_path: Path) -> World:
    """For what does not depend on the engine."""
    return World(Rig(sqlite_store, clock, tmp_path))


async def test_the_story_of_a_case_is_told_in_order(world: World) -> None:
    rig = world.rig
    rig.brain.answer = to_a_person
    await rig.say("I want a person")
    await rig.settle()
    await world.after.resolved(said="Hello, Ada here. Your card 4111 1111 1111 1111 is safe.")
    await world.after.step()
    await rig.press("rating_5")
    await world.post()
    assert world.crm.kinds == ["case.opened", "handoff", "reply", "resolved", "rated"]
    opened, handoff, reply, resolved, rated = world.crm.bodies
    assert opened["business"] == "Fernhill Outdoor"
    assert opened["case"]["question"] == "I want a person"
    assert opened["contact"]["identities"][0]["id"] == "user-c1"
    assert opened["conversation"]["url"].startswith("https://help.example/desk#c/")
    assert handoff["data"]["reason"] == "asked_for_person"
    assert reply["data"]["author"] == "staff"
    assert "4111" not in reply["data"]["text"]
    assert resolved["data"]["outcome"] == "staff"
    assert resolved["data"]["write_up"]["asked"]
    assert (rated["data"]["score"], rated["data"]["path"]) == (5, "human")
    assert {body["case"]["id"] for body in world.crm.bodies} == {opened["case"]["id"]}


async def test_a_reason_is_told_as_another_event(light: World) -> None:
    await light.after.resolved()
    await light.after.step()
    await light.rig.say("4, because Ada was kind")
    await light.post()
    rated = [body["data"] for body in light.crm.bodies if body["type"] == "rated"]
    assert [one["comment"] for one in rated] == [None, "4, because Ada was kind"]


async def test_what_nobody_asked_for_is_not_written(rig: Rig) -> None:
    world = World(rig, ("resolved",))
    await world.after.resolved()
    assert [row["kind"] for row in await world.events()] == ["resolved"]


async def test_without_a_receiver_nothing_is_written(rig: Rig) -> None:
    after = After(rig)
    await after.resolved()
    assert await after.rows(outgoing_events) == []


async def test_an_event_is_undone_with_what_it_tells(world: World) -> None:
    def unit(unit: Any) -> None:
        from gateway.telemetry.facts import CaseOpened

        unit.tell(CaseOpened("line", "c", "k"))
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await world.rig.store.write(unit)
    assert await world.events() == []


async def test_what_is_not_taken_is_the_same_again_and_holds_its_followers(world: World) -> None:
    world.crm.refusals = [NotTaken("it answers 503"), NotTaken("it answers 503", 40.0)]
    await world.after.resolved()
    await world.post()
    assert world.crm.taken == []
    first = (await world.events())[0]
    assert (first["state"], first["tries"], first["error"]) == ("queued", 1, "it answers 503")
    world.rig.clock.pass_(6.0)
    await world.post()
    world.rig.clock.pass_(30.0)
    await world.post()
    assert world.crm.taken == []
    world.rig.clock.pass_(11.0)
    await world.post()
    assert world.crm.kinds == ["case.opened", "reply", "resolved"]
    assert {*world.crm.refused} == {world.crm.taken[0]}


async def test_one_conversation_does_not_wait_for_another(light: World) -> None:
    light.crm.refusals = [NotTaken("it answers 500")]
    await light.after.resolved("c1")
    await light.loop.post_due("crm", light.crm)
    await light.after.resolved("c2")
    await light.post()
    assert len({body["conversation"]["id"] for body in light.crm.bodies}) == 1
    assert light.crm.kinds == ["case.opened", "reply", "resolved"]


async def test_after_a_day_a_person_decides(light: World) -> None:
    await light.rig.say("Hello")
    for _ in range(40):
        light.crm.refusals = [NotTaken("it answers 410")]
        await light.post()
        light.rig.clock.pass_(7_200.0)
    (event,) = await light.events()
    assert (event["state"], event["due_at"]) == ("failed", None)
    assert light.crm.taken == []
    assert await light.rig.store.write(lambda unit: rows.again(unit, event["id"]))
    light.crm.refusals = []
    await light.post()
    assert light.crm.taken[0][0] == event["id"]
    assert not await light.rig.store.write(lambda unit: rows.again(unit, event["id"]))


async def test_a_discarded_event_frees_its_followers(light: World) -> None:
    await light.after.resolved()
    (first, *_) = await light.events()
    row = {**first, "created_at": first["created_at"] - 2 * DAY}
    claimed = await light.rig.store.write(lambda unit: rows.claim(unit, "crm", Node("a", "b")))
    late: Any = {**claimed[0], "created_at": row["created_at"]}
    await light.rig.store.write(lambda unit: rows.not_taken(unit, late, None, "gone", None))
    assert await light.rig.store.write(lambda unit: rows.discard(unit, first["id"]))
    await light.post()
    assert light.crm.kinds == ["reply", "resolved"]


async def test_a_node_that_died_is_followed_by_another(world: World) -> None:
    await world.rig.say("Hello")
    await world.rig.store.write(lambda unit: rows.claim(unit, "crm", Node("dead", "life")))
    await world.post()
    assert world.crm.taken == []
    world.rig.clock.pass_(61.0)
    await world.node("two").post_due("crm", world.crm)
    assert world.crm.kinds == ["case.opened"]


async def test_a_lease_that_was_lost_settles_nothing(world: World) -> None:
    await world.rig.say("Hello")
    store = world.rig.store
    (old,) = await store.write(lambda unit: rows.claim(unit, "crm", Node("one", "a")))
    world.rig.clock.pass_(61.0)
    (new,) = await store.write(lambda unit: rows.claim(unit, "crm", Node("two", "b")))
    await store.write(lambda unit: rows.not_taken(unit, old, None, "late", None))
    (event,) = await world.events()
    assert (event["tries"], event["claim"]) == (0, new["claim"])


def test_the_pauses_grow_to_two_hours() -> None:
    pauses = [rows.pause(tries) for tries in range(1, 9)]
    assert pauses == [5.0, 20.0, 80.0, 320.0, 1280.0, 5120.0, 7200.0, 7200.0]
