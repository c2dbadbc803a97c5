"""The rows of trial links: by one, a colleague without an account tries the assistant. A link knows
how long and for how many questions it is good, and it can be taken back at once."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, and_, select, update

from gateway.errors import FrontdeskError
from gateway.store.schema.trials import trial_links as table
from gateway.store.unit import Reading, Unit

MOST_QUESTIONS = 200
DAY = 86_400.0
LONGEST_DAYS = 30
# Of those that still work; more than these nobody keeps in view.
MOST_LINKS = 50


class TooManyLinks(FrontdeskError):
    """So many links nobody keeps in view; take some back first."""


class TrialOver(FrontdeskError):
    """The link is unknown, over, taken back or used up; ask for another."""


@dataclass(frozen=True, slots=True)
class LinkView:
    id: str
    name: str
    made_by: str
    made_at: float
    expires_at: float
    revoked_at: float | None
    asked: int
    most: int


def make(unit: Unit, name: str, by: str, days: int, secret_hash: str) -> str:
    """
    Raises:
        TooManyLinks.
    """
    if len([one for one in listed(unit) if _works(one, unit.now)]) >= MOST_LINKS:
        raise TooManyLinks(f"{MOST_LINKS} links work already; take some back first")
    id = unit.new_id()
    made = unit.insert_once(
        table,
        id=id,
        tenant_id=unit.tenant,
        name=name,
        secret_hash=secret_hash,
        made_by=by,
        made_at=unit.now,
        expires_at=unit.now + min(days, LONGEST_DAYS) * DAY,
        most=MOST_QUESTIONS,
    )
    if made:
        return id
    return str(unit.scalar(select(table.c.id).where(table.c.secret_hash == secret_hash)))


def listed(reading: Reading) -> list[LinkView]:
    """The newest first; those that ended long ago are left out."""
    rows = reading.all(
        select(table)
        .where(
            table.c.tenant_id == reading.tenant,
            table.c.expires_at > reading.now - LONGEST_DAYS * DAY,
        )
        .order_by(table.c.made_at.desc(), table.c.id)
    )
    return [_view(row) for row in rows]


def revoke(unit: Unit, id: str) -> bool:
    """False when there is none; one that was taken back stays so."""
    mine = and_(table.c.tenant_id == unit.tenant, table.c.id == id)
    unit.execute(
        update(table).where(mine, table.c.revoked_at.is_(None)).values(revoked_at=unit.now)
    )
    return unit.one(select(table.c.id).where(mine)) is not None


def use(unit: Unit, secret_hash: str) -> int:
    """Take one question of the link's; how many are left.

    Raises:
        TrialOver.
    """
    mine = and_(table.c.tenant_id == unit.tenant, table.c.secret_hash == secret_hash)
    taken = unit.changed(
        update(table)
        .where(
            mine,
            table.c.revoked_at.is_(None),
            table.c.expires_at > unit.now,
            table.c.asked < table.c.most,
        )
        .values(asked=table.c.asked + 1)
    )
    if not taken:
        raise TrialOver("this link does not work any more; ask who gave it to you for another")
    return int(unit.scalar(select(table.c.most - table.c.asked).where(mine)) or 0)


def _works(link: LinkView, now: float) -> bool:
    return link.revoked_at is None and link.expires_at > now and link.asked < link.most


def _view(row: RowMapping) -> LinkView:
    return LinkView(
        id=row["id"],
        name=row["name"],
        made_by=row["made_by"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        asked=row["asked"],
        most=row["most"],
    )
