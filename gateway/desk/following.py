"""What follows from a handoff where staff work on a platform of their own: the line, the thread and
its brief, in the unit that hands over. Conversations of the web desk cost nothing here."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import RowMapping, func, select, update

from gateway.conversations import desk_threads, opening
from gateway.conversations.desk_threads import WINDOW_SECONDS, Post
from gateway.conversations.messages import said_since
from gateway.desk.places import Places, about_of
from gateway.store.schema.desk import desk_threads as threads
from gateway.store.schema.pipeline import deliveries, turns
from gateway.store.unit import Reading, Unit, loads_object
from gateway.telemetry.facts import Fact, HandedOver

# Reasons for which the group on duty is called at once.
URGENT = frozenset({"legal", "security", "safety"})


@dataclass(frozen=True, slots=True)
class Following:
    """A follower of facts."""

    places: Places

    def __call__(self, unit: Unit, fact: Fact) -> None:
        if not isinstance(fact, HandedOver) or self.places.desk(fact.channel) is None:
            return
        row = opening.lock(unit, fact.conversation)
        if row is None or row["owner"] == "staff" or row["waiting_since"] is None:
            return
        thread = self._told(unit, row)
        if thread is None:
            return
        _catch_up(unit, row, thread)
        if thread["on_duty"] is not None:
            _call(unit, row, thread, fact.reason)

    def _told(self, unit: Unit, row: RowMapping) -> RowMapping | None:
        """The thread in which staff are told, None where they are not told in one."""
        known = desk_threads.by_id(unit, row["desk_thread_id"])
        if known is not None and known["case_id"] == row["case_id"]:
            unit.execute(update(threads).where(threads.c.id == known["id"]).values(called_at=None))
            desk_threads.post(unit, known, Post("brief"))
            return known
        place = self.places.place(row["channel"], about_of(last_trace(unit, row), row["language"]))
        if place is not None:
            desk_threads.open_thread(unit, row, place)
        again = opening.by_id(unit, row["id"])
        return None if again is None else desk_threads.by_id(unit, again["desk_thread_id"])


def _catch_up(unit: Unit, row: RowMapping, thread: RowMapping) -> None:
    """What came while the turn that hands over was thought about is in no brief."""
    thought = unit.scalar(
        select(func.max(turns.c.through_seq)).where(turns.c.conversation_id == row["id"])
    )
    newer = said_since(unit, row["id"], thought) if thought is not None else ()
    if not newer:
        return
    posts = select(deliveries.c.about).where(deliveries.c.desk_thread_id == thread["id"])
    copied = {post["about"] for post in unit.all(posts)}
    for message in newer:
        if message["id"] not in copied:
            desk_threads.post(unit, thread, Post("copy", about=message["id"]))


def _call(unit: Unit, row: RowMapping, thread: RowMapping, reason: str) -> None:
    until = row["window_until"]
    closing = until is not None and unit.now < until < unit.now + WINDOW_SECONDS
    if closing or reason in URGENT:
        desk_threads.call(unit, thread)
    else:
        desk_threads.call_later(unit, row)


def last_trace(reading: Reading, row: RowMapping) -> dict[str, object]:
    """What the conversation's last turn recorded."""
    found = reading.scalar(
        select(turns.c.trace)
        .where(turns.c.conversation_id == row["id"], turns.c.state == "done")
        .order_by(turns.c.started_at.desc())
        .limit(1)
    )
    return dict(loads_object(found))
