"""The same five channels while the gateway is killed again and again: each question of each
customer has to be answered, and once. Judged by what customers saw."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fleet.house import House, furnish, running
from tests.fleet.streets import Street, flat

ROUNDS = 4
PATIENCE_SECONDS = 90.0
POLL_SECONDS = 0.1
# From one start to the next death.
SHORTEST_SECONDS, LONGEST_SECONDS = 1.0, 7.0
QUESTIONS: Mapping[str, str] = {
    "How long may I return something?": "within 60 days",
    "What does shipping cost?": "4.90 euros",
    "How long is the warranty on tents?": "five years",
    "Who pays for a return parcel?": "We pay for the return parcel",
}
HANDED_OVER = (
    "passing this to our team",
    "passed it to our team",
    "passing your question",
    "our team has it",
)


@dataclass
class Losses:
    """Of one channel. A question is ``answered``, or its customer was told that a person has it
    (``handed_over``), or it is ``lost``. ``doubled`` are answers that came again."""

    asked: int = 0
    answered: int = 0
    handed_over: int = 0
    lost: int = 0
    doubled: int = 0


@dataclass
class Regular:
    """A customer who asks one question after the other, each when the last one is dealt with."""

    street: Street
    customer: int
    losses: Losses
    over: bool = field(default=False, init=False)

    async def ask(self, question: str) -> None:
        self.losses.asked += 1
        await self.street.say(self.customer, question)
        if await self._hears(QUESTIONS[question]):
            self.losses.answered += 1
        elif self.over:
            self.losses.handed_over += 1
        else:
            self.losses.lost += 1

    async def _hears(self, words: str) -> bool:
        """Whether the answer comes; with people in charge, none is to be expected any more."""
        clock = asyncio.get_running_loop()
        until = clock.time() + PATIENCE_SECONDS
        while clock.time() < until:
            heard = " ".join(flat(text) for text in self.street.heard(self.customer))
            self.over = any(notice in heard for notice in HANDED_OVER)
            if words in heard or self.over:
                return words in heard
            await asyncio.wait({asyncio.create_task(asyncio.sleep(POLL_SECONDS))})
        return False

    def judge(self) -> None:
        """How often each answer came beyond the first time."""
        texts = [flat(text) for text in self.street.heard(self.customer)]
        for words in QUESTIONS.values():
            self.losses.doubled += max(0, sum(words in text for text in texts) - 1)


@dataclass
class Storm:
    kills: int = 0
    channels: dict[str, Losses] = field(default_factory=dict[str, Losses])


async def rage(
    folder: Path, streets: Sequence[Street], customers: int, kills: int, seed: int
) -> Storm:
    """``customers`` on each street ask on for as long as it takes to kill so often."""
    base = await asyncio.to_thread(furnish, folder, streets)
    for street in streets:
        street.meet(base)
    storm = Storm(channels={street.kind: Losses() for street in streets})
    async with running(folder, base, [street.kind for street in streets]) as house:
        regulars = [
            Regular(street, customer, storm.channels[street.kind])
            for street in streets
            for customer in range(customers)
        ]
        # Everybody is known before it begins: no platform keeps for later who never wrote before.
        first, *others = QUESTIONS
        await asyncio.gather(*(regular.ask(first) for regular in regulars))
        killing = asyncio.create_task(_kill(house, kills, random.Random(seed), storm))
        for question in others:
            await asyncio.gather(*(r.ask(question) for r in regulars if not r.over))
        await killing
    for regular in regulars:
        regular.judge()
    return storm


async def _kill(house: House, kills: int, chance: random.Random, storm: Storm) -> None:
    for _ in range(kills):
        pause = chance.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
        await asyncio.wait({asyncio.create_task(asyncio.sleep(pause))})
        await house.kill()
        storm.kills += 1
        await house.start()


def total(storms: Sequence[Storm]) -> dict[str, object]:
    """The sums of several storms."""
    sums: dict[str, Counter[str]] = {}
    for storm in storms:
        for kind, losses in storm.channels.items():
            sums.setdefault(kind, Counter[str]()).update(vars(losses))
    channels = {kind: dict(counted) for kind, counted in sums.items()}
    return {"kills": sum(storm.kills for storm in storms), "channels": channels}
