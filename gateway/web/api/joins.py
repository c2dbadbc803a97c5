"""One person's accounts over HTTP: what is known, joining two contacts, and taking that back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field

from gateway.conversations.joining import By, join, split
from gateway.desk.joined import person
from gateway.web.answers import as_json
from gateway.web.parts import Parts
from gateway.web.routes import ID, Body, Call, RequestId, Route

ONE = f"/api/v1/contacts/{{id:{ID}}}"


class JoinBody(Body):
    """``contact`` is the other one, which goes on as this one."""

    id: RequestId
    contact: Annotated[str, Field(pattern=rf"^{ID}$")]


class SplitBody(Body):
    """``join`` is the joining that is taken back."""

    id: RequestId
    join: Annotated[str, Field(pattern=rf"^{ID}$")]


class Joins:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        act = "act_in_conversations"
        return [
            Route(
                "GET", f"{ONE}/person", "read_conversations", self.person,
                "A contact's accounts, conversations and joinings",
            ),
            Route(
                "POST", f"{ONE}/join", act, self.join, "Two contacts are one person",
                body=JoinBody, answers={200: "Done, or done before."},
            ),
            Route(
                "POST", f"{ONE}/split", act, self.split, "Take a joining back",
                body=SplitBody, answers={200: "Done, or done before."},
            ),
        ]  # fmt: skip

    async def person(self, call: Call) -> web.StreamResponse:
        parts, contact = self._parts, call.path("id")
        found = await parts.store.read(
            lambda reading: person(reading, contact, parts.kinds, parts.views.masking),
            tenant=parts.tenant,
        )
        return as_json(found)

    async def join(self, call: Call) -> web.StreamResponse:
        contact, body, by = call.path("id"), call.body_as(JoinBody), call.actor
        joining = await self._parts.store.write(
            lambda unit: join(unit, contact, body.contact, "staff", By(by.id, by.name)),
            tenant=self._parts.tenant,
        )
        return as_json({"id": body.id, "join": joining})

    async def split(self, call: Call) -> web.StreamResponse:
        contact, body, by = call.path("id"), call.body_as(SplitBody), call.actor
        apart = await self._parts.store.write(
            lambda unit: split(unit, contact, body.join, by.name), tenant=self._parts.tenant
        )
        return as_json({"id": body.id, "contact": apart})
