"""What of the budgets is used today, for the desk and for figures. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from brain.spending import Cost
from gateway.budgets.caps import UNLIMITED, Account, Limits, Scope
from gateway.store.schema.safety import budget_sums
from gateway.store.unit import Reading

MOST = 200
_SHOWN: tuple[Scope, ...] = ("tenant", "department")


@dataclass(frozen=True, slots=True)
class Used:
    """An account's day. ``spent`` is settled, ``reserved`` set aside for calls under way, or by
    processes that died; ``reached`` says since when a call was refused."""

    account: Account
    day: str
    spent: Cost
    reserved: Cost
    reached: float | None

    @property
    def share(self) -> float:
        return self.account.cap.share(self.spent + self.reserved)

    @property
    def capped(self) -> bool:
        cap = self.account.cap
        return cap.micros < UNLIMITED or cap.tokens < UNLIMITED


def used_today(reading: Reading, limits: Limits) -> Sequence[Used]:
    """The tenant's account, and those of departments that have used or may use something."""
    day = limits.day(reading.now)
    rows = reading.all(
        select(budget_sums)
        .where(
            budget_sums.c.tenant_id == reading.tenant,
            budget_sums.c.day == day,
            budget_sums.c.scope.in_(_SHOWN),
        )
        .limit(MOST)
    )
    found = {
        (row["scope"], row["name"]): Used(
            limits.account(row["scope"], row["name"]),
            day,
            Cost(row["spent_micros"], row["spent_tokens"]),
            Cost(row["reserved_micros"], row["reserved_tokens"]),
            row["reached_at"],
        )
        for row in rows
    }
    for account in _expected(reading.tenant, limits):
        unused = Used(account, day, Cost(), Cost(), None)
        found.setdefault((account.scope, account.name), unused)
    return [found[key] for key in sorted(found, key=lambda key: (_SHOWN.index(key[0]), key[1]))]


def _expected(tenant: str, limits: Limits) -> Sequence[Account]:
    departments = (limits.account("department", name) for name in limits.budgets.departments)
    return [limits.account("tenant", tenant), *departments]
