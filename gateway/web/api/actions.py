"""Actions over HTTP: those that wait for somebody's approval, and what staff decide about them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from channels.signatures import Refused
from gateway.desk.approvals import waiting
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.routes import ID, Body, Call, Route

ONE = f"/api/v1/actions/{{id:{ID}}}"
_SETTLED = "It does not wait for an approval any more; look at the conversation again."


def _said(value: str) -> str:
    if not value.strip() or not value.isprintable():
        raise ValueError("must be a sentence on one line")
    return value.strip()


class RefuseBody(Body):
    reason: Annotated[str, Field(max_length=200), AfterValidator(_said)]


class Actions:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET", "/api/v1/actions", "read_actions", self.waiting,
                "Actions that wait for an approval", answers={200: "The oldest first."},
            ),
            Route("POST", f"{ONE}/approve", "decide_actions", self.approve, "Let it be done"),
            Route(
                "POST", f"{ONE}/refuse", "decide_actions", self.refuse,
                "Refuse it; the customer is told why", body=RefuseBody,
            ),
        ]  # fmt: skip

    async def waiting(self, _: Call) -> web.StreamResponse:
        found = await self._parts.store.read(waiting, tenant=self._parts.tenant)
        return as_page(found)

    async def approve(self, call: Call) -> web.StreamResponse:
        return _decided(await self._parts.approvals.approve(call.path("id"), call.actor))

    async def refuse(self, call: Call) -> web.StreamResponse:
        reason = call.body_as(RefuseBody).reason
        return _decided(await self._parts.approvals.refuse(call.path("id"), call.actor, reason))


def _decided(decided: bool) -> web.Response:  # noqa: FBT001  # what became of it is all there is
    if not decided:
        raise Refused(409, _SETTLED)
    return as_json({"ok": True})
