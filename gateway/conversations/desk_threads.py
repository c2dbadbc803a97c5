"""The thread in which staff follow a conversation on a platform of their own: its row, and what is
posted in it, in the unit of what it tells. A post says what it is about; its words are made when it
is sent."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, bindparam, select, update

from channels.events import Address
from gateway.conversations.deliveries import OUTBOX, lengthened_line
from gateway.conversations.messages import LISTS, topic
from gateway.conversations.timers import has_timer, set_timer
from gateway.records import BLOCKING
from gateway.store.schema.conversation import conversations
from gateway.store.schema.desk import desk_threads
from gateway.store.schema.pipeline import addresses, deliveries
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit, dumps
from gateway.telemetry.facts import DeskAlarm

# How long staff may not see something before the web desk raises an alarm.
UNSEEN_SECONDS = 60.0
CALL_SECONDS = 300.0
WINDOW_SECONDS = 3_600.0
UNSEEN, CALL = "desk_unseen", "desk_call"
_WRITABLE = frozenset({"opening", "open"})
_BY_ID = Prepared(select(desk_threads).where(desk_threads.c.id == bindparam("thread")))
_AT = Prepared(
    select(desk_threads).where(
        desk_threads.c.tenant_id == bindparam("tenant"),
        desk_threads.c.channel == bindparam("channel"),
        desk_threads.c.address == bindparam("address"),
    )
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a desk receives a conversation. Where it has no ``threads``, it is only told of it."""

    desk: str
    channel: str
    chat: str
    threads: bool
    on_duty: str | None = None
    marked_only: bool = False


@dataclass(frozen=True, slots=True)
class Post:
    """What is said to staff. ``about`` is the message that it tells of, ``changes`` the delivery
    whose message it takes the place of, ``only_for`` who alone sees it."""

    kind: str
    about: str | None = None
    changes: str | None = None
    only_for: str | None = None
    data: tuple[tuple[str, str], ...] = ()


def by_id(reading: Reading, thread: str | None) -> RowMapping | None:
    return None if thread is None else reading.one(_BY_ID, thread=thread)


def at(reading: Reading, channel: str, address: Address) -> RowMapping | None:
    """The thread at an address of a desk's channel."""
    return reading.one(_AT, tenant=reading.tenant, channel=channel, address=address.key)


def open_thread(unit: Unit, row: RowMapping, place: Place) -> None:
    """Tell a desk of the conversation: a line in its channel and, in the thread below, the brief.
    Until the platform has opened that, everything for it waits behind the line."""
    id = unit.new_id()
    unit.insert(
        desk_threads,
        id=id,
        tenant_id=unit.tenant,
        conversation_id=row["id"],
        case_id=row["case_id"],
        desk=place.desk,
        channel=place.channel,
        address=Address(place.chat, f"new:{id}").key,
        state="opening" if place.threads else "notified",
        on_duty=place.on_duty,
        marked_only=place.marked_only,
        owner_since=unit.now,
        created_at=unit.now,
    )
    thread = by_id(unit, id)
    if thread is None:
        raise LookupError("the thread just made is not there")
    if not place.threads:
        post(unit, thread, Post("notice"))
        return
    head = post(unit, thread, Post("head"))
    unit.execute(update(desk_threads).where(desk_threads.c.id == id).values(head_id=head))
    unit.execute(
        update(conversations)
        .where(conversations.c.id == row["id"])
        .values(desk_thread_id=id, desk_alarm=None)
    )
    post(unit, thread, Post("brief"))
    set_timer(unit, row["id"], UNSEEN, unit.now + UNSEEN_SECONDS)


def call_later(unit: Unit, row: RowMapping) -> None:
    """The group on duty is called when nobody has answered for a while, or when the time to write
    freely runs out."""
    due = unit.now + CALL_SECONDS
    if row["window_until"] is not None:
        due = min(due, row["window_until"] - WINDOW_SECONDS)
    set_timer(unit, row["id"], CALL, max(due, unit.now))


def call(unit: Unit, thread: RowMapping) -> None:
    """Call the group on duty, once a thread."""
    called = unit.changed(
        update(desk_threads)
        .where(
            desk_threads.c.id == thread["id"],
            desk_threads.c.called_at.is_(None),
            desk_threads.c.on_duty.is_not(None),
        )
        .values(called_at=unit.now)
    )
    if called:
        post(unit, thread, Post("call"))


