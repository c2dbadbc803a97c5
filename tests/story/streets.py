"""The six channels of the story as their customers use them: those of the fleet, a thread of mails
that its writer goes on with, and the web chat."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from aiohttp import ClientError, ClientSession

from tests.fleet.streets import Discord, Mail, Slack, Street, Telegram, WhatsApp
from tests.platforms.mail_letters import letter, stamped
from tests.story.served import events

DOMAIN = "example.net"
RECONNECT_SECONDS = 0.2


class Letters(Mail):
    """Each mail refers to the first of its own, as somebody's does who goes on writing: what
    answered ours within seconds would be taken for a program's."""

    def __init__(self) -> None:
        super().__init__()
        self._known: set[int] = set()

    async def say(self, customer: int, text: str) -> None:
        root = f"<story-{customer}@{DOMAIN}>"
        headers = [("References", root)] if customer in self._known else []
        if not self._known:
            # What lay there before the mailbox was first read is nobody's question.
            await self.provider.imap.rested()
        sent = letter(
            text,
            sender=f"Customer {customer} <customer{customer}@{DOMAIN}>",
            headers=headers,
            message_id=None if customer in self._known else root,
        )
        self._known.add(customer)
        await self.provider.imap.put(stamped(sent, DOMAIN))


@dataclass
class Guest:
    """A visitor's session on the web chat, and what it was shown."""

    token: str
    shown: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass
class Web(Street):
    """Visitors by HTTP alone; each follows the stream of its own conversation."""

    kind: str = "web"
    gateway: str = ""
    guests: dict[int, Guest] = field(default_factory=dict[int, Guest])
    _following: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def __aenter__(self) -> Self:
        self.http = await ClientSession().__aenter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)
        await self.http.close()

    def entry(self) -> dict[str, Any]:
        return {}

    def meet(self, gateway: str) -> None:
        self.gateway = gateway

    async def say(self, customer: int, text: str) -> None:
        guest = self.guests.get(customer) or await self._arrives(customer)
        body = {"id": str(uuid4()), "text": text}
        url = f"{self.gateway}/chat/{self.kind}/messages"
        async with self.http.post(url, json=body, headers=guest.headers) as answer:
            answer.raise_for_status()

    async def _arrives(self, customer: int) -> Guest:
        url = f"{self.gateway}/chat/{self.kind}/sessions"
        async with self.http.post(url, json={}) as answer:
            answer.raise_for_status()
            guest = self.guests[customer] = Guest((await answer.json())["token"])
        self._following.add(asyncio.create_task(self._follow(guest)))
        return guest

    async def _follow(self, guest: Guest) -> None:
        while True:
            with suppress(ClientError):
                await self._read(guest)
            await asyncio.wait({asyncio.create_task(asyncio.sleep(RECONNECT_SECONDS))})

    async def _read(self, guest: Guest) -> None:
        after = guest.shown[-1]["seq"] if guest.shown else 0
        url = f"{self.gateway}/chat/{self.kind}/events?after={after}"
        async with self.http.get(url, headers=guest.headers) as stream:
            async for event, data in events(stream):
                if event == "message":
                    guest.shown.append(data)

    def heard(self, customer: int) -> list[str]:
        guest = self.guests.get(customer)
        shown = guest.shown if guest is not None else []
        return [said["text"] for said in shown if said["author"] != "customer"]


def six() -> list[Street]:
    return [Web(), WhatsApp(), Slack(), Discord(), Telegram(), Letters()]
