"""What the HTTP side is built from; it constructs none of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from channels.contract import Clock
from gateway.budgets.caps import Limits
from gateway.config.settings import Settings
from gateway.desk.actions import Desk
from gateway.desk.approvals import Approvals
from gateway.desk.drafting import DraftDesk
from gateway.desk.view import Views
from gateway.knowledge.writing import Writing
from gateway.people.people import People
from gateway.records import Readiness
from gateway.store.files import Files
from gateway.store.store import MAIN, Store
from gateway.telemetry.metrics import Metrics
from gateway.web.assistant import Assistant
from gateway.web.files import FileLinks
from gateway.web.leading import Leading
from gateway.web.pages import Pages


@dataclass(frozen=True, slots=True)
class Parts:
    """``business`` names it as configured now, ``limits`` are the budgets in force; ``assistant``
    is asked without a customer; ``kinds`` says what sort each channel is; ``routes`` are those of
    the channels, the widget and the demo page; ``closing`` is set when the gateway shuts down, and
    open streams end; ``settings`` are those in force, ``leading`` is None where config.yaml alone
    has them."""

    store: Store
    people: People
    desk: Desk
    approvals: Approvals
    drafts: DraftDesk
    views: Views
    files: Files
    file_links: FileLinks
    pages: Pages
    readiness: Callable[[], Awaitable[Readiness]]
    metrics: Metrics
    clock: Clock
    business: Callable[[], str]
    base_url: str
    assistant: Assistant
    writing: Writing
    kinds: Mapping[str, str]
    limits: Callable[[], Limits]
    leading: Leading | None = None
    routes: Sequence[web.RouteDef] = ()
    trusted_proxies: Sequence[str] = ()
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    tenant: str = MAIN
    settings: Callable[[], Settings] = Settings
