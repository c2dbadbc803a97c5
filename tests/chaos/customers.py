"""Customers who talk through the fake platforms: each conversation says its messages one after the
other, and says the next one only when the platform was told that the last one is kept.

Every message has a marker of its own; the platform repeats a webhook that got no 2xx, with growing
pauses, and now and then one that did.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from channels.api.signing import signed
from tests.chaos.ledger import Ledger

GONE = (aiohttp.ClientError, OSError, TimeoutError)
ANSWER_SECONDS = 5.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 0.8
# How long a customer waits for an answer before giving up.
PATIENCE_SECONDS = 6.0
WORDS = (5, 25)
PAUSE_SECONDS = 0.4
BURSTS = 0.3
REPETITIONS = 0.05


def marker(number: int) -> str:
    return f"mk{number:09d}"


@dataclass
class Talk:
    """One conversation. ``waiting`` are its markers that no answer has named yet; it is ``over``
    for the assistant when people come."""

    channel: str
    chat: str
    said: int = 0
    waiting: set[str] = field(default_factory=set[str])
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    over: bool = False

    def heard(self, markers: Sequence[str]) -> None:
        self.waiting.difference_update(markers)
        if not self.waiting:
            self.answered.set()

    async def answer(self, seconds: float) -> bool:
        """Wait for it, but not for ever; whether it came."""
        try:
            async with asyncio.timeout(seconds):
                await self.answered.wait()
        except TimeoutError:
            return False
        return True


@dataclass
class Customers:
    """``gateways`` are the base addresses of the nodes; whichever answers is as good. ``talks`` are
    all there ever were, by channel and chat. ``skew`` is how wrong each node's clock is."""

    gateways: Sequence[str]
    secret: str
    ledger: Ledger
    chance: random.Random
    talks: dict[tuple[str, str], Talk]
    http: aiohttp.ClientSession
    skew: Sequence[float] = (0.0,)
    number: int = 0
    talking: asyncio.Event = field(default_factory=asyncio.Event)
    repeating: set[asyncio.Task[bool]] = field(default_factory=set[asyncio.Task[bool]])

    async def run(self, channels: Sequence[str], each: int) -> None:
        """``each`` conversations at a time on every channel."""
        async with asyncio.TaskGroup() as group:
            for channel in channels:
                for _ in range(each):
                    group.create_task(self._customers(channel))

    @property
    def waiting(self) -> list[tuple[str, str]]:
        """Where something was not kept yet, or not answered."""
        open_talks = [talk for talk in self.talks.values() if not talk.over]
        return [(talk.channel, talk.chat) for talk in open_talks if talk.waiting]

    async def _customers(self, channel: str) -> None:
        """One after the other, each with a conversation of their own."""
        while True:
            chat = f"chat-{len(self.talks)}"
            talk = self.talks[channel, chat] = Talk(channel, chat)
            await self._talk(talk)

    async def _talk(self, talk: Talk) -> None:
        """Until everything is said, people come, or the customer has had enough of waiting."""
        for _ in range(self.chance.randint(*WORDS)):
            await self.talking.wait()
            await self._say(talk)
            if self.chance.random() >= BURSTS:
                if not await talk.answer(PATIENCE_SECONDS) or talk.over:
                    return
                await asyncio.sleep(self.chance.uniform(0, PAUSE_SECONDS))

    async def _say(self, talk: Talk) -> None:
        self.number += 1
        talk.said += 1
        name = marker(self.number)
        talk.waiting.add(name)
        talk.answered.clear()
        self.ledger.note("said", marker=name, channel=talk.channel, chat=talk.chat, order=talk.said)
        body = {
            "id": f"event-{self.number}",
            "type": "message",
            "chat": talk.chat,
            "sender": {"id": f"customer of {talk.chat}", "name": talk.chat},
            "text": name,
            "order": talk.said,
        }
        raw = json.dumps(body).encode()
        pause = FIRST_PAUSE
        while not await self._post(talk.channel, name, raw):
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))
            pause = min(pause * 2, LONGEST_PAUSE)
        if self.chance.random() < REPETITIONS:
            task = asyncio.create_task(self._post(talk.channel, name, raw))
            self.repeating.add(task)
            task.add_done_callback(self.repeating.discard)

    async def _post(self, channel: str, name: str, raw: bytes) -> bool:
        """Whether the gateway says that it has it."""
        node = self.chance.randrange(len(self.gateways))
        url = f"{self.gateways[node]}/webhooks/{channel}"
        stamp = signed(self.secret, name, raw, time.time() + self.skew[node])
        headers = {"Content-Type": "application/json", **stamp}
        status = 0
        try:
            async with (
                asyncio.timeout(ANSWER_SECONDS),
                self.http.post(url, data=raw, headers=headers) as answer,
            ):
                status = answer.status
        except GONE:
            pass
        self.ledger.note("told", marker=name, status=status)
        return 200 <= status < 300
