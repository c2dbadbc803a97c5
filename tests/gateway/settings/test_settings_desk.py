"""What leads save is kept as versions, once and in order, and every node puts it in force; the same
on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from gateway.bootstrap.settings import Configured, configured
from gateway.config.editable import NotEditable, path_of
from gateway.config.overlay import Given
from gateway.notices.check import texts_check
from gateway.people.records import Actor
from gateway.settings.desk import SettingsDesk
from gateway.settings.records import (
    Asked,
    NothingChanged,
    SettingLocked,
    SettingsMoved,
    SettingsRefused,
    UnknownVersion,
)
from gateway.settings.rows import SETTINGS
from gateway.store.opening import open_store
from gateway.store.store import Options, Store
from tests.gateway.conftest import ManualClock

FILE = """\
business: {texts: {handoff: From the file}}
channels: {web: {kind: web, demo: true}}
locked: [brain.budgets]
"""
LEA = Actor("lea", "Lea", "lead")


class Node:
    """One gateway's share of it."""

    def __init__(self, folder: Path, store: Store, clock: ManualClock, text: str = FILE) -> None:
        folder.mkdir()
        self.file = folder / "config.yaml"
        self.file.write_text(text)
        self.found: Configured = configured(self.file, {}, (texts_check,))
        self.refreshed = 0
        self.desk: SettingsDesk = self.found.desk(store, clock, self._refresh)

    async def _refresh(self) -> None:
        self.refreshed += 1

    def said(self) -> object:
        return self.found.live.current().settings.business.texts.get("handoff")


def asked(seen: int, value: str | None, key: str = "business.texts.handoff") -> Asked:
    given = None if value is None else Given(value)
    return Asked(LEA, str(uuid4()), seen, {path_of(key): given}, "A test")


@pytest.fixture
async def other_store(store_url: str, store: Store, clock: ManualClock) -> AsyncIterator[Store]:
    opened = await asyncio.to_thread(open_store, store_url, Options(now=clock.now, readers=1))
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
async def node(store: Store, clock: ManualClock, tmp_path: Path) -> Node:
    return await asyncio.to_thread(Node, tmp_path / "one", store, clock)


