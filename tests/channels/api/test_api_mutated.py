"""Ten thousand events of a program, changed on their way: none is accepted, and none is our
fault."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from channels.api.signing import signed
from tests.channels.mutating import Signed, mutated
from tests.contract.harness.api import SECRET, Rig, message, rig

COUNT = 10_000
ROUND = 50


@pytest.fixture
async def opened() -> AsyncIterator[Rig]:
    async with rig() as ready:
        yield ready


def event(opened: Rig, dice: random.Random) -> Signed:
    name = dice.randbytes(8).hex()
    pressed = {"type": "chosen", "message": "m-1", "choice": "yes", "context": {"a": [1, "é"]}}
    kept = message(id=name, thread="t", context={"日本": None})
    del kept["text"]
    body = dice.choice([message(id=name, text="What does shipping cost?"), {**kept, **pressed}])
    raw = json.dumps(body).encode()
    return Signed("", raw, signed(SECRET, name, raw, opened.clock.now()))


@pytest.mark.timeout(240)
async def test_ten_thousand_changed_events_are_refused(opened: Rig) -> None:
    dice, statuses = random.Random(5), Counter[int]()
    while statuses.total() < COUNT:
        genuine = event(opened, dice)
        changed = [mutated(dice, genuine) for _ in range(ROUND)]
        answers = await asyncio.gather(*(opened.post(one.body, one.headers) for one in changed))
        statuses.update(answer.status for answer in answers)
        # So that each is looked at, and not only slowed down.
        opened.clock.at += ROUND
    assert opened.intake.events == []
    assert statuses == {401: COUNT}
