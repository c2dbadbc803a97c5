"""Ties what is sent to what was asked, so that one id leads through the whole way of a message.

It remembers the latest turns of this process and asks the rows about others. It stores nothing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from gateway.telemetry.facts import DeliveryMoved, Fact, Facts, Origin, TurnEnded

REMEMBERED = 4_000
# More lookups at once than these are given up: the line is then told without its origin.
LOOKUPS = 50
TRACED = frozenset({"sent", "failed", "uncertain"})
Find: TypeAlias = Callable[[str], Awaitable[Origin | None]]


class Origins:
    """Listens to facts and tells them on, deliveries with their origin. ``find`` reads the origin
    of a message of ours that another process, or an earlier life of this one, has written;
    None where it cannot."""

    def __init__(self, find: Find, onward: Facts) -> None:
        self._find = find
        self._onward = onward
        self._known: OrderedDict[str, Origin] = OrderedDict()
        self._asking: set[asyncio.Task[None]] = set()

    def __call__(self, fact: Fact) -> None:
        if isinstance(fact, TurnEnded):
            self._remember(fact)
        elif isinstance(fact, DeliveryMoved) and fact.message is not None and fact.state in TRACED:
            self._traced(fact, fact.message)
            return
        self._onward.tell(fact)

    def _remember(self, ended: TurnEnded) -> None:
        origin = Origin(ended.turn, ended.asked, ended.since)
        for message in ended.said:
            self._known[message] = origin
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    def _traced(self, moved: DeliveryMoved, message: str) -> None:
        origin = self._known.get(message)
        if origin is not None or len(self._asking) >= LOOKUPS:
            self._onward.tell(moved._replace(origin=origin))
            return
        task = asyncio.get_running_loop().create_task(self._looked_up(moved, message))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _looked_up(self, moved: DeliveryMoved, message: str) -> None:
        self._onward.tell(moved._replace(origin=await self._find(message)))
