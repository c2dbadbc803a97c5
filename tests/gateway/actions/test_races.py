"""A customer's answer against everything that may come between: generated races on each engine,
two nodes at work (200; `ACTION_RACES=500` runs so many). An effect happens at most once, and only
after a clean yes that was still good.

What was true is judged from the rows alone: the yes has to stand by itself, be the asker's, have
come after the question and in time, and nobody may have owned the conversation in between.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from sqlalchemy import RowMapping, select

from channels.events import Address, Chosen, Deleted, Edited, InboundMessage, Sender
from gateway.conversations.ownership import expect, take
from gateway.conversations.proposals import Limits, confirm
from gateway.store.schema.actions import actions
from gateway.store.schema.conversation import conversations, messages
from gateway.store.store import Store
from gateway.store.unit import Unit
from tests.gateway.actions.shop import ActingRig, Ledger
from tests.gateway.conftest import ManualClock

# What the promise is about under CI; fewer while developing.
RACES = int(os.environ.get("ACTION_RACES", "200"))
AT_ONCE = 100
LATE = 15 * 60.0 + 1.0
# What else a customer may say in the same breath; each of these makes a yes none.
ELSE = ("no", "wait", "yes, but only half", "what happens then?", "refund order B2")


@dataclass(frozen=True, slots=True)
class Racer:
    """One customer at one chat; ``user`` is who signs their messages."""

    rig: ActingRig
    chat: str
    chance: random.Random
    # Actions that still waited for a yes when somebody took over.
    taken: set[str]

    @property
    def user(self) -> str:
        return f"user-{self.chat}"

    async def asks(self) -> None:
        self.rig.ledger.orders[self.order] = (self.user, 10.0)
        await self.says(f"refund order {self.order}")

    @property
    def order(self) -> str:
        return f"O{self.chat.removeprefix('r')}"

    @property
    def sender(self) -> Sender:
        return Sender((self.user, f"user-{self.chat}"), name="Ada", verified="hs256")

    async def says(self, text: str, id: str = "") -> None:
        place = Address(self.chat)
        await self.rig.accept(InboundMessage(id or uuid4().hex, place, text, self.sender))

    async def yes(self) -> None:
        await self.says("yes")

    async def presses(self) -> None:
        said = await self.rig.messages(self.chat)
        offering = next((row for row in reversed(said) if '"yes:' in row["choices"]), None)
        if offering is None:
            return
        choice = offering["choices"].split('"yes:')[1].split('"')[0]
        pressed = f"yes:{choice}"
        place = Address(self.chat)
        await self.rig.accept(Chosen(uuid4().hex, place, offering["id"], pressed, self.sender))

    async def adds(self) -> None:
        await self.says(self.chance.choice(ELSE))

    async def changes_their_mind(self) -> None:
        """A yes, and then other words in its place, or none."""
        id, place = uuid4().hex, Address(self.chat)
        await self.says("yes", id)
        for _ in range(self.chance.randrange(6)):
            await asyncio.sleep(0)
        other = Edited(uuid4().hex, place, id, "no, wait", self.sender)
        gone = Deleted(uuid4().hex, place, id, self.sender)
        await self.rig.accept(self.chance.choice((other, gone)))

    async def stranger_says_yes(self) -> None:
        sender = Sender(("somebody",), verified="hs256")
        await self.rig.accept(InboundMessage(uuid4().hex, Address(self.chat), "yes", sender))

    async def taken_over(self) -> None:
        def unit(unit: Unit) -> str | None:
            row = unit.one(select(conversations).where(conversations.c.address == self.chat))
            assert row is not None
            held = expect(unit, row["id"], None)
            waits = unit.scalar(
                select(actions.c.id).where(
                    actions.c.conversation_id == row["id"], actions.c.state == "proposed"
                )
            )
            take(unit, held, "staff-1")
            return waits

        waited = await self.rig.store.write(unit, key=self.chat)
        if waited is not None:
            self.taken.add(waited)

    async def replays(self) -> None:
        """Somebody's old yes, straight at the row: other parameters, or another epoch."""

        def unit(unit: Unit) -> None:
            row = unit.one(select(conversations).where(conversations.c.address == self.chat))
            assert row is not None
            found = unit.one(select(actions).where(actions.c.conversation_id == row["id"]))
            if found is not None:
                other: Any = {**row, "epoch": row["epoch"] + 1}
                id, digest, limits = found["id"], found["digest"], Limits(9, 9)
                assert confirm(unit, row, id, "other", limits, None) == "late"
                assert confirm(unit, other, id, digest, limits, None) == "late"

        await self.rig.store.write(unit, key=self.chat)


Step: TypeAlias = Callable[[Racer], Awaitable[None]]
STEPS: Sequence[Step] = (
    Racer.yes,
    Racer.yes,
    Racer.presses,
    Racer.adds,
    Racer.changes_their_mind,
    Racer.taken_over,
    Racer.stranger_says_yes,
    Racer.replays,
)


