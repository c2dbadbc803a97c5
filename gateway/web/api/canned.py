"""Replies kept ready, over HTTP: everybody uses them, leads write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field

from gateway.desk.canned import keep, listed, remove
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import ID, Body, Call, Route

ALL = "/api/v1/canned-replies"
TEXT_LIMIT = 4000


class ReplyBody(Body):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    text: Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT)]


class CannedReplies:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route(
                "GET", ALL, "read_conversations", self.listed, "Replies kept ready",
                answers={200: "By name."},
            ),
            Route(
                "POST", ALL, "edit_canned_replies", self.keep,
                "Keep a reply ready, or replace the one of this name", body=ReplyBody,
            ),
            Route(
                "POST", f"{ALL}/{{id:{ID}}}/remove", "edit_canned_replies", self.remove,
                "Keep it no longer",
            ),
        ]  # fmt: skip

    async def listed(self, _: Call) -> web.StreamResponse:
        return as_page(await self._parts.store.read(listed, tenant=self._parts.tenant))

    async def keep(self, call: Call) -> web.StreamResponse:
        body = call.body_as(ReplyBody)
        found = await self._parts.store.write(
            lambda unit: keep(unit, call.actor, body.name, body.text), tenant=self._parts.tenant
        )
        return as_json(found)

    async def remove(self, call: Call) -> web.StreamResponse:
        reply = call.path("id")
        removed = await self._parts.store.write(
            lambda unit: remove(unit, reply), tenant=self._parts.tenant
        )
        if not removed:
            raise not_found()
        return as_json({"id": reply})
