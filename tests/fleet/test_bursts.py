"""Somebody who writes one thought in ten messages is given one answer, on every platform."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.fleet.house import furnish, running
from tests.fleet.story import ANSWER, EARLY, Visit
from tests.fleet.streets import Street, flat, streets

QUESTION = ("Hello!", "I have", "a question:", "how long", "may I", "return", "something?", *"123")
# Longer than any channel waits for more, and than a second answer would take.
CALM_SECONDS = 8.0


async def answers(street: Street, customer: int) -> Sequence[str]:
    """What was said to this customer, once it has been calm."""
    heard: Sequence[str] = ()
    calm = asyncio.get_running_loop().time() + CALM_SECONDS * 4
    while asyncio.get_running_loop().time() < calm:
        if len(street.heard(customer)) > len(heard):
            heard = street.heard(customer)
            calm = asyncio.get_running_loop().time() + CALM_SECONDS
        await asyncio.wait({asyncio.create_task(asyncio.sleep(0.2))})
    return [flat(each) for each in heard]


@pytest.mark.allow_blocking  # fake platforms read and write as they please
@pytest.mark.timeout(180)
async def test_ten_messages_at_once_are_answered_once_on_every_platform(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(street) for street in streets()]
        base = await asyncio.to_thread(furnish, tmp_path / "home", opened)
        for street in opened:
            street.meet(base)
        async with running(tmp_path / "home", base, [street.kind for street in opened]):
            await Visit(opened[0], EARLY, wishes=False).go()
            for street in opened:
                await street.burst(1, QUESTION)
            heard = await asyncio.gather(*(answers(street, 1) for street in opened))
    found = {street.kind: said for street, said in zip(opened, heard, strict=True)}
    assert {kind: len(said) for kind, said in found.items()} == dict.fromkeys(found, 1), found
    assert all(ANSWER in said[0] for said in found.values()), found
