"""Who is signed in, and the records of turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from aiohttp import web

from gateway.desk import presence, traces
from gateway.web.answers import as_json
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import ID, Body, Call, Route


class AwayBody(Body):
    away: bool


class StaffAndTurns:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/api/v1/me", "see_self", self.me, "Who is signed in"),
            Route(
                "POST",
                "/api/v1/me/away",
                "say_presence",
                self.away,
                "Be away, or there again",
                body=AwayBody,
                answers={200: "Done; since when, and how many conversations went to the queue."},
            ),
            Route(
                "GET",
                f"/api/v1/turns/{{id:{ID}}}",
                "read_traces",
                self.turn,
                "Why something was said",
            ),
        ]

    async def me(self, call: Call) -> web.StreamResponse:
        member = call.actor.id
        away_at = await self._parts.store.read(
            lambda reading: presence.away_since(reading, member), tenant=self._parts.tenant
        )
        business = self._parts.business()
        return as_json({**asdict(call.actor), "business": business, "away_at": away_at})

    async def away(self, call: Call) -> web.StreamResponse:
        actor = call.actor
        turn = presence.go if call.body_as(AwayBody).away else presence.come
        done = await self._parts.store.write(
            lambda unit: turn(unit, actor), tenant=self._parts.tenant, urgent=True
        )
        return as_json(asdict(done))

    async def turn(self, call: Call) -> web.StreamResponse:
        turn = call.path("id")
        found = await self._parts.store.read(
            lambda reading: traces.one(reading, turn), tenant=self._parts.tenant
        )
        if found is None:
            raise not_found()
        return as_json(found)
