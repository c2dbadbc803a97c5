"""Deliveries over HTTP: by state, and what a person decides about the dead ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web

from gateway.desk import letters
from gateway.records import DeliveryState
from gateway.store.unit import Unit
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.routes import ID, Call, PageQuery, Route


class DeliveriesQuery(PageQuery):
    state: DeliveryState | None = None


class Deliveries:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        one = f"/api/v1/deliveries/{{id:{ID}}}"
        return [
            Route(
                "GET", "/api/v1/deliveries", "read_deliveries", self.listed,
                "Deliveries in a state", query=DeliveriesQuery,
                answers={200: "A page of the list."},
            ),
            Route(
                "POST", f"{one}/retry", "decide_deliveries", self.retry,
                "Send a failed or uncertain delivery once more",
            ),
            Route(
                "POST", f"{one}/discard", "decide_deliveries", self.discard,
                "Never send a failed or uncertain delivery",
            ),
        ]  # fmt: skip

    async def listed(self, call: Call) -> web.StreamResponse:
        query = call.query_as(DeliveriesQuery)
        page = await self._parts.store.read(
            lambda reading: letters.listed(reading, query.state, query.cursor, query.limit),
            tenant=self._parts.tenant,
        )
        return as_page(page.items, page.next)

    async def retry(self, call: Call) -> web.StreamResponse:
        return await self._decide(call, letters.retry)

    async def discard(self, call: Call) -> web.StreamResponse:
        return await self._decide(call, letters.discard)

    async def _decide(self, call: Call, decide: Callable[[Unit, str], str]) -> web.StreamResponse:
        delivery = call.path("id")
        state = await self._parts.store.write(
            lambda unit: decide(unit, delivery), tenant=self._parts.tenant
        )
        return as_json({"id": delivery, "state": state})
