"""The units of the budgets: setting aside, and what a call came to. Each cap is the condition of
the very write that takes from it, so that no two calls can both take the last of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import BigInteger, Double, RowMapping, bindparam, func, select, update

from brain.spending import Cost
from gateway.budgets.caps import Account, Cap, Limits
from gateway.errors import FrontdeskError
from gateway.store.schema.safety import budget_sums, reservations
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit
from gateway.telemetry.facts import BudgetMoved, CallRefused

# Before whatever else a batch locks: every node takes the tenant's sum first, then the others.
KEY = ""
_OWN = (
    (budget_sums.c.tenant_id == bindparam("tenant"))
    & (budget_sums.c.day == bindparam("on_day"))
    & (budget_sums.c.scope == bindparam("of_scope"))
    & (budget_sums.c.name == bindparam("of_name"))
)
_USED_MICROS = budget_sums.c.spent_micros + budget_sums.c.reserved_micros
_USED_TOKENS = budget_sums.c.spent_tokens + budget_sums.c.reserved_tokens
_MICROS = bindparam("micros", type_=BigInteger)
_TOKENS = bindparam("tokens", type_=BigInteger)
_TAKE = Prepared(
    update(budget_sums)
    .where(
        _OWN,
        bindparam("most_micros", type_=BigInteger) >= _USED_MICROS + _MICROS,
        bindparam("most_tokens", type_=BigInteger) >= _USED_TOKENS + _TOKENS,
    )
    .values(
        reserved_micros=budget_sums.c.reserved_micros + _MICROS,
        reserved_tokens=budget_sums.c.reserved_tokens + _TOKENS,
    )
    .returning(
        _USED_MICROS.label("used_micros"),
        _USED_TOKENS.label("used_tokens"),
        budget_sums.c.warned_at,
    )
)
_PUT_BACK = Prepared(
    update(budget_sums)
    .where(_OWN)
    .values(
        reserved_micros=budget_sums.c.reserved_micros - _MICROS,
        reserved_tokens=budget_sums.c.reserved_tokens - _TOKENS,
        spent_micros=budget_sums.c.spent_micros + bindparam("used_micros", type_=BigInteger),
        spent_tokens=budget_sums.c.spent_tokens + bindparam("used_tokens", type_=BigInteger),
    )
)
_WARNED = Prepared(
    update(budget_sums)
    .where(_OWN)
    .values(warned_at=func.coalesce(budget_sums.c.warned_at, bindparam("now", type_=Double)))
)
_REACHED = Prepared(
    update(budget_sums)
    .where(_OWN, budget_sums.c.reached_at.is_(None))
    .values(reached_at=bindparam("now", type_=Double))
)
_SETTLED = Prepared(
    update(reservations)
    .where(reservations.c.id == bindparam("reservation"), reservations.c.settled_at.is_(None))
    .values(settled_at=bindparam("now", type_=Double))
    .returning(*reservations.c)
)
_USED = Prepared(select(_USED_MICROS.label("micros"), _USED_TOKENS.label("tokens")).where(_OWN))
_SCOPE_OF = ("tenant", "department", "conversation")
_RESERVED = Prepared(select(reservations.c.id).where(reservations.c.id == bindparam("reservation")))


class Refused(FrontdeskError):
    """A cap would be exceeded, so nothing was set aside; whose, and of which day."""

    def __init__(self, account: Account, day: str) -> None:
        super().__init__(f"the {account.scope} {account.name} has no budget left on {day}")
        self.account = account
        self.day = day


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call wants set aside; ``id`` makes a repetition of the unit harmless."""

    id: str
    turn: str
    department: str
    conversation: str
    worst: Cost


def set_aside(unit: Unit, limits: Limits, claim: Claim, accounts: tuple[Account, ...]) -> None:
    """
    Raises:
        Refused: the unit's savepoint takes back what it had set aside on other accounts.
    """
    if unit.one(_RESERVED, reservation=claim.id) is not None:
        return  # An earlier run of this unit was committed without our hearing of it.
    day = limits.day(unit.now)
    for account in accounts:
        _take(unit, account, day, claim.worst)
    unit.insert(
        reservations,
        id=claim.id,
        tenant_id=unit.tenant,
        day=day,
        turn_id=claim.turn,
        department=claim.department,
        conversation_id=claim.conversation,
        micros=claim.worst.micros,
        tokens=claim.worst.tokens,
        at=unit.now,
    )


def left(reading: Reading, limits: Limits, accounts: tuple[Account, ...]) -> float | None:
    """The share that is left of the tightest of the caps; None where there is none."""
    capped = [one for one in accounts if one.cap != Cap()]
    if not capped:
        return None
    day = limits.day(reading.now)
    shares = [account.cap.share(_used(reading, account, day)) for account in capped]
    return max(0.0, 1.0 - max(shares))


def _used(reading: Reading, account: Account, day: str) -> Cost:
    row = reading.one(
        _USED,
        tenant=reading.tenant,
        on_day=day,
        of_scope=account.scope,
        of_name=account.name,
    )
    return Cost() if row is None else Cost(row["micros"], row["tokens"])


def settle(unit: Unit, reservation: str, used: Cost) -> RowMapping | None:
    """The reservation, None where it was settled before or there is none. It counts on the day on
    which it was set aside, also when that day is over."""
    row = unit.one(_SETTLED, reservation=reservation, now=unit.now)
    if row is None:
        return None
    names = (row["tenant_id"], row["department"], row["conversation_id"])
    for scope, name in zip(_SCOPE_OF, names, strict=True):
        unit.changed(
            _PUT_BACK,
            tenant=row["tenant_id"],
            on_day=row["day"],
            of_scope=scope,
            of_name=name,
            micros=row["micros"],
            tokens=row["tokens"],
            used_micros=used.micros,
            used_tokens=used.tokens,
        )
    return row


def reached(unit: Unit, account: Account, day: str) -> None:
    """Say that a call was refused, and once a day that an account has nothing left."""
    unit.tell(CallRefused(account.scope))
    if unit.changed(_REACHED, now=unit.now, **_key(unit, account, day)):
        unit.tell(BudgetMoved("spent", account.scope, account.name, day))


def _take(unit: Unit, account: Account, day: str, worst: Cost) -> None:
    row = _taken(unit, account, day, worst)
    if row is None:
        _open(unit, account, day)
        row = _taken(unit, account, day, worst)
    if row is None:
        raise Refused(account, day)
    used = Cost(row["used_micros"], row["used_tokens"])
    if row["warned_at"] is None and account.cap.near(used):
        unit.changed(_WARNED, now=unit.now, **_key(unit, account, day))
        unit.tell(BudgetMoved("near", account.scope, account.name, day))


def _taken(unit: Unit, account: Account, day: str, worst: Cost) -> RowMapping | None:
    return unit.one(
        _TAKE,
        micros=worst.micros,
        tokens=worst.tokens,
        most_micros=account.cap.micros,
        most_tokens=account.cap.tokens,
        **_key(unit, account, day),
    )


def _open(unit: Unit, account: Account, day: str) -> None:
    unit.insert_once(
        budget_sums, tenant_id=unit.tenant, day=day, scope=account.scope, name=account.name
    )


def _key(unit: Unit, account: Account, day: str) -> dict[str, object]:
    return {
        "tenant": unit.tenant,
        "on_day": day,
        "of_scope": account.scope,
        "of_name": account.name,
    }
