"""What somebody said, by words, button or command: the message, and the turn that it makes due."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import RowMapping, bindparam, update

from channels.contract import UploadRefused
from channels.events import Attachment, InboundMessage, Json, Sender
from gateway.conversations import opening
from gateway.conversations.deliveries import release_held, withdraw_guarded
from gateway.conversations.messages import (
    Appended,
    append_at,
    append_message,
    last_offer,
    match_choice,
    show,
)
from gateway.conversations.ownership import TURNS, hand_over, people_answered, take
from gateway.conversations.passing_back import still_owned
from gateway.conversations.private import release_for
from gateway.conversations.reopening import closed_lately, reopen
from gateway.conversations.timers import FORGOTTEN, has_timer, owe_an_answer
from gateway.intake.amendments import apply_early
from gateway.intake.signals import consent_in
from gateway.intake.surface import Surface
from gateway.intake.threads import threaded
from gateway.records import (
    CONSENT_NOTICES,
    OPT_OUT,
    PERHAPS_OPT_OUT,
    PROOFS,
    WINDOW_MARGIN_SECONDS,
    Brief,
)
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, dumps
from gateway.telemetry.facts import AnswerAwaited

MEDIA = "media"
BURST_SECONDS = 5.0
# An album's pictures come one by one.
GROUP_SECONDS = 1.0
_SPOKE = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    .values(
        last_seq=conversations.c.last_seq + 1,
        customer_seq=conversations.c.last_seq + 1,
        updated_at=bindparam("now"),
        reply_context=bindparam("context"),
        first_unanswered_at=bindparam("first"),
        ready_at=bindparam("ready"),
        public=bindparam("in_public"),
        window_until=bindparam("until"),
        opted_out_at=bindparam("opted_out"),
    )
    .returning(conversations.c.last_seq)
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One thing that a customer said. ``choice`` is what they meant by it, where it is known."""

    text: str
    sender: Sender
    external_id: str | None
    context: Json | None = None
    choice: str | None = None
    public: bool = False
    grouped: bool = False
    at: float | None = None
    columns: dict[str, object] = field(default_factory=dict[str, object])


def said(unit: Unit, surface: Surface, event: InboundMessage) -> tuple[str | None, str]:
    """(the message it became, what was done)."""
    if event.sender.kind == "bot":
        return None, "ignored: a bot wrote it"
    if event.thread_refs:
        event = threaded(unit, surface.channel, event)
    row = opening.find_or_open(unit, surface.channel, event.address, event.sender)
    if event.sender.kind == "operator":
        return _operator_said(unit, row, event)
    spoken = Spoken(
        event.text,
        event.sender,
        event.external_id,
        event.reply_context,
        _meant(unit, surface, row, event.text),
        event.public,
        event.group is not None,
        event.sent_at,
        {"reply_to": event.reply_to, "raw_sha256": _raw(event)},
    )
    message = speak(unit, surface, row, spoken)
    apply_early(unit, surface.channel, message.id, event.external_id)
    for attachment in event.attachments:
        _attach(unit, surface, row, message.id, attachment)
    if event.unanswered is not None:
        _leave_to_people(unit, row["id"], event)
        return message.id, f"stored, and not answered: {event.unanswered}"
    return message.id, "stored"


def _leave_to_people(unit: Unit, conversation: str, event: InboundMessage) -> None:
    """It is seen, and nothing is said to it: two machines would answer each other for ever."""
    row = opening.lock(unit, conversation)
    if row is not None and row["owner"] == "assistant":
        why = event.unanswered or ""
        hand_over(unit, row, "not_answered", Brief(event.text[:500], "not_answered", why))
    unit.execute(
        update(conversations)
        .where(conversations.c.id == conversation)
        .values(noticed_seq=conversations.c.customer_seq, ready_at=None)
    )


def speak(unit: Unit, surface: Surface, row: RowMapping, spoken: Spoken) -> Appended:
    """Append what a customer said to the conversation of the held ``row``, and what follows."""
    row = _whose(unit, surface, row, spoken)
    case = opening.open_case(unit, row, spoken.text)
    message = append_at(
        unit,
        row["id"],
        _spoke(unit, surface, row, spoken),
        author="customer",
        body=spoken.text,
        case_id=case,
        name=spoken.sender.name,
        external_id=spoken.external_id,
        choice=spoken.choice,
        sender_id=_sender(spoken),
        vouched=vouched_of(spoken.sender),
        **spoken.columns,
    )
    _write_again(unit, row, spoken)
    _customer_spoke(unit, surface, row, message, spoken)
    return message


def _whose(unit: Unit, surface: Surface, row: RowMapping, spoken: Spoken) -> RowMapping:
    """The row as it is for these words. A STOP or a START asks nobody for anything, nor do thanks
    for what was closed."""
    if spoken.choice in CONSENT_NOTICES:
        return row
    case = closed_lately(unit, row, surface.reopens_within())
    if case is not None and not surface.thanks(spoken.text):
        row = reopen(unit, row, case)
    return still_owned(unit, row)


def vouched_of(sender: Sender) -> str | None:
    """Who the sender is in the business's systems, where this very message proves it: the site
    signed for them, or their mail passed DMARC. A platform's account proves the account, and says
    nothing of whose customer number it is."""
    proof = PROOFS.get(sender.verified or "")
    return f"{proof}:{sender.ids[0]}" if proof is not None and sender.ids else None


