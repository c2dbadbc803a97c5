"""What staff did in threads, as rows: kept in order, claimed by one node, worked off once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import RowMapping, Select, and_, exists, literal, select, update

from channels.events import Attachment
from gateway.desk import thread_files
from gateway.desk.files import place_of
from gateway.store.schema.desk import desk_inputs, desk_threads
from gateway.store.unit import Unit

DESKS = "desks"
InputKind: TypeAlias = Literal["said", "pressed", "filled", "edited", "deleted"]
# Working one off may mean to ask the assistant.
CLAIM_SECONDS = 120.0
AGAIN_SECONDS = 5.0
# What it waits for takes about as long.
LATER_SECONDS = 0.5
TRIES = 4


@dataclass(frozen=True, slots=True)
class Input:
    """``external_id`` is the platform's id of what was written, or of what offered the button;
    ``body`` the words, or the choice; of a form both, in lines of their own."""

    kind: InputKind
    external_id: str
    body: str = ""
    files: tuple[Attachment, ...] = ()


def keep(
    unit: Unit,
    thread: RowMapping,
    conversation: RowMapping,
    member: str,
    account: str,
    done: Input,
) -> None:
    """``conversation`` is held: it may be somebody else's by the time that this is worked off."""
    owns = (conversation["owner"], conversation["staff_id"]) == ("staff", member)
    number = unit.scalar(
        update(desk_threads)
        .where(desk_threads.c.id == thread["id"])
        .values(last_input=desk_threads.c.last_input + 1)
        .returning(desk_threads.c.last_input)
    )
    id = unit.new_id()
    unit.insert(
        desk_inputs,
        id=id,
        tenant_id=unit.tenant,
        thread_id=thread["id"],
        number=number,
        staff_id=member,
        account=account,
        kind=done.kind,
        external_id=done.external_id,
        body=done.body,
        files=len(done.files),
        owned_epoch=conversation["epoch"] if owns else None,
        at=unit.now,
        due_at=unit.now,
    )
    thread_files.keep(unit, thread, id, done.files)
    unit.emit(DESKS)


def places_in_use() -> Select[str]:
    """Where files wait for words that are not worked off yet."""
    return select(literal(place_of("")).concat(desk_inputs.c.id)).where(
        desk_inputs.c.due_at.is_not(None)
    )


def claim(unit: Unit, limit: int) -> Sequence[RowMapping]:
    """What is due, at most one of each thread: the first that is not worked off yet. It is due
    again when its node dies."""
    earlier = desk_inputs.alias("earlier")
    first = ~exists().where(
        and_(
            earlier.c.thread_id == desk_inputs.c.thread_id,
            earlier.c.number < desk_inputs.c.number,
            earlier.c.due_at.is_not(None),
        )
    )
    due = unit.all(
        select(desk_inputs.c.id)
        .where(desk_inputs.c.due_at <= unit.now, first)
        .order_by(desk_inputs.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [_claimed(unit, row["id"]) for row in due]
    return [row for row in found if row is not None]


def _claimed(unit: Unit, id: str) -> RowMapping | None:
    return unit.one(
        update(desk_inputs)
        .where(desk_inputs.c.id == id)
        .values(due_at=unit.now + CLAIM_SECONDS, tries=desk_inputs.c.tries + 1)
        .returning(*desk_inputs.c)
    )


def finish(unit: Unit, id: str, outcome: str) -> None:
    unit.execute(
        update(desk_inputs).where(desk_inputs.c.id == id).values(due_at=None, outcome=outcome[:500])
    )
    thread_files.let_go(unit, id)
    unit.emit(DESKS)


def again(unit: Unit, id: str) -> None:
    """It did not work this time: a little later."""
    unit.execute(
        update(desk_inputs)
        .where(desk_inputs.c.id == id, desk_inputs.c.due_at.is_not(None))
        .values(due_at=unit.now + AGAIN_SECONDS)
    )


def later(unit: Unit, id: str) -> None:
    """It waits for something, which is no failed try."""
    unit.execute(
        update(desk_inputs)
        .where(desk_inputs.c.id == id, desk_inputs.c.due_at.is_not(None))
        .values(due_at=unit.now + LATER_SECONDS, tries=desk_inputs.c.tries - 1)
    )
