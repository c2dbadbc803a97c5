"""Accounts of the staff on platforms, over HTTP: one's own by a code, and anybody's for leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated, TypeVar

from aiohttp import web
from pydantic import Field

from gateway.config.desks import works_in_threads
from gateway.desk import roster
from gateway.people import linking
from gateway.store.unit import Reading, Unit
from gateway.web.answers import as_json
from gateway.web.parts import Parts
from gateway.web.routes import ID, Body, Call, Route, Word

T = TypeVar("T")
OWN = "/api/v1/me/accounts"
THEIRS = f"/api/v1/staff/{{id:{ID}}}/accounts"


class AccountBody(Body):
    """``account`` is WORKSPACE/ACCOUNT."""

    kind: Annotated[str, Field(max_length=32)]
    account: Word


class Accounts:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def routes(self) -> Sequence[Route]:
        return [
            Route("GET", OWN, "see_self", self.own, "One's own accounts on platforms"),
            Route(
                "POST", f"{OWN}/code", "link_own_accounts", self.code,
                "A code that links the account from which it is sent",
                answers={200: "The code, shown this once."},
            ),
            Route(
                "POST", f"{OWN}/{{account:{ID}}}/remove", "link_own_accounts", self.unlink,
                "Unlink an account of one's own",
            ),
            Route(
                "POST", THEIRS, "manage_staff", self.add, "Link an account to somebody",
                body=AccountBody,
            ),
            Route(
                "POST", f"{THEIRS}/{{account:{ID}}}/remove", "manage_staff", self.remove,
                "Unlink somebody's account",
            ),
        ]  # fmt: skip

    async def own(self, call: Call) -> web.StreamResponse:
        member = call.actor.id

        def query(reading: Reading) -> dict[str, object]:
            return {
                "items": list(roster.accounts_of(reading, member)),
                "code_until": linking.open_until(reading, member),
            }

        found = await self._parts.store.read(query, tenant=self._parts.tenant)
        # Not what a demo channel is shown as: nobody's account is there.
        configured = {entry.kind for entry in self._parts.settings().channels.values()}
        kinds = sorted(kind for kind in configured if works_in_threads(kind))
        return as_json({**found, "kinds": kinds})

    async def code(self, call: Call) -> web.StreamResponse:
        member, code = call.actor.id, linking.new_code()
        shown = await self._write(lambda unit: linking.show_code(unit, member, code))
        return as_json(asdict(shown))

    async def unlink(self, call: Call) -> web.StreamResponse:
        return await self._removed(call.actor.id, call.path("account"))

    async def add(self, call: Call) -> web.StreamResponse:
        member, body = call.path("id"), call.body_as(AccountBody)
        await self._write(lambda unit: linking.add(unit, member, body.kind, body.account))
        return as_json({"id": member, "kind": body.kind, "account": body.account})

    async def remove(self, call: Call) -> web.StreamResponse:
        return await self._removed(call.path("id"), call.path("account"))

    async def _removed(self, member: str, account: str) -> web.StreamResponse:
        await self._write(lambda unit: linking.remove(unit, member, account))
        return as_json({"id": account, "state": "removed"})

    async def _write(self, act: Callable[[Unit], T]) -> T:
        return await self._parts.store.write(act, tenant=self._parts.tenant, urgent=True)
