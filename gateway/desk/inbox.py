"""The list of conversations as staff see it: filtered, in order, a page at a time. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, exists, func, or_, select

from gateway.config.promises import NO_PROMISES, Promises
from gateway.desk.narrowing import WHOLE, Narrowed, marks_of, narrowing
from gateway.desk.pages import Page, Place, place_of
from gateway.desk.standing import standing
from gateway.privacy.masking import STANDING, Masking
from gateway.store.schema.conversation import cases, contacts, conversations, messages
from gateway.store.schema.drafts import drafts
from gateway.store.schema.people import staff
from gateway.store.schema.pipeline import turns
from gateway.store.schema.safety import watches
from gateway.store.unit import Reading, dumps

SNIPPET = 160
QUEUE_ORDER = "waiting"
NEWEST_ORDER = "newest"
_WATCHED = (
    watches.c.intent.label("watched_intent"),
    watches.c.at.label("watched_at"),
    watches.c.read_at.label("watch_read_at"),
    watches.c.read_by.label("watch_read_by"),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """``owner`` is assistant, queue, staff or me; ``me`` is who asks. ``watch`` is ``unread`` or
    ``all``: conversations of the watch list only, ``draft`` is ``open``: those with a draft to
    check."""

    me: str
    owner: str | None = None
    channel: str | None = None
    outcome: str | None = None
    rule: str | None = None
    watch: str | None = None
    draft: str | None = None
    narrowed: Narrowed = WHOLE


@dataclass(frozen=True, slots=True)
class Wanted:
    filters: Filters
    cursor: str | None = None
    limit: int = 50
    waiting_longest: bool = False


def listed(
    reading: Reading,
    wanted: Wanted,
    kinds: Mapping[str, str],
    masking: Masking = STANDING,
    promises: Promises = NO_PROMISES,
) -> Page[dict[str, Any]]:
    """
    Raises:
        BadCursor.
    """
    longest = wanted.filters.owner == "queue" or wanted.waiting_longest
    order = QUEUE_ORDER if longest else NEWEST_ORDER
    place = place_of(wanted.cursor, order)
    query = _query(reading.tenant).where(*_conditions(wanted.filters))
    rows = reading.all(_ordered(query, order, place).limit(wanted.limit + 1))
    shown = rows[: wanted.limit]
    ids = [row["id"] for row in shown]
    last, marks = _last_messages(reading, ids), marks_of(reading, ids)
    me = wanted.filters.me
    items = [
        {
            **_item(row, me, kinds),
            **marks[row["id"]],
            **standing(row, promises),
            "last_message": _last(last.get(row["id"]), masking),
        }
        for row in shown
    ]
    return Page(items, _next(shown, order) if len(rows) > wanted.limit else None)


def _query(tenant: str) -> Select[Any]:
    return (
        select(
            conversations,
            contacts.c.name.label("contact_name"),
            staff.c.name.label("owner_name"),
            staff.c.away_at.label("owner_away_at"),
            cases.c.number.label("case_number"),
            *_WATCHED,
            drafts.c.id.label("draft_id"),
        )
        .outerjoin(watches, watches.c.conversation_id == conversations.c.id)
        .outerjoin(
            drafts, and_(drafts.c.conversation_id == conversations.c.id, drafts.c.state == "open")
        )
        .outerjoin(contacts, contacts.c.id == conversations.c.contact_id)
        .outerjoin(staff, staff.c.id == conversations.c.staff_id)
        .outerjoin(cases, cases.c.id == conversations.c.case_id)
        # A place that was only prepared for what is to be said there has nothing to show.
        .where(conversations.c.tenant_id == tenant, conversations.c.last_seq > 0)
    )


def _conditions(filters: Filters) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.owner is not None:
        found.append(_owned_by(filters.owner, filters.me))
    if filters.channel is not None:
        found.append(conversations.c.channel == filters.channel)
    if filters.outcome is not None:
        found.append(
            exists()
            .where(
                cases.c.conversation_id == conversations.c.id,
                cases.c.outcome == filters.outcome,
            )
            .correlate(conversations)
        )
    if filters.rule is not None:
        found.append(_with_rule(filters.rule))
    if filters.watch is not None:
        found.append(watches.c.conversation_id.is_not(None))
    if filters.watch == "unread":
        found.append(watches.c.read_at.is_(None))
    if filters.draft is not None:
        found.append(drafts.c.id.is_not(None))
    return [*found, *narrowing(filters.narrowed)]


def _owned_by(owner: str, me: str) -> ColumnElement[bool]:
    if owner == "me":
        return and_(conversations.c.owner == "staff", conversations.c.staff_id == me)
    if owner == "queue":
        # Who goes on with the assistant meanwhile keeps the place in the queue.
        waits = and_(conversations.c.covered, conversations.c.waiting_since.is_not(None))
        return or_(conversations.c.owner == "queue", waits)
    return conversations.c.owner == owner


def _with_rule(rule: str) -> ColumnElement[bool]:
    quoted = dumps(rule)
    return or_(
        conversations.c.reason == rule,
        exists()
        .where(
            turns.c.conversation_id == conversations.c.id,
            or_(
                turns.c.reasons.contains(f'"code":{quoted}', autoescape=True),
                turns.c.reasons.contains(f'"rule":{quoted}', autoescape=True),
            ),
        )
        .correlate(conversations),
    )


def _ordered(query: Select[Any], order: str, place: Place | None) -> Select[Any]:
    own = conversations.c.id
    if order == QUEUE_ORDER:
        waiting = func.coalesce(conversations.c.waiting_since, conversations.c.updated_at)
        if place is not None:
            after = or_(waiting > place.at, and_(waiting == place.at, own > place.id))
            query = query.where(after)
        return query.order_by(waiting, own)
    updated = conversations.c.updated_at
    if place is not None:
        query = query.where(or_(updated < place.at, and_(updated == place.at, own < place.id)))
    return query.order_by(updated.desc(), own.desc())


def _next(shown: Sequence[RowMapping], order: str) -> str:
    row = shown[-1]
    waiting = row["updated_at"] if row["waiting_since"] is None else row["waiting_since"]
    return Place(order, waiting if order == QUEUE_ORDER else row["updated_at"], row["id"]).cursor()


def _last_messages(reading: Reading, ids: Sequence[str]) -> Mapping[str, RowMapping]:
    newest = (
        select(messages.c.conversation_id, func.max(messages.c.seq).label("seq"))
        .where(messages.c.conversation_id.in_(ids), messages.c.kind == "message")
        .group_by(messages.c.conversation_id)
        .subquery()
    )
    rows = reading.all(
        select(
            messages.c.conversation_id,
            messages.c.author,
            messages.c.at,
            messages.c.deleted_at,
            # The whole of a long mail is not needed for its beginning.
            func.substr(messages.c.body, 1, 4 * SNIPPET).label("body"),
        ).join(
            newest,
            and_(
                messages.c.conversation_id == newest.c.conversation_id,
                messages.c.seq == newest.c.seq,
            ),
        )
    )
    return {row["conversation_id"]: row for row in rows}


def _item(row: RowMapping, me: str, kinds: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "channel": row["channel"],
        "kind": kinds.get(row["channel"], row["channel"]),
        "owner": row["owner"],
        "owner_name": row["owner_name"],
        "owner_away": row["owner_away_at"] is not None,
        "mine": row["owner"] == "staff" and row["staff_id"] == me,
        "alarm": row["desk_alarm"],
        "reason": row["reason"],
        "waiting_since": row["waiting_since"],
        "covered": bool(row["covered"]),
        "contact": {"id": row["contact_id"], "name": row["contact_name"]},
        "case": row["case_number"],
        "epoch": row["epoch"],
        "public": bool(row["public"]),
        "window_until": row["window_until"],
        "watch": _watch(row),
        "draft": row["draft_id"],
        "updated_at": row["updated_at"],
    }


def watch_of(reading: Reading, conversation: str) -> dict[str, Any] | None:
    """Of the watch list: whether somebody has read the conversation since the assistant last
    decided there by itself; None where nobody has to."""
    row = reading.one(select(*_WATCHED).where(watches.c.conversation_id == conversation))
    return None if row is None else _watch(row)


def _watch(row: RowMapping) -> dict[str, Any] | None:
    if row["watched_at"] is None:
        return None
    return {
        "intent": row["watched_intent"] or None,
        "since": row["watched_at"],
        "read_at": row["watch_read_at"],
        "read_by": row["watch_read_by"],
    }


def _last(row: RowMapping | None, masking: Masking) -> dict[str, Any] | None:
    if row is None:
        return None
    text = "" if row["deleted_at"] is not None else " ".join(masking.text(row["body"]).split())
    snippet = text if len(text) <= SNIPPET else f"{text[: SNIPPET - 1]}…"
    return {"snippet": snippet, "author": row["author"], "at": row["at"]}
