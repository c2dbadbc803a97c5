"""Where a matter goes on that began where others read along: alone with the person it is about.

What is for them alone is sent with their account's id, the adapter opens a place with them, and the
receipt names it. In the unit that records the receipt the matter moves there with its owner. Where
they have to write first, it waits until they do.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, RowMapping, and_, bindparam, func, or_, select, update

from channels.events import Address, Sender
from gateway.conversations import opening
from gateway.conversations.closings import MOVED
from gateway.conversations.deliveries import look_again
from gateway.conversations.desk_threads import go_along
from gateway.conversations.messages import append_message, topic
from gateway.conversations.ownership import (
    TURNS,
    hand_over,
    people_answered,
    resolve,
    take,
)
from gateway.records import Brief
from gateway.store.schema.conversation import attachments, cases, conversations, messages
from gateway.store.schema.pipeline import deliveries
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit

MOST_MESSAGES = 50
# For so long one invitation to write is enough.
SHOWN_SECONDS = 3600.0
_QUOTED = ("kind", "name", "staff_id", "notice", "choice", "language")
_OF_THEIRS = (
    deliveries.c.conversation_id == bindparam("conversation"),
    deliveries.c.private_to == bindparam("person"),
)
_SHOWN = Prepared(
    select(deliveries.c.id)
    .where(*_OF_THEIRS, deliveries.c.state == "held", deliveries.c.sending_at > bindparam("since"))
    .limit(1)
)
_WAITING = (
    update(deliveries)
    .where(deliveries.c.state == "held")
    .values(state="queued", error=None, tries=0, retry_at=None, sending_at=None)
    .returning(deliveries.c.channel, deliveries.c.address, deliveries.c.conversation_id)
)
_RELEASE = Prepared(_WAITING.where(*_OF_THEIRS))


def addressee(reading: Reading, conversation: str, through_seq: int | None = None) -> str | None:
    """The account of whoever spoke last in a public conversation, up to a message."""
    query = select(messages.c.sender_id).where(
        messages.c.conversation_id == conversation,
        messages.c.author == "customer",
        messages.c.sender_id.is_not(None),
    )
    if through_seq is not None:
        query = query.where(messages.c.seq <= through_seq)
    return reading.scalar(query.order_by(messages.c.seq.desc()).limit(1))


def continue_privately(unit: Unit, delivery: RowMapping, place: Address) -> None:
    """The matter of a delivery that was for one person alone goes on at the place that was opened
    with them; once, and only if it has not ended meanwhile."""
    row = opening.lock(unit, delivery["conversation_id"])
    if row is None or row["case_id"] is None or Address.parse(row["address"]) == place:
        return
    person: str = delivery["private_to"]
    case = opening.open_case_of(unit, row)
    private = opening.find_or_open(unit, row["channel"], place, Sender((person,)))
    own_case = opening.open_case(unit, private, case["question"] if case is not None else "")
    before = private["last_seq"]
    for said in _moving(unit, row, person):
        _quote(unit, said, private["id"], own_case)
    unit.execute(
        update(conversations)
        .where(conversations.c.id == private["id"])
        .values(private_of=row["id"], language=private["language"] or row["language"])
    )
    go_along(unit, row, _again(unit, private))
    _same_owner(unit, row, _again(unit, private), before)
    resolve(unit, _again(unit, row), MOVED)
    _others_go_on(unit, row, person)


def wait_there(unit: Unit, delivery: RowMapping, place: Address) -> None:
    """Only the way to the place was shown: what waits is found again from there."""
    person = Sender((delivery["private_to"],))
    private = opening.find_or_open(unit, delivery["channel"], place, person)
    unit.execute(
        update(conversations)
        .where(conversations.c.id == private["id"])
        .values(private_of=delivery["conversation_id"])
    )


def is_waited_for(reading: Reading, delivery: RowMapping) -> bool:
    """Whether the person was shown the way of late: what else is for them follows in its order,
    and the room does not see one invitation after the other."""
    shown = reading.scalar(
        _SHOWN,
        conversation=delivery["conversation_id"],
        person=delivery["private_to"],
        since=reading.now - SHOWN_SECONDS,
    )
    return shown is not None


def release_for(unit: Unit, private: RowMapping, person: str) -> None:
    """They wrote where they are alone with us: what waited for that goes out, in its old order."""
    if private["private_of"] is not None:
        release(unit, private["private_of"], person)


def release(unit: Unit, conversation: str, person: str) -> None:
    """They can be met by now: what waits for them in a conversation goes out."""
    released = list(unit.all(_RELEASE, conversation=conversation, person=person))
    if not released:
        return
    # Rare, and then they may have been met in other places, too.
    elsewhere = _WAITING.where(
        deliveries.c.tenant_id == unit.tenant,
        deliveries.c.channel == released[0]["channel"],
        deliveries.c.private_to == person,
    )
    released += unit.all(elsewhere)
    for row in released:
        look_again(unit, row["channel"], row["address"])
        unit.emit(topic(row["conversation_id"]))


def _others_go_on(unit: Unit, row: RowMapping, person: str) -> None:
    """Who else has spoken there meanwhile still wants an answer."""
    theirs = and_(
        messages.c.conversation_id == row["id"],
        messages.c.author == "customer",
        messages.c.seq > row["answered_seq"],
        messages.c.sender_id != person,
    )
    first = unit.one(select(messages).where(theirs).order_by(messages.c.seq).limit(1))
    if first is None:
        return
    case = opening.open_case(unit, _again(unit, row), first["body"])
    unit.execute(update(messages).where(theirs).values(case_id=case))
    unit.execute(
        update(conversations)
        .where(conversations.c.id == row["id"])
        .values(answered_seq=first["seq"] - 1, ready_at=unit.now, first_unanswered_at=unit.now)
    )
    unit.emit(TURNS)


def _again(unit: Unit, row: RowMapping) -> RowMapping:
    return opening.lock(unit, row["id"]) or row


def _same_owner(unit: Unit, row: RowMapping, private: RowMapping, before: int) -> None:
    """Who had the matter has it there, unless people have that conversation already."""
    if private["owner"] != "assistant":
        return
    if row["owner"] == "queue":
        hand_over(unit, private, row["reason"] or MOVED, Brief(), row["waiting_since"])
        brief = select(cases.c.brief).where(cases.c.id == row["case_id"]).scalar_subquery()
        unit.execute(update(cases).where(cases.c.id == private["case_id"]).values(brief=brief))
    elif row["owner"] == "staff":
        take(unit, private, row["staff_id"])
        people_answered(unit, private)
    elif private["customer_seq"] > before:
        unit.execute(
            update(conversations)
            .where(conversations.c.id == private["id"])
            .values(ready_at=unit.now, first_unanswered_at=unit.now)
        )
        unit.emit(TURNS)


def _quote(unit: Unit, said: RowMapping, conversation: str, case: str) -> None:
    """Repeat a message there, with its files."""
    copy = append_message(
        unit,
        conversation,
        author=said["author"],
        body=said["body"],
        case_id=case,
        **{name: said[name] for name in _QUOTED},
    )
    if said["author"] != "customer":
        return
    unit.execute(
        update(conversations)
        .where(conversations.c.id == conversation)
        .values(customer_seq=copy.seq)
    )
    unit.execute(
        update(attachments)
        .where(attachments.c.message_id == said["id"])
        .values(message_id=copy.id, conversation_id=conversation)
    )


def _moving(unit: Unit, row: RowMapping, person: str) -> Sequence[RowMapping]:
    """What the person has said since the assistant's last answer, what they alone were told, and
    staff's notes about it."""
    answered = (
        select(func.coalesce(func.max(messages.c.seq), 0))
        .where(messages.c.case_id == row["case_id"], messages.c.author == "assistant")
        .scalar_subquery()
    )
    return unit.all(
        select(messages)
        .where(
            messages.c.case_id == row["case_id"],
            messages.c.seq > answered,
            messages.c.deleted_at.is_(None),
            or_(
                and_(messages.c.author == "customer", messages.c.sender_id == person), _told(person)
            ),
        )
        .order_by(messages.c.seq)
        .limit(MOST_MESSAGES)
    )


def _told(person: str) -> ColumnElement[bool]:
    sent = select(deliveries.c.message_id).where(
        deliveries.c.message_id == messages.c.id, deliveries.c.private_to == person
    )
    return or_(messages.c.kind == "note", sent.exists())