def _sender(spoken: Spoken) -> str | None:
    return spoken.sender.ids[0] if spoken.public and spoken.sender.ids else None


def _meant(unit: Unit, surface: Surface, row: RowMapping, text: str) -> str | None:
    if surface.window is not None:
        consent = consent_in(text, opted_out=row["opted_out_at"] is not None)
        if consent == PERHAPS_OPT_OUT and _was_called_back(row):
            return OPT_OUT
        if consent is not None:
            return consent
    choice = match_choice(text, last_offer(unit, row["id"]), numbered=surface.numbered)
    return choice.id if choice is not None else None


def _was_called_back(row: RowMapping) -> bool:
    """Whether the last that reached them was the approved message, which they had not asked for."""
    called, until = row["template_at"], row["window_until"]
    if called is None or until is None:
        return False
    return bool(called >= until - WINDOW_MARGIN_SECONDS)


def _spoke(unit: Unit, surface: Surface, row: RowMapping, spoken: Spoken) -> int:
    """All that a customer's words change in the held ``row``, in one write; their seq. A person
    who owns it answers in their own time; otherwise a turn is due."""
    first, ready = row["first_unanswered_at"], row["ready_at"]
    if row["owner"] != "staff" or spoken.choice in CONSENT_NOTICES:
        first = unit.now if first is None else first
        quiet = max(surface.quiet, GROUP_SECONDS) if spoken.grouped else surface.quiet
        ready = max(unit.now, min(unit.now + quiet, first + BURST_SECONDS))
    seq = unit.scalar(
        _SPOKE,
        conversation=row["id"],
        now=unit.now,
        context=row["reply_context"] if spoken.context is None else dumps(dict(spoken.context)),
        first=first,
        ready=ready,
        in_public=bool(row["public"]) or spoken.public,
        until=_window(unit, surface, row, spoken.at),
        opted_out=(row["opted_out_at"] or unit.now) if spoken.choice == OPT_OUT else None,
    )
    return int(seq)


def _window(unit: Unit, surface: Surface, row: RowMapping, at: float | None) -> float | None:
    """The platform counts from when it was sent, however late it came in."""
    if surface.window is None:
        return None
    sent = unit.now if at is None else min(at, unit.now)
    return max(row["window_until"] or 0.0, sent + surface.window)


def _write_again(unit: Unit, row: RowMapping, spoken: Spoken) -> None:
    """The customer wrote: what was held for that goes out, unless they asked for no more."""
    if spoken.choice == OPT_OUT:
        withdraw_guarded(unit, row["id"], "the customer asked for no more messages")
        return
    until = row["window_until"]
    closing = until is not None and until - WINDOW_MARGIN_SECONDS <= unit.now
    if closing or row["opted_out_at"] is not None:
        release_held(unit, row)
    if not spoken.public and spoken.sender.ids:
        release_for(unit, row, spoken.sender.ids[0])


def _customer_spoke(
    unit: Unit, surface: Surface, row: RowMapping, message: Appended, spoken: Spoken
) -> None:
    if surface.pulled:
        show(unit, row["id"], message.id)
    if row["owner"] != "staff" or spoken.choice in CONSENT_NOTICES:
        unit.emit(TURNS)
        if row["owner"] == "assistant":
            unit.tell(AnswerAwaited(surface.channel, row["id"]))
    elif not has_timer(unit, row["id"], FORGOTTEN):
        # Counted from the first message that the owner has not answered.
        owe_an_answer(unit, row["id"], unit.now)


def _operator_said(unit: Unit, row: RowMapping, event: InboundMessage) -> tuple[str, str]:
    take(unit, row, None)
    message = append_message(
        unit,
        row["id"],
        author="staff",
        body=event.text,
        case_id=row["case_id"],
        name=event.sender.name,
        external_id=event.external_id,
        raw_sha256=_raw(event),
    )
    people_answered(unit, row)
    return message.id, "a person took over on the platform"


def _raw(event: InboundMessage) -> str | None:
    return event.raw.decode("ascii") if event.raw else None


def _attach(
    unit: Unit, surface: Surface, row: RowMapping, message: str, attachment: Attachment
) -> None:
    if attachment.upload is not None:
        claimed = unit.changed(
            update(attachments)
            .where(
                attachments.c.id == attachment.upload,
                attachments.c.channel == surface.channel,
                attachments.c.address == row["address"],
                attachments.c.message_id.is_(None),
            )
            .values(message_id=message, conversation_id=row["id"])
        )
        if claimed == 0:
            raise UploadRefused(f"there is no file {attachment.upload} waiting to be sent here")
        return
    stored = (attachment.ref or {}).get("stored")
    unit.insert(
        attachments,
        id=unit.new_id(),
        tenant_id=unit.tenant,
        conversation_id=row["id"],
        message_id=message,
        channel=surface.channel,
        address=row["address"],
        name=attachment.name,
        content_type=attachment.content_type,
        size=attachment.size,
        sha256=stored,
        state="stored" if stored else "pending",
        ref=dumps(dict(attachment.ref or {})),
        due_at=None if stored else unit.now,
        created_at=unit.now,
    )
    unit.emit(MEDIA)
