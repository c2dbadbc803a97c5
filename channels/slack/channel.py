"""The Slack channel: events over a webhook or Socket Mode in, the Web API out. It stores nothing
and repeats nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

from channels.contract import (
    Capabilities,
    Channel,
    Clock,
    Intake,
    OutboundMessage,
    Ports,
    Receipt,
    nowhere,
)
from channels.errors import ChannelDisconnected
from channels.events import Address, Json
from channels.rates import Buckets
from channels.slack.backlog import Backlog
from channels.slack.checking import Checking
from channels.slack.door import REFUSALS, Door
from channels.slack.files import fetch
from channels.slack.forms import Triggers
from channels.slack.identity import Identity
from channels.slack.lanes import Lanes
from channels.slack.patience import Patience
from channels.slack.people import People
from channels.slack.reading import Reader
from channels.slack.reception import HEARD, Heard, Reception
from channels.slack.sending import Sending
from channels.slack.settings import SlackSettings
from channels.slack.socket import Pulse, Socket, alive
from channels.slack.web import Web, open_web

# After a refusal the gateway gets a moment before we ask what was missed.
PAUSE_SECONDS = 5.0
SILENT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class _SignedIn:
    web: Web
    me: Identity


@dataclass(eq=False)
class SlackChannel(Channel):
    """One app in one workspace."""

    name: str
    settings: SlackSettings = field(repr=False)
    capabilities: Capabilities
    clock: Clock
    public_url: str = ""
    patience: Patience = field(default_factory=Patience)
    desks: Callable[[], frozenset[str]] = nowhere
    _here: _SignedIn | None = field(default=None, init=False, repr=False)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False, repr=False)
    _heard: Heard = field(default_factory=Heard, init=False, repr=False)
    _gap: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)
    _triggers: Triggers = field(default_factory=Triggers, init=False, repr=False)
    _pulse: Pulse = field(default_factory=Pulse, init=False, repr=False)

    def __post_init__(self) -> None:
        self._lanes = Lanes(self.clock)
        self._people = People(self.clock, self.patience.name)

    @classmethod
    def build(
        cls, name: str, settings: SlackSettings, capabilities: Capabilities, ports: Ports
    ) -> SlackChannel:
        return cls(name, settings, capabilities, ports.clock, ports.public_url, desks=ports.desks)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as opening:
            api = await opening.enter_async_context(open_web(self.settings))
            self._here = _SignedIn(api, await api.sign_in())
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._here = None
        await self._open.aclose()

    async def receive(self, intake: Intake) -> None:
        """Look up what was missed, now and whenever something could not be taken in; listen where
        Socket Mode is configured."""
        reception = self._reception(intake)
        if reception is None:
            raise ChannelDisconnected("the channel is not signed in")
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._catch_up(reception))
                if self.settings.app_token is not None:
                    group.create_task(self._listen(reception))
        except ExceptionGroup as failed:
            # The supervisor looks for the error itself, not for the group that the tasks made.
            raise failed.exceptions[0] from failed
        finally:
            self._heard.complete = False

    def routes(self, intake: Intake) -> Sequence[web.RouteDef]:
        secret = self.settings.signing_secret
        if secret is None:
            return ()
        door = Door(
            secret.get_secret_value(),
            self.clock,
            Buckets(REFUSALS, self.clock),
            lambda: self._reception(intake),
            self._missed,
        )
        return (web.post(f"/webhooks/{self.name}", door.answer),)

    async def send(self, message: OutboundMessage) -> Receipt:
        return await self._sending().send(message)

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        return await self._sending().reconcile(message)

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        return await self._sending().edit(external_id, message)

    async def delete(self, address: Address, external_id: str) -> None:
        await self._sending().delete(external_id)

    def open(self, ref: Json) -> AsyncIterator[bytes]:
        return fetch(self._signed_in().web, ref)

    async def typing(self, address: Address, reply_context: Json) -> None:
        if self._here is not None:
            await self._sending().typing(address, reply_context)

    async def probe(self) -> None:
        await self._signed_in().web.sign_in()
        alive(self._pulse, self.clock.monotonic(), SILENT_SECONDS)

    async def check(self) -> Sequence[str]:
        here = self._signed_in()
        place = f"{self.public_url}/webhooks/{self.name}"
        return await Checking(here.web, here.me, self.settings, place, self.desks()).lines()

    async def _catch_up(self, reception: Reception) -> None:
        """The cursor stands still until everything before it is here."""
        while True:
            self._gap.clear()
            since = await reception.intake.cursor(HEARD)
            if since is not None:
                self._heard.latest = since
                await Backlog(reception.web, self.clock, reception).read(since)
            # A gap that came up meanwhile is looked at first.
            self._heard.complete = not self._gap.is_set()
            await self._gap.wait()
            await self.clock.sleep(PAUSE_SECONDS)

    async def _listen(self, reception: Reception) -> None:
        token = self.settings.app_token
        if token is not None:
            await Socket(
                reception.web, token, reception, self.clock, self._pulse, self.patience
            ).run()

    def _missed(self) -> None:
        self._heard.complete = False
        self._gap.set()

    def _reception(self, intake: Intake) -> Reception | None:
        here = self._here
        if here is None:
            return None
        settings = self.settings
        return Reception(
            web=here.web,
            reader=Reader(
                here.me,
                frozenset(settings.support_channels),
                frozenset(settings.operators),
                self.desks,
            ),
            sending=self._sending(),
            people=self._people,
            lanes=self._lanes,
            heard=self._heard,
            intake=intake,
        )

    def _sending(self) -> Sending:
        here = self._signed_in()
        return Sending(here.web, here.me, self.clock, self._triggers)

    def _signed_in(self) -> _SignedIn:
        if self._here is None:
            raise ChannelDisconnected("the channel is not signed in; nothing was sent")
        return self._here
