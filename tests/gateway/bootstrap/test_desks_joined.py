"""The gateway of a configuration with a desk on Slack, and of one without: what is joined."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from channels.events import Address, Sender
from gateway.bootstrap.assembly import Gateway, Ingredients
from gateway.bootstrap.desks import sync_staff
from gateway.bootstrap.keys import load_keys
from gateway.bootstrap.serving import read_configuration
from gateway.clock import SystemClock
from gateway.config.live import LiveConfiguration
from gateway.conversations.opening import find_or_open, open_case
from gateway.conversations.ownership import hand_over
from gateway.people.accounts import member_at
from gateway.records import Brief
from gateway.store.schema.desk import desk_threads
from gateway.store.store import Store
from gateway.store.unit import Unit
from gateway.web.pages import load_pages
from tests.gateway.pipeline.rig import ScriptedBrain

SLACK = """
channels:
  web: {kind: web, desk: support}
  slack: {kind: slack, bot_token: "${TOKEN}", signing_secret: "${SECRET}"}
desks:
  support: {channel: slack, chat: C0DESK, on_duty: S0DUTY}
staff:
  - {name: Ada, role: lead, identities: {slack: T0TEAM/U0ADA}}
"""
WEB = "channels: {web: {kind: web}}\n"
ENVIRON = {"TOKEN": "xoxb-1111-2222-fake", "SECRET": "0123456789abcdef0123456789abcdef"}


@pytest.fixture
def joined(sqlite_store: Store, tmp_path: Path) -> Callable[[str], Gateway]:
    def join(text: str) -> Gateway:
        file = tmp_path / "config.yaml"
        file.write_text(text)
        loaded = read_configuration(file, ENVIRON)
        live = LiveConfiguration(loaded.settings, lambda: loaded)
        keys = load_keys(tmp_path, secrets.token_bytes)
        clock, brain = SystemClock(), ScriptedBrain()
        return Gateway(
            Ingredients(
                live, sqlite_store, keys, load_pages(), clock, lambda _: None, lambda _: brain
            )
        )

    return join


def handed_over(unit: Unit) -> None:
    row = find_or_open(unit, "web", Address("c1"), Sender(("visitor",)))
    open_case(unit, row, "Where is it?")
    row = find_or_open(unit, "web", Address("c1"), Sender(("visitor",)))
    hand_over(unit, row, "legal", Brief("Where is it?", "legal"))


async def test_a_desk_on_slack_is_joined_with_all_its_parts(
    sqlite_store: Store, joined: Callable[[str], Gateway]
) -> None:
    gateway = await asyncio.to_thread(joined, SLACK)
    assert gateway.desks.loop is not None
    await sync_staff(sqlite_store, gateway.settings)
    found = await sqlite_store.read(lambda r: member_at(r, "slack", "T0TEAM/U0ADA"))
    assert (found.name, found.role) == ("Ada", "lead") if found else False
    await sqlite_store.write(handed_over)
    (thread,) = await sqlite_store.read(lambda r: r.all(select(desk_threads)))
    assert (thread["desk"], thread["channel"], thread["state"]) == ("support", "slack", "opening")
    # About the law: the group on duty is called at once.
    assert thread["called_at"] is not None
    # Whom only the configuration names cannot sign in, so the first link is still given.
    assert await gateway.people.first_link() is not None
    await gateway.people.add("Ada", "lead", "a long password")
    assert await gateway.people.first_link() is None
    await sync_staff(sqlite_store, gateway.settings.model_copy(update={"staff": ()}))
    assert await sqlite_store.read(lambda r: member_at(r, "slack", "T0TEAM/U0ADA")) is None


async def test_the_web_desk_alone_has_nothing_of_it(
    sqlite_store: Store, joined: Callable[[str], Gateway]
) -> None:
    gateway = await asyncio.to_thread(joined, WEB)
    assert gateway.desks.loop is None
    await sqlite_store.write(handed_over)
    assert await sqlite_store.read(lambda r: r.all(select(desk_threads))) == []
