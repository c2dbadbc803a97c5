"""An opened turn as the brain sees it. Pure."""

from __future__ import annotations

from pydantic import TypeAdapter
from sqlalchemy import RowMapping

from brain.acts import ActionRequest, Customer
from brain.contract import CaseState, GuideProgress, TurnInput
from gateway.conversations.proving import Proof
from gateway.records import NO_QUESTION
from gateway.turns.opened import Opened

_GUIDE: TypeAdapter[GuideProgress] = TypeAdapter(GuideProgress)


def turn_input(
    opened: Opened,
    *,
    demo: bool,
    now: float,
    may_act: bool = False,
    team_open: bool | None = None,
) -> TurnInput:
    """The turn as the brain sees it; a cover choice or a START is no question. Where others read
    along it may not act, whatever ``may_act`` says."""
    asked = tuple(said for said in opened.new if said.choice not in NO_QUESTION)
    case = opened.case
    return TurnInput(
        turn=opened.turn,
        tenant=opened.held.tenant,
        conversation=opened.held.id,
        channel=opened.row["channel"],
        demo=demo,
        # For a draft it is asked what it would answer.
        owner="assistant" if opened.drafting else opened.owner,
        new=asked,
        history=opened.history,
        language=opened.row["language"],
        case=CaseState(
            unsuccessful=case["unsuccessful"] if case is not None else 0,
            human_stretch=bool(case["human_stretch"]) if case is not None else False,
            guide=_progress(case),
            summary=case["summary"] if case is not None else "",
            summed=case["summed_seq"] if case is not None else 0,
            intent=case["intent"] if case is not None else None,
            earlier=opened.who.earlier,
        ),
        now=now,
        around=opened.who.around(opened.proof.how, team_open=team_open),
        customer=customer_of(opened.proof),
        provable=opened.proof.may_send,
        resumed=_resumed(opened.proof),
        may_act=may_act and opened.owner == "assistant" and not opened.row["public"],
    )


def customer_of(proof: Proof) -> Customer | None:
    if proof.customer is None or proof.how is None:
        return None
    return Customer(proof.customer, proof.how)


def _resumed(proof: Proof) -> ActionRequest | None:
    if proof.answer != "proved" or proof.request is None:
        return None
    asked = proof.request
    return ActionRequest(asked["action"], asked["arguments"], bool(asked.get("by_model")))


def _progress(case: RowMapping | None) -> GuideProgress | None:
    if case is None or not case["guide"]:
        return None
    return _GUIDE.validate_json(case["guide"])
