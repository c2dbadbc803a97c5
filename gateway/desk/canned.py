"""Replies kept ready, by a name that is typed after a slash. ``{customer}``, ``{me}``,
``{business}`` and ``{case}`` are filled in by the page, before somebody reads and sends it."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import RowMapping, delete, func, select

from gateway.conversations.messages import LISTS
from gateway.errors import FrontdeskError
from gateway.people.records import Actor
from gateway.store.schema.inbox import canned_replies
from gateway.store.unit import Reading, Unit

VARIABLES = frozenset({"customer", "me", "business", "case"})
MOST = 500
_HOLE = re.compile(r"\{(\w*)\}")


class UnknownVariable(FrontdeskError):
    """A reply may hold {customer}, {me}, {business} and {case}, and nothing else in braces."""


class TooManyReplies(FrontdeskError):
    """There are 500 replies already; remove one first."""


def listed(reading: Reading) -> list[dict[str, Any]]:
    rows = reading.all(
        select(canned_replies)
        .where(canned_replies.c.tenant_id == reading.tenant)
        .order_by(canned_replies.c.name)
    )
    return [_shown(row) for row in rows]


def keep(unit: Unit, actor: Actor, name: str, text: str) -> dict[str, Any]:
    """Under a name that is taken it replaces what was there.

    Raises:
        UnknownVariable, TooManyReplies.
    """
    if not VARIABLES.issuperset(_HOLE.findall(text)):
        raise UnknownVariable
    own = canned_replies.c.tenant_id == unit.tenant
    if unit.scalar(select(func.count()).select_from(canned_replies).where(own)) >= MOST:
        raise TooManyReplies
    id = unit.scalar(select(canned_replies.c.id).where(own, canned_replies.c.name == name))
    unit.upsert(
        canned_replies,
        ("tenant_id", "name"),
        id=id or unit.new_id(),
        tenant_id=unit.tenant,
        name=name,
        body=text,
        written_by=actor.id,
        changed_at=unit.now,
    )
    unit.emit(LISTS)
    row = unit.one(select(canned_replies).where(own, canned_replies.c.name == name))
    if row is None:
        raise LookupError("the reply that was just kept is not there")
    return _shown(row)


def remove(unit: Unit, reply: str) -> bool:
    unit.emit(LISTS)
    return bool(
        unit.changed(
            delete(canned_replies).where(
                canned_replies.c.id == reply, canned_replies.c.tenant_id == unit.tenant
            )
        )
    )


def _shown(row: RowMapping) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "text": row["body"],
        "changed_at": row["changed_at"],
    }
