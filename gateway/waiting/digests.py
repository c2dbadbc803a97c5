"""A desk's digest: a mail that says who waits and since when, while anybody does. It goes out as
any other mail of the channel that is named, from the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, select, update

from channels.events import Address
from gateway.config.promises import HOUR, MINUTE, DigestSettings, Promises
from gateway.conversations.deliveries import enqueue_letter
from gateway.records import Piece
from gateway.store.schema.conversation import awaited, conversations
from gateway.store.schema.waiting import digests
from gateway.store.unit import Reading, Unit

LISTED = 50


@dataclass(frozen=True, slots=True)
class Digest:
    """One that is due: its desk, where it goes, and its words."""

    desk: str
    settings: DigestSettings
    subject: str
    text: str


def due(reading: Reading, promises: Promises, desk_url: str) -> Sequence[Digest]:
    """Those whose time has come and that have anything to say."""
    wanted = {name: desk.digest for name, desk in promises.desks.items() if desk.digest}
    if not wanted:
        return ()
    known = _known(reading)
    open_now = [name for name in wanted if known.get(name, 0.0) <= reading.now]
    if not open_now:
        return ()
    waiting = _waiting(reading, promises)
    return [
        _digest(name, wanted[name], waiting.get(name, ()), reading.now, desk_url)
        for name in open_now
    ]


def send(unit: Unit, digest: Digest, promises: Promises) -> bool:
    """Queue it, once for its time whoever comes first, and plan the next one. The first that is
    ever planned says nothing yet, and so does one at which nobody waits."""
    following = following_time(digest.settings, promises, unit.now)
    first = unit.insert_once(digests, tenant_id=unit.tenant, desk=digest.desk, due_at=following)
    if first:
        return False
    moved = unit.changed(
        update(digests)
        .where(
            digests.c.tenant_id == unit.tenant,
            digests.c.desk == digest.desk,
            digests.c.due_at <= unit.now,
        )
        .values(due_at=following)
    )
    if not moved or not digest.text:
        return False
    address = Address(digest.settings.to)
    piece = Piece(digest.text, digest.text)
    enqueue_letter(unit, digest.settings.channel, address, piece, {"subject": digest.subject})
    return True


def following_time(settings: DigestSettings, promises: Promises, now: float) -> float:
    """The next full hour at which the team is there, or the next day's time."""
    local = datetime.fromtimestamp(now, promises.zone)
    if settings.every == "hour":
        begins = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        at = begins.timestamp()
        opens = promises.hours.opens(at) if promises.hours is not None else None
        return at if opens is None else max(at, opens)
    hour, minute = (int(part) for part in settings.at.split(":"))
    today = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (today if today > local else today + timedelta(days=1)).timestamp()


def _known(reading: Reading) -> Mapping[str, float]:
    rows = reading.all(
        select(digests.c.desk, digests.c.due_at).where(digests.c.tenant_id == reading.tenant)
    )
    return {row["desk"]: row["due_at"] for row in rows}


def _waiting(reading: Reading, promises: Promises) -> Mapping[str, Sequence[RowMapping]]:
    """Who is awaited, by the desk that has them, longest first."""
    found: dict[str, list[RowMapping]] = {}
    rows = reading.all(
        select(conversations)
        .where(awaited, conversations.c.tenant_id == reading.tenant)
        .order_by(conversations.c.awaited_since)
    )
    for row in rows:
        found.setdefault(promises.desk(row["channel"], row["escalated_to"]), []).append(row)
    return found


def _digest(
    desk: str, settings: DigestSettings, waiting: Sequence[RowMapping], now: float, desk_url: str
) -> Digest:
    """For staff, in English as the desk is; it has nobody's name or words."""
    if not waiting:
        return Digest(desk, settings, "", "")
    who = "1 customer waits" if len(waiting) == 1 else f"{len(waiting)} customers wait"
    lines = [f"{who} for a person on the desk {desk}.", ""]
    lines += [_line(row, now, desk_url) for row in waiting[:LISTED]]
    if len(waiting) > LISTED:
        lines.append(f"And {len(waiting) - LISTED} more: {desk_url}")
    return Digest(desk, settings, who, "\n".join(lines))


def _line(row: RowMapping, now: float, desk_url: str) -> str:
    late = ", late" if row["late_at"] is not None else ""
    escalated = ", moved here from another desk" if row["escalated_to"] is not None else ""
    since = _lasting(now - row["awaited_since"])
    return f"- {since} on {row['channel']}{late}{escalated}: {desk_url}#c/{row['id']}"


def _lasting(seconds: float) -> str:
    minutes = int(max(0.0, seconds) // MINUTE)
    hours = int(max(0.0, seconds) // HOUR)
    return f"{minutes} min" if hours < 1 else f"{hours} h {minutes % 60} min"
