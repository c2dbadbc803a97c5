"""What happens when a timer is due."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import RowMapping, delete, exists, select

from gateway.conversations import drafts
from gateway.conversations.desk_threads import CALL, UNSEEN
from gateway.conversations.opening import lock, open_case_of
from gateway.conversations.ownership import hand_over
from gateway.conversations.standing_drafts import TIMER as DRAFT
from gateway.desk.thread_rows import SNOOZE
from gateway.records import Brief
from gateway.store.schema.aftercare import outgoing_events
from gateway.store.schema.conversation import attachments
from gateway.store.schema.desk import desk_inputs
from gateway.store.schema.people import sessions, sign_in_links
from gateway.store.schema.pipeline import early_updates, external_ids, requests, timers
from gateway.store.unit import Unit, loads_object
from gateway.timers import desks
from gateway.timers.loop import Effect
from gateway.timers.retention import DAY, Retention

SWEEP = "sweep"
SWEEP_SECONDS = 3_600.0


def effects(retention: Retention | None = None) -> Mapping[str, Effect]:
    kept = retention or Retention()

    def swept(unit: Unit, row: RowMapping) -> None:
        sweep(unit, row)
        kept.sweep(unit)

    return {
        "forgotten": forgotten,
        DRAFT: draft_expired,
        SWEEP: swept,
        UNSEEN: desks.unseen,
        CALL: desks.call,
        SNOOZE: desks.snoozed,
    }


def forgotten(unit: Unit, row: RowMapping) -> None:
    """A customer waited an hour for the person who had taken over: back to the queue, in front,
    with what was said kept for whoever takes next."""
    conversation = lock(unit, row["conversation_id"])
    if conversation is None or conversation["owner"] != "staff":
        return
    question = _last_question(unit, conversation)
    hand_over(
        unit,
        conversation,
        "forgotten",
        Brief(
            question=question,
            reason="forgotten",
            rule="the customer waited an hour for an answer of the owner",
        ),
        since=loads_object(row["payload"]).get("since"),
    )


def draft_expired(unit: Unit, row: RowMapping) -> None:
    """Nobody has decided about a draft in time: people answer without it."""
    conversation = lock(unit, row["conversation_id"])
    if conversation is not None:
        drafts.expire(unit, conversation, loads_object(row["payload"])["draft"])


def _last_question(unit: Unit, conversation: RowMapping) -> str:
    case = open_case_of(unit, conversation)
    return case["question"] if case is not None else ""


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
            attachments.c.message_id.is_(None), attachments.c.created_at < unit.now - DAY
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
