"""The list's own matters over HTTP: how much is in each queue, tags, several cases closed at once,
and what staff see of a customer's past."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeAlias

from aiohttp import web
from pydantic import AfterValidator, Field

from gateway.conversations.ownership import OwnerMoved, UnknownConversation
from gateway.desk.actions import Asked
from gateway.desk.histories import history, ratings_by_path, write_up
from gateway.desk.narrowing import counts, tags_in_use
from gateway.desk.records import RequestReused
from gateway.desk.tagging import tag
from gateway.web.answers import as_json, as_page
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import ID, Body, Call, Epoch, Query, RequestId, Route

ONE = f"/api/v1/conversations/{{id:{ID}}}"
AT_ONCE = 50
DAY = 86_400.0


def _tag(value: str) -> str:
    word = " ".join(value.split()).lower()
    if not word or not word.isprintable():
        raise ValueError("must be a word or some")
    return word


Tag: TypeAlias = Annotated[str, Field(max_length=40), AfterValidator(_tag)]
Tags: TypeAlias = Annotated[list[Tag], Field(max_length=20)]


class TagsBody(Body):
    add: Tags = Field(default_factory=list[str])
    remove: Tags = Field(default_factory=list[str])


class Seen(Body):
    """One conversation as its reader saw it."""

    conversation: Annotated[str, Field(pattern=rf"^{ID}$")]
    epoch: Epoch | None = None
    seen: Epoch | None = None


class ResolveAllBody(Body):
    id: RequestId
    conversations: Annotated[list[Seen], Field(min_length=1, max_length=AT_ONCE)]


class RatingsQuery(Query):
    days: Annotated[int, Field(ge=1, le=366)] = 28


class Inbox:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        read, act = "read_conversations", "act_in_conversations"
        return [
            Route("GET", "/api/v1/counts", read, self.counts, "How much is in each queue"),
            Route("GET", "/api/v1/tags", read, self.tags, "Tags that are in use"),
            Route(
                "GET", "/api/v1/ratings", read, self.ratings,
                "How customers rated, by who had answered", query=RatingsQuery,
            ),
            Route(
                "POST", "/api/v1/conversations/resolve", act, self.resolve_all,
                "Close several cases", body=ResolveAllBody,
                answers={200: "What became of each."},
            ),
            Route(
                "POST", f"{ONE}/tags", act, self.tag, "Add and remove tags", body=TagsBody,
                answers={200: "The tags then."},
            ),
            Route(
                "GET", f"{ONE}/history", read, self.history,
                "The customer's cases on all channels", answers={200: "The newest first."},
            ),
            Route(
                "GET", f"{ONE}/write-up", read, self.write_up,
                "What the open case would be remembered by",
            ),
        ]  # fmt: skip

    async def counts(self, call: Call) -> web.StreamResponse:
        me = call.actor.id
        found = await self._parts.store.read(
            lambda reading: counts(reading, me), tenant=self._parts.tenant
        )
        return as_json(found)

    async def tags(self, _: Call) -> web.StreamResponse:
        found = await self._parts.store.read(tags_in_use, tenant=self._parts.tenant)
        return as_json({"items": found, "next": None})

    async def ratings(self, call: Call) -> web.StreamResponse:
        days = call.query_as(RatingsQuery).days
        found = await self._parts.store.read(
            lambda reading: ratings_by_path(reading, reading.now - days * DAY),
            tenant=self._parts.tenant,
        )
        return as_json({"days": days, "paths": found})

    async def resolve_all(self, call: Call) -> web.StreamResponse:
        body = call.body_as(ResolveAllBody)
        return as_json(
            {"items": [await self._resolve(call, body.id, o) for o in body.conversations]}
        )

    async def _resolve(self, call: Call, request: str, one: Seen) -> dict[str, Any]:
        own = f"{request}:{one.conversation}"
        asked = Asked(call.actor, one.conversation, own, "resolve", one.epoch, one.seen)
        try:
            await self._parts.desk.resolve(asked)
        except (OwnerMoved, UnknownConversation, RequestReused) as error:
            return {"conversation": one.conversation, "done": False, "why": str(error)}
        return {"conversation": one.conversation, "done": True, "why": None}

    async def tag(self, call: Call) -> web.StreamResponse:
        conversation, body = call.path("id"), call.body_as(TagsBody)
        found = await self._parts.store.write(
            lambda unit: tag(unit, conversation, call.actor, body.add, body.remove),
            tenant=self._parts.tenant,
        )
        return as_json({"id": conversation, "tags": found})

    async def history(self, call: Call) -> web.StreamResponse:
        conversation, masking = call.path("id"), self._parts.views.masking
        found = await self._parts.store.read(
            lambda reading: history(reading, conversation, self._parts.kinds, masking),
            tenant=self._parts.tenant,
        )
        if found is None:
            raise not_found()
        return as_page(found)

    async def write_up(self, call: Call) -> web.StreamResponse:
        conversation, masking = call.path("id"), self._parts.views.masking
        row, found = await self._parts.store.read(
            lambda reading: write_up(reading, conversation, masking), tenant=self._parts.tenant
        )
        if row is None:
            raise not_found()
        return as_json({"id": conversation, "write_up": found})
