"""Joining the parts of one gateway; tests call it with their own configuration."""

from __future__ import annotations

import asyncio
import os
import random
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from aiohttp import web
from argon2 import PasswordHasher

from brain.contract import Brain
from brain.knowledge.index import KnowledgeIndex
from brain.settings import BrainSettings
from channels.contract import Capabilities, Channel, Clock
from channels.signatures import Signer
from gateway.bootstrap.keys import Keys
from gateway.bootstrap.setups import TurnSetups
from gateway.bootstrap.surfaces import Workshop, build_channel, capabilities_of, shown_kind
from gateway.bootstrap.thinking import LateBrain, LateEmbedder
from gateway.config.live import LiveConfiguration
from gateway.config.settings import Settings
from gateway.conversations.rendering import Rendering
from gateway.desk.actions import Desk
from gateway.desk.view import Views
from gateway.intake.door import Door, Gate, surface_of
from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.sources import Sources
from gateway.media.loop import MediaLoop, MediaTools
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.people.passwords import Passwords
from gateway.people.people import People
from gateway.people.throttle import REFUSED_TOKENS, Failures, SignInThrottle
from gateway.records import Node
from gateway.store.engine import is_sqlite
from gateway.store.files import Files
from gateway.store.store import MAIN, Store
from gateway.supervisor.channels import ChannelLife, ChannelTools
from gateway.supervisor.supervisor import Parts as Running
from gateway.supervisor.supervisor import Supervisor
from gateway.telemetry import Metrics
from gateway.timers.effects import effects, plan_sweep
from gateway.timers.loop import TimerLoop
from gateway.turns.loop import TurnLoop, TurnTools
from gateway.web.app import build_app
from gateway.web.files import FileLinks
from gateway.web.pages import Pages
from gateway.web.parts import Parts
from gateway.web.widget import DemoChannel, widget_routes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Ingredients:
    """What differs between the product and a test of it. ``brain_for`` None is the real one."""

    live: LiveConfiguration
    store: Store
    keys: Keys
    pages: Pages
    clock: Clock
    failpoint: Callable[[str], None]
    brain_for: Callable[[BrainSettings], Brain] | None = None


