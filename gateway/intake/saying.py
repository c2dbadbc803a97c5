"""What somebody said, by words, button or command: the message, and the turn that it makes due."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import RowMapping, bindparam, update

from channels.contract import UploadRefused
from channels.events import InboundMessage, Json, Sender
from gateway.conversations import joining, opening
from gateway.conversations.attaching import Belonging, attach
from gateway.conversations.deliveries import release_held, withdraw_guarded
from gateway.conversations.desk_threads import Post, customer_said, tell
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
from gateway.conversations.ratings import rating_in
from gateway.conversations.reopening import closed_lately, reopen
from gateway.conversations.timers import FORGOTTEN, has_timer, owe_an_answer
from gateway.intake.amendments import apply_early
from gateway.intake.rated import about_a_rating, heard, may_be_a_comment
from gateway.intake.signals import asks_to_join, consent_in, join_code_in
from gateway.intake.surface import Surface
from gateway.intake.threads import threaded
from gateway.records import (
    CONSENT_NOTICES,
    JOIN_ASKED,
    JOIN_DONE,
    JOIN_FAILED,
    OPT_OUT,
    PERHAPS_OPT_OUT,
    PROOFS,
    RATING_COMMENT,
    WINDOW_MARGIN_SECONDS,
    Brief,
)
from gateway.store.schema.conversation import attachments, conversations
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, dumps
from gateway.telemetry.facts import AnswerAwaited, Replied

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
        place=bindparam("at_place"),
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
    place: str | None = None
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
    if row["blocked_at"] is not None:
        return None, "ignored: staff have blocked them"
    spoken = Spoken(
        event.text,
        event.sender,
        event.external_id,
        event.reply_context,
        _meant(unit, surface, row, event),
        event.public,
        event.group is not None,
        event.sent_at,
        event.place,
        {"reply_to": event.reply_to, "raw_sha256": _raw(event)},
    )
    message = speak(unit, surface, row, spoken)
    apply_early(unit, surface.channel, message.id, event.external_id)
    for file in event.attachments:
        if file.upload is not None:
            _claim_upload(unit, surface, row, message.id, file.upload)
    belonging = Belonging(row["id"], surface.channel, row["address"], message.id)
    attach(unit, belonging, [file for file in event.attachments if file.upload is None])
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
    rating = about_a_rating(unit, row, spoken.choice)
    if rating is not None:
        return _rated(unit, surface, row, rating, spoken)
    rating = may_be_a_comment(unit, row, spoken.choice)
    if rating is not None:
        # Whether it opens a case is found out by the turn.
        spoken, case = replace(spoken, choice=RATING_COMMENT), rating["case_id"]
    else:
        row = _whose(unit, surface, row, spoken)
        case = opening.open_case(unit, row, spoken.text)
    vouched = vouched_of(spoken.sender)
    if vouched is not None and not row["last_seq"]:
        _known_by(unit, row, vouched)
    seq = _spoke(unit, surface, row, spoken)
    message = append_at(unit, row["id"], seq, **_columns(spoken, case))
    if spoken.sender.profile is not None:
        opening.learn(unit, row["contact_id"], spoken.sender.profile)
    _write_again(unit, row, spoken)
    _customer_spoke(unit, surface, row, message, spoken)
    return message


def _known_by(unit: Unit, row: RowMapping, vouched: str) -> None:
    """A conversation begins with a proof of whose it is."""
    how, _, customer = vouched.partition(":")
    joining.proved(unit, row["contact_id"], customer, "mail" if how == "mail" else "site")


def _rated(
    unit: Unit, surface: Surface, row: RowMapping, rating: RowMapping, spoken: Spoken
) -> Appended:
    """What they think of a case that is over: kept, and nobody answers it but a notice."""
    message = append_message(unit, row["id"], **_columns(spoken, rating["case_id"]))
    context = row["reply_context"] if spoken.context is None else dumps(dict(spoken.context))
    changes = {"reply_context": context, "window_until": _window(unit, surface, row, spoken.at)}
    if row["customer_seq"] <= row["answered_seq"]:
        changes["answered_seq"] = message.seq
    unit.execute(update(conversations).where(conversations.c.id == row["id"]).values(**changes))
    _write_again(unit, row, spoken)
    if surface.pulled:
        show(unit, row["id"], message.id)
    heard(unit, row, rating, spoken.choice, (message.id, spoken.text))
    return message


def _columns(spoken: Spoken, case: str) -> dict[str, Any]:
    return {
        "author": "customer",
        "body": spoken.text,
        "case_id": case,
        "name": spoken.sender.name,
        "external_id": spoken.external_id,
        "choice": spoken.choice,
        "sender_id": _sender(spoken),
        "vouched": vouched_of(spoken.sender),
        **spoken.columns,
    }


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


def _meant(unit: Unit, surface: Surface, row: RowMapping, event: InboundMessage) -> str | None:
    text = event.text
    if (about := _joining(unit, row, event)) is not None:
        return about
    if surface.window is not None:
        consent = consent_in(text, opted_out=row["opted_out_at"] is not None)
        if consent == PERHAPS_OPT_OUT and _was_called_back(row):
            return OPT_OUT
        if consent is not None:
            return consent
    if row["last_seq"] == 0:
        return None
    offered = last_offer(unit, row["id"])
    choice = match_choice(text, offered, numbered=surface.numbered)
    return choice.id if choice is not None else rating_in(text, offered)


def _joining(unit: Unit, row: RowMapping, event: InboundMessage) -> str | None:
    """A code is for its owner's eyes, so where others read along there is none."""
    if event.public or row["public"]:
        return None
    if asks_to_join(event.text):
        return JOIN_ASKED
    code = join_code_in(event.text)
    if code is None:
        return None
    return JOIN_DONE if joining.typed(unit, row, code) == "joined" else JOIN_FAILED


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
    if _wakes_a_turn(row, spoken):
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
        at_place=spoken.place or row["place"],
        until=_window(unit, surface, row, spoken.at),
        opted_out=(row["opted_out_at"] or unit.now) if spoken.choice == OPT_OUT else None,
    )
    return int(seq)


