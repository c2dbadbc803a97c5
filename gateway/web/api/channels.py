"""Channels and desks over HTTP: whether each is well, what passes it, and how it is set up. Read
only; the switch and the dead deliveries have doors of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from gateway.config.desks import DeskSettings, works_in_threads
from gateway.config.rollout import Stage
from gateway.config.settings import Settings
from gateway.conversations.pauses import ALL
from gateway.desk import roster, switch, traffic
from gateway.desk.traffic import DeskHealth, Traffic
from gateway.records import ChannelHealth
from gateway.store.unit import Reading
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.routes import Call, Route

PAGE = {200: "A page of the list."}
RETRIES = (
    "Frontdesk tries again by itself, every minute at the longest. Where it stays so, look at the"
    " platform and at the channel's settings: `frontdesk doctor` says more."
)
STOPPED = "Nothing is tried again by itself: correct the settings and start Frontdesk again."
UNKNOWN = ChannelHealth("down", "it is not running on this node", None)


class Channels:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET", "/api/v1/channels", "read_channels", self.channels,
                "Every channel and whether it is well", answers=PAGE,
            ),
            Route(
                "GET", "/api/v1/desks", "read_channels", self.desks,
                "Every desk, where it is told and who is on it", answers=PAGE,
            ),
        ]  # fmt: skip

    async def channels(self, _: Call) -> web.StreamResponse:
        parts = self._parts
        report = await parts.readiness()

        def query(reading: Reading) -> tuple[Mapping[str, Traffic], Sequence[dict[str, Any]]]:
            return traffic.by_channel(reading), switch.listed(reading)

        passing, paused = await parts.store.read(query, tenant=parts.tenant)
        off = {one["channel"] or ALL: one for one in paused}
        settings, now = parts.settings(), parts.clock.now()
        items = [
            {
                "name": name,
                "kind": parts.kinds.get(name, name),
                **_health(report.channels.get(name, UNKNOWN), passing.get(name, traffic.NONE), now),
                **_passing(passing.get(name, traffic.NONE)),
                **_configured(settings, name),
                "paused": off.get(name),
            }
            for name in sorted({*parts.kinds, *report.channels})
        ]
        return as_json({"items": items, "next": None, "paused": off.get(ALL)})

    async def desks(self, _: Call) -> web.StreamResponse:
        parts, settings = self._parts, self._parts.settings()
        desk_of = {name: settings.desk_of(name) for name in settings.channels}

        def query(reading: Reading) -> tuple[Mapping[str, DeskHealth], Sequence[dict[str, Any]]]:
            return traffic.by_desk(reading, desk_of), roster.listed(reading, ())

        health, people = await parts.store.read(query, tenant=parts.tenant)
        here = [one for one in people if one["disabled_at"] is None]
        return as_page(
            [
                {
                    "name": name,
                    **_desk(desk),
                    "kind": parts.kinds.get(desk.channel or "", None),
                    "channels": sorted(one for one, its in desk_of.items() if its == name),
                    "staff": _staff(here, parts.kinds.get(desk.channel or "")),
                    **_desk_health(health.get(name, traffic.WELL)),
                }
                for name, desk in settings.desks.items()
            ]
        )


def _health(health: ChannelHealth, passing: Traffic, now: float) -> dict[str, Any]:
    age = health.last_inbound_age
    heard = [at for at in (passing.last_in_at, None if age is None else now - age) if at]
    mend = None
    if health.state == "down":
        mend = RETRIES if health.retries else STOPPED
    return {
        "state": health.state,
        "why": health.why,
        "mend": mend,
        "last_in_at": max(heard, default=None),
    }


def _passing(passing: Traffic) -> dict[str, Any]:
    rest = passing.rests
    return {
        "waiting": passing.waiting,
        "dead": passing.dead,
        "unreadable": passing.unreadable,
        "rests": None if rest is None else {"until": rest[0], "why": rest[1]},
    }


def _configured(settings: Settings, name: str) -> dict[str, Any]:
    entry = settings.channels.get(name)
    demo = entry is not None and entry.demo
    stages = settings.rollout.on(name, demo=demo)
    return {
        "demo": demo,
        "desk": settings.desk_of(name),
        "rollout": _stage(stages.general),
        "intents": {intent: _stage(stage) for intent, stage in stages.intents.items()},
    }


def _stage(stage: Stage) -> dict[str, Any]:
    return {"mode": stage.mode, "off_hours_only": stage.off_hours_only}


def _desk(desk: DeskSettings) -> dict[str, Any]:
    """Where it is told; times in seconds."""
    return {
        "channel": desk.channel,
        "chat": desk.chat,
        "on_duty": desk.on_duty,
        "marked_only": desk.relay == ">>",
        "by_topic": dict(desk.by_topic),
        "by_tier": dict(desk.by_tier),
        "by_language": dict(desk.by_language),
        "by_channel": dict(desk.by_channel),
        "first_answer": desk.first_answer,
        "escalate_to": desk.escalate_to,
    }


def _desk_health(health: DeskHealth) -> dict[str, Any]:
    return {
        "opening": health.opening,
        "lost": health.lost,
        "alarms": health.alarms,
        "why": health.why,
    }


def _staff(people: Sequence[Mapping[str, Any]], kind: str | None) -> list[dict[str, Any]]:
    """Who can work there: in threads with an account alone, on the web desk everybody."""
    in_threads = kind is not None and works_in_threads(kind)
    return [
        {"name": one["name"], "away": one["away_at"] is not None}
        for one in people
        if not in_threads or any(account["kind"] == kind for account in one["accounts"])
    ]