class Gateway:
    """One node: its supervisor, its application and what a reload touches."""

    def __init__(self, ingredients: Ingredients) -> None:
        self.store = ingredients.store
        self.live = ingredients.live
        self.settings = ingredients.live.current().settings
        self.closing = asyncio.Event()
        self.gate = Gate()
        self._ingredients = ingredients
        self._files = Files(self.settings.store.folder)
        self._links = FileLinks(Signer(ingredients.keys.key("files"), ingredients.clock))
        self._capabilities = capabilities_of(self.settings)
        self._rendering = Rendering(self._capabilities)
        self.index = self._new_index()
        self.setups = TurnSetups(self.live, self._capabilities, self._brain_for())
        self.node = Node(node_name(self.settings.store.url), secrets.token_hex(8))
        self._workshop = Workshop(
            self.store,
            self._files,
            ingredients.keys,
            ingredients.clock,
            self._links,
            self.closing,
            self.settings.public_url or "",
        )
        channels = {
            name: build_channel(name, entry, self._workshop)
            for name, entry in self.settings.channels.items()
        }
        self._doors = {name: self._door(name) for name in channels}
        self.supervisor = Supervisor(self._running(channels))
        self.people = self._people()
        self.app = build_app(self._parts(channels))

    # --- The pipeline ------------------------------------------------------------------------

    def _running(self, channels: Mapping[str, Channel]) -> Running:
        clock, node = self._ingredients.clock, self.node
        tools = ChannelTools(self.store, node, clock, jitter)
        lives = [
            ChannelLife(name, channel, self._doors[name], tools)
            for name, channel in channels.items()
        ]

        def sending() -> Mapping[str, Channel]:
            return {life.name: life.channel for life in lives if life.can_send}

        fail = self._ingredients.failpoint
        turn_tools = TurnTools(self.store, node, self.setups.current, self._rendering, clock, fail)
        return Running(
            store=self.store,
            node=node,
            clock=clock,
            gate=self.gate,
            turns=TurnLoop(turn_tools),
            outbox=OutboxLoop(OutboxTools(self.store, node, sending, clock, jitter, fail)),
            others={
                "timers": TimerLoop(self.store, effects()).run,
                "media": MediaLoop(MediaTools(self.store, node, sending, self._files)).run,
                "knowledge": self._follow_knowledge,
            },
            lives=lives,
        )

    def _door(self, name: str) -> Door:
        entry = self.settings.channels[name]
        capabilities: Capabilities = self._capabilities[name]
        surface = surface_of(name, capabilities, tenant=MAIN, quiet=entry.quiet_seconds)
        return Door(surface, self.store, self._files, self.gate, self._ingredients.failpoint)

    # --- The brain ---------------------------------------------------------------------------

    def _new_index(self) -> KnowledgeIndex:
        data = self.settings.store.data
        self._embedder = LateEmbedder(data / "models")
        return KnowledgeIndex(
            data / "index",
            StoredPassages(self.store),
            self._embedder.load,
            (MAIN,),
            self._ingredients.clock,
        )

    def _brain_for(self) -> Callable[[BrainSettings], Brain]:
        if self._ingredients.brain_for is not None:
            return self._ingredients.brain_for
        clock = self._ingredients.clock
        return lambda settings: LateBrain(settings, self.index, self._embedder, clock)

    async def _follow_knowledge(self) -> None:
        await self.store.write(plan_sweep)
        await self.sync_sources()
        await self.index.run()

    async def sync_sources(self) -> None:
        """Bring the configured sources into the store; the index follows by version."""
        sources = self.live.current().settings.brain.knowledge.sources
        for synced in await Sources(self.store).sync(sources):
            for problem in synced.problems:
                log.warning("knowledge.left_out", file=str(problem.path), why=problem.message)

    # --- The pages ---------------------------------------------------------------------------

    def _people(self) -> People:
        clock = self._ingredients.clock
        return People(
            self.store,
            Passwords(PasswordHasher()),
            SignInThrottle(clock),
            Failures(REFUSED_TOKENS, clock),
        )

    def _parts(self, channels: Mapping[str, Channel]) -> Parts:
        kinds = {name: shown_kind(entry) for name, entry in self.settings.channels.items()}
        return Parts(
            store=self.store,
            people=self.people,
            desk=Desk(self.store, self._rendering, self.setups.notices),
            views=Views(self.store, self._links.file_url, kinds),
            files=self._files,
            file_links=self._links,
            pages=self._ingredients.pages,
            readiness=self.supervisor.readiness,
            metrics=Metrics(),
            clock=self._ingredients.clock,
            business=lambda: self.live.current().settings.business.name,
            base_url=self.settings.base_url,
            kinds=kinds,
            routes=self._routes(channels),
            trusted_proxies=self.settings.server.trusted_proxies,
            closing=self.closing,
        )

    def _routes(self, channels: Mapping[str, Channel]) -> Sequence[web.RouteDef]:
        routes: list[web.RouteDef] = []
        for name, channel in channels.items():
            routes.extend(channel.routes(self._doors[name]))
        routes.extend(widget_routes(demo_channels(self.settings), self.settings.business.name))
        return routes


def demo_channels(settings: Settings) -> list[DemoChannel]:
    """The channels that the demo page shows."""
    return [
        DemoChannel(name, getattr(entry, "name", None) or name, shown_kind(entry))
        for name, entry in settings.channels.items()
        if entry.demo and entry.kind == "web"
    ]


def node_name(url: str) -> str:
    """Stable across restarts, and a name of its own for each node of a shared database."""
    named = os.environ.get("FRONTDESK_NODE")
    return named or ("main" if is_sqlite(url) else socket.gethostname())


def jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311  # spreads retries, protects nothing
