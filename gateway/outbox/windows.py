"""Whether free text may go out on a platform that limits it to some hours after the customer's last
message: if not, it is held until they write again, and an approved message asks them to, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import RowMapping, bindparam, select, update

from gateway.conversations.deliveries import enqueue
from gateway.conversations.messages import append_prepared
from gateway.conversations.opening import by_id
from gateway.records import OUTCOMES, WINDOW_MARGIN_SECONDS, Piece, Prepared
from gateway.store.schema.conversation import cases, conversations, messages
from gateway.store.statement import Prepared as Statement
from gateway.store.unit import Unit, dumps

TOPIC_CHARACTERS = 60
_NOTICE, _CONFIRMS = "window_template", "opted_out"
_STANDING = Statement(
    select(
        conversations.c.window_until,
        conversations.c.template_at,
        conversations.c.opted_out_at,
        messages.c.notice,
    ).where(
        conversations.c.id == bindparam("conversation"),
        messages.c.id == bindparam("message"),
    )
)


@dataclass(frozen=True, slots=True)
class Wording:
    """The approved message as staff see it, with ``{{1}}`` for the business and ``{{2}}`` for what
    the customer asked about."""

    text: str
    business: str


# (channel, language) -> the approved message, None where none is configured.
Templates: TypeAlias = Callable[[str, str | None], Wording | None]


def no_templates(_channel: str, _language: str | None) -> Wording | None:
    return None


def held_back(unit: Unit, row: RowMapping, templates: Templates) -> str | None:
    """Why a delivery may not go out now; None when it may. The first that may not is what the
    approved message is sent for."""
    found = unit.one(_STANDING, conversation=row["conversation_id"], message=row["message_id"])
    if found is None or found["notice"] == _CONFIRMS:
        return None
    if found["opted_out_at"] is not None:
        return "not sent: the customer asked for no more messages; it goes out if they write again"
    if row["template"] is not None or found["window_until"] is None:
        return None
    closes = found["window_until"] - WINDOW_MARGIN_SECONDS
    if closes > unit.now:
        return None
    # An earlier silence's approved message is older than the words that ended it.
    asked = found["template_at"] is not None and found["template_at"] >= closes
    if asked:
        return "not sent yet: it goes out when the customer answers the approved message"
    if _is_an_answer(found["notice"]) and _ask_to_write(unit, row, templates):
        return (
            "not sent yet: the customer was sent the approved message; it goes out when they write"
        )
    return "not sent: the time to write freely is over; it goes out when the customer writes again"


def _is_an_answer(notice: str | None) -> bool:
    """The approved message promises one, and costs money: nobody is called back for a courtesy."""
    return notice is None or notice in OUTCOMES


def _ask_to_write(unit: Unit, row: RowMapping, templates: Templates) -> bool:
    conversation = by_id(unit, row["conversation_id"])
    if conversation is None:
        return False
    wording = templates(conversation["channel"], conversation["language"])
    if wording is None:
        return False
    values = {"1": wording.business, "2": _topic(unit, conversation["case_id"])}
    text = wording.text.replace("{{1}}", values["1"]).replace("{{2}}", values["2"])
    piece = Piece(text, text, template=dumps({"variables": values}))
    prepared = Prepared("system", text, (piece,), notice=_NOTICE)
    message = append_prepared(unit, conversation["id"], prepared, conversation["case_id"])
    enqueue(unit, conversation, message, prepared, conversation["epoch"])
    unit.execute(
        update(conversations)
        .where(conversations.c.id == conversation["id"])
        .values(template_at=unit.now)
    )
    return True


def _topic(unit: Unit, case: str | None) -> str:
    question = unit.scalar(select(cases.c.question).where(cases.c.id == case)) if case else None
    line = " ".join((question or "").split())
    return line if len(line) <= TOPIC_CHARACTERS else f"{line[: TOPIC_CHARACTERS - 1]}…"
