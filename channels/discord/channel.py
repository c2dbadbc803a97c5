"""The Discord channel: sends by REST on every node, and listens to the gateway on one. It stores
nothing and repeats nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self

from discord.http import Route

from channels.contract import (
    Capabilities,
    Channel,
    Clock,
    Intake,
    OutboundMessage,
    Ports,
    Receipt,
)
from channels.discord.catchup import Catchup
from channels.discord.checking import Checking
from channels.discord.connection import Connection
from channels.discord.files import Files, open_session
from channels.discord.hearing import Hearing
from channels.discord.listening import Listening
from channels.discord.places import Places
from channels.discord.rest import CALL_SECONDS, Login, Rest
from channels.discord.sending import Sending
from channels.discord.settings import DiscordSettings
from channels.discord.threads import Threads
from channels.errors import (
    ChannelDisconnected,
    ChannelMisconfigured,
    RetryableSendError,
    SendError,
)
from channels.events import Address, Json


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Everything that needs the account, from one login to the next."""

    rest: Rest
    hearing: Hearing
    sending: Sending
    files: Files
    checking: Checking


@dataclass(eq=False)
class DiscordChannel(Channel):
    """One bot account. ``patience`` is how long one call may take, in seconds."""

    name: str
    settings: DiscordSettings = field(repr=False)
    capabilities: Capabilities
    clock: Clock
    patience: float = CALL_SECONDS
    _signed_in: SignedIn | None = field(default=None, init=False, repr=False)
    _connection: Connection | None = field(default=None, init=False, repr=False)
    _catchup: Catchup | None = field(default=None, init=False, repr=False)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False, repr=False)

    @classmethod
    def build(
        cls, name: str, settings: DiscordSettings, capabilities: Capabilities, ports: Ports
    ) -> DiscordChannel:
        return cls(name, settings, capabilities, ports.clock)

    async def __aenter__(self) -> Self:
        http, account = await self._login.open()
        self._open.push_async_callback(http.close)
        session = await self._open.enter_async_context(open_session())
        rest = Rest(http, self.patience)
        places, me = Places(rest), str(account["id"])
        threads = Threads(rest, places, me)
        settings = self.settings
        self._signed_in = SignedIn(
            rest,
            Hearing(rest, places, threads, me, settings.support_channels, settings.operator_roles),
            Sending(rest, self.clock, places, threads),
            Files(rest, session, settings.api_base),
            Checking(rest, settings, account),
        )
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._signed_in = None
        await self._open.aclose()

    async def receive(self, intake: Intake) -> None:
        here = self._here(ChannelDisconnected)
        if self._connection is None or self._catchup is None:
            self._connection = Connection(self._login, here.rest, self.clock)
            self._catchup = Catchup(here.rest, self.clock)
        self._connection.rest = self._catchup.rest = here.rest
        listening = Listening(here.hearing, here.checking, self._catchup, intake)
        if self._connection.session is None:
            self._catchup.forget()
        await listening.run(self._connection)

    async def send(self, message: OutboundMessage) -> Receipt:
        return await self._here(RetryableSendError).sending.send(message)

    async def reconcile(self, message: OutboundMessage) -> Receipt | None:
        return await self._here(RetryableSendError).sending.reconcile(message)

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        return await self._here(RetryableSendError).sending.edit(external_id, message)

    async def delete(self, address: Address, external_id: str) -> None:
        await self._here(RetryableSendError).sending.delete(address, external_id)

    def open(self, ref: Json) -> AsyncIterator[bytes]:
        return self._here(RetryableSendError).files.fetch(ref)

    async def typing(self, address: Address, reply_context: Json) -> None:
        if self._signed_in is None:
            return
        try:
            await self._signed_in.sending.typing(address)
        except (SendError, ChannelMisconfigured):
            return

    async def probe(self) -> None:
        await self._here(ChannelDisconnected).rest.must(Route("GET", "/users/@me"))
        if self._connection is not None and self._connection.is_silent():
            raise ChannelDisconnected("Discord's gateway has said nothing for too long")

    async def check(self) -> Sequence[str]:
        return await self._here(ChannelDisconnected).checking.run()

    @property
    def _login(self) -> Login:
        settings = self.settings
        token = settings.token.get_secret_value()
        return Login(settings.api_base, settings.gateway_base, token)

    def _here(self, otherwise: type[Exception]) -> SignedIn:
        if self._signed_in is None:
            raise otherwise("the channel is not up; nothing was sent")
        return self._signed_in
