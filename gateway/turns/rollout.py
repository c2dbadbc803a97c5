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
    if mode == "draft":
        return Staged(_to_check(traced, why, words), mode, intent)
    return Staged(_handed_over(traced, Handoff(why, _NOTICES[mode])), mode, intent)


def drafted(decision: Decision, why: Reason) -> Decision:
    """An answer as a draft of it. What the assistant would say of itself is not for a person to
    say, so a notice goes, but for the one that asks what is meant."""
    if decision.kind == "draft":
        return decision
    handoff = Handoff(why, _NOTICES["draft"], sure=decision.confidence)
    asks = decision.kind == "clarify"
    return replace(
        decision,
        kind="draft",
        notice=decision.notice if asks else None,
        slots=decision.slots if asks else {},
        # A person does not walk a guide, so its buttons would lead nowhere.
        options=decision.options if decision.guide is None else (),
        guide=None,
        unsuccessful=None,
        handoff=handoff,
        reasons=(why, *decision.reasons),
    )


def is_draftable(decision: Decision) -> bool:
    """Whether a person could send it: no code is on its way, and there is more than a courtesy."""
    if decision.challenge is not None or decision.kind not in {"reply", "clarify", "draft"}:
        return False
    return bool(decision.text.strip()) or decision.kind == "clarify"


def without_draft(decision: Decision, words: str) -> Decision:
    """A draft where there is no place for one: a handoff that suggests its words."""
    handoff = decision.handoff or Handoff(decision.reasons[0], _NOTICES["draft"])
    return _handed_over(decision, replace(handoff, suggested=words))


def _to_check(decision: Decision, why: Reason, words: str) -> Decision:
    if is_draftable(decision):
        return drafted(decision, why)
    return _handed_over(decision, Handoff(why, _NOTICES["draft"], suggested=words))


def _handed_over(decision: Decision, handoff: Handoff) -> Decision:
    why = handoff.reason
    known = why in decision.reasons
    return replace(
        decision,
        kind="hand_over",
        text="",
        notice=None,
        options=(),
        citations=(),
        guide=None,
        action=None,
        challenge=None,
        unsuccessful=None,
        handoff=handoff,
        reasons=decision.reasons if known else (why, *decision.reasons),
    )


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
