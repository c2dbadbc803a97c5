"""Joining what follows a case: write-ups, ratings and the search; and, where somebody wants them,
the events that other systems are told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from sqlalchemy import RowMapping

from channels.contract import Clock
from gateway.aftercare.asking import Asking, AskingTools
from gateway.aftercare.indexing import Indexing
from gateway.aftercare.loop import AftercareLoop, AftercareTools
from gateway.bootstrap.setups import TurnSetups
from gateway.bootstrap.surfaces import shown_kind
from gateway.config.live import LiveConfiguration
from gateway.config.outgoing import EventReceiver
from gateway.config.settings import Settings
from gateway.conversations.rendering import Rendering
from gateway.egress.webhook import Webhook
from gateway.outgoing.loop import OutgoingLoop, OutgoingTools, Posting
from gateway.outgoing.payloads import Told
from gateway.outgoing.recording import recorder
from gateway.records import Node
from gateway.settings.desk import SettingsDesk
from gateway.store.store import Store

Loop = Callable[[], Awaitable[None]]
MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Following:
    """What the loops are made of."""

    store: Store
    node: Node
    clock: Clock
    live: LiveConfiguration
    setups: TurnSetups
    rendering: Rendering
    leading: SettingsDesk | None = None

    @property
    def settings(self) -> Settings:
        return self.live.current().settings


def loops_of(parts: Following) -> Mapping[str, Loop]:
    """The loops by name; without a receiver there is none of events, and nothing is recorded."""
    found: dict[str, Loop] = {"aftercare": aftercare_of(parts).run}
    if parts.leading is not None:
        found["settings"] = parts.leading.run
    receivers = parts.settings.telemetry.events
    if receivers:
        parts.store.record_with(recorder({name: one.kinds for name, one in receivers.items()}))
        found["outgoing"] = outgoing_of(parts).run
    return found


def aftercare_of(parts: Following) -> AftercareLoop:
    masking = parts.settings.privacy.masking

    def due(case: RowMapping) -> float | None:
        if not asks(parts.settings, case["channel"]):
            return None
        after: float = parts.settings.business.rating.after_minutes * MINUTE
        return case["resolved_at"] + after

    asking = Asking(
        AskingTools(
            parts.store,
            parts.rendering,
            parts.setups.notices,
            lambda: parts.setups.current().hours,
            lambda channel: asks(parts.settings, channel),
            parts.clock,
        )
    )
    indexing = Indexing(parts.store, masking)
    return AftercareLoop(AftercareTools(parts.store, asking, indexing, due, masking))


def asks(settings: Settings, channel: str) -> bool:
    """Whether customers of a channel are asked how it went; nobody is on one that is gone."""
    entry = settings.channels.get(channel)
    return entry is not None and settings.business.rating.asks_on(channel, entry.kind)


def outgoing_of(parts: Following) -> OutgoingLoop:
    def told() -> Told:
        now = parts.settings
        kinds = {name: shown_kind(entry) for name, entry in now.channels.items()}
        return Told(now.business.name, f"{now.base_url}/desk", kinds, now.privacy.masking)

    receivers = parts.settings.telemetry.events
    ways = {name: _way(one, parts.clock) for name, one in receivers.items()}
    return OutgoingLoop(OutgoingTools(parts.store, parts.node, ways, told))


def _way(
    receiver: EventReceiver, clock: Clock
) -> Callable[[], AbstractAsyncContextManager[Posting]]:
    secret = receiver.secret.get_secret_value()
    return lambda: Webhook(receiver.url, secret, clock, private=receiver.networks)
