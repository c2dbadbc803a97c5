"""The API channel: a signed webhook in, signed deliveries out, so that any program can be a
channel. It stores nothing and repeats nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, Self

from aiohttp import ClientSession, web

from channels.api.delivery import Receiver, open_session
from channels.api.door import REFUSALS, Door
from channels.api.files import fetch
from channels.api.payloads import delete_body, edit_body, message_body, raw_body
from channels.api.settings import ApiSettings
from channels.contract import (
    Capabilities,
    Channel,
    Clock,
    Intake,
    OutboundMessage,
    Ports,
    Receipt,
)
from channels.errors import RetryableSendError
from channels.events import Address, Json
from channels.rates import Buckets


@dataclass(eq=False)
class ApiChannel(Channel):
    """One program on the other side."""

    name: str
    settings: ApiSettings = field(repr=False)
    capabilities: Capabilities
    clock: Clock
    public_url: str = ""
    _session: ClientSession | None = field(default=None, init=False, repr=False)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False, repr=False)

    @classmethod
    def build(
        cls, name: str, settings: ApiSettings, capabilities: Capabilities, ports: Ports
    ) -> ApiChannel:
        can = replace(capabilities, idempotent_send=settings.idempotent)
        return cls(name, settings, can, ports.clock, ports.public_url)

    async def __aenter__(self) -> Self:
        self._session = await self._open.enter_async_context(open_session())
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._session = None
        await self._open.aclose()

    def routes(self, intake: Intake) -> Sequence[web.RouteDef]:
        door = Door(self._secret, self.clock, Buckets(REFUSALS, self.clock))

        async def answer(request: web.Request) -> web.Response:
            return await door.answer(request, intake)

        return (web.post(f"/webhooks/{self.name}", answer),)

    async def send(self, message: OutboundMessage) -> Receipt:
        return await self._post(message_body(message))

    async def edit(self, external_id: str, message: OutboundMessage) -> Receipt:
        return await self._post(edit_body(external_id, message))

    async def delete(self, address: Address, external_id: str) -> None:
        await self._post(delete_body(external_id, address))

    def open(self, ref: Json) -> AsyncIterator[bytes]:
        return fetch(self._logged_in(), str(ref.get("url")), self.settings.url)

    async def check(self) -> Sequence[str]:
        status = await self._receiver.knock(self._logged_in())
        untried = "no message was sent, so whether it accepts the signature is not known"
        return (
            f"OPTIONS {self.settings.origin} answered {status}; {untried}",
            f"takes events at POST {self.public_url}/webhooks/{self.name}",
        )

    async def _post(self, body: dict[str, Any]) -> Receipt:
        key: str = body["id"]
        external = await self._receiver.post(self._logged_in(), raw_body(body), key)
        return Receipt((external or key,), self.clock.now())

    @property
    def _receiver(self) -> Receiver:
        settings = self.settings
        return Receiver(settings.url, self._secret, self.clock, settings.idempotent)

    @property
    def _secret(self) -> str:
        return self.settings.secret.get_secret_value()

    def _logged_in(self) -> ClientSession:
        if self._session is None:
            raise RetryableSendError("the channel is not up; nothing was sent")
        return self._session
