"""Looking at channels without serving anybody, as ``frontdesk check --live`` does."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.bootstrap.offline import check_channels
from gateway.config.desks import DeskSettings
from gateway.config.settings import Settings
from gateway.store.store import Store
from tests.contract.harness import slack as harness
from tests.gateway.conftest import ManualClock
from tests.platforms.slack import FakeSlack
from tests.platforms.slack_workspace import PUBLIC


@pytest.mark.parametrize("member", [True, False])
async def test_the_chats_of_a_desk_are_looked_at(
    sqlite_store: Store, clock: ManualClock, tmp_path: Path, member: bool
) -> None:
    async with FakeSlack(clock.now) as slack:
        slack.members = {PUBLIC} if member else set()
        desk = DeskSettings.model_validate({"channel": "team", "chat": PUBLIC})
        entries = {"team": harness.settings(slack)}
        settings = Settings(desks={"support": desk}).model_copy(update={"channels": entries})
        [report] = await check_channels(settings, sqlite_store, clock)
    if member:
        assert "staff work in #help" in report.works
    else:
        assert "desks" in (report.problem or "")
