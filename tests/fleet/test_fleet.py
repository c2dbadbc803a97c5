"""All five platforms at once, with a few customers each; ``make channels`` does it with fifty."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.fleet.sickroom import sickroom
from tests.fleet.storm import rage
from tests.fleet.story import play
from tests.fleet.streets import streets

# From the customer's message to the answer that they see, quiet included.
P95_SECONDS = 5.0


@pytest.mark.allow_blocking  # fake platforms read and write as they please
@pytest.mark.timeout(180)
async def test_on_every_platform_customers_are_answered_handed_over_and_served(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(street) for street in streets()]
        counts = await play(tmp_path / "home", opened, customers=4)
    for kind, found in counts.items():
        told = (found.asked, found.answered, found.handed_over, found.relayed)
        assert (kind, *told, found.doubled, found.lost) == (kind, 4, 4, 2, 2, 0, 0)
        assert found.answer_p95_s < 60 or kind != "email"


@pytest.mark.allow_blocking  # as above
@pytest.mark.timeout(180)
async def test_channels_that_cannot_work_hold_up_no_other(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(street) for street in streets()]
        sick = await stack.enter_async_context(sickroom())
        counts = await play(tmp_path / "home", opened, customers=4, beside=sick)
    for kind, found in counts.items():
        assert (kind, found.answered, found.relayed, found.lost) == (kind, 4, 2, 0)
        assert found.answer_p95_s < P95_SECONDS


@pytest.mark.allow_blocking  # as above
@pytest.mark.timeout(240)
async def test_killed_meanwhile_nothing_is_lost_on_any_platform(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(street) for street in streets()]
        storm = await rage(tmp_path / "home", opened, customers=2, kills=2, seed=7)
    assert storm.kills == 2
    for kind, found in storm.channels.items():
        assert (kind, found.lost) == (kind, 0)
        # Telegram cannot be asked what it took; the others can, or know a repetition.
        assert (kind, found.doubled) == (kind, 0) or kind == "telegram"
