"""Stops that nobody planned for, at any moment, and the one that was asked for."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time

import pytest

from tests.gateway.kills.process import ROOT, GatewayHome
from tests.gateway.kills.visitors import crowd_at, judge

ROUNDS = 5
SEED = 20261121
# From the signal to the end; a supervisor of processes gives 30.
STOP_SECONDS = 28.0


@pytest.mark.timeout(240)
async def test_killed_at_random_moments_under_load_nothing_is_lost_or_doubled(
    home: GatewayHome,
) -> None:
    seeded = random.Random(SEED)
    async with crowd_at(home.base, workers=8) as crowd:
        for _ in range(ROUNDS):
            async with home.running() as life:
                talking = asyncio.create_task(crowd.talk(lambda life=life: life.alive))
                # The moment of death is what this test draws; nothing is waited for.
                await asyncio.sleep(seeded.uniform(0.2, 3.2))
                life.kill()
                await talking
                assert await life.death(10) == -signal.SIGKILL
        async with home.running():
            await crowd.finish()
    assert crowd.everyone
    for visitor in crowd.everyone:
        judge(visitor)


@pytest.mark.timeout(120)
async def test_asked_to_stop_under_load_it_loses_nothing_and_ends_in_time(
    home: GatewayHome,
) -> None:
    async with crowd_at(home.base, workers=8) as crowd:
        async with home.running() as life:
            talking = asyncio.create_task(crowd.talk(lambda: life.alive))
            while not any(visitor.finished for visitor in crowd.everyone):
                await asyncio.wait({talking}, timeout=0.05)
            told = len(crowd.everyone)
            began = time.monotonic()
            life.kill(signal.SIGTERM)
            assert await life.death(STOP_SECONDS) == 0, life.last_words()
            assert time.monotonic() - began <= STOP_SECONDS
            await talking
        # For a moment after the signal it still takes in what load balancers send.
        assert len(crowd.everyone) > told
        async with home.running():
            await crowd.finish()
    for visitor in crowd.everyone:
        judge(visitor)


AT_ONCE = """
import os, pathlib, signal, sys
from gateway.bootstrap.serving import run
run(pathlib.Path(sys.argv[1]), os.environ, lambda told: os.kill(os.getpid(), signal.SIGTERM))
"""


async def test_asked_to_stop_in_the_moment_in_which_it_says_that_it_runs_it_ends_well(
    home: GatewayHome,
) -> None:
    # With a terminal it does not wait for load balancers.
    _, terminal = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", AT_ONCE, str(home.folder / "config.yaml")),
        cwd=ROOT,
        stdin=terminal,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    os.close(terminal)
    assert process.returncode == 0, told.decode()[-2000:]
