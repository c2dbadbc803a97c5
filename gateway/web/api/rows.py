"""The tenant's rows, as a group of routes reads and changes them; which rows is for the routes to
say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from aiohttp import web

from gateway.store.unit import Reading, Unit
from gateway.web.answers import as_json
from gateway.web.parts import Parts
from gateway.web.problems import not_found

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rows:
    parts: Parts

    async def read(self, query: Callable[[Reading], T]) -> T:
        return await self.parts.store.read(query, tenant=self.parts.tenant)

    async def write(self, change: Callable[[Unit], T]) -> T:
        return await self.parts.store.write(change, tenant=self.parts.tenant)

    async def done(self, change: Callable[[Unit], bool]) -> web.StreamResponse:
        """Answer that it was done.

        Raises:
            Refused: 404, as it says that there is nothing to change.
        """
        if not await self.write(change):
            raise not_found()
        return as_json({})
