"""The web chat channel: visitors send over HTTP and read their timeline as server-sent events.
It stores nothing; a message counts as sent when the gateway has committed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from channels.contract import (
    Capabilities,
    Channel,
    Clock,
    Intake,
    OutboundMessage,
    Ports,
    Receipt,
    Timeline,
    Uploads,
)
from channels.webchat.doors import Doors, Throttle
from channels.webchat.origins import Origins
from channels.webchat.pieces import html_for
from channels.webchat.rates import Rates
from channels.webchat.sessions import Sessions
from channels.webchat.settings import WebSettings
from channels.webchat.stream import Streams

MEGABYTE = 1_048_576


@dataclass(eq=False)
class WebChat(Channel):
    """One web chat channel, of the web's own kind or with another kind's capabilities.

    ``key`` signs the session tokens and has to survive restarts. ``closing`` is set by the
    gateway when it shuts down; every open stream then ends.
    """

    name: str
    settings: WebSettings = field(repr=False)
    capabilities: Capabilities
    key: bytes = field(repr=False)
    timeline: Timeline
    uploads: Uploads
    clock: Clock
    random: Callable[[int], bytes]
    public_url: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    rates: Rates = field(default_factory=Rates)

    @classmethod
    def build(
        cls, name: str, settings: WebSettings, capabilities: Capabilities, ports: Ports
    ) -> WebChat:
        return cls(
            name=name,
            settings=settings,
            capabilities=capabilities,
            key=ports.key,
            timeline=ports.timeline,
            uploads=ports.uploads,
            clock=ports.clock,
            random=ports.random,
            public_url=ports.public_url,
            closing=ports.closing,
        )

    def routes(self, intake: Intake) -> Sequence[web.RouteDef]:
        keys = {
            kid: secret.get_secret_value() for kid, secret in self.settings.identity_keys.items()
        }
        doors = Doors(
            sessions=Sessions(self.name, self.key, keys, self.clock, self.random),
            origins=Origins(tuple(self.settings.origins), self.public_url),
            throttle=Throttle(self.rates, self.clock),
            timeline=self.timeline,
            uploads=self.uploads,
            upload_limit=int(self.settings.upload_limit_mb * MEGABYTE),
            clock=self.clock,
            as_html=html_for(self.capabilities),
            streams=Streams(),
            closing=self.closing,
        )
        return doors.routes(f"/chat/{self.name}", intake)

    async def send(self, message: OutboundMessage) -> Receipt:
        """The commit that made the message visible was the send; this only confirms it."""
        return Receipt((message.delivery_id,), self.clock.now())

    async def check(self) -> Sequence[str]:
        listed = ", ".join(self.settings.origins) or "the gateway's own pages"
        keys = len(self.settings.identity_keys)
        identity = f"{keys} identity key(s)" if keys else "no identity keys: visitors are anonymous"
        return (f"web chat on {listed}", identity)
