"""What accounts are called and which language their Slack speaks, as far as Slack tells it quickly;
remembered in memory for a while. Who somebody is never depends on it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.contract import Clock
from channels.errors import ChannelError
from channels.slack.web import Web, inside

REMEMBERED = 5_000
FRESH_SECONDS = 24 * 3600.0
UNKNOWN_SECONDS = 300.0
_GUESTS = ("is_restricted", "is_ultra_restricted", "is_stranger", "is_bot")


@dataclass(frozen=True, slots=True)
class Person:
    """``locale`` is like ``de-DE``; a ``guest`` is let into a few channels only."""

    name: str | None = None
    locale: str | None = None
    guest: bool = False


NOBODY = Person()


class People:
    def __init__(self, clock: Clock, patience: float) -> None:
        self._clock = clock
        self._patience = patience
        self._known: OrderedDict[str, tuple[Person, float]] = OrderedDict()

    async def of(self, web: Web, user: str) -> Person:
        """Nobody by name where Slack does not say, or not in time."""
        now = self._clock.monotonic()
        known = self._known.get(user)
        if known is not None and now < known[1]:
            self._known.move_to_end(user)
            return known[0]
        person = await self._asked(web, user)
        self._known[user] = (person, now + (FRESH_SECONDS if person.name else UNKNOWN_SECONDS))
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return person

    async def _asked(self, web: Web, user: str) -> Person:
        try:
            async with asyncio.timeout(self._patience):
                answer = await web.ask("users.info", user=user, include_locale=True)
        except (ChannelError, TimeoutError):
            return NOBODY
        told = inside(answer, "user")
        locale = told.get("locale")
        guest = any(told.get(word) is True for word in _GUESTS)
        return Person(_called(told), locale if isinstance(locale, str) else None, guest)

    def __len__(self) -> int:
        return len(self._known)


def _called(user: Mapping[str, Any]) -> str | None:
    profile = inside(user, "profile")
    for name in (profile.get("display_name"), profile.get("real_name"), user.get("real_name")):
        if isinstance(name, str) and name.strip():
            return name.strip()[:200]
    return None