async def _run(racer: Racer, steps: Sequence[Step]) -> None:
    for step in steps:
        for _ in range(racer.chance.randrange(4)):
            await asyncio.sleep(0)
        await step(racer)


def _drawn(chance: random.Random) -> Sequence[Step]:
    """Mostly a yes and something in its way, in any order; sometimes a yes alone."""
    steps = [chance.choice(STEPS) for _ in range(chance.choice((1, 1, 2, 2, 3)))]
    chance.shuffle(steps)
    return steps


class Ticking(ManualClock):
    """No two units have the same time, so that rows tell what came first."""

    def now(self) -> float:
        self.at += 1e-6
        return self.at


@pytest.fixture
def clock() -> ManualClock:
    return Ticking()


@pytest.mark.timeout(240)
async def test_an_effect_happens_at_most_once_and_only_after_a_clean_yes(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    chance, ledger, taken = random.Random(20261129), Ledger(), set[str]()
    one, two = (
        ActingRig(store, clock, tmp_path / name, ledger=ledger, name=name)
        for name in ("one", "two")
    )
    for block in range(RACES // AT_ONCE):
        racers = [Racer(one, f"r{block * AT_ONCE + n}", chance, taken) for n in range(AT_ONCE)]
        for racer in racers:
            await racer.asks()
        clock.pass_(6.0)
        await _work(one, two)
        # Not drawn: of the few that CI runs, all might be too late.
        if block % 5 == 0:
            clock.pass_(LATE)
        running = asyncio.gather(*(_run(racer, _drawn(chance)) for racer in racers))
        until = clock.at + LATE / 3
        while not running.done():
            # However slow the machine is, no proposal grows old meanwhile.
            clock.pass_(0.5 if clock.at < until else 0.0)
            await _work(one, two)
        await running
        for _ in range(3):
            clock.pass_(6.0)
            await _work(one, two)
    told = await _judged(store, ledger, taken)
    assert told["wrong"] == 0
    # All sorts were met, or the races proved nothing.
    assert told["done"] > RACES // 10
    assert told["kept back"] > RACES // 4


async def _work(*rigs: ActingRig) -> None:
    for _ in range(2):
        await asyncio.gather(*(rig.turns.once() for rig in rigs))
        await asyncio.gather(*(rig.outbox.once() for rig in rigs))
        await asyncio.gather(*(rig.actions.once() for rig in rigs))


async def _judged(store: Store, ledger: Ledger, taken: set[str]) -> Counter[str]:
    told: Counter[str] = Counter()
    rows = await store.read(lambda r: r.all(select(actions)))
    for row in rows:
        times = ledger.times(row["id"])
        told["done" if times else "kept back"] += 1
        dirty = row["id"] in taken or not await _clean(store, row) if times else False
        if times > 1 or dirty:
            told["wrong"] += 1
    mine = {(key, customer) for key, _, _, customer in ledger.effects}
    owed = {(row["id"], row["customer"]) for row in rows}
    told["wrong"] += len(mine - owed)
    return told


async def _clean(store: Store, row: RowMapping) -> bool:
    """Whether the yes of an action that was done was one."""
    said = await store.read(
        lambda r: r.all(
            select(messages)
            .where(messages.c.conversation_id == row["conversation_id"])
            .order_by(messages.c.seq)
        )
    )
    by_id: Mapping[str, Any] = {message["id"]: message for message in said}
    shown, yes = by_id[row["shown_message_id"]], by_id[row["yes_message_id"]]
    # All that the customer said since the question, up to the yes that counted.
    burst = [
        message
        for message in said
        if message["author"] == "customer" and shown["seq"] < message["seq"] <= yes["seq"]
    ]
    answers = [message for message in burst if _answered_with(message, yes, said)]
    changed = max(yes["edited_at"] or 0.0, yes["deleted_at"] or 0.0)
    return (
        not 0.0 < changed < row["confirmed_at"]
        and yes["seq"] > shown["seq"]
        and all(_is_yes(message, row["confirmed_at"]) for message in answers)
        and row["confirmed_at"] < row["expires_at"]
        and yes["vouched"] == f"site:{row['customer']}"
    )


def _answered_with(message: Any, yes: Any, said: Sequence[Any]) -> bool:
    """Whether it was read in one go with the yes: nothing of ours stands between them."""
    return not any(
        other["author"] != "customer" and message["seq"] < other["seq"] < yes["seq"]
        for other in said
    )


def _is_yes(message: Any, confirmed: float) -> bool:
    """As it was when it counted: what was edited later had been a yes."""
    choice: str = message["choice"] or ""
    later = (message["edited_at"] or 0.0) > confirmed
    return message["body"] == "yes" or choice.startswith("yes:") or later
