"""What staff wrote in a thread and the customer was sent: the thread hears what becomes of it, and
what its author changes or takes back is changed or taken back where the platform can."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import RowMapping, select, update

from gateway.conversations.deliveries import OUTBOX, lengthened_line
from gateway.conversations.desk_threads import Post, by_id, lost, post, tell
from gateway.conversations.messages import topic
from gateway.records import UNSENT, Piece, Prepared
from gateway.store.schema.conversation import messages
from gateway.store.schema.pipeline import deliveries
from gateway.store.unit import Unit, loads_list

_SENT = frozenset({"sent", "delivered", "read"})


def moved(unit: Unit, delivery: RowMapping) -> None:
    """A delivery of a relay has reached a state: the thread's receipt shows what is true when it is
    sent, so one in waiting is enough."""
    thread = by_id(unit, delivery["told_in"])
    if thread is None:
        return
    about = delivery["message_id"] if delivery["about"] is None else delivery["about"]
    given = unit.all(
        select(deliveries.c.id, deliveries.c.state, deliveries.c.tries, deliveries.c.changes)
        .where(deliveries.c.desk_thread_id == thread["id"], deliveries.c.about == about)
        .order_by(deliveries.c.position)
    )
    if any(one["state"] == "queued" and not one["tries"] for one in given):
        return
    first = next((one["id"] for one in given if one["changes"] is None), None)
    post(unit, thread, Post("receipt", about=about, changes=first))


def post_failed(unit: Unit, delivery: RowMapping, why: str) -> None:
    """Staff do not see a post. What one person alone was to see, and a change, are no loss."""
    if delivery["changes"] is not None or '"only_for":null' not in (delivery["post"] or ""):
        return
    thread = by_id(unit, delivery["desk_thread_id"])
    if thread is not None:
        lost(unit, thread, why)


def written(unit: Unit, thread: RowMapping, external_id: str) -> RowMapping | None:
    """What a message of the thread became: the customer's copy, or a note."""
    return unit.one(
        select(messages).where(
            messages.c.conversation_id == thread["conversation_id"],
            messages.c.external_id == external_id,
            messages.c.author == "staff",
        )
    )


def parts(unit: Unit, message: str) -> Sequence[RowMapping]:
    return unit.all(
        select(deliveries).where(deliveries.c.message_id == message).order_by(deliveries.c.part)
    )


def reworded(unit: Unit, message: RowMapping, body: str) -> None:
    unit.execute(
        update(messages).where(messages.c.id == message["id"]).values(body=body, edited_at=unit.now)
    )
    unit.emit(topic(message["conversation_id"]))


def withdrawn(unit: Unit, message: RowMapping) -> None:
    unit.execute(update(messages).where(messages.c.id == message["id"]).values(deleted_at=unit.now))
    unit.emit(topic(message["conversation_id"]))


def change(unit: Unit, message: RowMapping, piece: Piece | None, *, can: bool) -> str:
    """Change what the customer was sent to one other piece, or take it back where there is none;
    ``can`` says whether the platform lets us. What came of it: ``note``, ``unsent``, ``changed`` or
    ``stale``."""
    sent = parts(unit, message["id"])
    if not sent:
        return "note"
    if all(one["state"] in UNSENT for one in sent):
        _before_it_went(unit, sent, piece)
        return "unsent"
    whole = [one for one in sent if one["state"] in _SENT and _single(one)]
    # Words beside files may stand in a message of their own or below them: none is changed.
    worded = len(sent) == 1 and not sent[0]["files"]
    if not can or len(whole) != len(sent) or (piece is not None and not worded):
        return "stale"
    for one in whole:
        _queue(unit, one, piece)
    return "changed"


def undone(unit: Unit, message: str) -> bool:
    """Take back what has not begun to go out."""
    changed = unit.changed(
        update(deliveries)
        .where(deliveries.c.message_id == message, deliveries.c.state == "queued")
        .values(state="withdrawn", error="its author took it back")
    )
    if not changed:
        return False
    unit.execute(update(messages).where(messages.c.id == message).values(deleted_at=unit.now))
    return True


def _single(delivery: RowMapping) -> bool:
    return len(loads_list(delivery["external_ids"])) == 1


def _before_it_went(unit: Unit, sent: Sequence[RowMapping], piece: Piece | None) -> None:
    later = sent if piece is None else sent[1:]
    if piece is not None:
        unit.execute(
            update(deliveries)
            .where(deliveries.c.id == sent[0]["id"], deliveries.c.state.in_(UNSENT))
            .values(body=piece.body, plain=piece.plain)
        )
    for one in later:
        unit.execute(
            update(deliveries)
            .where(deliveries.c.id == one["id"], deliveries.c.state.in_(UNSENT))
            .values(state="withdrawn", error="its author took it back")
        )


def _queue(unit: Unit, delivery: RowMapping, piece: Piece | None) -> None:
    line = lengthened_line(unit, delivery["channel"], delivery["address"], 1)
    id = unit.new_id()
    unit.insert(
        deliveries,
        id=id,
        tenant_id=unit.tenant,
        conversation_id=delivery["conversation_id"],
        message_id=id,
        address_id=line["id"],
        channel=delivery["channel"],
        address=delivery["address"],
        position=line["last_order"],
        author="staff",
        guarded=False,
        epoch=delivery["epoch"],
        state="queued",
        body="" if piece is None else piece.body,
        plain="" if piece is None else piece.plain,
        reply_context=delivery["reply_context"],
        private_to=delivery["private_to"],
        told_in=delivery["told_in"],
        about=delivery["message_id"],
        changes=delivery["id"],
        takes_back=piece is None,
        created_at=unit.now,
    )
    unit.emit(OUTBOX, topic(delivery["conversation_id"]))


def spoken(unit: Unit, row: RowMapping, said: Prepared, message: str) -> None:
    """Staff have said something: the thread shows it where it was said elsewhere, and the moment in
    which its author can take it back, where there is one."""
    if said.told_in is None:
        tell(unit, row, Post("said", about=message))
        return
    thread = by_id(unit, said.told_in) if said.wait_seconds else None
    if thread is not None:
        post(unit, thread, Post("receipt", about=message))
