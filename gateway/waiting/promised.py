"""When the wait that a customer was told is over and nobody has come: they are told once that it
takes longer, and the team is in truth reminded."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, select, update

from gateway.config.promises import Promises
from gateway.conversations.opening import lock
from gateway.conversations.ownership import say
from gateway.records import Prepared
from gateway.store.schema.conversation import awaited, conversations
from gateway.store.unit import Reading, Unit
from gateway.telemetry.facts import Late
from gateway.waiting.late import LOOKED_AT, PROMISE, call_out, mark_late

NOTICE = "waiting_late"


def broken(reading: Reading) -> Sequence[RowMapping]:
    """Conversations whose customers wait longer than they were told."""
    return reading.all(
        select(conversations.c.id, conversations.c.channel, conversations.c.language)
        .where(
            awaited,
            conversations.c.tenant_id == reading.tenant,
            conversations.c.promised_until <= reading.now,
        )
        .order_by(conversations.c.promised_until)
        .limit(LOOKED_AT)
    )


def admit(unit: Unit, conversation: str, words: Prepared | None, promises: Promises) -> bool:
    """Say so, where nobody has come meanwhile. A promise is broken once."""
    row = lock(unit, conversation)
    if row is None or row["promised_until"] is None or row["promised_until"] > unit.now:
        return False
    unit.execute(
        update(conversations).where(conversations.c.id == row["id"]).values(promised_until=None)
    )
    if row["waiting_since"] is None or row["public"] or words is None:
        return False
    if say(unit, row, words, row["epoch"]) is None:
        return False
    mark_late(unit, row)
    unit.tell(Late(row["channel"], row["id"], PROMISE, promises.desk(row["channel"])))
    if row["late_at"] is None:
        call_out(unit, row, PROMISE, promises)
    return True
