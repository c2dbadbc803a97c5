"""Whether this process lives, whether this node is ready, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from aiohttp import web
from sqlalchemy import func, or_, select

from gateway.errors import StoreUnavailable
from gateway.records import Readiness
from gateway.store.schema.conversation import conversations
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Reading
from gateway.web.answers import NO_STORE, as_json
from gateway.web.parts import Parts
from gateway.web.routes import Call, Query, Route, Word

TEXT_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
COUNTED = ("queued", "sending", "failed", "uncertain")


class ReadyQuery(Query):
    all: Word | None = None


class HealthPages:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

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
        }
        return as_json(data, 200 if well else 503)

    async def metrics(self, _: Call) -> web.StreamResponse:
        parts = self._parts
        report = await parts.readiness()
        parts.metrics.node(
            ready=report.ready,
            oldest=report.oldest_unfinished_age,
            loops_down=len(report.loops_down),
            channels={name: health.state != "down" for name, health in report.channels.items()},
        )
        try:
            parts.metrics.work(*await parts.store.read(_work, tenant=parts.tenant))
        except StoreUnavailable:
            parts.metrics.store_unseen()
        return web.Response(
            body=parts.metrics.render(), headers={"Content-Type": TEXT_FORMAT, **NO_STORE}
        )


def all_is_well(report: Readiness) -> bool:
    channels_up = all(health.state != "down" for health in report.channels.values())
    return report.commits and not report.loops_down and channels_up


def _work(reading: Reading) -> tuple[Mapping[str, int], int]:
    counted = reading.all(
        select(deliveries.c.state, func.count().label("many"))
        .where(deliveries.c.state.in_(COUNTED))
        .group_by(deliveries.c.state)
    )
    waiting = reading.scalar(
        select(func.count())
        .select_from(conversations)
        .where(or_(conversations.c.owner == "queue", conversations.c.covered))
    )
    found = {row["state"]: row["many"] for row in counted}
    return {state: found.get(state, 0) for state in COUNTED}, int(waiting)
