"""The first steps over HTTP, for leads: what is done, and what they want to see no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from aiohttp import web

from gateway.desk import first_steps
from gateway.desk.first_steps import Said
from gateway.web.answers import as_json
from gateway.web.parts import Parts
from gateway.web.routes import ID, Body, Call, Route


class StepBody(Body):
    """``open`` takes back what was said before."""

    state: Said


class FirstSteps:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        steps = "/api/v1/first-steps"
        return [
            Route("GET", steps, "read_staff", self.look, "The first steps, for leads"),
            Route(
                "POST", f"{steps}/{{step:{ID}}}", "manage_staff", self.say,
                "Say that a step is done or skipped, or `all` of them", body=StepBody,
                answers={200: "Done; how they stand now."},
            ),
        ]  # fmt: skip

    async def look(self, _: Call) -> web.StreamResponse:
        settings = self._parts.settings()
        found = await self._parts.store.read(
            lambda reading: first_steps.look(reading, settings), tenant=self._parts.tenant
        )
        return as_json(asdict(found))

    async def say(self, call: Call) -> web.StreamResponse:
        step, state, by = call.path("step"), call.body_as(StepBody).state, call.actor.id
        await self._parts.store.write(
            lambda unit: first_steps.say(unit, step, state, by), tenant=self._parts.tenant
        )
        return await self.look(call)
