"""Drafts: what the assistant prepared and a person sends, edits or rejects.

Every verb is a compare-and-set on the draft's version and the owner's epoch, within a unit that
holds the conversation's row. Nothing is sent past a message of the customer's that the person has
not seen, and nothing is sent twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import RowMapping, bindparam, select, update

from channels.contract import Choice, Link
from gateway.conversations.deliveries import enqueue
from gateway.conversations.desk_threads import Post, tell
from gateway.conversations.messages import (
    LISTS,
    Appended,
    append_prepared,
    said_since,
    topic,
)
from gateway.conversations.ownership import people_answered, take
from gateway.conversations.relays import spoken
from gateway.conversations.standing_drafts import TIMER
from gateway.conversations.timers import cancel_timer, set_timer
from gateway.errors import FrontdeskError
from gateway.records import Prepared as Said
from gateway.store.schema.conversation import cases, conversations
from gateway.store.schema.drafts import drafts
from gateway.store.schema.people import staff
from gateway.store.statement import Prepared
from gateway.store.unit import Reading, Unit, dumps, loads_object
from gateway.telemetry.facts import DraftStep

# A weekend passes, and whoever comes back on Monday still finds it.
EXPIRES_SECONDS = 72 * 3_600.0
EXPIRED = "draft_expired"
Why: TypeAlias = Literal["decided", "version", "owner", "epoch", "customer"]
Ending: TypeAlias = Literal["sent", "edited_sent", "rejected", "expired"]
_WORDS: Mapping[Why, str] = {
    "decided": "This draft does not wait for a decision any more; look at the conversation again.",
    "version": "The assistant has written this draft anew; read it and decide again.",
    "owner": "Somebody else speaks in this conversation; take it over first.",
    "epoch": "The owner changed meanwhile; look at the conversation and decide again.",
    "customer": "The customer has written since you looked; read it and decide again.",
}
_OPEN = Prepared(
    select(drafts)
    .where(drafts.c.conversation_id == bindparam("conversation"), drafts.c.state == "open")
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a turn prepared: an answer to the customer's messages after ``after_seq``, through
    ``through_seq``; ``question`` has their words."""

    question: str
    body: str
    after_seq: int
    through_seq: int
    citations: tuple[Link, ...] = ()
    choices: tuple[Choice, ...] = ()
    confidence: float = 0.0
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody decides about: which draft, and what of it and of the conversation they were
    shown. ``through_seq`` is the customer's last message before their eyes."""

    draft: str
    version: int
    epoch: int
    through_seq: int


@dataclass(frozen=True, slots=True)
class Sending:
    """What goes to the customer under a person's name, rendered before the unit; ``joined`` is said
    of them first."""

    said: Said
    joined: Said

    @property
    def staff(self) -> str | None:
        return self.said.staff


@dataclass(frozen=True, slots=True)
class Decider:
    """A person of the desk."""

    id: str
    name: str


class UnknownDraft(FrontdeskError):
    """There is no such draft."""


class DraftMoved(FrontdeskError):
    """What was decided about is not what is there now. ``state`` tells where it stands, and
    ``newer`` are the customer's messages that were not seen."""

    def __init__(self, why: Why, state: Mapping[str, Any], newer: Sequence[RowMapping]) -> None:
        super().__init__(_WORDS[why])
        self.why = why
        self.state = state
        self.newer = newer


def open_draft(reading: Reading, conversation: str) -> RowMapping | None:
    """The one that waits for a decision."""
    return reading.one(_OPEN, conversation=conversation)


def prepare(unit: Unit, row: RowMapping, epoch: int, drafted: Drafted, turn: str) -> None:
    """Put it before people; where one waits already, it becomes its next version."""
    values = {
        "turn_id": turn,
        "epoch": epoch,
        "through_seq": drafted.through_seq,
        "question": drafted.question,
        "body": drafted.body,
        "citations": dumps([_as_json(link) for link in drafted.citations]),
        "choices": dumps([[choice.id, choice.label] for choice in drafted.choices]),
        "confidence": drafted.confidence,
        "language": drafted.language,
        "expires_at": unit.now + EXPIRES_SECONDS,
        "updated_at": unit.now,
    }
    again = unit.scalar(
        update(drafts)
        .where(drafts.c.conversation_id == row["id"], drafts.c.state == "open")
        .values(version=drafts.c.version + 1, **values)
        .returning(drafts.c.id)
    )
    draft = again or unit.new_id()
    if again is None:
        unit.insert(
            drafts,
            id=draft,
            tenant_id=unit.tenant,
            conversation_id=row["id"],
            case_id=row["case_id"],
            after_seq=drafted.after_seq,
            state="open",
            created_at=unit.now,
            **values,
        )
    _drafting(unit, row["id"], drafting=True)
    set_timer(unit, row["id"], TIMER, unit.now + EXPIRES_SECONDS, {"draft": draft})
    if again is not None:
        tell(unit, row, Post("draft"))
    _moved(unit, row, "prepared" if again is None else "renewed")


def approve(unit: Unit, row: RowMapping, seen: Seen, sending: Sending) -> Appended:
    """Send it as it is; ``sending`` was rendered from the version that was seen.

    Raises:
        UnknownDraft, DraftMoved.
    """
    return _send(unit, row, seen, sending, "sent")


def edit_and_send(unit: Unit, row: RowMapping, seen: Seen, sending: Sending) -> Appended:
    """Send other words in its place; what the assistant had written is kept beside them.

    Raises:
        UnknownDraft, DraftMoved.
    """
    return _send(unit, row, seen, sending, "edited_sent")


