"""The Telegram channel: one bot, logged in, receiving by polling or over a webhook. It stores
nothing and repeats nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from pydantic import ValidationError
from telegram.error import BadRequest, TelegramError

from channels.contract import (
    Capabilities,
    Channel,
    Clock,
    Intake,
    OutboundMessage,
    Ports,
    Receipt,
)
from channels.errors import (
    ChannelDisconnected,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
)
from channels.events import Address, Json
from channels.rates import Buckets
from channels.telegram.checking import report
from channels.telegram.failures import of_asking
from channels.telegram.fetching import fetch
from channels.telegram.messages import MessageReader
from channels.telegram.parts import Parts
from channels.telegram.places import Place
from channels.telegram.polling import Poller
from channels.telegram.presses import Presses
from channels.telegram.reading import Press, Reader
from channels.telegram.sending import Sending
from channels.telegram.settings import TelegramSettings
from channels.telegram.transport import POLL_MARGIN_SECONDS, POLL_SECONDS, Wire
from channels.telegram.updates import Me
from channels.telegram.webhook import REFUSALS, Door, Webhook, hook_of, require_public

# Twice as long as any question to Telegram may take.
SILENT_SECONDS = 2 * (POLL_SECONDS + POLL_MARGIN_SECONDS)


@dataclass(frozen=True, slots=True)
class _Login:
    """What is there while the channel is logged in."""

    wire: Wire
    me: Me
    reader: Reader
    presses: Presses
    poller: Poller


@dataclass(eq=False)
class TelegramChannel(Channel):
    """One bot."""

    name: str
    settings: TelegramSettings = field(repr=False)
    capabilities: Capabilities
    clock: Clock
    public_url: str = ""
    _login: _Login | None = field(default=None, init=False, repr=False)
    _heard_at: float = field(default=0.0, init=False, repr=False)
    _parts: Parts = field(default_factory=Parts, init=False, repr=False)

    @classmethod
    def build(
        cls, name: str, settings: TelegramSettings, capabilities: Capabilities, ports: Ports
    ) -> TelegramChannel:
        return cls(name, settings, capabilities, ports.clock, ports.public_url)

    async def __aenter__(self) -> Self:
        if self._by_webhook:
            require_public(self.public_url)
        wire = await asyncio.to_thread(Wire, self.settings)
        try:
            me = await _me(wire)
        except BaseException:
            await wire.close()
            raise
        reader = Reader(MessageReader(me, frozenset(self.settings.support_chats)))
        presses = Presses(wire.bot)
        poller = Poller(wire.bot, reader, self.clock, presses.answer)
        self._heard()
        self._login = _Login(wire, me, reader, presses, poller)
        return self

    async def __aexit__(self, *exc: object) -> None:
        login, self._login = self._login, None
        if login is not None:
            await login.presses.close()
            await login.wire.close()

    async def receive(self, intake: Intake) -> None:
        login = self._logged_in()
        try:
            if self._by_webhook:
                webhook = self._webhook(login)
                await self._register(webhook)
                await webhook.watch()
            else:
                await login.poller.run(intake)
        except TelegramError as error:
            raise of_asking(error) from error

    def routes(self, intake: Intake) -> Sequence[web.RouteDef]:
        if not self._by_webhook:
            return ()
        refusals = Buckets(REFUSALS, self.clock)
        door = Door(self._secret, refusals, self._reader, self._pressed, self._heard)

        async def answer(request: web.Request) -> web.Response:
            return await door.answer(request, intake)

        return (web.post(f"/webhooks/{self.name}", answer),)

    async def send(self, message: OutboundMessage) -> Receipt:
        return await self._sending().send(message)

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        return await self._sending().edit(external_id, message)

    async def delete(self, address: Address, external_id: str) -> None:
        await self._sending().delete(address, external_id)

    def open(self, ref: Json) -> AsyncIterator[bytes]:
        return fetch(self._logged_in().wire, ref)

    async def typing(self, address: Address, reply_context: Json) -> None:
        login = self._login
        if login is not None:
            with suppress(TelegramError, RejectedSendError):
                fields = {**Place.of(address).fields, "action": "typing"}
                await login.wire.bot.call("sendChatAction", fields)

    async def probe(self) -> None:
        login = self._logged_in()
        heard_at = login.poller.heard_at
        if heard_at is not None and self.clock.monotonic() - heard_at > SILENT_SECONDS:
            raise ChannelDisconnected("Telegram has not answered for long, though we ask")
        await _me(login.wire)
        if self._by_webhook:
            try:
                await self._webhook(login).require_heard()
            except TelegramError as error:
                raise of_asking(error) from error

    async def check(self) -> Sequence[str]:
        login = self._logged_in()
        try:
            hook = await hook_of(login.wire.bot)
            webhook = self._webhook(login) if self._by_webhook else None
            return await report(login.wire.bot, login.me, hook, webhook)
        except TelegramError as error:
            raise ChannelMisconfigured(str(of_asking(error))) from error

    @property
    def _by_webhook(self) -> bool:
        return self.settings.transport == "webhook"

    @property
    def _secret(self) -> str:
        return self.settings.secret.get_secret_value() if self.settings.secret else ""

    def _webhook(self, login: _Login) -> Webhook:
        url = f"{require_public(self.public_url)}/webhooks/{self.name}"
        most = self.settings.max_connections
        return Webhook(login.wire.bot, url, self._secret, most, self.clock, lambda: self._heard_at)

    async def _register(self, webhook: Webhook) -> None:
        try:
            await webhook.register()
        except BadRequest as error:
            raise ChannelMisconfigured(
                f"Telegram does not take {webhook.url} as a webhook: {error}. It posts to https on"
                " the ports 443, 80, 88 and 8443; correct `public_url`, or choose"
                " `transport: polling`"
            ) from error

    def _sending(self) -> Sending:
        login = self._logged_in()
        return Sending(login.wire.bot, login.me, self.clock, self._parts)

    def _reader(self) -> Reader | None:
        return self._login.reader if self._login is not None else None

    def _heard(self) -> None:
        self._heard_at = self.clock.now()

    def _pressed(self, press: Press) -> None:
        if self._login is not None:
            self._login.presses.answer(press)

    def _logged_in(self) -> _Login:
        if self._login is None:
            raise RetryableSendError("the channel is not up; nothing was sent")
        return self._login


async def _me(wire: Wire) -> Me:
    """
    Raises:
        ChannelMisconfigured: the token is dead. ChannelDisconnected: Telegram does not answer.
    """
    try:
        found: Any = await wire.bot.call("getMe")
        return Me.model_validate(found)
    except TelegramError as error:
        # The SDK's own error may hold the token.
        raise of_asking(error) from None
    except ValidationError:
        raise ChannelDisconnected("what answers at api_base is not Telegram's Bot API") from None
