"""From what the brain asks for to what is shown for a yes: the catalogue judges it, and the
conversation says for whom. Pure, and before the unit that commits it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from brain.actions.catalogue import Action, Catalogue
from brain.acts import ActionRequest
from brain.contract import Decision
from gateway.conversations.proposals import Limits, Proposal
from gateway.conversations.proving import Sent, digest
from gateway.records import Prepared
from gateway.store.unit import dumps
from gateway.turns.opened import Opened

MINUTE = 60.0
Verdict: TypeAlias = Literal["yes", "no", "unclear", "again", "expired"]


class Shown(Protocol):
    """What of an action its text shows."""

    @property
    def title(self) -> str: ...
    @property
    def details(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Proposing:
    """``shown`` is what the customer reads; None for an action that was freed by name."""

    proposal: Proposal
    shown: Prepared | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the customer's words do to a proposal. ``said`` is told them; ``late`` where the yes no
    longer counts, ``approval`` where staff have to approve."""

    action: str
    digest: str
    verdict: Verdict
    limits: Limits
    said: Prepared | None
    late: Prepared
    approval: Prepared | None
    yes: str | None = None


def proposal_of(
    catalogue: Catalogue,
    opened: Opened,
    request: ActionRequest,
    language: str | None,
    now: float,
) -> Proposal | str:
    """The proposal, or why there can be none. A turn makes at most one, so its id is the turn's:
    a repeated commit finds it there."""
    action = catalogue.checked(request)
    if isinstance(action, str):
        return action
    if not action.writes:
        return f"{action.name} only reads"
    proof = opened.proof
    if action.settings.verified and proof.customer is None:
        return f"{action.name} is for verified customers, and this one is not"
    return Proposal(
        id=id_of(opened.turn),
        name=action.name,
        title=action.title(language),
        details=action.details(request.arguments, language),
        arguments=dict(request.arguments),
        digest=digest_of(action.name, request, proof.customer),
        customer=proof.customer,
        proof=proof.how,
        language=language,
        expires_at=now + catalogue.confirm_minutes * MINUTE,
        approval=_approval(action, request),
        limits=limits_of(action),
        # What a model asks for by itself is shown, also where the customer's own words would do.
        free=action.settings.free and not request.by_model,
    )


def _approval(action: Action, request: ActionRequest) -> str | None:
    if not action.above_cap(request.arguments):
        return None
    return f"{action.settings.amount} is above {action.settings.approve_above:g}"


def limits_of(action: Action | None) -> Limits:
    """Of an action that is no longer in the catalogue staff approve every one."""
    if action is None:
        return Limits(0, 0)
    return Limits(action.settings.per_customer_day, action.settings.per_day)


def digest_of(name: str, request: ActionRequest, customer: str | None) -> str:
    told = dumps([name, dict(request.arguments), customer])
    return hashlib.sha256(told.encode()).hexdigest()


def id_of(turn: str, purpose: str = "action") -> str:
    return hashlib.sha256(f"{purpose}:{turn}".encode()).hexdigest()[:32]


def sent_of(decision: Decision, turn: str) -> Sent | None:
    """The code that went out with a decision, as it is remembered."""
    challenge = decision.challenge
    if challenge is None:
        return None
    id = id_of(turn, "code")
    request = {
        "action": challenge.request.action,
        "arguments": dict(challenge.request.arguments),
        "by_model": challenge.request.by_model,
    }
    return Sent(id, challenge.customer, challenge.masked, digest(id, challenge.code), request)
