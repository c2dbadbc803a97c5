"""How long records stay that nobody needs for ever, and removing what is older. What customers and
staff said is not among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, or_

from gateway.store.schema.safety import (
    budget_sums,
    model_calls,
    model_texts,
    reservations,
    switch_events,
    watches,
)
from gateway.store.unit import Unit

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Retention:
    """Days. ``prompts`` is what models were asked and answered; ``details`` single reservations and
    the sums of conversations, which count on one day only; ``accounts`` the sums of tenants and
    departments, the records of calls without their words, and turns of the off switch; ``read`` and
    ``watched`` what is on the watch list, read and at all."""

    prompts: int = 30
    details: int = 35
    accounts: int = 400
    read: int = 30
    watched: int = 180

    def sweep(self, unit: Unit) -> None:
        unit.execute(delete(model_texts).where(model_texts.c.at < _before(unit, self.prompts)))
        old = _before(unit, self.accounts)
        unit.execute(delete(model_calls).where(model_calls.c.began_at < old))
        unit.execute(delete(switch_events).where(switch_events.c.at < old))
        self._sums(unit)
        unit.execute(
            delete(watches).where(
                watches.c.tenant_id == unit.tenant,
                or_(
                    watches.c.read_at < _before(unit, self.read),
                    watches.c.at < _before(unit, self.watched),
                ),
            )
        )

    def _sums(self, unit: Unit) -> None:
        details, accounts = _day(unit, self.details), _day(unit, self.accounts)
        unit.execute(delete(reservations).where(reservations.c.day < details))
        own = budget_sums.c.tenant_id == unit.tenant
        unit.execute(
            delete(budget_sums).where(
                own, budget_sums.c.day < details, budget_sums.c.scope == "conversation"
            )
        )
        unit.execute(delete(budget_sums).where(own, budget_sums.c.day < accounts))


def _before(unit: Unit, days: int) -> float:
    return unit.now - days * DAY


def _day(unit: Unit, days: int) -> str:
    """An ISO date; a time zone's difference is of no matter after so many days."""
    return datetime.fromtimestamp(_before(unit, days), UTC).date().isoformat()
