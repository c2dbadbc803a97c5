"""Whether this process lives, whether this node is ready, and its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from aiohttp import web

from gateway.budgets.showing import used_today
from gateway.errors import StoreUnavailable
from gateway.records import Readiness
from gateway.web.answers import NO_STORE, as_json
from gateway.web.parts import Parts
from gateway.web.queues import Queues
from gateway.web.routes import Call, Query, Route, Word

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"


class ReadyQuery(Query):
    all: Word | None = None


class HealthPages:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._queues = Queues(parts.store, parts.clock)

    def routes(self) -> Sequence[Route]:
        action = "look_at_health"
        return [
            Route("GET", "/healthz", action, self.alive, "The process is alive"),
            Route("GET", "/readyz", action, self.ready, "The node is ready", query=ReadyQuery),
            Route("GET", "/metrics", action, self.metrics, "Figures for Prometheus"),
        ]

    async def alive(self, _: Call) -> web.StreamResponse:
        return as_json({"alive": True})

    async def ready(self, call: Call) -> web.StreamResponse:
        report = await self._parts.readiness()
        everything = call.query_as(ReadyQuery).all not in {None, "0", "false"}
        well = report.ready and (not everything or all_is_well(report))
        channels = {name: asdict(health) for name, health in report.channels.items()}
        data = {
            "ready": report.ready,
            "commits": report.commits,
            "loops_down": list(report.loops_down),
            "oldest_unfinished_age": report.oldest_unfinished_age,
            "channels": channels,
            # Of channels on which the assistant is silent; `*` is all.
            "paused": list(report.paused),
        }
        return as_json(data, 200 if well else 503)

    async def _shares(self) -> Mapping[tuple[str, str], float]:
        limits = self._parts.limits()
        found = await self._parts.store.read(
            lambda reading: used_today(reading, limits), tenant=self._parts.tenant
        )
        return {
            (used.account.scope, used.account.name): used.share for used in found if used.capped
        }

    async def metrics(self, _: Call) -> web.StreamResponse:
        parts = self._parts
        report = await parts.readiness()
        parts.metrics.node(
            ready=report.ready,
            oldest=report.oldest_unfinished_age,
            loops_down=len(report.loops_down),
            channels={name: health.state for name, health in report.channels.items()},
            paused=report.paused,
        )
        try:
            parts.metrics.queues(await self._queues.look())
            parts.metrics.budgets(await self._shares())
        except StoreUnavailable:
            parts.metrics.store_unseen()
        # Some ten thousand lines where there are many channels: not on the event loop.
        body = await asyncio.to_thread(parts.metrics.render)
        return web.Response(body=body, headers={"Content-Type": TEXT_FORMAT, **NO_STORE})


def all_is_well(report: Readiness) -> bool:
    channels_up = all(health.state != "down" for health in report.channels.values())
    return report.commits and not report.loops_down and channels_up
