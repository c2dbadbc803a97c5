"""Drafts over HTTP: those that wait, what staff decide about them, and what was learnt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import AfterValidator, Field

from gateway.conversations.drafts import DraftMoved, Seen
from gateway.desk.drafted import lessons, unseen, waiting
from gateway.desk.drafting import Deciding
from gateway.web.answers import as_done, as_page
from gateway.web.parts import Parts
from gateway.web.problems import Conflict
from gateway.web.routes import ID, Body, Call, Epoch, PageQuery, RequestId, Route

ONE = f"/api/v1/drafts/{{id:{ID}}}"
TEXT_LIMIT = 8000


def _said(value: str) -> str:
    if not value.strip():
        raise ValueError("must say why")
    return value.strip()


class DecideBody(Body):
    """What was seen goes along; ``through_seq`` is the customer's last message that was shown."""

    id: RequestId
    version: Epoch
    epoch: Epoch
    through_seq: Epoch


class EditBody(DecideBody):
    text: Annotated[str, Field(max_length=TEXT_LIMIT)]


class RejectBody(DecideBody):
    reason: Annotated[str, Field(max_length=500), AfterValidator(_said)]


class Drafts:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        read, act = "read_conversations", "act_in_conversations"
        done = {200: "Done, or done before under this id."}
        return [
            Route(
                "GET", "/api/v1/drafts", read, self.waiting, "Drafts that wait for a decision",
                query=PageQuery, answers={200: "A page of the list, the oldest first."},
            ),
            Route(
                "GET", "/api/v1/lessons", read, self.lessons,
                "Drafts that were rejected or edited, and what was sent instead",
                query=PageQuery, answers={200: "A page of the list, the newest first."},
            ),
            Route(
                "POST", f"{ONE}/approve", act, self.approve, "Send a draft as it is",
                body=DecideBody, answers=done,
            ),
            Route(
                "POST", f"{ONE}/edit", act, self.edit, "Send other words instead of a draft",
                body=EditBody, answers=done,
            ),
            Route(
                "POST", f"{ONE}/reject", act, self.reject, "Reject a draft, and say why",
                body=RejectBody, answers=done,
            ),
        ]  # fmt: skip

    async def waiting(self, call: Call) -> web.StreamResponse:
        query, parts = call.query_as(PageQuery), self._parts
        page = await parts.store.read(
            lambda reading: waiting(
                reading, parts.kinds, parts.views.masking, query.cursor, query.limit
            ),
            tenant=parts.tenant,
        )
        return as_page(page.items, page.next)

    async def lessons(self, call: Call) -> web.StreamResponse:
        query, parts = call.query_as(PageQuery), self._parts
        page = await parts.store.read(
            lambda reading: lessons(reading, parts.views.masking, query.cursor, query.limit),
            tenant=parts.tenant,
        )
        return as_page(page.items, page.next)

    async def approve(self, call: Call) -> web.StreamResponse:
        try:
            done = await self._parts.drafts.approve(_deciding(call, call.body_as(DecideBody)))
        except DraftMoved as moved:
            raise self._conflict(moved) from None
        return as_done(done)

    async def edit(self, call: Call) -> web.StreamResponse:
        body = call.body_as(EditBody)
        try:
            done = await self._parts.drafts.edit_and_send(_deciding(call, body), body.text)
        except DraftMoved as moved:
            raise self._conflict(moved) from None
        return as_done(done)

    async def reject(self, call: Call) -> web.StreamResponse:
        body = call.body_as(RejectBody)
        try:
            done = await self._parts.drafts.reject(_deciding(call, body), body.reason)
        except DraftMoved as moved:
            raise self._conflict(moved) from None
        return as_done(done)

    def _conflict(self, moved: DraftMoved) -> Conflict:
        newer = unseen(moved.newer, self._parts.views.masking)
        state = dict(moved.state)
        return Conflict(
            str(moved),
            {"why": moved.why, "epoch": state["epoch"], "draft": state, "newer": newer},
        )


def _deciding(call: Call, body: DecideBody) -> Deciding:
    seen = Seen(call.path("id"), body.version, body.epoch, body.through_seq)
    return Deciding(call.actor, body.id, seen)
