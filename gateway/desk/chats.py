"""In which chats of a platform staff work. No customer is heard there, so a chat does not stop
being the staff's while a thread of theirs is open in it, whatever the settings say meanwhile."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select

from channels.events import Address
from gateway.config.desks import chats_on
from gateway.config.live import LiveConfiguration
from gateway.config.settings import Settings
from gateway.store.schema.desk import desk_threads as threads
from gateway.store.store import MAIN, Store

_HEARD = ("opening", "open")


class StaffChats:
    """Those of the settings in force, and those that were in force in the life of this process."""

    def __init__(self, live: LiveConfiguration) -> None:
        self._live = live
        self._left: defaultdict[str, set[str]] = defaultdict(set)
        live.when_left(self._leave)

    def on(self, channel: str) -> frozenset[str]:
        return chats_on(self._live.current().settings.desks, channel) | self._left[channel]

    async def recall(self, store: Store) -> None:
        """Have those with open threads, whichever process was configured for them."""
        query = select(threads.c.channel, threads.c.address).where(
            threads.c.tenant_id == MAIN, threads.c.state.in_(_HEARD)
        )
        for row in await store.read(lambda reading: reading.all(query)):
            self._left[row["channel"]].add(Address.parse(row["address"]).chat)

    def _leave(self, settings: Settings) -> None:
        for desk in settings.desks.values():
            if desk.channel is not None:
                self._left[desk.channel] |= desk.chats