def post(unit: Unit, thread: RowMapping, said: Post) -> str:
    """Queue a post at the thread, after everything posted there before; the delivery's id. What is
    for a thread that cannot be written to stays on the web desk."""
    id = unit.new_id()
    if thread["state"] not in {*_WRITABLE, "notified", "closed"}:
        return id
    place = Address.parse(thread["address"])
    # A desk without threads is told in its chat.
    address = Address(place.chat).key if thread["state"] == "notified" else place.key
    line = lengthened_line(unit, thread["channel"], address, 1)
    unit.insert(
        deliveries,
        id=id,
        tenant_id=unit.tenant,
        conversation_id=thread["conversation_id"],
        message_id=id,
        address_id=line["id"],
        channel=thread["channel"],
        address=address,
        position=line["last_order"],
        author="system",
        guarded=False,
        epoch=0,
        state="queued",
        body="",
        plain=f"[desk {thread['desk']}: {said.kind}]",
        desk_thread_id=thread["id"],
        post=dumps({"kind": said.kind, "only_for": said.only_for, **dict(said.data)}),
        about=said.about,
        changes=said.changes,
        created_at=unit.now,
    )
    unit.emit(OUTBOX)
    return id


def tell(unit: Unit, row: RowMapping, said: Post) -> None:
    """Post it in the conversation's thread, if staff follow it in one."""
    thread = by_id(unit, row["desk_thread_id"])
    if thread is not None:
        post(unit, thread, said)


def customer_said(unit: Unit, row: RowMapping, message: str) -> None:
    """A customer wrote while people are to answer: the thread shows it, or an alarm tells that it
    does not."""
    if row["desk_thread_id"] is None or not (row["owner"] != "assistant" or row["covered"]):
        return
    tell(unit, row, Post("copy", about=message))
    if not has_timer(unit, row["id"], UNSEEN):
        set_timer(unit, row["id"], UNSEEN, unit.now + UNSEEN_SECONDS)


def customer_changed(unit: Unit, row: RowMapping, message: str) -> None:
    """A customer changed or took back what they said: so does its copy."""
    if row["desk_thread_id"] is None:
        return
    copy = unit.scalar(
        select(deliveries.c.id).where(
            deliveries.c.desk_thread_id == row["desk_thread_id"],
            deliveries.c.about == message,
            deliveries.c.changes.is_(None),
        )
    )
    if copy is not None or row["owner"] != "assistant" or row["covered"]:
        tell(unit, row, Post("copy", about=message, changes=copy))


def owner_changed(unit: Unit, row: RowMapping) -> None:
    """The line in the channel names the owner, and since when."""
    thread = by_id(unit, row["desk_thread_id"])
    if thread is None:
        return
    unit.execute(
        update(desk_threads).where(desk_threads.c.id == thread["id"]).values(owner_since=unit.now)
    )
    line_changed(unit, thread)


def line_changed(unit: Unit, thread: RowMapping) -> None:
    """It shows what is true when it is sent, so one change in waiting is enough."""
    if thread["head_id"] is None:
        return
    waiting = unit.scalar(
        select(deliveries.c.id).where(
            deliveries.c.desk_thread_id == thread["id"],
            deliveries.c.changes == thread["head_id"],
            deliveries.c.state == "queued",
            deliveries.c.tries == 0,
        )
    )
    if waiting is None:
        post(unit, thread, Post("head", changes=thread["head_id"]))


def close(unit: Unit, row: RowMapping) -> None:
    """The case is resolved: the line is struck through, and nothing more follows here."""
    thread = by_id(unit, row["desk_thread_id"])
    if thread is None:
        return
    unit.execute(
        update(desk_threads).where(desk_threads.c.id == thread["id"]).values(state="closed")
    )
    unit.execute(
        update(conversations)
        .where(conversations.c.id == row["id"])
        .values(desk_thread_id=None, desk_alarm=None)
    )
    post(unit, thread, Post("resolved"))


