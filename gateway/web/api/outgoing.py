"""Outgoing events over HTTP: what was posted, what was given up, and what a person decides then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from aiohttp import web

from channels.signatures import Refused
from gateway.desk.outgoing import listed
from gateway.outgoing import rows
from gateway.store.unit import Unit
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.routes import ID, Call, PageQuery, Route

ALL = "/api/v1/outgoing"


class OutgoingQuery(PageQuery):
    state: Literal["queued", "sent", "failed", "discarded"] | None = None


class Outgoing:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        one = f"{ALL}/{{id:{ID}}}"
        return [
            Route(
                "GET", ALL, "read_deliveries", self.listed, "Events posted to other systems",
                query=OutgoingQuery, answers={200: "A page of the list."},
            ),
            Route(
                "POST", f"{one}/retry", "decide_deliveries", self.retry,
                "Post an event that was given up once more",
            ),
            Route(
                "POST", f"{one}/discard", "decide_deliveries", self.discard,
                "Never post an event that was given up",
            ),
        ]  # fmt: skip

    async def listed(self, call: Call) -> web.StreamResponse:
        query = call.query_as(OutgoingQuery)
        page = await self._parts.store.read(
            lambda reading: listed(reading, query.state, query.cursor, query.limit),
            tenant=self._parts.tenant,
        )
        return as_page(page.items, page.next)

    async def retry(self, call: Call) -> web.StreamResponse:
        return await self._decide(call, rows.again, "queued")

    async def discard(self, call: Call) -> web.StreamResponse:
        return await self._decide(call, rows.discard, "discarded")

    async def _decide(
        self, call: Call, decide: Callable[[Unit, str], bool], state: str
    ) -> web.StreamResponse:
        event = call.path("id")
        decided = await self._parts.store.write(
            lambda unit: decide(unit, event), tenant=self._parts.tenant
        )
        if not decided:
            raise Refused(404, "There is no event of this id that was given up.")
        return as_json({"id": event, "state": state})
