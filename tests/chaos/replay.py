"""Doing a failed run again, with fewer and fewer kills for as long as it still fails. The moments
differ a little each time, so a plan has to pass several times before it counts as passing."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from tests.chaos.campaign import try_out
from tests.chaos.plan import Blow, Plan
from tests.chaos.postgres import Postgres

TRIES = 3
Fails: TypeAlias = Callable[[Plan], Awaitable[bool]]


async def replay(plan: Plan, postgres: Postgres, say: Callable[[str], None], file: Path) -> int:
    """1 when it fails again; the smallest plan that does is then written beside ``file``."""

    async def fails(candidate: Plan) -> bool:
        for _ in range(TRIES):
            result = await try_out(candidate, postgres)
            figures = " ".join(f"{key} {value}" for key, value in result.verdict.figures().items())
            say(f"{len(candidate.blows)} blows: {'red' if result.red else 'green'} {figures}")
            if result.red:
                for what, markers in result.verdict.examples.items():
                    say(f"  {what}: {'; '.join(markers)}")
                return True
        return False

    if not await fails(plan):
        say(f"passed {TRIES} times; the seed of its moments was {plan.seed}")
        return 0
    smallest = await shrunk(plan, fails)
    smaller = file.with_suffix(".shrunk.json")
    smaller.write_text(json.dumps(smallest.data(), indent=1))
    say(f"{len(smallest.blows)} of {len(plan.blows)} blows are enough: {smaller}")
    return 1


async def shrunk(plan: Plan, fails: Fails) -> Plan:
    """Remove pieces, halves first, as long as what is left still fails."""
    size = len(plan.blows) // 2
    while size >= 1:
        plan = await _without(plan, size, fails)
        size //= 2
    return plan


async def _without(plan: Plan, size: int, fails: Fails) -> Plan:
    start = 0
    while start < len(plan.blows):
        blows: Sequence[Blow] = (*plan.blows[:start], *plan.blows[start + size :])
        candidate = replace(plan, blows=tuple(blows))
        if blows and await fails(candidate):
            plan = candidate
        else:
            start += size
    return plan
