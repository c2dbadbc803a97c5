"""Events that could not be read, over HTTP: the list, and that somebody has seen to one."""

from __future__ import annotations

from collections.abc import Sequence

from aiohttp import web

from gateway.desk.unread import handle, open_events
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.routes import ID, Call, Route


class Unread:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET", "/api/v1/unreadable", "read_conversations", self.listed,
                "Events that could not be read", answers={200: "A page of the list."},
            ),
            Route(
                "POST", f"/api/v1/unreadable/{{id:{ID}}}/handled", "act_in_conversations",
                self.handled, "Somebody has seen to it",
            ),
        ]  # fmt: skip

    async def listed(self, call: Call) -> web.StreamResponse:
        parts = self._parts
        items = await parts.store.read(
            lambda reading: open_events(reading, parts.kinds, parts.file_links.file_url),
            tenant=parts.tenant,
        )
        return as_page(items, None)

    async def handled(self, call: Call) -> web.StreamResponse:
        event, by = call.path("id"), call.actor.name
        await self._parts.store.write(
            lambda unit: handle(unit, event, by), tenant=self._parts.tenant
        )
        return as_json({"id": event})
