"""Appending what was said, and making it visible where the customer pulls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, bindparam, select, update

from channels.contract import Author, Choice, Link
from gateway.records import Prepared
from gateway.store.schema.conversation import conversations, messages, visible
from gateway.store.statement import Prepared as Statement
from gateway.store.unit import Reading, Unit, dumps, loads_list

_THIS = conversations.c.id == bindparam("conversation")
_NEXT_SEQ = Statement(
    update(conversations)
    .where(_THIS)
    .values(last_seq=conversations.c.last_seq + 1, updated_at=bindparam("now"))
    .returning(conversations.c.last_seq)
)
_NEXT_VISIBLE = Statement(
    update(conversations)
    .where(_THIS)
    .values(visible_seq=conversations.c.visible_seq + 1)
    .returning(conversations.c.visible_seq)
)
_LAST_OFFER = Statement(
    select(messages.c.choices)
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.author != "customer",
        messages.c.kind == "message",
    )
    .order_by(messages.c.seq.desc())
    .limit(1)
)
_SAID_IN_CASE = Statement(
    select(messages.c.id)
    .where(messages.c.case_id == bindparam("case"), messages.c.notice == bindparam("notice"))
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Appended:
    id: str
    seq: int


def topic(conversation: str) -> str:
    """What listeners of one conversation wait for."""
    return f"conversation:{conversation}"


LISTS = "conversations"
MOST_SINCE = 50


def append_message(
    unit: Unit, conversation: str, *, author: Author, body: str, **columns: object
) -> Appended:
    """Append at the end; ``seq`` is given by the conversation's own row, never by autoincrement."""
    seq = unit.scalar(_NEXT_SEQ, conversation=conversation, now=unit.now)
    return append_at(unit, conversation, int(seq), author=author, body=body, **columns)


def append_at(
    unit: Unit, conversation: str, seq: int, *, author: Author, body: str, **columns: object
) -> Appended:
    """Append at a ``seq`` that the conversation's row has given in this unit."""
    message = Appended(unit.new_id(), seq)
    unit.insert(
        messages,
        id=message.id,
        tenant_id=unit.tenant,
        conversation_id=conversation,
        seq=message.seq,
        author=author,
        body=body,
        at=unit.now,
        **columns,
    )
    unit.emit(topic(conversation), LISTS)
    return message


def append_prepared(
    unit: Unit, conversation: str, prepared: Prepared, case: str | None, turn: str | None = None
) -> Appended:
    return append_message(
        unit,
        conversation,
        author=prepared.author,
        body=prepared.markdown,
        case_id=case,
        name=prepared.name,
        staff_id=prepared.staff,
        notice=prepared.notice,
        language=prepared.language,
        external_id=prepared.external_id,
        choices=dumps([[choice.id, choice.label] for choice in prepared.choices]),
        citations=dumps(
            [
                {"title": link.title, "url": link.url, "passage": link.passage}
                for link in prepared.citations
            ]
        ),
        turn_id=turn,
    )


def show(unit: Unit, conversation: str, message: str, delivery: str | None = None) -> None:
    """Make a piece visible to the visitor of a pulled channel, after everything visible so far."""
    seq = unit.scalar(_NEXT_VISIBLE, conversation=conversation)
    unit.insert(
        visible,
        conversation_id=conversation,
        seq=seq,
        message_id=message,
        delivery_id=delivery,
        at=unit.now,
    )
    unit.emit(topic(conversation))


def choices_of(row: Mapping[Any, Any]) -> tuple[Choice, ...]:
    return tuple(Choice(id, label) for id, label in loads_list(row["choices"]))


def links_of(row: Mapping[Any, Any]) -> tuple[Link, ...]:
    return tuple(Link(**link) for link in loads_list(row["citations"]))


def last_offer(reading: Reading, conversation: str) -> tuple[Choice, ...]:
    """The choices of the newest message that was not the customer's or a note."""
    row = reading.one(_LAST_OFFER, conversation=conversation)
    return choices_of(row) if row is not None else ()


def said_in_case(reading: Reading, case: str | None, notice: str) -> bool:
    if case is None:
        return False
    return reading.one(_SAID_IN_CASE, case=case, notice=notice) is not None


def said_since(reading: Reading, conversation: str, seq: int) -> Sequence[RowMapping]:
    """What the customer has said after ``seq``."""
    return reading.all(
        select(messages.c.id, messages.c.seq, messages.c.body, messages.c.at)
        .where(
            messages.c.conversation_id == conversation,
            messages.c.author == "customer",
            messages.c.seq > seq,
            messages.c.deleted_at.is_(None),
        )
        .order_by(messages.c.seq)
        .limit(MOST_SINCE)
    )


def match_choice(text: str, offered: Sequence[Choice], *, numbered: bool) -> Choice | None:
    """The offered choice that a typed answer names by its label, or by its number where the
    channel showed numbers."""
    typed = " ".join(text.split()).casefold().rstrip(".!")
    for number, choice in enumerate(offered, start=1):
        if typed == choice.label.casefold() or (numbered and typed == str(number)):
            return choice
    return None
