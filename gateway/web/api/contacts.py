"""Contacts over HTTP: what the business knows of a customer, read and changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeAlias

import structlog
from aiohttp import web
from pydantic import AfterValidator, Field

from gateway.desk.contacts import change, contact
from gateway.web.answers import as_json
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import ID, Body, Call, Route

log = structlog.get_logger()
ONE = f"/api/v1/contacts/{{id:{ID}}}"
MOST_TAGS = 50


def _label(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise ValueError("begins or ends with a space, or holds characters that cannot be seen")
    return value


Label: TypeAlias = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_label)]


class ContactBody(Body):
    """What is not given stays as it is."""

    vip: bool = False
    tier: Label | None = None
    prefers_person: bool = False
    tags: Annotated[list[Label], Field(max_length=MOST_TAGS)] = Field(default_factory=list[Label])


class Contacts:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET", ONE, "read_contacts", self.one, "One contact",
                answers={200: "The contact with their accounts."},
            ),
            Route(
                "PATCH", ONE, "edit_contacts", self.change,
                "What the business knows of a contact", body=ContactBody,
                answers={200: "The contact as it is now."},
            ),
        ]  # fmt: skip

    async def one(self, call: Call) -> web.StreamResponse:
        id = call.path("id")
        found = await self._parts.store.read(
            lambda reading: contact(reading, id), tenant=self._parts.tenant
        )
        if found is None:
            raise not_found()
        return as_json(found)

    async def change(self, call: Call) -> web.StreamResponse:
        id, body = call.path("id"), call.body_as(ContactBody)
        given = body.model_dump(include=body.model_fields_set)
        found = await self._parts.store.write(
            lambda unit: change(unit, id, given), tenant=self._parts.tenant
        )
        if found is None:
            raise not_found()
        log.info("contact.changed", contact=id, staff=call.actor.id, fields=sorted(given))
        return as_json(found)
