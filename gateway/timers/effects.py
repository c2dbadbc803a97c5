"""What happens when a timer is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import RowMapping, delete, exists, select, update

from gateway.config.promises import Promises
from gateway.conversations import drafts
from gateway.conversations.desk_threads import CALL, UNSEEN
from gateway.conversations.messages import LISTS, topic
from gateway.conversations.opening import lock
from gateway.conversations.passing_back import back_to_queue
from gateway.conversations.standing_drafts import TIMER as DRAFT
from gateway.conversations.timers import (
    FORGOTTEN,
    FORGOTTEN_SECONDS,
    REMIND_SECONDS,
    set_timer,
)
from gateway.desk.inputs import places_in_use
from gateway.desk.thread_rows import SNOOZE
from gateway.store.schema.aftercare import outgoing_events
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.schema.desk import desk_inputs
from gateway.store.schema.people import sessions, sign_in_links
from gateway.store.schema.pipeline import early_updates, external_ids, requests, timers
from gateway.store.unit import Unit, loads_object
from gateway.telemetry.facts import Late
from gateway.timers import desks
from gateway.timers.loop import Effect
from gateway.timers.retention import DAY, Retention

SWEEP = "sweep"
SWEEP_SECONDS = 3_600.0


FORGOTTEN_RULE = "the customer waited an hour for an answer of the owner"


def effects(
    promises: Callable[[], Promises] = Promises, retention: Retention | None = None
) -> Mapping[str, Effect]:
    """``promises`` gives those in force: what is counted in the team's hours is counted in them."""
    kept = retention or Retention()

    def swept(unit: Unit, row: RowMapping) -> None:
        sweep(unit, row)
        kept.sweep(unit)

    return {
        FORGOTTEN: lambda unit, row: forgotten(unit, row, promises()),
        DRAFT: draft_expired,
        SWEEP: swept,
        UNSEEN: desks.unseen,
        CALL: desks.call,
        SNOOZE: desks.snoozed,
    }


def forgotten(unit: Unit, row: RowMapping, promises: Promises) -> None:
    """A customer waits for the person who took over: that one is reminded after half an hour in
    the team's hours. After an hour it is back in the queue, in front, with what was said kept for
    whoever takes next."""
    conversation = lock(unit, row["conversation_id"])
    if conversation is None or conversation["owner"] != "staff":
        return
    owed = loads_object(row["payload"])
    began = owed.get("from", row["due_at"] - FORGOTTEN_SECONDS)
    remind_at = promises.after(began, REMIND_SECONDS)
    lost_at = promises.after(began, FORGOTTEN_SECONDS)
    if unit.now >= lost_at:
        back_to_queue(unit, conversation, FORGOTTEN, FORGOTTEN_RULE, owed.get("since"))
        unit.tell(Late(conversation["channel"], conversation["id"], FORGOTTEN))
        return
    if unit.now >= remind_at and conversation["reminded_at"] is None:
        _remind(unit, conversation)
    again = remind_at if unit.now < remind_at else lost_at
    set_timer(unit, conversation["id"], FORGOTTEN, again, owed)


def _remind(unit: Unit, conversation: RowMapping) -> None:
    """The desk shows it, and tells whoever is signed in."""
    unit.execute(
        update(conversations)
        .where(conversations.c.id == conversation["id"])
        .values(reminded_at=unit.now, updated_at=unit.now)
    )
    unit.emit(topic(conversation["id"]), LISTS)
    unit.tell(Late(conversation["channel"], conversation["id"], "reminded"))


def draft_expired(unit: Unit, row: RowMapping) -> None:
    """Nobody has decided about a draft in time: people answer without it."""
    conversation = lock(unit, row["conversation_id"])
    if conversation is not None:
        drafts.expire(unit, conversation, loads_object(row["payload"])["draft"])


def sweep(unit: Unit, _row: RowMapping) -> None:
    """Remove what has served: receipts nobody claimed, ended sign-ins, uploads never sent."""
    unit.execute(delete(early_updates).where(early_updates.c.at < unit.now - DAY))
    named = select(early_updates.c.external_id).where(
        early_updates.c.channel == external_ids.c.channel,
        early_updates.c.external_id == external_ids.c.external_id,
    )
    unit.execute(delete(external_ids).where(external_ids.c.delivery_id.is_(None), ~exists(named)))
    unit.execute(delete(sessions).where(sessions.c.expires_at < unit.now))
    unit.execute(delete(sign_in_links).where(sign_in_links.c.expires_at < unit.now))
    unit.execute(delete(requests).where(requests.c.at < unit.now - 30 * DAY))
    unit.execute(
        delete(desk_inputs).where(
            desk_inputs.c.due_at.is_(None), desk_inputs.c.at < unit.now - 30 * DAY
        )
    )
    unit.execute(
        delete(attachments).where(
            attachments.c.message_id.is_(None),
            attachments.c.created_at < unit.now - DAY,
            attachments.c.address.not_in(places_in_use()),
        )
    )
    unit.execute(
        delete(timers).where(
            timers.c.fired_at < unit.now - DAY, timers.c.conversation_id.is_not(None)
        )
    )
    finished = outgoing_events.c.state.in_(("sent", "discarded"))
    unit.execute(
        delete(outgoing_events).where(finished, outgoing_events.c.created_at < unit.now - 30 * DAY)
    )
    plan_sweep(unit)


def plan_sweep(unit: Unit) -> None:
    """One sweep an hour, whoever runs it."""
    unit.upsert(
        timers,
        ("id",),
        id=SWEEP,
        tenant_id=unit.tenant,
        conversation_id=None,
        kind=SWEEP,
        due_at=unit.now + SWEEP_SECONDS,
        payload="{}",
        fired_at=None,
        tries=0,
    )
