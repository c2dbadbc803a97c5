"""What happens on every street at once: customers ask, get an answer, some ask for a person, and
staff answer them. Counted by what customers saw, never by what the gateway says of itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.fleet.house import Desk, furnish, running
from tests.fleet.streets import Street, flat

QUESTION = "How long may I return something?"
ANSWER = "within 60 days"
WISH = "I want to talk to a person, please."
HANDED_OVER = "passing this to our team"
PATIENCE_SECONDS = 120.0
POLL_SECONDS = 0.1
# On each channel, so that it is five times as many together.
ARRIVAL_SECONDS = 0.8
# Somebody who asks before the others do.
EARLY = 99_999


@dataclass
class Count:
    """Of one channel. ``answer_p95_s`` is from the customer's message to the answer they saw."""

    asked: int = 0
    answered: int = 0
    handed_over: int = 0
    relayed: int = 0
    doubled: int = 0
    lost: int = 0
    answer_p95_s: float = 0.0


@dataclass
class Visit:
    """One customer's day. ``wishes`` is whether they want a person after the answer."""

    street: Street
    customer: int
    wishes: bool
    answered_after: float | None = None
    handed_over: bool = False
    relayed: bool = False
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{self.street.kind}-{self.customer}"

    async def come(self) -> None:
        """One after the other, as customers do; all at once they would measure each other."""
        await asyncio.wait({asyncio.create_task(asyncio.sleep(self.customer * ARRIVAL_SECONDS))})
        await self.go()

    async def go(self) -> None:
        clock = asyncio.get_running_loop()
        began = clock.time()
        await self.street.say(self.customer, f"{QUESTION} ({self.name})")
        if await self._hears(ANSWER):
            self.answered_after = clock.time() - began
        if self.wishes:
            await self.street.say(self.customer, f"{WISH} ({self.name})")
            self.handed_over = await self._hears(HANDED_OVER)

    async def wait_for_staff(self) -> None:
        self.relayed = await self._hears(reply_to(self.name))

    @property
    def doubled(self) -> int:
        """Texts that came more often than once."""
        seen = Counter(flat(text) for text in self.street.heard(self.customer))
        return sum(count - 1 for count in seen.values())

    @property
    def strange(self) -> bool:
        """Whether they were sent what staff wrote to somebody else."""
        heard = " ".join(flat(text) for text in self.street.heard(self.customer))
        return heard.count("Maya here for") > heard.count(reply_to(self.name))

    async def _hears(self, words: str) -> bool:
        clock = asyncio.get_running_loop()
        until = clock.time() + PATIENCE_SECONDS
        while clock.time() < until:
            if any(words in flat(text) for text in self.street.heard(self.customer)):
                return True
            await asyncio.wait({asyncio.create_task(asyncio.sleep(POLL_SECONDS))})
        return False


def reply_to(name: str) -> str:
    return f"Maya here for {name}: your parcel is on its way."


async def play(
    folder: Path,
    streets: Sequence[Street],
    customers: int,
    beside: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Count]:
    """``customers`` on each street; every second one asks for a person. ``beside`` are channels
    that nobody comes to."""
    base = await asyncio.to_thread(furnish, folder, streets, beside)
    for street in streets:
        street.meet(base)
    async with running(folder, base, [street.kind for street in streets]) as house:
        visits = [
            Visit(street, customer, wishes=customer % 2 == 0)
            for street in streets
            for customer in range(customers)
        ]
        # The index is built at the first start; that time is no channel's.
        await Visit(streets[0], EARLY, wishes=False).go()
        await asyncio.gather(*(visit.come() for visit in visits))
        await serve(house.desk, visits)
        await asyncio.gather(*(v.wait_for_staff() for v in visits if v.handed_over))
    return {street.kind: count([v for v in visits if v.street is street]) for street in streets}


async def serve(desk: Desk, visits: Sequence[Visit]) -> None:
    """Staff answer everybody who waits; whom they have before them is what the messages say."""
    names = {visit.name for visit in visits}
    for conversation in await desk.waiting():
        said = " ".join(m["text"] for m in await desk.messages(conversation["id"]))
        mine = [name for name in names if f"({name})" in said]
        if len(mine) == 1:
            await desk.answer(conversation["id"], reply_to(mine[0]))


def count(visits: Sequence[Visit]) -> Count:
    seconds = sorted(v.answered_after for v in visits if v.answered_after is not None)
    found = Count(
        asked=len(visits),
        answered=len(seconds),
        handed_over=sum(v.handed_over for v in visits),
        relayed=sum(v.relayed and not v.strange for v in visits),
        doubled=sum(v.doubled for v in visits),
    )
    if seconds:
        found.answer_p95_s = round(seconds[min(len(seconds) - 1, int(0.95 * len(seconds)))], 2)
    wishes = sum(v.wishes for v in visits)
    unanswered, unheard = found.asked - found.answered, wishes - found.relayed
    found.lost = unanswered + unheard
    return found


def document(counts: dict[str, Count]) -> dict[str, object]:
    return {"channels": {kind: asdict(each) for kind, each in counts.items()}}