def reject(unit: Unit, row: RowMapping, seen: Seen, by: Decider, reason: str) -> None:
    """Nothing of it is sent; why is kept as a lesson. What the customer has written since makes
    no difference to that.

    Raises:
        UnknownDraft, DraftMoved.
    """
    _decidable(unit, row, seen, by.id, unseen=False)
    _decide(unit, row, seen, "rejected", by, reason=reason)


def expire(unit: Unit, row: RowMapping, draft: str) -> bool:
    """Nobody decided in time: what is left is a handoff like any other, with the words as a
    suggestion. False where it was decided, or written anew since."""
    ended = unit.one(
        update(drafts)
        .where(drafts.c.id == draft, drafts.c.state == "open", drafts.c.expires_at <= unit.now)
        .values(state="expired", decided_at=unit.now, decided_seq=row["last_seq"])
        .returning(drafts.c.body)
    )
    if ended is None:
        return False
    _drafting(unit, row["id"], drafting=False)
    if row["owner"] == "queue":
        unit.execute(
            update(conversations).where(conversations.c.id == row["id"]).values(reason=EXPIRED)
        )
        _suggest(unit, row, ended["body"])
    _moved(unit, row, "expired")
    return True


def _send(unit: Unit, row: RowMapping, seen: Seen, sending: Sending, ending: Ending) -> Appended:
    by = Decider(sending.staff or "", sending.said.name or "")
    _decidable(unit, row, seen, by.id, unseen=True)
    _decide(unit, row, seen, ending, by)
    epoch = take(unit, row, by.id, sending.joined)
    message = append_prepared(unit, row["id"], sending.said, row["case_id"])
    enqueue(unit, row, message, sending.said, epoch)
    spoken(unit, row, sending.said, message.id)
    people_answered(unit, row)
    unit.execute(update(drafts).where(drafts.c.id == seen.draft).values(sent_message_id=message.id))
    return message


def _decidable(unit: Unit, row: RowMapping, seen: Seen, staff: str, *, unseen: bool) -> None:
    """``unseen`` says that a message of the customer's which was not seen stands in the way."""
    draft = unit.one(
        select(drafts).where(drafts.c.id == seen.draft, drafts.c.conversation_id == row["id"])
    )
    if draft is None:
        raise UnknownDraft
    why = _what_moved(row, draft, seen, staff, unseen=unseen)
    if why is not None:
        state = {**state_of(row, draft), "owner_name": _owner_name(unit, row)}
        raise DraftMoved(why, state, said_since(unit, row["id"], seen.through_seq))


def _what_moved(
    row: RowMapping, draft: RowMapping, seen: Seen, staff: str, *, unseen: bool
) -> Why | None:
    if draft["state"] != "open":
        return "decided"
    if row["owner"] == "staff" and row["staff_id"] != staff:
        return "owner"
    if draft["version"] != seen.version:
        return "version"
    if row["epoch"] != seen.epoch or draft["epoch"] != seen.epoch:
        return "epoch"
    if unseen and row["customer_seq"] > seen.through_seq:
        return "customer"
    return None


def _decide(
    unit: Unit, row: RowMapping, seen: Seen, ending: Ending, by: Decider, reason: str | None = None
) -> None:
    decided = unit.changed(
        update(drafts)
        .where(
            drafts.c.id == seen.draft,
            drafts.c.state == "open",
            drafts.c.version == seen.version,
            drafts.c.epoch == seen.epoch,
        )
        .values(
            state=ending,
            decided_by=by.id,
            decided_name=by.name,
            decided_at=unit.now,
            decided_seq=row["last_seq"],
            reason=reason,
        )
    )
    if not decided:
        raise LookupError(f"draft {seen.draft} moved while its conversation was held")
    cancel_timer(unit, row["id"], TIMER)
    _moved(unit, row, ending)


def _moved(unit: Unit, row: RowMapping, step: str) -> None:
    unit.tell(DraftStep(row["channel"], row["id"], step))
    unit.emit(topic(row["id"]), LISTS)


def state_of(row: RowMapping, draft: RowMapping) -> Mapping[str, Any]:
    """Where a draft and its conversation stand: what the next decision has to name."""
    return {
        "id": draft["id"],
        "conversation": row["id"],
        "state": draft["state"],
        "version": draft["version"],
        "epoch": row["epoch"],
        "through_seq": draft["through_seq"],
        "customer_seq": row["customer_seq"],
        "owner": row["owner"],
        "decided_by": draft["decided_name"],
    }


def _owner_name(unit: Unit, row: RowMapping) -> str | None:
    if row["owner"] != "staff":
        return None
    return unit.scalar(select(staff.c.name).where(staff.c.id == row["staff_id"]))


def _drafting(unit: Unit, conversation: str, *, drafting: bool) -> None:
    unit.execute(
        update(conversations)
        .where(conversations.c.id == conversation, conversations.c.drafting.is_not(drafting))
        .values(drafting=drafting)
    )


def _suggest(unit: Unit, row: RowMapping, words: str) -> None:
    case = unit.scalar(select(cases.c.brief).where(cases.c.id == row["case_id"]))
    if case:
        brief = dumps({**loads_object(case), "suggested": words})
        unit.execute(update(cases).where(cases.c.id == row["case_id"]).values(brief=brief))


def _as_json(link: Link) -> Mapping[str, Any]:
    return {"title": link.title, "url": link.url, "passage": link.passage}
