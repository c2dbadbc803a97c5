"""What is posted about an event, read when it is: ids, the customer, the case and what happened.
What is masked for staff is masked here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, select

from gateway.conversations.opening import by_id
from gateway.conversations.write_ups import write_up_of
from gateway.privacy.masking import Masking
from gateway.store.schema.conversation import cases, contacts, identities, messages
from gateway.store.unit import Reading, loads_object


@dataclass(frozen=True, slots=True)
class Told:
    """How events are put: ``desk`` is the address of the desk, ``kinds`` the sort of each
    channel."""

    business: str
    desk: str
    kinds: Mapping[str, str]
    masking: Masking


def payload(reading: Reading, event: RowMapping, told: Told) -> dict[str, Any]:
    """The whole body; what was erased meanwhile is left out."""
    conversation = by_id(reading, event["conversation_id"])
    case = _case(reading, event["case_id"])
    return {
        "id": event["id"],
        "type": event["kind"],
        "at": event["created_at"],
        "business": told.business,
        "conversation": _conversation(conversation, event, told),
        "contact": _contact(reading, conversation, told.masking),
        "case": _case_shown(case, told.masking),
        "data": _DATA[event["kind"]](reading, event, case, told.masking),
    }


def _conversation(row: RowMapping | None, event: RowMapping, told: Told) -> dict[str, Any]:
    channel = row["channel"] if row is not None else None
    return {
        "id": event["conversation_id"],
        "channel": channel,
        "kind": told.kinds.get(channel or "", channel),
        "owner": row["owner"] if row is not None else None,
        "language": row["language"] if row is not None else None,
        "url": f"{told.desk}#c/{event['conversation_id']}",
    }


def _contact(reading: Reading, row: RowMapping | None, masking: Masking) -> dict[str, Any] | None:
    if row is None:
        return None
    name = reading.scalar(select(contacts.c.name).where(contacts.c.id == row["contact_id"]))
    known = reading.all(
        select(identities.c.channel, identities.c.external_id, identities.c.verified)
        .where(identities.c.contact_id == row["contact_id"])
        .order_by(identities.c.created_at, identities.c.external_id)
    )
    return {
        "id": row["contact_id"],
        "name": masking.text(name) if name else None,
        "identities": [
            {"channel": one["channel"], "id": one["external_id"], "verified": one["verified"]}
            for one in known
        ],
    }


def _case(reading: Reading, case: str | None) -> RowMapping | None:
    return None if case is None else reading.one(select(cases).where(cases.c.id == case))


def _case_shown(row: RowMapping | None, masking: Masking) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "id": row["id"],
        "number": row["number"],
        "question": masking.text(row["question"]),
        "opened_at": row["opened_at"],
        "resolved_at": row["resolved_at"],
        "outcome": row["outcome"],
    }


def _opened(
    _reading: Reading, _event: RowMapping, _case: RowMapping | None, _masking: Masking
) -> dict[str, Any]:
    return {}


def _handed_over(
    _reading: Reading, event: RowMapping, case: RowMapping | None, masking: Masking
) -> dict[str, Any]:
    brief = loads_object(case["brief"] if case is not None else None)
    return {
        **loads_object(event["detail"]),
        "question": masking.text(brief.get("question", "")),
        "rule": brief.get("rule", ""),
    }


def _replied(
    reading: Reading, event: RowMapping, _case: RowMapping | None, masking: Masking
) -> dict[str, Any]:
    row = _message(reading, event["message_id"])
    if row is None:
        return {"author": None, "name": None, "text": ""}
    return {"author": row["author"], "name": row["name"], "text": masking.text(row["body"])}


def _resolved(
    reading: Reading, event: RowMapping, case: RowMapping | None, masking: Masking
) -> dict[str, Any]:
    written = None if case is None else write_up_of(reading, case["id"], masking)
    return {**loads_object(event["detail"]), "write_up": written}


def _rated(
    reading: Reading, event: RowMapping, _case: RowMapping | None, masking: Masking
) -> dict[str, Any]:
    row = _message(reading, event["message_id"])
    comment = masking.text(row["body"]) if row is not None else None
    return {**loads_object(event["detail"]), "comment": comment}


def _message(reading: Reading, message: str | None) -> RowMapping | None:
    if message is None:
        return None
    return reading.one(
        select(messages.c.author, messages.c.name, messages.c.body).where(
            messages.c.id == message, messages.c.deleted_at.is_(None)
        )
    )


_DATA = {
    "case.opened": _opened,
    "handoff": _handed_over,
    "reply": _replied,
    "resolved": _resolved,
    "rated": _rated,
}
