"""What keeps the assistant within bounds, over HTTP: the big off switch, and the day's budgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from aiohttp import web

from gateway.budgets.caps import MICROS, UNLIMITED
from gateway.budgets.showing import Used, used_today
from gateway.desk import switch
from gateway.store.unit import Unit
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.routes import Body, Call, Route, Word


class SwitchBody(Body):
    """``channel`` is absent for all of them."""

    channel: Word | None = None


class Bounds:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        page = {200: "A page of the list."}
        after = {200: "Done; what is paused now."}
        return [
            Route(
                "GET", "/api/v1/pauses", "read_bounds", self.paused,
                "Where the assistant is paused", answers=page,
            ),
            Route(
                "POST", "/api/v1/pause", "turn_switch", self.pause,
                "Silence the assistant, for leads", body=SwitchBody, answers=after,
            ),
            Route(
                "POST", "/api/v1/resume", "turn_switch", self.resume,
                "Let the assistant answer again, for leads", body=SwitchBody, answers=after,
            ),
            Route(
                "GET", "/api/v1/budgets", "read_bounds", self.budgets,
                "What is used of the day's budgets", answers=page,
            ),
        ]  # fmt: skip

    async def paused(self, _: Call) -> web.StreamResponse:
        items = await self._parts.store.read(switch.listed, tenant=self._parts.tenant)
        return as_page(items, None)

    async def pause(self, call: Call) -> web.StreamResponse:
        channel, by = call.body_as(SwitchBody).channel, call.actor.name
        kinds = self._parts.kinds
        turned = await self._write(lambda unit: switch.pause(unit, channel, by, kinds))
        return as_json(asdict(turned))

    async def resume(self, call: Call) -> web.StreamResponse:
        channel, by = call.body_as(SwitchBody).channel, call.actor.name
        kinds = self._parts.kinds
        turned = await self._write(lambda unit: switch.resume(unit, channel, by, kinds))
        return as_json(asdict(turned))

    async def _write(self, unit: Callable[[Unit], switch.Turned]) -> switch.Turned:
        return await self._parts.store.write(unit, tenant=self._parts.tenant, urgent=True)

    async def budgets(self, _: Call) -> web.StreamResponse:
        limits = self._parts.limits()
        found = await self._parts.store.read(
            lambda reading: used_today(reading, limits), tenant=self._parts.tenant
        )
        return as_page([_shown(used) for used in found], None)


def _shown(used: Used) -> dict[str, Any]:
    """Money in US dollars; a cap that is not set is null."""
    cap = used.account.cap
    return {
        "scope": used.account.scope,
        "name": used.account.name,
        "day": used.day,
        "usd": _usd(cap.micros),
        "tokens": None if cap.tokens == UNLIMITED else cap.tokens,
        "spent": {"usd": _usd(used.spent.micros), "tokens": used.spent.tokens},
        "reserved": {"usd": _usd(used.reserved.micros), "tokens": used.reserved.tokens},
        "share": round(used.share, 4),
        "reached_at": used.reached,
    }


def _usd(micros: int) -> float | None:
    return None if micros == UNLIMITED else micros / MICROS