def _wakes_a_turn(row: RowMapping, spoken: Spoken) -> bool:
    """A person who owns it answers in their own time, perhaps with drafts."""
    return row["owner"] != "staff" or row["drafting"] or spoken.choice in CONSENT_NOTICES


def _waits_for_its_owner(row: RowMapping, spoken: Spoken) -> bool:
    return row["owner"] == "staff" and spoken.choice not in CONSENT_NOTICES


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
    customer_said(unit, row, message.id)
    if _wakes_a_turn(row, spoken):
        unit.emit(TURNS)
        if row["owner"] == "assistant":
            unit.tell(AnswerAwaited(surface.channel, row["id"]))
    if _waits_for_its_owner(row, spoken) and not has_timer(unit, row["id"], FORGOTTEN):
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
    tell(unit, row, Post("said", about=message.id))
    people_answered(unit, row)
    unit.tell(Replied(row["channel"], row["id"], row["case_id"], message.id, "staff"))
    return message.id, "a person took over on the platform"


def _raw(event: InboundMessage) -> str | None:
    return event.raw.decode("ascii") if event.raw else None


def _claim_upload(unit: Unit, surface: Surface, row: RowMapping, message: str, upload: str) -> None:
    claimed = unit.changed(
        update(attachments)
        .where(
            attachments.c.id == upload,
            attachments.c.channel == surface.channel,
            attachments.c.address == row["address"],
            attachments.c.message_id.is_(None),
        )
        .values(message_id=message, conversation_id=row["id"])
    )
    if claimed == 0:
        raise UploadRefused(f"there is no file {upload} waiting to be sent here")
