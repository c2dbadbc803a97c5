"""Opening a turn: what it is about, read in the unit that holds the conversation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypedDict

from sqlalchemy import Integer, RowMapping, bindparam, exists, func, select, update

from brain.contract import Said
from gateway.conversations.drafts import open_draft
from gateway.conversations.ownership import cover
from gateway.conversations.pauses import PAUSED
from gateway.conversations.private import addressee
from gateway.conversations.proposals import Standing, named_by, standing, state_of
from gateway.conversations.proving import NOBODY, Proof, proof_of
from gateway.privacy.masking import STANDING, Masking
from gateway.records import (
    CONSENT_NOTICES,
    COVER_CHOICES,
    NO_QUESTION,
    PERHAPS_OPT_OUT,
    RATING_COMMENT,
    Claimed,
    Node,
    Owner,
)
from gateway.speech.unseen import visible
from gateway.store.schema.actions import actions, challenges
from gateway.store.schema.conversation import attachments, cases, conversations, messages
from gateway.store.schema.pipeline import turns
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, loads_list
from gateway.turns.leases import guard, release
from gateway.turns.who import USUAL, Needs, Who, case_and_customer

FILES_WAIT_SECONDS = 10.0
HISTORY = 60
TRIES = 3
# Marks of the gateway's own: what the customer said stands in their words.
_NO_CHOICE = frozenset({PERHAPS_OPT_OUT, RATING_COMMENT})
_WORDS = select(
    messages.c.id,
    messages.c.seq,
    messages.c.author,
    messages.c.body,
    messages.c.at,
    messages.c.notice,
    messages.c.choice,
    messages.c.citations,
    messages.c.vouched,
    messages.c.edited_at,
    exists().where(attachments.c.message_id == messages.c.id).label("with_files"),
).where(messages.c.conversation_id == bindparam("conversation"), messages.c.deleted_at.is_(None))
_CUSTOMER_SAID = Prepared(
    _WORDS.where(
        messages.c.seq > bindparam("after", type_=Integer), messages.c.author == "customer"
    ).order_by(messages.c.seq)
)
_HISTORY = Prepared(
    _WORDS.where(
        messages.c.case_id == bindparam("case"),
        messages.c.seq < bindparam("before", type_=Integer),
        messages.c.kind == "message",
    )
    .order_by(messages.c.seq.desc())
    .limit(HISTORY)
)
_PENDING = Prepared(
    select(func.count())
    .select_from(attachments.join(messages, attachments.c.message_id == messages.c.id))
    .where(
        messages.c.conversation_id == bindparam("conversation"),
        messages.c.seq > bindparam("after", type_=Integer),
        attachments.c.state == "pending",
    )
)
_BEGIN = Prepared(
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"))
    # It stays due: when this node dies, the lease alone holds others off, and it ends.
    .values(ready_at=bindparam("now"), tries=conversations.c.tries + 1)
    .returning(*conversations.c, PAUSED)
)
_FENCE = Prepared(
    update(turns)
    .where(turns.c.conversation_id == bindparam("conversation"), turns.c.state == "open")
    .values(state="fenced", error="its node went away", finished_at=bindparam("now"))
)
# Most conversations have neither, and are asked once instead of three times.
_ACTED = Prepared(
    select(
        exists().where(actions.c.conversation_id == bindparam("conversation")).label("acted"),
        exists().where(challenges.c.conversation_id == bindparam("conversation")).label("sent"),
    )
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A turn under way over the customer's messages up to ``through_seq``. ``poisoned`` says that
    this has been tried too often; ``asked`` has the ids of the new messages, ``addressee`` is the
    account of who spoke last, where others read along. ``paused`` says that the assistant is silent
    on this channel."""

    turn: str
    held: Claimed
    row: RowMapping
    case: RowMapping | None
    new: tuple[Said, ...]
    history: tuple[Said, ...]
    poisoned: bool
    started: float
    through_seq: int
    asked: tuple[str, ...]
    # When the last of the new messages was edited that had been by then.
    edited: float = 0.0
    addressee: str | None = None
    paused: bool = False
    masking: Masking = STANDING
    proof: Proof = NOBODY
    standing: Standing | None = None
    # What has become of an action whose button was pressed, where it no longer waits.
    pressed: str | None = None
    # Whether these words follow a rating and may be its reason.
    commented: bool = False
    who: Who = field(default_factory=Who)

    def masked(self, masking: Masking) -> Opened:
        """The turn as the brain, the plan and the brief are to see it."""

        def shown(all_said: Sequence[Said]) -> tuple[Said, ...]:
            return tuple(_masked(said, masking) for said in all_said)

        new, history = shown(self.new), shown(self.history)
        return replace(self, new=new, history=history, masking=masking)

    @property
    def epoch(self) -> int:
        return int(self.row["epoch"])

    @property
    def owner(self) -> Owner:
        return self.row["owner"]

    @property
    def drafting(self) -> bool:
        """Whether people are to get a draft of the answer here."""
        return self.owner != "assistant" and bool(self.row["drafting"]) and self.addressee is None

    @property
    def consent(self) -> str | None:
        """The notice that answers a STOP or a START, if that was the last word."""
        return _consent(self.new)