def opened(unit: Unit, delivery: RowMapping, place: Address) -> None:
    """The platform has opened the thread: it, its line and all that waits have its address."""
    thread = by_id(unit, delivery["desk_thread_id"])
    if thread is None or thread["head_id"] != delivery["id"]:
        return
    # Where it was given up meanwhile, staff are at least led to the web desk.
    state = {"opening": "open", "lost": "closed"}.get(thread["state"], thread["state"])
    unit.execute(
        update(desk_threads)
        .where(desk_threads.c.id == thread["id"])
        .values(address=place.key, state=state, opened_at=unit.now)
    )
    unit.execute(
        update(addresses).where(addresses.c.id == delivery["address_id"]).values(address=place.key)
    )
    unit.execute(
        update(deliveries)
        .where(deliveries.c.address_id == delivery["address_id"])
        .values(address=place.key)
    )
    if thread["state"] == "lost":
        late = by_id(unit, thread["id"])
        if late is not None:
            post(unit, late, Post("late"))


def lost(unit: Unit, thread: RowMapping, why: str) -> None:
    """The thread cannot be written to: what was for it stays on the web desk, which says so. The
    next handoff tries anew."""
    changed = unit.changed(
        update(desk_threads)
        .where(
            desk_threads.c.id == thread["id"], desk_threads.c.state.in_(_WRITABLE | {"notified"})
        )
        .values(state="lost")
    )
    if not changed:
        return
    unit.execute(
        update(deliveries)
        .where(deliveries.c.desk_thread_id == thread["id"], deliveries.c.state == "queued")
        .values(state="withdrawn", error="the thread cannot be written to")
    )
    unit.execute(
        update(conversations)
        .where(
            conversations.c.id == thread["conversation_id"],
            conversations.c.desk_thread_id == thread["id"],
        )
        .values(desk_thread_id=None)
    )
    alarm(unit, thread, why)


def alarm(unit: Unit, thread: RowMapping, why: str) -> None:
    """Say on the web desk that staff do not see this where they work."""
    unit.execute(
        update(conversations)
        .where(conversations.c.id == thread["conversation_id"])
        .values(desk_alarm=why[:500])
    )
    unit.tell(DeskAlarm(thread["channel"], thread["desk"], thread["conversation_id"], why))
    unit.emit(topic(thread["conversation_id"]), LISTS)


def look_whether_seen(unit: Unit, row: RowMapping) -> None:
    """What staff should have seen by now and have not is an alarm; what never had a thread will
    not get it any more."""
    thread = by_id(unit, row["desk_thread_id"])
    if thread is None:
        return
    oldest = unit.scalar(
        select(deliveries.c.created_at)
        .where(
            deliveries.c.desk_thread_id == thread["id"],
            deliveries.c.state.in_(BLOCKING),
        )
        .order_by(deliveries.c.created_at)
        .limit(1)
    )
    if oldest is None:
        _all_seen(unit, row)
    elif oldest > unit.now - UNSEEN_SECONDS:
        set_timer(unit, row["id"], UNSEEN, oldest + UNSEEN_SECONDS)
    elif thread["state"] == "opening":
        lost(unit, thread, f"no thread could be opened on {thread['channel']} within a minute")
    else:
        if row["desk_alarm"] is None:
            alarm(unit, thread, f"{thread['channel']} does not take what is posted in the thread")
        set_timer(unit, row["id"], UNSEEN, unit.now + UNSEEN_SECONDS)


def _all_seen(unit: Unit, row: RowMapping) -> None:
    if row["desk_alarm"] is not None:
        unit.execute(
            update(conversations).where(conversations.c.id == row["id"]).values(desk_alarm=None)
        )
        unit.emit(topic(row["id"]), LISTS)


def go_along(unit: Unit, row: RowMapping, private: RowMapping) -> None:
    """The matter goes on in another conversation, and its thread with it."""
    thread = row["desk_thread_id"]
    if thread is None or private["desk_thread_id"] is not None:
        return
    unit.execute(
        update(desk_threads)
        .where(desk_threads.c.id == thread)
        .values(conversation_id=private["id"], case_id=private["case_id"])
    )
    for conversation, value in ((row["id"], None), (private["id"], thread)):
        unit.execute(
            update(conversations)
            .where(conversations.c.id == conversation)
            .values(desk_thread_id=value)
        )
    unit.execute(
        update(deliveries)
        .where(deliveries.c.desk_thread_id == thread)
        .values(conversation_id=private["id"])
    )
