"""A whole desk for tests: a real store, a clock that is moved by hand, and what customers do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from sqlalchemy import RowMapping, Table, select

from brain.contract import Decision, Filter, Hit, Passage, TurnInput
from brain.models.scripted import Scripted
from brain.settings import BudgetSettings
from channels.events import Address, Chosen, InboundMessage, Sender
from channels.kinds import CAPABILITIES
from channels.signatures import Signer
from gateway.bootstrap.settings import Looking, configured, leading_of
from gateway.budgets.caps import Limits
from gateway.conversations.opening import by_id, find
from gateway.conversations.ownership import expect, hand_over
from gateway.conversations.rendering import Rendering
from gateway.desk.actions import Asked, Desk
from gateway.desk.approvals import Approvals
from gateway.desk.drafting import DraftDesk
from gateway.desk.view import Views
from gateway.intake.events import receive
from gateway.intake.surface import Surface
from gateway.knowledge.proposed import Proposal
from gateway.knowledge.writing import Writing
from gateway.notices.catalogue import Notices
from gateway.notices.check import texts_check
from gateway.people.passwords import Passwords
from gateway.people.people import People
from gateway.people.records import Actor, Role
from gateway.people.throttle import REFUSED_TOKENS, Failures, SignInThrottle
from gateway.records import Brief, ChannelHealth, Readiness
from gateway.store.files import Files
from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from gateway.store.unit import Unit
from gateway.telemetry.metrics import Metrics
from gateway.web.app import build_app
from gateway.web.assistant import Assistant
from gateway.web.files import FileLinks
from gateway.web.leading import Leading
from gateway.web.pages import PAGES, Pages, load_pages
from gateway.web.parts import Parts

PASSWORD = "correct horse battery"
START = 1_760_000_000.0


class HandClock:
    """Moves when it is told to."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self.at += seconds


def surface(channel: str = "web") -> Surface:
    return Surface(channel=channel, tenant="main", pulled=True, numbered=False, quiet=0.3)


@dataclass(slots=True)
class House:
    """The parts below the HTTP side."""

    store: Store
    clock: HandClock
    people: People
    desk: Desk
    views: Views
    files: Files
    links: FileLinks
    drafts: DraftDesk
    known: dict[str, Actor] = field(default_factory=dict[str, Actor])

    async def member(self, name: str = "Ada", role: Role = "agent") -> Actor:
        if name not in self.known:
            self.known[name] = await self.people.add(name, role, PASSWORD)
        return self.known[name]

    async def says(
        self, text: str, session: str = "visitor-1", name: str | None = None, channel: str = "web"
    ) -> str:
        """A customer writes; the conversation's id."""
        address = Address(session)
        event = InboundMessage(
            external_id=f"{session}:{uuid4()}",
            address=address,
            text=text,
            sender=Sender((session,), name),
        )

        def unit(unit: Unit) -> str:
            receive(unit, surface(channel), event)
            row = find(unit, channel, address)
            assert row is not None
            return str(row["id"])

        return await self.store.write(unit)

    async def presses(self, message: str, choice: str, session: str = "visitor-1") -> None:
        event = Chosen(
            external_id=f"{session}:{uuid4()}",
            address=Address(session),
            message=message,
            choice=choice,
            sender=Sender((session,)),
        )
        await self.store.write(lambda unit: receive(unit, surface(), event))

    async def to_the_queue(self, conversation: str, brief: Brief | None = None) -> None:
        shown = brief or Brief(question="Where is it?", reason="asked_for_person", rule="a rule")

        def unit(unit: Unit) -> None:
            row = expect(unit, conversation, None)
            hand_over(unit, row, shown.reason, shown)

        await self.store.write(unit)

    async def write(self, unit: Callable[[Unit], object]) -> None:
        await self.store.write(unit)

    async def row(self, conversation: str) -> RowMapping:
        row = await self.store.read(lambda reading: by_id(reading, conversation))
        assert row is not None
        return row

    async def rows(self, table: Table) -> Sequence[RowMapping]:
        return await self.store.read(lambda reading: reading.all(select(table)))

    async def view(self, conversation: str, me: str = "") -> dict[str, Any]:
        found = await self.views.one(conversation, me)
        assert found is not None
        return found


def asked(
    actor: Actor, conversation: str, verb: str, epoch: int | None = None, request: str = ""
) -> Asked:
    return Asked(actor, conversation, request or str(uuid4()), verb, epoch)


@asynccontextmanager
async def open_house(url: str, tmp_path: Path) -> AsyncGenerator[House]:
    clock = HandClock()
    store = await asyncio.to_thread(open_store, url, Options(now=clock.now))
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    people = People(store, passwords, SignInThrottle(clock), Failures(REFUSED_TOKENS, clock))
    notices = await asyncio.to_thread(Notices, "Fernhill Outdoor")
    capabilities = {"web": CAPABILITIES["web"], "wa": CAPABILITIES["whatsapp"]}
    desk = Desk(store, Rendering(capabilities), lambda: notices)
    links = FileLinks(Signer(b"k" * 32, clock))
    views = Views(store, links.file_url, {"web": "web", "wa": "whatsapp"})
    files = await asyncio.to_thread(Files, tmp_path / "files")
    try:
        drafts = DraftDesk(store, Rendering(capabilities), lambda: notices)
        yield House(store, clock, people, desk, views, files, links, drafts)
    finally:
        await asyncio.to_thread(store.close)