def _masked(said: Said, masking: Masking) -> Said:
    text = masking.text(visible(said.text))
    files = tuple(masking.text(name) for name in said.files)
    # Most of what is said has nothing to mask, and a turn looks at all that was said before.
    if (text, files) == (said.text, said.files):
        return said
    return replace(said, text=text, files=files)


def _consent(new: Sequence[Said]) -> str | None:
    return CONSENT_NOTICES.get(new[-1].choice or "") if new else None


def open_turn(
    unit: Unit, held: Claimed, node: Node, configuration: int, needs: Needs = USUAL
) -> Opened | None:
    """Begin a turn over the unanswered messages; None when there is nothing to do now."""
    row = guard(unit, held)
    return None if row is None else open_claimed(unit, held, row, node, configuration, needs)


def open_claimed(
    unit: Unit, held: Claimed, row: RowMapping, node: Node, configuration: int, needs: Needs
) -> Opened | None:
    """The same in the unit that claimed it, which has its ``row``."""
    new = _customers(unit, held.id, _seen_seq(row))
    if not new or _is_for_staff_alone(row, new):
        _nothing_to_do(unit, held, row)
        return None
    if any(said["with_files"] for said in new) and _waits_for_files(unit, row):
        release(unit, held, unit.now + 0.5)
        return None
    if row["owner"] == "queue" and any(said["choice"] in COVER_CHOICES for said in new):
        cover(unit, row)
        _begin_anew(unit, row)
        new = _customers(unit, held.id, row["answered_seq"])
    if row["owner"] != "assistant" and row["drafting"]:
        new = _with_drafted(unit, row, new)
    return _begin(unit, held, node, configuration, new, needs)


def _begin_anew(unit: Unit, row: RowMapping) -> None:
    """Who goes on with the assistant knows that it failed: that counts no longer."""
    unit.execute(update(cases).where(cases.c.id == row["case_id"]).values(unsuccessful=0))


def _is_for_staff_alone(row: RowMapping, new: Sequence[RowMapping]) -> bool:
    """Somebody has it in hand, and gets no drafts."""
    if row["owner"] != "staff" or row["drafting"]:
        return False
    return new[-1]["choice"] not in CONSENT_NOTICES


def _with_drafted(unit: Unit, row: RowMapping, new: Sequence[RowMapping]) -> Sequence[RowMapping]:
    """A draft that waits still is written anew for all that it has to answer."""
    waits = open_draft(unit, row["id"])
    return new if waits is None else _customers(unit, row["id"], waits["after_seq"])


def _seen_seq(row: RowMapping) -> int:
    """What a turn need not look at again. While people own, a look answers nothing: whoever owns
    next still has it before them."""
    answered: int = row["answered_seq"]
    return max(answered, row["noticed_seq"]) if row["owner"] != "assistant" else answered


def _nothing_to_do(unit: Unit, held: Claimed, row: RowMapping) -> None:
    """People answer here, or all that was unanswered has been taken back."""
    if row["owner"] == "assistant":
        unit.execute(
            update(conversations)
            .where(conversations.c.id == row["id"])
            .values(answered_seq=row["customer_seq"], first_unanswered_at=None)
        )
    release(unit, held, None)


