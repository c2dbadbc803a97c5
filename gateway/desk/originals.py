"""A message's words as they came, for a lead who has to see them. Whoever looks is named in the
conversation, in the same unit: nobody looks unseen."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from gateway.conversations.messages import append_message
from gateway.desk.actions import Asked
from gateway.errors import FrontdeskError
from gateway.store.schema.conversation import messages
from gateway.store.schema.pipeline import requests
from gateway.store.unit import Unit


class UnknownMessage(FrontdeskError):
    """There is no such message in this conversation."""


@dataclass(frozen=True, slots=True)
class Original:
    """``has_raw`` says that the platform's own bytes were kept as well (mail)."""

    text: str
    has_raw: bool


def original(unit: Unit, asked: Asked, message: str) -> Original:
    """
    Raises:
        UnknownMessage: also where its author took it back.
    """
    row = unit.one(
        select(messages).where(
            messages.c.id == message,
            messages.c.conversation_id == asked.conversation,
            messages.c.tenant_id == unit.tenant,
            messages.c.deleted_at.is_(None),
        )
    )
    if row is None:
        raise UnknownMessage
    key = f"{asked.actor.id}:{asked.request}"
    if unit.insert_once(
        requests, id=key, conversation_id=asked.conversation, verb=asked.verb, at=unit.now
    ):
        append_message(
            unit,
            asked.conversation,
            author="staff",
            body=f"{asked.actor.name} looked at message {row['seq']} as it came.",
            kind="note",
            name=asked.actor.name,
            staff_id=asked.actor.id,
            case_id=row["case_id"],
        )
    return Original(row["body"], row["raw_sha256"] is not None)
