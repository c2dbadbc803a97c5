"""Who looks at which conversation, over HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from gateway.desk import viewing
from gateway.desk.viewing import State
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.routes import ID, Body, Call, Route


class ViewingBody(Body):
    state: State


class Viewing:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET", "/api/v1/viewers", "read_conversations", self.listed,
                "Who looks at what now", answers={200: "A page of the list."},
            ),
            Route(
                "POST", f"/api/v1/conversations/{{id:{ID}}}/viewing", "say_presence", self.say,
                "Say that one looks at a conversation, writes in it, or is gone",
                body=ViewingBody,
            ),
        ]  # fmt: skip

    async def listed(self, _: Call) -> web.StreamResponse:
        return as_page(await self._parts.store.read(viewing.listed, tenant=self._parts.tenant))

    async def say(self, call: Call) -> web.StreamResponse:
        conversation, member = call.path("id"), call.actor.id
        state = call.body_as(ViewingBody).state
        await self._parts.store.write(
            lambda unit: viewing.say(unit, conversation, member, state), tenant=self._parts.tenant
        )
        return as_json({"id": conversation, "state": state})