@dataclass(slots=True)
class Health:
    """What the readiness of a fake node says."""

    report: Readiness = field(
        default_factory=lambda: Readiness(
            ready=True,
            commits=True,
            loops_down=(),
            oldest_unfinished_age=1.5,
            channels={"web": ChannelHealth("up", None, 3.0)},
        )
    )

    async def __call__(self) -> Readiness:
        return self.report


def pages(tmp_path: Path) -> Pages:
    """Pages of our own making, so that no test depends on what the desk looks like."""
    for name in PAGES:
        file = tmp_path / "templates" / f"{name}.html"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"<!doctype html><title>{name} of {{{{business}}}}</title>")
    static = tmp_path / "static"
    static.mkdir(exist_ok=True)
    (static / "desk.js").write_text("export {};")
    (static / "secret.txt").write_text("not listed")
    return load_pages(tmp_path)


class Shelf:
    """Knowledge that finds one passage, whatever is asked."""

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        passage = Passage("p1", "returns", "main", "Returns", ("Returns",), f"About {query}")
        return (Hit(passage, 0.9),)


CONFIGURATION = """\
business: {name: Fernhill Outdoor, languages: [en, de], texts: {handoff: "I fetch somebody."}}
channels: {web: {kind: web, demo: true}}
rollout: {channels: {web: auto}}
locked: [brain.budgets, rollout.hours]
"""


def settings_of(store: Store, clock: HandClock, tmp_path: Path) -> Leading | None:
    """What leads change, over a small configuration."""
    file = tmp_path / "config.yaml"
    file.write_text(CONFIGURATION)
    desk = configured(file, {}, (texts_check,)).desk(store, clock)
    return leading_of(desk, Looking(store, clock, Shelf(), lambda _: Scripted()))


@dataclass(slots=True)
class Rehearsed:
    """Implements Rehearsing: what is proposed is answered with its first passage."""

    async def now(self, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        return [await Scripted().decide(turn) for turn in turns]

    async def proposed(self, proposal: Proposal, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        text = proposal.passages[0].text
        return [Decision("reply", text=f"{turn.new[0].text}: {text}") for turn in turns]

    async def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        words = set(text.split())
        return [len(words & set(other.split())) / max(1, len(words)) for other in others]

    async def groups(self, texts: Sequence[str], least: float) -> Sequence[Sequence[int]]:
        groups: list[list[int]] = []
        for place, text in enumerate(texts):
            near = await self.alike(text, [texts[group[0]] for group in groups])
            same = [group for group, at in zip(groups, near, strict=True) if at >= least]
            if same:
                same[0].append(place)
            else:
                groups.append([place])
        return groups


def assistant(clock: HandClock) -> Assistant:
    return Assistant(Shelf(), Scripted, clock, demo=False, rehearsing=Rehearsed())


@dataclass(slots=True)
class Site:
    """The house with its HTTP side running on loopback."""

    house: House
    parts: Parts
    health: Health
    server: TestServer
    http: aiohttp.ClientSession
    app: web.Application

    def url(self, path: str) -> str:
        return str(self.server.make_url(path))

    @property
    def origin(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    async def bearer(
        self, name: str = "Ada", role: Role = "agent", scope: Any = "desk"
    ) -> dict[str, str]:
        """Headers of a script that acts for this member."""
        await self.house.member(name, role)
        token = await self.house.people.new_token(name, scope)
        return {"Authorization": f"Bearer {token}"}

    async def cookie(self, name: str = "Ada") -> str:
        """The cookie header of a browser in which this member signed in."""
        await self.house.member(name)
        signed = await self.house.people.sign_in(name, PASSWORD, "test")
        return f"frontdesk={signed.secret}"

    async def get(
        self, path: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        async with self.http.get(self.url(path), headers=headers) as response:
            return response.status, await response.json(content_type=None)

    async def post(
        self, path: str, body: object, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        async with self.http.post(self.url(path), json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None)


@asynccontextmanager
async def open_site(
    url: str,
    tmp_path: Path,
    base_url: str = "http://127.0.0.1:8080",
    routes: Sequence[web.RouteDef] = (),
    trusted: Sequence[str] = (),
    shown: Pages | None = None,
    **more: Any,
) -> AsyncGenerator[Site]:
    """With real pages (``shown``) it is served at the base address, as a browser asks for that.
    ``more`` replaces parts of it."""
    async with open_house(url, tmp_path) as house:
        health = Health()
        parts = Parts(
            store=house.store,
            people=house.people,
            desk=house.desk,
            approvals=Approvals(
                house.store,
                Rendering({"web": CAPABILITIES["web"]}),
                lambda: Notices("Fernhill Outdoor"),
            ),
            drafts=house.drafts,
            views=house.views,
            files=house.files,
            file_links=house.links,
            pages=shown or await asyncio.to_thread(pages, tmp_path),
            readiness=health,
            metrics=Metrics(),
            clock=house.clock,
            business=lambda: "Fernhill <Outdoor>",
            base_url=base_url,
            assistant=assistant(house.clock),
            writing=Writing(house.store),
            kinds={"web": "web"},
            limits=lambda: Limits(BudgetSettings(), ZoneInfo("UTC")),
            leading=await asyncio.to_thread(settings_of, house.store, house.clock, tmp_path),
            routes=routes,
            trusted_proxies=trusted,
        )
        parts = replace(parts, **more)
        app = build_app(parts)
        server = TestServer(app, port=urlsplit(base_url).port if shown is not None else None)
        await server.start_server(access_log=None, auto_decompress=False)
        jar = aiohttp.DummyCookieJar()
        try:
            async with aiohttp.ClientSession(cookie_jar=jar) as http:
                yield Site(house, parts, health, server, http, app)
        finally:
            parts.closing.set()
            await server.close()
