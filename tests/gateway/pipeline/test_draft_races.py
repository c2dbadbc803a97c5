"""Approving against everything else that happens at the same moment: generated races, in which
nothing is sent twice, and nothing past words that whoever sent it had not read. ``DRAFT_RACES=500``
runs so many."""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

import pytest
from sqlalchemy import RowMapping, select, update

from gateway.conversations.drafts import DraftMoved, Seen, expire
from gateway.conversations.opening import lock
from gateway.desk.actions import Asked, Desk
from gateway.desk.drafting import Deciding
from gateway.people.records import Actor
from gateway.records import line_key
from gateway.store.schema.conversation import conversations, messages
from gateway.store.schema.drafts import drafts
from gateway.store.unit import Unit
from tests.gateway.pipeline.drafting import Checking, checking
from tests.gateway.pipeline.rig import ADA, CHANNEL, Rig

RACES = int(os.environ.get("DRAFT_RACES", "150"))
AT_ONCE = 50
BEN = Actor("staff-ben", "Ben", "agent")


@dataclass
class Journal:
    """What people were told had happened, by draft."""

    sent: dict[str, list[tuple[Seen, str, str]]] = field(
        default_factory=dict[str, list[tuple[Seen, str, str]]]
    )
    came: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True)
class Race:
    """One conversation with a draft, and what happens to it at random moments."""

    people: Checking
    journal: Journal
    seeded: random.Random
    draft: RowMapping
    chat: str

    @property
    def rig(self) -> Rig:
        return self.people.rig

    def run(self) -> list[Awaitable[None]]:
        doing = [self.decides(ADA), self.decides(BEN), self.customer()]
        if self.seeded.random() < 0.4:
            doing.append(self.takes())
        if self.seeded.random() < 0.3:
            doing.append(self.runs_out())
        self.seeded.shuffle(doing)
        return [self.sometime(one) for one in doing]

    async def sometime(self, one: Awaitable[None]) -> None:
        for _ in range(self.seeded.randrange(40)):
            await asyncio.sleep(0)
        await one

    async def decides(self, who: Actor) -> None:
        """Somebody looked before it began; now and then they read what they are shown and go on."""
        row = self.draft
        seen, body = Seen(row["id"], row["version"], row["epoch"], row["through_seq"]), row["body"]
        while True:
            try:
                done = await self.people.desk.approve(Deciding(who, uuid4().hex, seen))
            except DraftMoved as moved:
                self.journal.came[moved.why] += 1
                if moved.why not in {"customer", "epoch"} or self.seeded.random() < 0.5:
                    return
                seen = replace(
                    seen,
                    epoch=moved.state["epoch"],
                    through_seq=max(seen.through_seq, *(one["seq"] for one in moved.newer), 0),
                )
                continue
            self.journal.came["sent"] += 1
            self.journal.sent.setdefault(seen.draft, []).append((seen, body, done.message or ""))
            return

    async def customer(self) -> None:
        await self.rig.say("and more", self.chat)

    async def takes(self) -> None:
        desk = Desk(self.rig.store, self.rig.rendering, lambda: self.rig.notices)
        await desk.take(Asked(BEN, self.draft["conversation_id"], uuid4().hex, "take"))

    async def runs_out(self) -> None:
        draft = self.draft["id"]

        def unit(unit: Unit) -> bool:
            row = lock(unit, self.draft["conversation_id"])
            assert row is not None
            unit.execute(update(drafts).where(drafts.c.id == draft).values(expires_at=unit.now - 1))
            return expire(unit, row, draft)

        if await self.rig.store.write(unit, key=line_key(CHANNEL, self.chat)):
            self.journal.came["expired"] += 1


@pytest.mark.timeout(60 + RACES)
async def test_nothing_is_sent_twice_or_past_words_that_nobody_read(rig: Rig) -> None:
    people, journal, seeded = checking(rig), Journal(), random.Random(20261129)
    for block in range(RACES // AT_ONCE):
        await asyncio.gather(*(rig.say("hello", f"r{block}-{n}") for n in range(AT_ONCE)))
        rig.clock.pass_(6)
        await rig.turns.once()
        waiting = await _open(rig)
        races = [Race(people, journal, seeded, row, row["address"]) for row in waiting]
        doing = [one for race in races for one in race.run()]
        racing = asyncio.gather(*doing)
        while not racing.done():
            # Newer words are answered meanwhile, by another version.
            rig.clock.pass_(2)
            await rig.turns.once()
        await racing
        await _close(rig)
    assert await _faults(rig, journal) == []
    # Every order was met, or the races proved nothing.
    for one in ("sent", "customer", "epoch", "owner", "decided", "expired"):
        assert journal.came[one] >= max(1, RACES // 50), journal.came


async def _open(rig: Rig) -> Sequence[RowMapping]:
    return await rig.store.read(
        lambda r: r.all(
            select(drafts, conversations.c.address)
            .join(conversations, conversations.c.id == drafts.c.conversation_id)
            .where(drafts.c.state == "open")
            .order_by(conversations.c.address)
        )
    )


async def _close(rig: Rig) -> None:
    """What is left open is of no interest to the next block."""
    await rig.store.write(
        lambda unit: unit.execute(
            update(drafts).where(drafts.c.state == "open").values(state="withdrawn")
        )
    )


async def _faults(rig: Rig, journal: Journal) -> list[str]:
    """Judged by the rows alone: what was said, in which order."""
    rows = await rig.store.read(lambda r: r.all(select(messages).order_by(messages.c.seq)))
    by_id = {row["id"]: row for row in rows}
    asked: dict[str, list[int]] = {}
    for row in rows:
        if row["author"] == "customer":
            asked.setdefault(row["conversation_id"], []).append(row["seq"])
    found: list[str] = []
    for draft, sendings in journal.sent.items():
        if len(sendings) > 1:
            found.append(f"{draft} was sent {len(sendings)} times")
        for seen, body, message in sendings:
            row = by_id[message]
            found += _wrong(seen, body, row, asked[row["conversation_id"]])
    staff = [row for row in rows if row["author"] == "staff"]
    if len(staff) != len(journal.sent):
        found.append(f"{len(staff)} messages of staff for {len(journal.sent)} drafts")
    if any(row["author"] == "assistant" for row in rows):
        found.append("the assistant spoke")
    return found


def _wrong(seen: Seen, body: str, sent: RowMapping, asked: Sequence[int]) -> list[str]:
    unread = [seq for seq in asked if seen.through_seq < seq < sent["seq"]]
    found = [f"{seen.draft} went out past {unread}"] if unread else []
    if sent["body"] != body:
        found.append(f"{seen.draft} went out in words that were not shown")
    return found
