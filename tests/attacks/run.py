"""Attacks in groups, each on a store of its own and on another platform's limits and dialect."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from brain.triage.classifier import Classifier, shipped
from channels.kinds import CAPABILITIES
from gateway.store.opening import open_store
from gateway.store.store import Options
from gateway.telemetry.journal import journal
from gateway.telemetry.logs import redact
from tests.attacks.injections import Injection, injections
from tests.attacks.world import Attacked, Found, Tried, World
from tests.gateway.conftest import ManualClock

GROUP = 250
KINDS = ("telegram", "slack", "whatsapp", "discord", "email")


async def attack(
    folder: Path,
    seed: int,
    count: int,
    told: Callable[[int, int], None] = lambda _done, _count: None,
    tried: Tried | None = None,
) -> Found:
    """What ``count`` injections came to; ``told`` hears how far it is."""
    reader = await asyncio.to_thread(shipped)
    found = Found()
    made = list(injections(seed, count))
    groups = [made[at : at + GROUP] for at in range(0, count, GROUP)]
    for number, group in enumerate(groups):
        kind = KINDS[number % len(KINDS)]
        found.add(await _one_group(folder / str(number), group, reader, kind, tried or Tried()))
        told(found.tried, count)
    return found


async def _one_group(
    folder: Path, group: Sequence[Injection], reader: Classifier, kind: str, tried: Tried
) -> Found:
    await asyncio.to_thread(folder.mkdir)
    clock = ManualClock()
    url = f"sqlite:///{folder / 'frontdesk.db'}"
    store = await asyncio.to_thread(open_store, url, Options(now=clock.now))
    store.facts.listen(journal)
    try:
        rig = Attacked(store, clock, folder, CAPABILITIES[kind])
        with logged() as log:
            return await World(rig, reader, tried).attack(group, log)
    finally:
        await asyncio.to_thread(store.close)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What is logged meanwhile, as the product would write it."""
    sink, before = io.StringIO(), structlog.get_config()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sink),
        cache_logger_on_first_use=False,
    )
    try:
        yield sink
    finally:
        structlog.configure(**before)
