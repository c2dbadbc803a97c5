"""Joining the parts of one gateway; tests call it with their own configuration."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import structlog
from aiohttp import web

from brain.contract import Brain, Decision
from brain.knowledge.index import KnowledgeIndex
from brain.settings import BrainSettings
from channels.contract import Capabilities, Channel, Clock
from channels.signatures import Signer
from gateway.actions.loop import ActionLoop, ActionTools
from gateway.actions.watched import WatchedActions
from gateway.bootstrap.acting import Systems, acting
from gateway.bootstrap.brains import Brains
from gateway.bootstrap.desks import DeskNeeds, desks_of
from gateway.bootstrap.following import Following, loops_of
from gateway.bootstrap.keys import Keys
from gateway.bootstrap.limiting import keeping_of, limits_of, retention_of
from gateway.bootstrap.naming import node_name
from gateway.bootstrap.people import people_of
from gateway.bootstrap.reading import checking_of, sentences_of, syncing_of, writing_of
from gateway.bootstrap.settings import Looking, leading_of
from gateway.bootstrap.setups import TurnSetups
from gateway.bootstrap.surfaces import (
    Workshop,
    build_channel,
    capabilities_of,
    demo_channels,
    enclosing_of,
    kinds_of,
)
from gateway.bootstrap.thinking import LateEmbedder
from gateway.bootstrap.waiting import Waiting
from gateway.budgets.budget import StoredBudget
from gateway.budgets.caps import Limits
from gateway.config.live import LiveConfiguration
from gateway.conversations.rendering import Rendering
from gateway.desk.approvals import Approvals
from gateway.desk.drafting import DraftDesk
from gateway.desk.view import Views
from gateway.intake.door import Door, Gate
from gateway.intake.surface import surface_of
from gateway.knowledge.loop import KnowledgeLoop, KnowledgeTools
from gateway.knowledge.origins import configure
from gateway.knowledge.places import places_of
from gateway.knowledge.shelves import StoredPassages
from gateway.knowledge.waiting import PassagesWhenRead
from gateway.media.loop import MediaLoop, MediaTools
from gateway.outbox.loop import OutboxLoop, OutboxTools
from gateway.outbox.typing import Typing
from gateway.outbox.windows import Wording
from gateway.records import Node
from gateway.settings.desk import SettingsDesk
from gateway.store.files import Files
from gateway.store.store import MAIN, Store
from gateway.supervisor.channels import ChannelLife, ChannelTools
from gateway.supervisor.lag import LagLoop
from gateway.supervisor.supervisor import Parts as Running
from gateway.supervisor.supervisor import Supervisor
from gateway.supervisor.switch import SwitchLoop
from gateway.telemetry.facts import Facts, Listener
from gateway.telemetry.journal import journal
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.origins import Origins
from gateway.timers.effects import effects, plan_sweep
from gateway.timers.loop import TimerLoop
from gateway.turns.loop import TurnLoop, TurnTools
from gateway.turns.origin import StoredOrigins
from gateway.web.app import build_app
from gateway.web.assistant import Assistant
from gateway.web.demo_mailbox import mailbox_routes
from gateway.web.files import FileLinks
from gateway.web.pages import Pages
from gateway.web.parts import Parts
from gateway.web.refusals import telling_refusals
from gateway.web.widget import widget_routes

log = structlog.get_logger()
# A turn waits 45 s for the first build; by then it has to have begun.
FIRST_READING_SECONDS = 20.0


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
    metrics: Metrics | None = None
    spans: Listener | None = None
    settings: SettingsDesk | None = None


class Gateway:
    """One node: its supervisor, its application and what a reload touches."""

    def __init__(self, ingredients: Ingredients) -> None:
        self.store = ingredients.store
        self.live = ingredients.live
        self.leading = ingredients.settings
        self.settings = ingredients.live.current().settings
        self.closing = asyncio.Event()
        self.gate = Gate()
        self._ingredients = ingredients
        self.metrics = ingredients.metrics or Metrics(self.settings.channels)
        self._files = Files(self.settings.store.folder)
        self._links = FileLinks(Signer(ingredients.keys.key("files"), ingredients.clock))
        self._capabilities = capabilities_of(self.settings)
        self._rendering = Rendering(self._capabilities)
        self._first_read = asyncio.Event()
        self.index = self._new_index()
        # Asked before every call of a model, of whichever brain.
        self.budget = StoredBudget(self.store, self._limits, keeping_of(self.settings))
        self.waiting = Waiting(self.store, ingredients.clock, self.live)
        self.systems = Systems(self.settings, lambda: self.setups.current().catalogue)
        # The same, with every call told.
        self._hands = WatchedActions(self.systems.actions, self.store.facts, ingredients.clock)
        self._brains = Brains(
            ingredients, self.budget, self.systems, self._embedder, (self.index, self._shelves)
        )
        self.setups = TurnSetups(
            self.live,
            self._capabilities,
            self._brains.of,
            lambda brain, catalogue: acting(brain, catalogue, self._hands),
            self.waiting.measured.minutes,
        )
        self.node = Node(node_name(self.settings.store.url), secrets.token_hex(8))
        decide = self._assistant().decide
        self.desks = desks_of(
            DeskNeeds(
                self.store, self._rendering, self._capabilities, self.setups, self.live, decide
            )
        )
        self._sources = self._new_sources()
        workshop = self._workshop()
        channels = {
            name: build_channel(name, entry, workshop)
            for name, entry in self.settings.channels.items()
        }
        self._doors = {name: self._door(name) for name in channels}
        self.supervisor = Supervisor(self._running(channels))
        self._listen()
        self.people = people_of(self.store, ingredients.clock)
        self.app = build_app(self._parts(channels))

    def _workshop(self) -> Workshop:
        return Workshop(
            self.store,
            self._files,
            self._ingredients.keys,
            self._ingredients.clock,
            self._links,
            self.closing,
            self.settings.public_url or "",
            self.desks.chats.on,
        )

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

        self.store.facts.listen(Typing(self.store, sending, clock))
        fail = self._ingredients.failpoint
        turn_tools = TurnTools(self.store, node, self.setups.current, self._rendering, clock, fail)
        timers = TimerLoop(self.store, effects(self.waiting.promises, retention_of(self.settings)))
        looked = self.waiting.loops(self.setups.notices, self._rendering)
        media = MediaLoop(MediaTools(self.store, node, sending, self._files))
        return Running(
            store=self.store,
            node=node,
            clock=clock,
            gate=self.gate,
            turns=TurnLoop(turn_tools),
            outbox=self._outbox(sending),
            actions=self._action_loop(),
            others={
                **({"shop": self.systems.shop.run} if self.systems.shop is not None else {}),
                **({"desks": self.desks.loop.run} if self.desks.loop is not None else {}),
                "timers": timers.run,
                **{name: loop.run for name, loop in looked.items()},
                "media": media.run,
                "knowledge": self._follow_knowledge,
                "sources": self._sources.run,
                "sentences": sentences_of(self._shelves, self._embedder.local(), clock),
                "lag": LagLoop(clock, self.metrics.pipeline.lag).run,
                "switch": SwitchLoop(self.store, clock).run,
                **loops_of(self._following()),
            },
            lives=lives,
            rounds={
                name: partial(getattr, loop, "rounds")
                for name, loop in {"timers": timers, "media": media, **looked}.items()
            },
        )

    def _outbox(self, sending: Callable[[], Mapping[str, Channel]]) -> OutboxLoop:
        return OutboxLoop(
            OutboxTools(
                self.store,
                self.node,
                sending,
                self._ingredients.clock,
                jitter,
                self._ingredients.failpoint,
                templates=self._template,
                enclose=enclosing_of(self.settings.public_url, self._files, self._links),
                compose=self.desks.composing,
            )
        )

    def _following(self) -> Following:
        more = self._ingredients.clock, self.live, self.setups, self._rendering, self.leading
        return Following(self.store, self.node, *more)

    def _action_loop(self) -> ActionLoop:
        return ActionLoop(
            ActionTools(
                self.store,
                self.node,
                self._hands,
                lambda: self.setups.current().catalogue,
                self.setups.notices,
                self._rendering,
                self._ingredients.failpoint,
            )
        )

    def _template(self, channel: str, language: str | None) -> Wording | None:
        """The approved message of a channel, where one is configured."""
        if getattr(self.settings.channels.get(channel), "template", None) is None:
            return None
        text = self.setups.notices().say("window_template", language, channel).text
        return Wording(text, self.live.current().settings.business.name)

    def _listen(self) -> None:
        """Figures and log lines, from the one place where what happened is told."""
        traced = Facts()
        traced.listen(self.metrics.pipeline)
        traced.listen(journal)
        if self._ingredients.spans is not None:
            traced.listen(self._ingredients.spans)
        self.store.facts.listen(Origins(StoredOrigins(self.store).of, traced))

    def _door(self, name: str) -> Door:
        entry = self.settings.channels[name]
        capabilities: Capabilities = self._capabilities[name]
        surface = surface_of(name, capabilities, tenant=MAIN, quiet=entry.quiet_seconds)
        surface = replace(surface, kind=entry.kind, desks=partial(self.desks.chats.on, name))
        surface = self.waiting.reopening(surface)
        privacy = self.settings.privacy
        if privacy.originals == "drop":
            surface = replace(surface, dropped=privacy.masking)
        return Door(surface, self.store, self._files, self.gate, self._ingredients.failpoint)

    def _limits(self) -> Limits:
        return limits_of(self.live.current().settings)

    # --- The brain ---------------------------------------------------------------------------

    def _new_index(self) -> KnowledgeIndex:
        data = self.settings.store.data
        self._embedder = LateEmbedder(data / "models", self.settings.brain.knowledge.embedding)
        self._shelves = StoredPassages(self.store)
        return KnowledgeIndex(
            data / "index",
            PassagesWhenRead(self._shelves, self._first_read),
            self._embedder.load,
            (MAIN,),
            self._ingredients.clock,
        )

    def _new_sources(self) -> KnowledgeLoop:
        store, clock = self.store, self._ingredients.clock
        syncing = syncing_of(store, lambda: self.live.current().settings, clock)
        checking = checking_of(store, self._embedder.local())
        return KnowledgeLoop(KnowledgeTools(store, self.node, syncing, checking))

    async def _follow_knowledge(self) -> None:
        await self.store.write(plan_sweep)
        await self.sync_sources()
        # The first build has what the configuration names, so that no answer comes too early.
        if not await self._sources.settled(FIRST_READING_SECONDS):
            log.warning("knowledge.slow_start", meaning="answers come while articles are read")
        self._first_read.set()
        await self.index.run()

    async def sync_sources(self) -> None:
        """Put the configured sources in line to be read; the index follows by version."""
        sources = self.live.current().settings.brain.knowledge.sources
        places, refused = await asyncio.to_thread(places_of, sources)
        for why in refused:
            log.error("knowledge.source_refused", why=why)
        for gone in await self.store.write(lambda unit: configure(unit, places)):
            log.warning("knowledge.source_removed", source=gone, why="no longer configured")

    # --- The pages ---------------------------------------------------------------------------

    def _parts(self, channels: Mapping[str, Channel]) -> Parts:
        kinds, clock = kinds_of(self.settings), self._ingredients.clock
        return Parts(
            store=self.store,
            people=self.people,
            desk=self.desks.desk,
            approvals=Approvals(self.store, self._rendering, self.setups.notices),
            drafts=DraftDesk(self.store, self._rendering, self.setups.notices),
            views=self._views(kinds),
            files=self._files,
            file_links=self._links,
            pages=self._ingredients.pages,
            readiness=self.supervisor.readiness,
            metrics=self.metrics,
            clock=clock,
            business=self._business,
            base_url=self.settings.base_url,
            assistant=self._assistant(),
            writing=writing_of(self.store, self._embedder.local()),
            kinds=kinds,
            limits=self._limits,
            leading=leading_of(
                self.leading, Looking(self.store, clock, self.index, self._brains.of)
            ),
            routes=self._routes(channels),
            trusted_proxies=self.settings.server.trusted_proxies,
            closing=self.closing,
            settings=lambda: self.live.current().settings,
        )

    def _views(self, kinds: Mapping[str, str]) -> Views:
        views = Views(
            self.store,
            self._links.file_url,
            kinds,
            window_line=lambda minutes: self.setups.notices().staff_line("window", minutes=minutes),
            masking=self.settings.privacy.masking,
        )
        views.promises = self.waiting.promises
        return views

    def _assistant(self) -> Assistant:
        demo = all(entry.demo for entry in self.settings.channels.values())
        clock, rehearsal = self._ingredients.clock, self._brains.rehearsal()
        return Assistant(
            self.index,
            self.setups.answering,
            clock,
            demo,
            rehearsal,
            self._passed,
        )

    def _passed(self, decision: Decision, channel: str) -> Decision:
        return self.setups.current().gate.passed(decision, channel)

    def _business(self) -> str:
        return self.live.current().settings.business.name

    def _routes(self, channels: Mapping[str, Channel]) -> Sequence[web.RouteDef]:
        routes: list[web.RouteDef] = []
        for name, channel in channels.items():
            routes.extend(
                telling_refusals(route, name, self.store.facts)
                for route in channel.routes(self._doors[name])
            )
        shown, shop = demo_channels(self.settings), self.systems.shop
        routes.extend(widget_routes(shown, self._business, mailbox=shop is not None))
        if shop is not None:
            routes.extend(mailbox_routes(shop.shop.mails, shop.confirm))
        return routes


def jitter() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311  # spreads retries, protects nothing
