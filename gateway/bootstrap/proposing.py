"""Proposing the message that reopens a chat to a platform that lets only approved ones do so."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from channels.contract import Clock
from gateway.bootstrap.offline import CHECK_SECONDS, workshop_of
from gateway.bootstrap.surfaces import build_channel
from gateway.config.settings import Settings
from gateway.notices.catalogue import notices_for
from gateway.store.store import Store

NOTICE = "window_template"
# What it is shown to the platform's reviewers with, in place of a customer's question.
SAMPLE = "size 42 boots"


class Submitted(Protocol):
    """Where a proposal stands; ``mend`` is what to do while it cannot be used."""

    @property
    def sid(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def usable(self) -> bool: ...
    @property
    def mend(self) -> str: ...


@runtime_checkable
class Proposes(Protocol):
    """A channel that can submit a template. ``text`` has its variables as ``{{1}}``."""

    async def propose_template(
        self, text: str, samples: Mapping[str, str], *, language: str = "en"
    ) -> Submitted: ...


async def propose(name: str, settings: Settings, store: Store, clock: Clock) -> Submitted | None:
    """Submit the gateway's own text, in the business' first language; None where the channel
    needs no such thing. ``store`` is a temporary one.

    Raises:
        ChannelError: it was not taken, with the mend. TimeoutError: nobody answered.
    """
    channel = build_channel(name, settings.channels[name], workshop_of(settings, store, clock))
    if not isinstance(channel, Proposes):
        return None
    business = settings.business
    notices = await asyncio.to_thread(notices_for, settings)
    text = (await asyncio.to_thread(notices.say, NOTICE, business.languages[0], name)).text
    samples = {"1": business.name, "2": SAMPLE}
    async with asyncio.timeout(CHECK_SECONDS), channel:
        return await channel.propose_template(text, samples, language=business.languages[0])
