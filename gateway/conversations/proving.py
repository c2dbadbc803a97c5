"""Who the customer of a conversation is in the business's systems: vouched for by their own
messages, or proved by a one-time code that went to the address on file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import RowMapping, bindparam, or_, select, update

from channels.signatures import same
from gateway.conversations.joining import proved
from gateway.conversations.proposals import used, uses
from gateway.store.schema.actions import challenges
from gateway.store.schema.conversation import conversations
from gateway.store.statement import Prepared
from gateway.store.unit import Unit, dumps, loads_object

CODE_SECONDS = 600.0
# A code in a chat proves who writes there now; an hour later somebody else may hold the phone.
PROVED_SECONDS = 3_600.0
TRIES = 3
# Nobody is sent codes without end, whoever asks for them.
CODES_PER_DAY = 5
_CODE = re.compile(r"\s*(\d{3})[\s-]?(\d{3})[\s.]*")
_OF = Prepared(
    select(challenges)
    .where(
        challenges.c.conversation_id == bindparam("conversation"),
        or_(challenges.c.state == "sent", challenges.c.state == "proved"),
    )
    .order_by(challenges.c.created_at.desc())
    .limit(1)
)
Answer: TypeAlias = Literal["proved", "wrong", "spent"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of the customer. ``answer`` says what the newest message was as a code, and
    ``request`` what goes on with it; ``left`` are the tries that are left. ``may_send`` is False
    where enough codes have been sent today."""

    customer: str | None = None
    how: str | None = None
    answer: Answer | None = None
    left: int = 0
    request: Mapping[str, Any] | None = None
    may_send: bool = True


NOBODY = Proof()


def proof_of(unit: Unit, conversation: str, new: Sequence[RowMapping]) -> Proof:
    """Every new message has to be vouched for, and as the same customer: one line of a stranger in
    between, and nobody is known."""
    said = {row["vouched"] for row in new}
    if len(said) == 1 and (vouched := next(iter(said))):
        how, _, customer = vouched.partition(":")
        return Proof(customer, how)
    row = unit.one(_OF, conversation=conversation)
    if row is None:
        return _unproved(unit, conversation)
    if row["state"] == "proved" and new[-1]["seq"] != row["answered_seq"]:
        valid = row["until"] is not None and row["until"] > unit.now
        return Proof(row["customer"], "code") if valid else _unproved(unit, conversation)
    return _answered(unit, row, new) or _unproved(unit, conversation)


def _unproved(unit: Unit, conversation: str) -> Proof:
    return Proof(may_send=uses(unit, "verify", conversation) < CODES_PER_DAY)


def _answered(unit: Unit, row: RowMapping, new: Sequence[RowMapping]) -> Proof | None:
    last = new[-1]
    typed = _CODE.fullmatch(last["body"]) if len(new) == 1 else None
    if typed is None:
        return None
    if last["seq"] == row["answered_seq"]:
        return _proof(row)
    if row["expires_at"] <= unit.now:
        return None
    right = same(digest(row["id"], typed[1] + typed[2]), row["digest"])
    state = "proved" if right else "failed" if row["tries"] + 1 >= TRIES else "sent"
    compared = unit.one(
        update(challenges)
        .where(challenges.c.id == row["id"], challenges.c.answered_seq < last["seq"])
        .values(
            state=state,
            tries=challenges.c.tries + 1,
            answered_seq=last["seq"],
            until=unit.now + PROVED_SECONDS if right else None,
        )
        .returning(*challenges.c)
    )
    if compared is None:
        return None
    if right:
        _known(unit, compared)
    return _proof(compared)


def _known(unit: Unit, row: RowMapping) -> None:
    """Whoever proved to be this customer elsewhere is the same person."""
    contact = unit.scalar(
        select(conversations.c.contact_id).where(conversations.c.id == row["conversation_id"])
    )
    if contact is not None:
        proved(unit, contact, row["customer"], "code")


def _proof(row: RowMapping) -> Proof:
    if row["state"] == "proved":
        request = loads_object(row["request"])
        return Proof(row["customer"], "code", "proved", request=request)
    left = TRIES - row["tries"]
    return Proof(answer="wrong" if left > 0 else "spent", left=left)


@dataclass(frozen=True, slots=True)
class Sent:
    """A code on its way; ``digest`` is of the code under ``id``, so that no row holds it."""

    id: str
    customer: str
    masked: str
    digest: str
    request: Mapping[str, Any]


def remember(unit: Unit, conversation: str, sent: Sent) -> None:
    """From now on this code counts and no earlier one."""
    used(unit, "verify", conversation, CODES_PER_DAY)
    unit.execute(
        update(challenges)
        .where(challenges.c.conversation_id == conversation, challenges.c.state == "sent")
        .values(state="replaced")
    )
    unit.insert_once(
        challenges,
        id=sent.id,
        tenant_id=unit.tenant,
        conversation_id=conversation,
        customer=sent.customer,
        masked=sent.masked,
        digest=sent.digest,
        request=dumps(dict(sent.request)),
        state="sent",
        expires_at=unit.now + CODE_SECONDS,
        created_at=unit.now,
    )


def digest(id: str, code: str) -> str:
    return hashlib.sha256(f"{id}:{code}".encode()).hexdigest()
