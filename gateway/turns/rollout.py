"""What becomes of the brain's decision where the assistant may not simply answer. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from brain.contract import Decision, Handoff, Reason, Trace
from gateway.config.rollout import Mode

SHADOW = "shadow"
_CODES: Mapping[Mode, str] = {"off": "rollout_off", "shadow": "shadow", "draft": "draft"}
_RULES: Mapping[Mode, str] = {
    "off": "the assistant is off here",
    "shadow": "the assistant only watches here",
    "draft": "a person checks what the assistant would say here",
}
# What the customer is told; in the shadow nothing is.
_NOTICES: Mapping[Mode, str] = {"off": "handoff_by_us", "shadow": "", "draft": "draft_wait"}


@dataclass(frozen=True, slots=True)
class Staged:
    """A decision as it is carried out, in which mode, and about which intent ("" if unknown)."""

    decision: Decision
    mode: Mode
    intent: str


def intent_of(decision: Decision) -> str:
    """What triage took the customer to want, "" where it does not say."""
    triage = decision.trace.detail.get("triage")
    if not isinstance(triage, Mapping):
        return ""
    intent = cast("Mapping[str, object]", triage).get("intent")
    return intent if isinstance(intent, str) else ""


def staged(decision: Decision, mode: Mode, words: str) -> Staged:
    """``words`` are what the assistant would have said. A handoff stays one, and where there is
    nothing to say nobody is called."""
    intent = intent_of(decision)
    if mode == "auto" or decision.kind == "silent":
        return Staged(decision, mode, intent)
    traced = replace(decision, trace=_traced(decision, mode, intent, words))
    if decision.kind == "hand_over" and decision.handoff is not None:
        return Staged(traced, mode, intent)
    why = Reason(_CODES[mode], f"{_RULES[mode]} ({intent})" if intent else _RULES[mode])
    suggested = words if mode == "draft" else ""
    kept = replace(
        traced,
        kind="hand_over",
        text="",
        notice=None,
        options=(),
        citations=(),
        guide=None,
        action=None,
        challenge=None,
        unsuccessful=None,
        handoff=Handoff(why, _NOTICES[mode], suggested=suggested),
        reasons=(why, *decision.reasons),
    )
    return Staged(kept, mode, intent)


def _traced(decision: Decision, mode: Mode, intent: str, words: str) -> Trace:
    """What would have been done is kept for whoever compares it with what people did."""
    would = {
        "mode": mode,
        "intent": intent,
        "decision": decision.kind,
        "text": words,
        "sources": [citation.passage for citation in decision.citations],
        "handoff": decision.handoff.reason.code if decision.handoff is not None else None,
    }
    return replace(decision.trace, detail={**decision.trace.detail, "rollout": would})