async def test_two_leads_at_once_and_two_nodes(
    node: Node, other_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    other = await asyncio.to_thread(Node, tmp_path / "two", other_store, clock)
    await asyncio.gather(node.desk.begin(), other.desk.begin())
    outcomes = await asyncio.gather(
        node.desk.save(asked(0, "One")), other.desk.save(asked(0, "Two")), return_exceptions=True
    )
    moved = [one for one in outcomes if isinstance(one, SettingsMoved)]
    assert [one for one in outcomes if not isinstance(one, SettingsMoved)] == [1]
    assert moved[0].newest == 1
    won = moved[0].since[0]
    assert (won.by, won.why, won.at) == ("Lea", "A test", clock.now())
    for each in (node, other):
        await each.desk.follow()
        assert each.said() in {"One", "Two"}
        assert each.refreshed == 1
    assert node.said() == other.said()
    # The loser looks, and saves over it; the other node hears of it by itself.
    await other.desk.save(asked(1, "Three"))
    await node.desk.follow()
    assert node.said() == "Three"
    # A turn keeps what it began with: the settings are swapped, never changed.
    assert node.found.live.current().version == 3


async def test_a_request_that_is_repeated_is_one_version(node: Node, store: Store) -> None:
    first = asked(0, "One")
    with store.signals.listen(SETTINGS) as woken:
        assert await node.desk.save(first) == 1
        assert await woken.wait(0)
    assert await node.desk.save(first) == 1
    # Also where its own version was looked at meanwhile.
    assert await node.desk.save(replace(first, seen=1)) == 1
    assert [one.number for one in await node.desk.history(None, 10)] == [1]


async def test_what_would_be_wrong_is_not_kept(node: Node) -> None:
    with pytest.raises(SettingsRefused) as refused:
        await node.desk.save(asked(0, "I {nonsense}"))
    assert refused.value.problems[0].path == ("business", "texts", "handoff")
    with pytest.raises(SettingLocked):
        await node.desk.save(asked(0, "5", "brain.budgets.tenant"))
    with pytest.raises(NothingChanged):
        await node.desk.save(asked(0, None))
    assert await node.desk.history(None, 10) == []
    assert node.refreshed == 0


async def test_a_version_is_taken_back(node: Node) -> None:
    for seen, value in enumerate(("One", "Two")):
        await node.desk.save(asked(seen, value))
    back = asked(2, None)
    assert await node.desk.undo(back, 2) == 3
    assert node.said() == "One"
    assert await node.desk.undo(asked(3, None), 1) == 4
    assert node.said() == "From the file"
    assert [one.undoes for one in await node.desk.history(None, 10)] == [1, 2, None, None]
    assert [one.number for one in await node.desk.history(3, 1)] == [2]
    with pytest.raises(UnknownVersion):
        await node.desk.undo(asked(4, None), 9)
    with pytest.raises(NothingChanged):
        await node.desk.undo(asked(4, None), 1)


async def test_a_start_leaves_out_what_no_longer_fits_and_says_so(
    node: Node, other_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    await node.desk.save(asked(0, "auto", "rollout.channels.web"))
    await node.desk.save(asked(1, "Two"))
    text = FILE.replace("{web:", "{shop:")
    later = await asyncio.to_thread(Node, tmp_path / "later", other_store, clock, text)
    with capture_logs() as logged:
        await later.desk.begin()
    assert [(one["event"], one["version"]) for one in logged] == [("settings.left_out", 1)]
    assert later.said() == "Two"
    assert list(later.desk.state().left_out) == [1]
    # A file that is edited into a conflict is refused, and the old configuration stays.
    never = "voice: {never: [two]}, texts"
    await asyncio.to_thread(node.file.write_text, FILE.replace("texts", never))
    report = await node.desk.reload()
    assert "which is never said" in str(report.problems[0])
    assert (node.said(), node.refreshed) == ("Two", 2)
    await asyncio.to_thread(node.file.write_text, FILE.replace("From the file", "Another"))
    assert (await node.desk.reload()).changed == ()
    assert node.said() == "Two"


async def test_a_version_that_waits_for_a_restart_is_shown_and_tried_again(
    node: Node, other_store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    renamed = FILE.replace("{web:", "{shop:")
    other = await asyncio.to_thread(Node, tmp_path / "two", other_store, clock, renamed)
    await asyncio.to_thread(node.file.write_text, renamed)
    assert (await node.desk.reload()).needs_restart == ("channels.shop", "channels.web")
    await other.desk.save(asked(0, "One"))
    await other.desk.save(asked(1, "auto", "rollout.channels.shop"))
    with capture_logs() as logged:
        await node.desk.follow()
    assert [(one["event"], one["versions"]) for one in logged] == [("settings.held", [1, 2])]
    assert node.said() == "From the file"
    state = node.desk.state()
    assert (list(state.left_out), list(state.held)) == ([1, 2], [1, 2])
    assert [key.version for key in state.keys] == [None]
    await other.desk.undo(asked(2, None), 2)
    await node.desk.follow()
    assert (node.said(), dict(node.desk.state().left_out)) == ("One", {})


async def test_what_is_looked_at_is_what_would_be_in_force(node: Node) -> None:
    """A channel that the file has no more runs until the restart."""
    text = FILE.replace("{web:", "{shop:")
    await asyncio.to_thread(node.file.write_text, text)
    await node.desk.reload()
    after = await node.desk.checked(asked(0, "One").changes)
    assert list(after.channels) == ["web"]
    assert after.business.texts["handoff"] == "One"


async def test_rows_of_another_tenant_are_not_in_force(node: Node) -> None:
    await node.desk.save(asked(0, "Theirs"), tenant="other")
    await node.desk.follow()
    assert node.said() == "From the file"
    assert await node.desk.history(None, 10) == []


async def test_a_desk_is_made_promised_for_and_given_a_channel(node: Node) -> None:
    changes = {
        path_of("desks.billing.first_answer"): Given("2h"),
        path_of("desks.billing.escalate_to"): Given("web"),
        path_of("channels.web.desk"): Given("billing"),
    }
    await node.desk.save(Asked(LEA, str(uuid4()), 0, changes, "Invoices are theirs"))
    settings = node.desk.current()
    assert settings.desk_of("web") == "billing"
    assert settings.desks["billing"].first_answer == 7200
    with pytest.raises(SettingsRefused, match="did you mean"):
        await node.desk.save(asked(1, "biling", "channels.web.desk"))
    await node.desk.undo(asked(1, None), 1)
    assert list(node.desk.current().desks) == ["web"]


@pytest.mark.parametrize("key", ["desks.web.page", "desks.web.channel", "channels.web.kind"])
def test_what_is_connected_and_called_stands_in_the_file_alone(key: str) -> None:
    with pytest.raises(NotEditable):
        path_of(key)
