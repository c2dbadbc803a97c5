"""The real gateway is killed at every kill point under load, and comes back on the same data: what
a visitor was promised is kept, once, in order, and to nobody else."""

from __future__ import annotations

import signal

import pytest

from tests.gateway.kills.points import AROUND_A_CALL, OVER_HTTP, WHILE_SENDING, named_in_source
from tests.gateway.kills.process import GatewayHome
from tests.gateway.kills.visitors import crowd_at, judge


def test_every_kill_point_of_the_source_is_tried_somewhere() -> None:
    named = named_in_source()
    assert set(named) == {*OVER_HTTP, *WHILE_SENDING, *AROUND_A_CALL}, named


@pytest.mark.timeout(240)
async def test_killed_at_every_point_nothing_promised_is_lost_or_doubled(
    home: GatewayHome,
) -> None:
    async with crowd_at(home.base) as crowd:
        for name, hit in OVER_HTTP.items():
            async with home.running(f"{name}=kill:{hit}") as life:
                await crowd.talk(lambda life=life: life.alive)
                # A point that is never reached leaves the process alive, and the test fails here.
                assert await life.death(15) == -signal.SIGKILL, name
        async with home.running():
            await crowd.finish()
    assert len(crowd.everyone) > len(OVER_HTTP)
    for visitor in crowd.everyone:
        judge(visitor)
    helped = [visitor for visitor in crowd.everyone if not visitor.handed_over]
    # Handing everything over would keep the letter of the promise only.
    assert len(helped) > len(crowd.everyone) // 2
