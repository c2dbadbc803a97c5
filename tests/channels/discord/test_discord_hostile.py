"""Dispatches that look like none: nothing of them ends the session, moves a customer's words to
another place, or is answered as if a customer had written it."""

from __future__ import annotations

import copy
import random
from typing import Any, cast

import pytest

from channels.events import Ignored, InboundMessage, Unreadable
from tests.contract.harness.discord import Rig, rig
from tests.platforms.discord_world import Json

FRAMES = 5_000
JUNK: tuple[Any, ...] = (
    None, True, -1, 10**40, 1.5, "", "x", "9" * 19, "\x00", "\ud800", "<@1>", "x" * 3000,
    [], [None], [[]], {}, {"id": None}, {"id": "1"}, [{"id": {}}],
)  # fmt: skip


def templates(opened: Rig) -> list[tuple[str, Json]]:
    world = opened.platform.world
    said = world.said(opened.room, opened.customer, "hello", mentions=[world.me])
    direct = world.said(opened.direct, opened.customer, "hello")
    press = {"user": opened.customer, "token": "t", "type": 3, "data": {"custom_id": "a|b|c"}}
    person = {"user_id": opened.customer["id"], "emoji": {"id": None, "name": "👎"}}
    at = {"channel_id": opened.direct["id"], "message_id": direct["id"], "id": world.snowflake()}
    answer = {"type": 19, "referenced_message": said, "message_reference": {"message_id": "5"}}
    return [
        ("MESSAGE_CREATE", said),
        ("MESSAGE_CREATE", direct),
        ("MESSAGE_CREATE", {**said, **answer}),
        ("MESSAGE_CREATE", {**direct, "message_snapshots": [{"message": {"content": "a"}}]}),
        ("MESSAGE_UPDATE", {**direct, "edited_timestamp": "2027-01-15T08:01:00Z"}),
        ("MESSAGE_DELETE", at),
        ("MESSAGE_DELETE_BULK", {**at, "ids": ["1", "2"]}),
        ("MESSAGE_REACTION_ADD", {**at, **person}),
        ("MESSAGE_REACTION_REMOVE", {**at, **person}),
        ("INTERACTION_CREATE", {**at, **press, "message": direct}),
        ("INTERACTION_CREATE", {**at, **press, "type": 2, "data": {"name": "human"}}),
        ("THREAD_CREATE", {**opened.room, "id": "5", "parent_id": opened.room["id"]}),
        ("GUILD_CREATE", {**opened.guild, "channels": [opened.room], "threads": []}),
    ]


def mutated(chance: random.Random, frame: Json) -> Json:
    changed = copy.deepcopy(frame)
    for _ in range(chance.randint(1, 3)):
        _mutate(chance, changed)
    return changed


def _mutate(chance: random.Random, at: Json) -> None:
    """One key, here or deeper inside, goes or becomes junk."""
    if not at:
        return
    key = chance.choice(list(at))
    inner: Any = at[key][0] if isinstance(at[key], list) and at[key] else at[key]
    if isinstance(inner, dict) and chance.random() < 0.7:
        _mutate(chance, cast("Json", inner))
    elif chance.random() < 0.3:
        del at[key]
    else:
        at[key] = copy.deepcopy(chance.choice(JUNK))


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_mutated_dispatch_ends_the_session(seed: int) -> None:
    chance = random.Random(seed)
    async with rig() as opened:
        await opened.listen()
        frames = templates(opened)
        for _ in range(FRAMES // 2):
            name, frame = chance.choice(frames)
            await opened.platform.gateway.dispatch(name, mutated(chance, frame))
        event = await opened.say(opened.direct, opened.customer, "still here?")
        assert isinstance(event, InboundMessage)
        assert opened.platform.gateway.identifies == 1
        unreadable = [each for each in opened.intake.events if isinstance(each, Unreadable)]
        assert len(unreadable) > 100
        people = {opened.customer["id"], *(str(junk) for junk in JUNK)}
        for each in opened.intake.events:
            if isinstance(each, InboundMessage):
                assert each.sender.ids[0] in people
                assert each.address.chat


@pytest.mark.parametrize("raw", [{"op": 0}, {"op": 0, "t": "X", "s": "1", "d": {}}, {"op": 99}, []])
async def test_a_frame_that_is_none_is_passed_over(raw: Any) -> None:
    async with rig() as opened:
        await opened.listen()
        await opened.platform.gateway.push(raw)
        event = await opened.say(opened.direct, opened.customer, "hello")
        assert not isinstance(event, Ignored)
        assert opened.platform.gateway.identifies == 1