def _begin(
    unit: Unit,
    held: Claimed,
    node: Node,
    configuration: int,
    new: Sequence[RowMapping],
    needs: Needs,
) -> Opened:
    row = unit.one(
        _BEGIN, conversation=held.id, now=unit.now, tenant=unit.tenant, channel=held.channel
    )
    unit.changed(_FENCE, conversation=held.id, now=unit.now)
    if row is None:
        raise LookupError(f"conversation {held.id} vanished while its turn was opened")
    turn = unit.new_id()
    unit.insert(
        turns,
        id=turn,
        tenant_id=unit.tenant,
        conversation_id=held.id,
        case_id=row["case_id"],
        claim=held.claim,
        epoch=row["epoch"],
        from_seq=new[0]["seq"],
        through_seq=row["customer_seq"],
        state="open",
        configuration=configuration,
        node=node.holder,
        started_at=unit.now,
    )
    speaker = addressee(unit, held.id, row["customer_seq"]) if row["public"] else None
    case, who = case_and_customer(unit, row, row["case_id"], needs, speaker)
    return Opened(
        turn=turn,
        held=held,
        row=row,
        case=case,
        new=_said(unit, new),
        history=_history(unit, row, new[0]["seq"]),
        poisoned=row["tries"] > TRIES,
        started=unit.now,
        through_seq=row["customer_seq"],
        asked=tuple(said["id"] for said in new),
        edited=max(said["edited_at"] or 0.0 for said in new),
        addressee=speaker,
        paused=bool(row["paused"]),
        commented=_commented(new),
        who=who,
        **_acting(unit, row, new),
    )


def _commented(new: Sequence[RowMapping]) -> bool:
    asking = [said["choice"] for said in new if said["choice"] not in NO_QUESTION]
    return bool(asking) and all(choice == RATING_COMMENT for choice in asking)


class _Acting(TypedDict):
    proof: Proof
    standing: Standing | None
    pressed: str | None


def _acting(unit: Unit, row: RowMapping, new: Sequence[RowMapping]) -> _Acting:
    """What bears on actions; none is proposed or confirmed where people own or others read."""
    if row["owner"] != "assistant" or row["public"]:
        # Nobody is sent a code past the people who have it.
        proof = replace(NOBODY, may_send=row["owner"] == "assistant")
        return {"proof": proof, "standing": None, "pressed": None}
    known = unit.one(_ACTED, conversation=row["id"])
    acted, challenged = known is not None and known["acted"], known is not None and known["sent"]
    live = standing(unit, row["id"], new[0]["at"]) if acted else None
    named = next((action for said in new if (action := named_by(said["choice"]))), None)
    gone = named is not None and (live is None or live.row["id"] != named)
    return {
        "proof": proof_of(unit, row["id"], new, challenged=bool(challenged)),
        "standing": live,
        "pressed": state_of(unit, named, row["id"]) if named is not None and gone else None,
    }


def _customers(unit: Unit, conversation: str, after: int) -> Sequence[RowMapping]:
    return unit.all(_CUSTOMER_SAID, conversation=conversation, after=after)


def _history(unit: Unit, row: RowMapping, before: int) -> tuple[Said, ...]:
    if before == 1:
        return ()
    rows = unit.all(_HISTORY, conversation=row["id"], case=row["case_id"], before=before)
    return _said(unit, list(reversed(rows)))


def _said(unit: Unit, rows: Sequence[RowMapping]) -> tuple[Said, ...]:
    files = _files(unit, [row["id"] for row in rows if row["with_files"]])
    return tuple(
        Said(
            seq=row["seq"],
            author=row["author"],
            text=row["body"],
            at=row["at"],
            notice=row["notice"],
            choice=None if row["choice"] in _NO_CHOICE else row["choice"],
            passages=_passages(row["citations"]),
            files=tuple(files.get(row["id"], ())),
        )
        for row in rows
    )


def _passages(citations: str) -> tuple[str, ...]:
    # Most of a history cites nothing.
    return () if citations == "[]" else tuple(link["passage"] for link in loads_list(citations))


def _files(unit: Unit, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if not ids:
        return found
    for row in unit.all(
        select(attachments.c.message_id, attachments.c.name).where(
            attachments.c.message_id.in_(ids)
        )
    ):
        found.setdefault(row["message_id"], []).append(row["name"])
    return found


def _waits_for_files(unit: Unit, row: RowMapping) -> bool:
    first = row["first_unanswered_at"]
    if first is None or unit.now >= first + FILES_WAIT_SECONDS:
        return False
    pending = unit.scalar(_PENDING, conversation=row["id"], after=row["answered_seq"])
    return bool(pending)
