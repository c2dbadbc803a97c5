"""Conversations over HTTP: the list, one of them, and what staff do in it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeAlias

import structlog
from aiohttp import web
from pydantic import AfterValidator, Field

from channels.signatures import Refused, read_capped
from gateway.conversations.attaching import FILE_LIMIT
from gateway.conversations.watching import mark_read
from gateway.conversations.write_ups import LONGEST as LONGEST_LINE
from gateway.conversations.write_ups import WriteUp
from gateway.desk.actions import Asked
from gateway.desk.files import PER_MESSAGE, keep
from gateway.desk.inbox import Filters, Wanted, listed
from gateway.desk.narrowing import Narrowed, Rating
from gateway.desk.originals import original
from gateway.desk.pages import Page
from gateway.web.answers import as_done, as_json, as_page
from gateway.web.files import label
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import (
    ID,
    Body,
    Call,
    Epoch,
    PageQuery,
    Query,
    RequestId,
    Route,
    Word,
    one_line,
)
from gateway.web.sharing import Shared

log = structlog.get_logger()
ONE = f"/api/v1/conversations/{{id:{ID}}}"
TEXT_LIMIT = 8000
FILE_SECONDS = 60.0
# Nobody of the staff owns what is there, so nobody sees it as theirs.
SAME_FOR_ALL = frozenset({"queue", "assistant"})
Line: TypeAlias = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(one_line)]
FileId: TypeAlias = Annotated[str, Field(pattern=rf"^{ID}$")]
_TYPE = r"^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$"


class ListQuery(PageQuery):
    owner: Literal["assistant", "queue", "staff", "me"] | None = None
    channel: Word | None = None
    outcome: Word | None = None
    rule: Word | None = None
    watch: Literal["unread", "all"] | None = None
    draft: Literal["open"] | None = None
    rating: Rating | None = None
    confidence_below: Annotated[float, Field(gt=0, le=1)] | None = None
    tag: Word | None = None
    find: Word | None = None
    order: Literal["newest", "waiting"] | None = None


class OneQuery(Query):
    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class FileQuery(Query):
    name: Annotated[str, Field(min_length=1, max_length=255)]
    type: Annotated[str, Field(max_length=100, pattern=_TYPE)] = "application/octet-stream"


class MessageBody(Body):
    id: RequestId
    text: Annotated[str, Field(max_length=TEXT_LIMIT)]
    note: bool = False
    files: Annotated[list[FileId], Field(max_length=PER_MESSAGE)] = Field(
        default_factory=list[FileId]
    )
    epoch: Epoch | None = None


class ActBody(Body):
    id: RequestId
    epoch: Epoch | None = None
    seen: Epoch | None = None


class WriteUpBody(Body):
    """The three lines that a case is remembered by."""

    asked: Line = ""
    done: Line = ""
    promised: Line = ""


class ResolveBody(ActBody):
    write_up: WriteUpBody | None = None


class Conversations:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lists: Shared[Page[dict[str, Any]]] = Shared()

    def routes(self) -> Sequence[Route]:
        read, act = "read_conversations", "act_in_conversations"
        done = {200: "Done, or done before under this id."}
        return [
            Route(
                "GET", "/api/v1/conversations", read, self.listed, "A page of conversations",
                query=ListQuery, answers={200: "A page of the list."},
            ),
            Route(
                "GET", ONE, read, self.one, "One conversation", query=OneQuery,
                answers={200: "The conversation with its last messages."},
            ),
            Route(
                "POST", f"{ONE}/messages", act, self.say, "Reply, or leave a note",
                body=MessageBody, answers=done,
            ),
            Route(
                "POST", f"{ONE}/files", act, self.attach,
                "Keep a file for a reply; the body is its bytes", query=FileQuery,
            ),
            Route(
                "POST", f"{ONE}/messages/{{message:{ID}}}/original", "read_originals",
                self.original, "A message's words as they came; noted in the conversation",
                body=ActBody,
            ),
            Route("POST", f"{ONE}/take", act, self.take, "Take over", body=ActBody, answers=done),
            Route(
                "POST", f"{ONE}/return", act, self.return_, "Give back to the assistant",
                body=ActBody, answers=done,
            ),
            Route(
                "POST", f"{ONE}/resolve", act, self.resolve, "Close the case",
                body=ResolveBody, answers=done,
            ),
            Route(
                "POST", f"{ONE}/read", act, self.read, "Mark one of the watch list as read",
                answers={200: "Done; whether it was unread."},
            ),
        ]  # fmt: skip

    async def listed(self, call: Call) -> web.StreamResponse:
        query = call.query_as(ListQuery)
        narrowed = Narrowed(query.rating, query.confidence_below, query.tag, query.find)
        owned = (call.actor.id, query.owner, query.channel, query.outcome, query.rule)
        filters = Filters(*owned, query.watch, query.draft, narrowed)
        wanted = Wanted(
            filters, query.cursor, query.limit, waiting_longest=query.order == "waiting"
        )
        if query.owner in SAME_FOR_ALL:
            wanted = replace(wanted, filters=replace(filters, me=""))
        page = await self._lists.read(wanted, lambda: self._page(wanted))
        return as_page(page.items, page.next)

    async def _page(self, wanted: Wanted) -> Page[dict[str, Any]]:
        parts, promises = self._parts, self._parts.views.promises()
        return await parts.store.read(
            lambda reading: listed(reading, wanted, parts.kinds, parts.views.masking, promises),
            tenant=parts.tenant,
        )

    async def one(self, call: Call) -> web.StreamResponse:
        before = call.query_as(OneQuery).before
        found = await self._parts.views.one(call.path("id"), call.actor.id, before)
        if found is None:
            raise not_found()
        return as_json(found)

    async def say(self, call: Call) -> web.StreamResponse:
        body = call.body_as(MessageBody)
        asked = Asked(call.actor, call.path("id"), body.id, "messages", body.epoch)
        done = await self._parts.desk.say(
            asked, body.text, note=body.note, attached=tuple(body.files)
        )
        return as_done(done)

    async def original(self, call: Call) -> web.StreamResponse:
        asked, message = _asked(call, "original"), call.path("message")
        found = await self._parts.store.write(
            lambda unit: original(unit, asked, message), tenant=self._parts.tenant
        )
        log.warning("privacy.original_shown", staff=asked.actor.id, message=message)
        raw = self._parts.file_links.file_url(f"raw:{message}") if found.has_raw else None
        return as_json({"id": message, "text": found.text, "raw": raw})

    async def attach(self, call: Call) -> web.StreamResponse:
        asked, conversation = call.query_as(FileQuery), call.path("id")
        content = await read_capped(call.request, FILE_LIMIT, FILE_SECONDS)
        if not content:
            raise Refused(422, "The file is empty; choose another.")
        stored = await asyncio.to_thread(self._parts.files.keep, content)
        id = await self._parts.store.write(
            lambda unit: keep(unit, conversation, label(asked.name), asked.type, stored),
            tenant=self._parts.tenant,
        )
        return as_json({"id": id})

    async def take(self, call: Call) -> web.StreamResponse:
        return as_done(await self._parts.desk.take(_asked(call, "take")))

    async def return_(self, call: Call) -> web.StreamResponse:
        return as_done(await self._parts.desk.return_(_asked(call, "return")))

    async def resolve(self, call: Call) -> web.StreamResponse:
        body = call.body_as(ResolveBody)
        asked = Asked(call.actor, call.path("id"), body.id, "resolve", body.epoch, body.seen)
        written = None if body.write_up is None else WriteUp(**body.write_up.model_dump())
        return as_done(await self._parts.desk.resolve(asked, written))

    async def read(self, call: Call) -> web.StreamResponse:
        conversation, by = call.path("id"), call.actor.name
        marked = await self._parts.store.write(
            lambda unit: mark_read(unit, conversation, by), tenant=self._parts.tenant
        )
        return as_json({"id": conversation, "marked": marked})


def _asked(call: Call, verb: str) -> Asked:
    body = call.body_as(ActBody)
    return Asked(call.actor, call.path("id"), body.id, verb, body.epoch, body.seen)
