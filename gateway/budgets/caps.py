"""Which caps a call of a model comes under, and on which day it counts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from brain.settings import BudgetSettings, LimitSettings
from brain.spending import Cost, Spender

Scope: TypeAlias = Literal["tenant", "department", "conversation"]
MICROS = 1_000_000
# Holds for a tenant whose configuration names no sum of money.
DEFAULT_USD = 5.0
# No sum comes near it, and it is a whole number of every database.
UNLIMITED = 2**60
WARN_AT = 0.8


@dataclass(frozen=True, slots=True)
class Cap:
    """``micros`` and ``tokens`` are the most of a day, ``UNLIMITED`` where there is none."""

    micros: int = UNLIMITED
    tokens: int = UNLIMITED

    def near(self, used: Cost) -> bool:
        """Whether so much is used that somebody should know."""
        return self.share(used) >= WARN_AT

    def share(self, used: Cost) -> float:
        """How much of the cap is used, of money or tokens whichever is more; 0 without a cap."""
        parts = ((used.micros, self.micros), (used.tokens, self.tokens))
        return max((_part(one, most) for one, most in parts if most < UNLIMITED), default=0.0)


@dataclass(frozen=True, slots=True)
class Account:
    """A sum of one day, and its cap. ``name`` is the tenant's, the desk's or the conversation's."""

    scope: Scope
    name: str
    cap: Cap


@dataclass(frozen=True, slots=True)
class Limits:
    """The budgets in force, and the time zone in which their day begins and ends."""

    budgets: BudgetSettings
    zone: ZoneInfo

    def day(self, now: float) -> str:
        """The ISO date on which something at this moment counts."""
        return datetime.fromtimestamp(now, self.zone).date().isoformat()

    def accounts(self, spender: Spender) -> tuple[Account, ...]:
        """Those that a call counts on, always in this order: rows are locked in it."""
        return (
            self.account("tenant", spender.tenant),
            self.account("department", spender.department),
            self.account("conversation", spender.conversation),
        )

    def account(self, scope: Scope, name: str) -> Account:
        if scope == "tenant":
            return Account(scope, name, cap_of(self.budgets.tenant, DEFAULT_USD))
        if scope == "department":
            limit = self.budgets.departments.get(name, LimitSettings())
            return Account(scope, name, cap_of(limit))
        return Account(scope, name, cap_of(self.budgets.conversation))


def cap_of(limit: LimitSettings, usd: float | None = None) -> Cap:
    """``usd`` holds where the limit names no sum of money."""
    money = usd if limit.usd is None else limit.usd
    return Cap(
        UNLIMITED if money is None else round(money * MICROS),
        UNLIMITED if limit.tokens is None else limit.tokens,
    )


def _part(used: int, most: int) -> float:
    if most:
        return used / most
    return 1.0 if used else 0.0
