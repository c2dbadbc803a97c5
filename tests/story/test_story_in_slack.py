"""The core of what ``make story`` shows: on each channel a customer is passed to people for
another reason, answered out of the team's Slack, given back, resolved, and rates it."""

from __future__ import annotations

from pathlib import Path

import pytest

from channels.kinds import CAPABILITIES
from tests.fleet.streets import Discord, Slack, Telegram
from tests.story.company import open_company
from tests.story.playing import after_takeover, document, in_slack
from tests.story.plots import PLOTS


def test_every_channel_has_a_plot_and_every_plot_its_own_reason() -> None:
    # The API channel is whatever a business connects, and has no customers of its own.
    assert {plot.kind for plot in PLOTS} == set(CAPABILITIES) - {"api"}
    assert len({plot.reason for plot in PLOTS}) == len(PLOTS)


@pytest.mark.allow_blocking  # fake platforms read and write as they please
@pytest.mark.timeout(180)
async def test_customers_are_helped_out_of_the_team_s_slack(tmp_path: Path) -> None:
    """By words, by button and by draft, where what staff write goes out at once; ``make story``
    has the other three channels, on which it waits ten seconds."""
    streets = [Slack(), Discord(), Telegram()]
    async with open_company(tmp_path / "home", streets) as company:
        came = await in_slack(company, lambda _kind, _who, _text: None)
    assert {kind: each.wrong for kind, each in came.items() if not each.whole} == {}
    assert after_takeover([came]) == 0
    assert document(came).keys() == {"slack", "discord", "telegram"}
