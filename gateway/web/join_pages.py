"""The page behind a lead's link. Opening it, as a program that scans mail does, changes nothing:
the token stands in the fragment, and only the press on the page spends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from aiohttp import web
from pydantic import Field

from gateway.people.records import InvitationRefused
from gateway.web.answers import as_json
from gateway.web.credentials import Credentials
from gateway.web.desk_pages import SignInBody, page_of
from gateway.web.parts import Parts
from gateway.web.routes import Body, Call, Route, read_body

TOKEN_LIMIT = 200


class LookBody(Body):
    token: Annotated[str, Field(max_length=TOKEN_LIMIT)]


class JoinBody(SignInBody):
    """``name`` counts where the link leaves it open."""

    token: Annotated[str, Field(max_length=TOKEN_LIMIT)]


class JoinPages:
    def __init__(self, parts: Parts, credentials: Credentials) -> None:
        self._parts = parts
        self._credentials = credentials

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", "/desk/join", "open_page", self.page, "For a lead's link"),
            Route("POST", "/desk/join/look", "sign_in", self.look, "What a link is for"),
            Route("POST", "/desk/join", "sign_in", self.join, "Spend a lead's link"),
        ]

    async def page(self, _: Call) -> web.StreamResponse:
        return page_of(self._parts, "join")

    async def look(self, call: Call) -> web.StreamResponse:
        body = await read_body(call.request, LookBody)
        found = await self._parts.people.inviting.look(body.token)
        return as_json(
            {
                "kind": found.kind,
                "name": found.name,
                "role": found.role,
                "by": found.by,
                "business": self._parts.business(),
                "expires_at": found.expires_at,
            }
        )

    async def join(self, call: Call) -> web.StreamResponse:
        request = call.request
        self._credentials.refuse_foreign_form(request)
        body = await read_body(request, JoinBody)
        people, metrics = self._parts.people, self._parts.metrics
        try:
            signed = await people.inviting.accept(body.token, body.name, body.password)
        except InvitationRefused:
            metrics.signed_in("link_refused")
            raise
        metrics.signed_in("joined")
        await self._credentials.end_old(request)
        response = as_json({"name": signed.actor.name, "role": signed.actor.role})
        self._credentials.keep(response, signed.secret)
        return response
