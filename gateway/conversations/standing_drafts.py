"""What a change of owner does to the draft that waits: it goes along, or it ends."""

from __future__ import annotations

from sqlalchemy import RowMapping, bindparam, update

from gateway.conversations.timers import cancel_timer
from gateway.store.schema.drafts import drafts
from gateway.store.statement import Prepared
from gateway.store.unit import Unit
from gateway.telemetry.facts import DraftStep

TIMER = "draft"
_OPEN = (drafts.c.conversation_id == bindparam("conversation"), drafts.c.state == "open")
_STAMP = Prepared(update(drafts).where(*_OPEN).values(epoch=bindparam("at_epoch")))
_WITHDRAW = Prepared(
    update(drafts)
    .where(*_OPEN)
    .values(state="withdrawn", reason=bindparam("why"), decided_at=bindparam("now"))
)


def go_along(unit: Unit, conversation: str, epoch: int) -> None:
    """People still own: the draft is good in the new epoch as well."""
    unit.changed(_STAMP, conversation=conversation, at_epoch=epoch)


def withdraw_draft(unit: Unit, row: RowMapping, why: str) -> None:
    """Nobody is to send it any more."""
    if unit.changed(_WITHDRAW, conversation=row["id"], why=why, now=unit.now):
        cancel_timer(unit, row["id"], TIMER)
        unit.tell(DraftStep(row["channel"], row["id"], "withdrawn"))
