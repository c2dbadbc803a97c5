"""Whether the words that follow a rating are its reason or a matter of their own. Pure.

The assistant has decided on them as on any others; only what it would say to a mere remark is left
unsaid. What asks something, and whatever a person has to see, goes its usual way.
"""

from __future__ import annotations

from brain.contract import Decision, Reason
from gateway.records import RATING_COMMENT
from gateway.turns.opened import Opened

# Handoffs of an assistant that did not know what to say; to a remark nothing needs to be said.
_DOUBTS = frozenset(
    {
        "low_confidence",
        "not_understood",
        "neither_reading",
        "off_topic_again",
        "out_of_date",
        "unsuccessful_exchanges",
    }
)
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")


def heard(opened: Opened, decision: Decision) -> Decision:
    """The decision, or silence where the customer only said why they rated so."""
    if not opened.commented or not is_remark(opened, decision):
        return decision
    why = Reason(RATING_COMMENT, "the customer said why they rated so")
    return Decision(kind="silent", language=decision.language, reasons=(why,))


def is_remark(opened: Opened, decision: Decision) -> bool:
    asks = any(mark in said.text for said in opened.new for mark in _QUESTION_MARKS)
    if asks or any(said.files for said in opened.new):
        return False
    if decision.kind == "hand_over" and decision.handoff is not None:
        return decision.handoff.reason.code in _DOUBTS
    if decision.kind == "reply":
        return not decision.citations
    return decision.kind in {"clarify", "silent"}
