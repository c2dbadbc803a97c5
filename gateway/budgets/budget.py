"""The budget that the brain asks before each call of a model. It keeps nothing itself: every node
takes from the same rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy import RowMapping

from brain.chat import Called
from brain.spending import BudgetSpent, Cost, Spender
from gateway.budgets import calls, sums
from gateway.budgets.calls import Entry, Keeping
from gateway.budgets.caps import Limits
from gateway.store.store import Store, new_id
from gateway.store.unit import Unit
from gateway.telemetry.context import about

log = structlog.get_logger()


class StoredBudget:
    """Implements ``Budget``. ``limits`` gives those in force when called, ``keep`` says what of a
    call's words is kept with its record."""

    def __init__(
        self, store: Store, limits: Callable[[], Limits], keep: Keeping | None = None
    ) -> None:
        self._store = store
        self._limits = limits
        self._keep = keep or Keeping()

    async def reserve(self, turn: str, spender: Spender, worst: Cost) -> str:
        if min(worst.micros, worst.tokens) < 0:
            raise ValueError("a call cannot cost less than nothing")
        limits, id = self._limits(), new_id()
        claim = sums.Claim(id, turn, spender.department, spender.conversation, worst)
        accounts = limits.accounts(spender)
        try:
            await self._store.write(
                lambda unit: sums.set_aside(unit, limits, claim, accounts),
                tenant=spender.tenant,
                key=sums.KEY,
            )
        except sums.Refused as refused:
            await self._reached(spender.tenant, refused)
            raise BudgetSpent(str(refused)) from refused
        return id

    async def settle(self, reservation: str, used: Cost, called: Called | None = None) -> None:
        entry, keep = await self._entry(called), self._keep

        def unit(unit: Unit) -> RowMapping | None:
            row = sums.settle(unit, reservation, used)
            if row is not None and entry is not None:
                calls.record(unit, row, entry, keep)
            return row

        row = await self._store.write(unit, key=sums.KEY)
        if row is not None and (used.micros > row["micros"] or used.tokens > row["tokens"]):
            log.error(
                "budget.worst_exceeded",
                turn=row["turn_id"],
                micros=used.micros,
                reserved_micros=row["micros"],
                tokens=used.tokens,
                reserved_tokens=row["tokens"],
                mend="the price or the largest answer of this model is set too low",
            )

    async def left(self, spender: Spender) -> float | None:
        limits = self._limits()
        accounts = limits.accounts(spender)
        return await self._store.read(
            lambda reading: sums.left(reading, limits, accounts), tenant=spender.tenant
        )

    async def _entry(self, called: Called | None) -> Entry | None:
        if called is None:
            return None
        words = None
        if self._keep.anything:
            words = await asyncio.to_thread(calls.words_of, called, self._keep.masking)
        return Entry(called, words, about().message)

    async def _reached(self, tenant: str, refused: sums.Refused) -> None:
        await self._store.write(
            lambda unit: sums.reached(unit, refused.account, refused.day),
            tenant=tenant,
            key=sums.KEY,
        )
