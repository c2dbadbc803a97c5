"""What a thread has that no other surface does: whose its words were, snoozing, blocking, the
suggested reply. Functions over an open unit."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, select, update

from gateway.conversations import desk_threads
from gateway.conversations.desk_threads import Post
from gateway.conversations.opening import by_id, lock
from gateway.conversations.ownership import UnknownConversation, resolve
from gateway.conversations.timers import FORGOTTEN_SECONDS, set_timer
from gateway.desk.actions import owner_name
from gateway.desk.records import OwnedByAnother
from gateway.desk.stories import SOMEBODY
from gateway.people.records import Actor
from gateway.store.schema.conversation import cases, contacts, conversations
from gateway.store.schema.desk import desk_inputs
from gateway.store.schema.pipeline import requests, timers
from gateway.store.unit import Reading, Unit, dumps, loads_object

SNOOZE = "desk_snooze"
BLOCKED = "blocked"
# What makes whoever does it the owner.
_TAKING = ("take", "assign", "say", "approve", "edit")


def theirs(reading: Reading, row: RowMapping, conversation: RowMapping) -> bool:
    """Whether the conversation was its author's as they did it, and has not been anybody else's
    since: when it came in, or by what they had done in this thread before."""
    epoch = conversation["epoch"]
    if (conversation["owner"], conversation["staff_id"]) != ("staff", row["staff_id"]):
        return False
    if row["owned_epoch"] == epoch:
        return True
    earlier = reading.all(
        select(requests.c.answer)
        .join(
            desk_inputs,
            requests.c.id == desk_inputs.c.staff_id.concat(":").concat(desk_inputs.c.id),
        )
        .where(
            desk_inputs.c.thread_id == row["thread_id"],
            desk_inputs.c.staff_id == row["staff_id"],
            desk_inputs.c.number < row["number"],
            requests.c.verb.in_(_TAKING),
        )
    )
    return any(loads_object(done["answer"]).get("epoch") == epoch for done in earlier)


def suggested(reading: Reading, thread: RowMapping) -> str:
    """The reply that the brief of the thread's case suggests."""
    brief = reading.scalar(select(cases.c.brief).where(cases.c.id == thread["case_id"]))
    return str(loads_object(brief).get("suggested", ""))


def reject(unit: Unit, thread: RowMapping, actor: Actor, why: str) -> bool:
    """The suggested reply is taken out of the brief; False where there is none."""
    _held(unit, thread, actor)
    brief = unit.scalar(select(cases.c.brief).where(cases.c.id == thread["case_id"]))
    told = dict(loads_object(brief))
    if not told.get("suggested"):
        return False
    told.update(suggested="", rejected={"by": actor.name, "why": why, "text": told["suggested"]})
    unit.execute(update(cases).where(cases.c.id == thread["case_id"]).values(brief=dumps(told)))
    return True


@dataclass(frozen=True, slots=True)
class Snooze:
    """Whom to call again, and in how many seconds."""

    account: str
    seconds: float


def snooze(unit: Unit, thread: RowMapping, actor: Actor, until: Snooze) -> None:
    """Remind whoever snoozed it; until then it is not counted as forgotten.

    Raises:
        OwnedByAnother, UnknownConversation.
    """
    row = _held(unit, thread, actor)
    due = unit.now + until.seconds
    set_timer(unit, row["id"], SNOOZE, due, {"thread": thread["id"], "account": until.account})
    unit.execute(
        update(timers)
        .where(
            timers.c.conversation_id == row["id"],
            timers.c.kind == "forgotten",
            timers.c.fired_at.is_(None),
        )
        .values(due_at=due + FORGOTTEN_SECONDS)
    )


def block(unit: Unit, thread: RowMapping, actor: Actor) -> None:
    """Nothing that comes from there reaches anybody any more; the case is over.

    Raises:
        OwnedByAnother, UnknownConversation.
    """
    row = _held(unit, thread, actor)
    desk_threads.post(
        unit, thread, Post("line", data=(("text", "Blocked. `!unblock` hears them again."),))
    )
    unit.execute(
        update(conversations).where(conversations.c.id == row["id"]).values(blocked_at=unit.now)
    )
    resolve(unit, row, BLOCKED)


def unblock(unit: Unit, thread: RowMapping) -> None:
    unit.execute(
        update(conversations)
        .where(conversations.c.id == thread["conversation_id"])
        .values(blocked_at=None)
    )


def customer(reading: Reading, conversation: RowMapping) -> str:
    name = reading.scalar(
        select(contacts.c.name).where(contacts.c.id == conversation["contact_id"])
    )
    return str(name) if name else SOMEBODY


def _held(unit: Unit, thread: RowMapping, actor: Actor) -> RowMapping:
    row = lock(unit, thread["conversation_id"])
    if row is None or by_id(unit, row["id"]) is None:
        raise UnknownConversation
    if row["owner"] == "staff" and row["staff_id"] != actor.id:
        raise OwnedByAnother(row["epoch"], owner_name(unit, row))
    return row
