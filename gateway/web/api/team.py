"""The staff over HTTP, for leads: who they are, what a lead does about it, and inviting others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal, TypeVar

from aiohttp import web
from pydantic import Field

from gateway.desk import membership, roster
from gateway.people.inviting import NewLink
from gateway.people.records import Role
from gateway.store.unit import Unit
from gateway.web.answers import as_json, as_page
from gateway.web.api.staff import AwayBody
from gateway.web.parts import Parts
from gateway.web.problems import not_found
from gateway.web.routes import ID, Body, Call, Handler, Route

PAGE = {200: "A page of the list."}
JOIN = "/desk/join#token="
T = TypeVar("T")


class InviteBody(Body):
    """Without ``name`` the invited choose their own."""

    role: Role
    name: Annotated[str, Field(min_length=1, max_length=1000)] | None = None


class RoleBody(Body):
    role: Role


class Team:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        invited = "/api/v1/invitations"
        return [
            Route(
                "GET", "/api/v1/staff", "read_staff", self.listed, "The staff, for leads",
                answers=PAGE,
            ),
            Route(
                "GET", invited, "read_staff", self.invitations, "Links that are still open",
                answers=PAGE,
            ),
            Route(
                "POST", invited, "manage_staff", self.invite, "Make a link to join the staff",
                body=InviteBody, answers={200: "The link, shown this once."},
            ),
            self._verb(f"{invited}/{{id:{ID}}}/revoke", self.revoke, "End a link"),
            self._verb(
                _one("role"), self.role, "Make somebody a lead, or an agent again", RoleBody
            ),
            self._verb(_one("away"), self.away, "Say that somebody is away, or there", AwayBody),
            self._verb(_one("sign-out"), self.sign_out, "End all sign-ins and tokens of somebody"),
            self._verb(
                _one("password"), self.password, "Make a link with which they choose a password"
            ),
            self._verb(_one("remove"), self.remove, "Take somebody off the staff"),
            self._verb(_one("bring-back"), self.bring_back, "Have somebody on the staff again"),
        ]  # fmt: skip

    def _verb(
        self, path: str, handler: Handler, summary: str, body: type[Body] | None = None
    ) -> Route:
        return Route("POST", path, "manage_staff", handler, summary, body=body)

    async def listed(self, _: Call) -> web.StreamResponse:
        configured = {one.name for one in self._parts.settings().staff}
        items = await self._parts.store.read(
            lambda reading: roster.listed(reading, configured), tenant=self._parts.tenant
        )
        return as_page(items)

    async def invitations(self, _: Call) -> web.StreamResponse:
        return as_page([asdict(one) for one in await self._parts.people.inviting.open_ones()])

    async def invite(self, call: Call) -> web.StreamResponse:
        body = call.body_as(InviteBody)
        made = await self._parts.people.inviting.invite(call.actor, body.role, body.name)
        return self._link(made)

    async def revoke(self, call: Call) -> web.StreamResponse:
        if not await self._parts.people.inviting.revoke(call.path("id")):
            raise not_found()
        return as_json({"id": call.path("id"), "state": "revoked"})

    async def password(self, call: Call) -> web.StreamResponse:
        made = await self._parts.people.inviting.new_password(call.actor, call.path("id"))
        return self._link(made)

    def _link(self, made: NewLink) -> web.Response:
        link = f"{self._parts.base_url}{JOIN}{made.secret}"
        return as_json({"id": made.id, "link": link, "expires_at": made.expires_at})

    async def role(self, call: Call) -> web.StreamResponse:
        member, role = call.path("id"), call.body_as(RoleBody).role
        await self._write(lambda unit: membership.change_role(unit, member, role))
        return as_json({"id": member, "role": role})

    async def away(self, call: Call) -> web.StreamResponse:
        member, away = call.path("id"), call.body_as(AwayBody).away
        return await self._done(call, lambda unit: membership.set_away(unit, member, away=away))

    async def sign_out(self, call: Call) -> web.StreamResponse:
        member = call.path("id")
        return await self._done(call, lambda unit: membership.sign_out(unit, member))

    async def remove(self, call: Call) -> web.StreamResponse:
        member = call.path("id")
        return await self._done(call, lambda unit: membership.remove(unit, member))

    async def bring_back(self, call: Call) -> web.StreamResponse:
        member = call.path("id")
        await self._write(lambda unit: membership.bring_back(unit, member))
        return as_json({"id": member, "state": "back"})

    async def _done(self, call: Call, act: Callable[[Unit], Any]) -> web.StreamResponse:
        return as_json({"id": call.path("id"), **asdict(await self._write(act))})

    async def _write(self, act: Callable[[Unit], T]) -> T:
        return await self._parts.store.write(act, tenant=self._parts.tenant, urgent=True)


def _one(
    verb: Literal["role", "away", "sign-out", "password", "remove", "bring-back"],
) -> str:
    return f"/api/v1/staff/{{id:{ID}}}/{verb}"
