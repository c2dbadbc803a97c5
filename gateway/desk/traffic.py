"""What passes each channel, and how its desks fare: when a customer last wrote, what waits to be
sent and what could not be, what staff do not see. Each look stops at a limit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal_column, or_, select

from gateway.store.schema.conversation import conversations, messages
from gateway.store.schema.desk import desk_threads
from gateway.store.schema.pipeline import deliveries, rests, unreadable
from gateway.store.unit import Reading

# When a customer last wrote is looked for in this many conversations, the newest first.
NEWEST = 2_000
# More than this is told as this: what a look costs has an end.
MOST = 10_000
WAITING = ("queued", "sending", "held")
DEAD = ("failed", "uncertain")
THREADS_SECONDS = 7 * 86_400.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """``rests`` is why a channel sends nothing for now, and until when; None for an operator's
    pause, which has no end."""

    last_in_at: float | None = None
    waiting: int = 0
    dead: int = 0
    unreadable: int = 0
    rests: tuple[float | None, str] | None = None


@dataclass(frozen=True, slots=True)
class DeskHealth:
    """Of the last seven days: threads that could not be opened or are gone, and those on their
    way. ``alarms`` are conversations that staff do not see there now; ``why`` is one reason."""

    opening: int = 0
    lost: int = 0
    alarms: int = 0
    why: str | None = None


NONE, WELL = Traffic(), DeskHealth()


def by_channel(reading: Reading) -> Mapping[str, Traffic]:
    heard, sending, dead = _heard(reading), _counted(reading, WAITING), _counted(reading, DEAD)
    strange, resting = _unreadable(reading), _resting(reading)
    return {
        channel: Traffic(
            heard.get(channel),
            sending.get(channel, 0),
            dead.get(channel, 0),
            strange.get(channel, 0),
            resting.get(channel),
        )
        for channel in {*heard, *sending, *dead, *strange, *resting}
    }


def by_desk(reading: Reading, desk_of: Mapping[str, str]) -> Mapping[str, DeskHealth]:
    """``desk_of`` names each channel's desk."""
    threads, alarms = _threads(reading), _alarms(reading, desk_of)
    found = {desk for desk, _ in threads} | set(alarms)
    return {
        desk: DeskHealth(
            threads.get((desk, "opening"), 0),
            threads.get((desk, "lost"), 0),
            *alarms.get(desk, (0, None)),
        )
        for desk in found
    }


def _heard(reading: Reading) -> Mapping[str, float]:
    newest = (
        select(conversations.c.id, conversations.c.channel, conversations.c.customer_seq)
        .where(conversations.c.tenant_id == reading.tenant)
        .order_by(conversations.c.updated_at.desc())
        .limit(NEWEST)
        .subquery()
    )
    last = (messages.c.conversation_id == newest.c.id) & (messages.c.seq == newest.c.customer_seq)
    rows = reading.all(
        select(newest.c.channel, func.max(messages.c.at).label("at"))
        .select_from(newest.join(messages, last))
        .group_by(newest.c.channel)
    )
    return {row["channel"]: row["at"] for row in rows}


def _counted(reading: Reading, states: tuple[str, ...]) -> Mapping[str, int]:
    found = (
        select(deliveries.c.channel)
        .where(deliveries.c.tenant_id == reading.tenant, deliveries.c.state.in_(states))
        .limit(MOST)
        .subquery()
    )
    rows = reading.all(
        select(found.c.channel, func.count().label("many")).group_by(found.c.channel)
    )
    return {row["channel"]: row["many"] for row in rows}


def _unreadable(reading: Reading) -> Mapping[str, int]:
    rows = reading.all(
        select(unreadable.c.channel, func.count().label("many"))
        .where(unreadable.c.tenant_id == reading.tenant, unreadable.c.handled_at.is_(None))
        .group_by(unreadable.c.channel)
    )
    return {row["channel"]: row["many"] for row in rows}


def _resting(reading: Reading) -> Mapping[str, tuple[float | None, str]]:
    now: ColumnElement[bool] = or_(rests.c.until.is_(None), rests.c.until > reading.now)
    return {
        row["channel"]: (row["until"], row["reason"])
        for row in reading.all(select(rests).where(now))
    }


def _threads(reading: Reading) -> Mapping[tuple[str, str], int]:
    since = reading.now - THREADS_SECONDS
    rows = reading.all(
        select(desk_threads.c.desk, desk_threads.c.state, func.count().label("many"))
        .where(
            desk_threads.c.tenant_id == reading.tenant,
            desk_threads.c.state.in_(("opening", "lost")),
            desk_threads.c.created_at > since,
        )
        .group_by(desk_threads.c.desk, desk_threads.c.state)
    )
    return {(row["desk"], row["state"]): row["many"] for row in rows}


def _alarms(reading: Reading, desk_of: Mapping[str, str]) -> Mapping[str, tuple[int, str]]:
    rows = reading.all(
        select(
            conversations.c.channel,
            func.count().label("many"),
            func.max(conversations.c.desk_alarm).label("why"),
        )
        .where(
            conversations.c.tenant_id == reading.tenant,
            conversations.c.owner.in_(("queue", "staff")),
            conversations.c.desk_alarm.is_not(None),
        )
        .group_by(conversations.c.channel)
        .order_by(literal_column("many"))
    )
    found: dict[str, tuple[int, str]] = {}
    for row in rows:
        # The thread is with the channel's own desk, also where another one has the case by now.
        desk = desk_of.get(row["channel"], "web")
        before = found.get(desk, (0, ""))[0]
        found[desk] = (before + row["many"], row["why"])
    return found
