"""The decisions that are taken without the brain: people answer, never silence. Pure."""

from __future__ import annotations

from brain.contract import Decision, Handoff, Reason


def our_failure(language: str | None, rule: str) -> Decision:
    """Something of ours does not work."""
    return _to_people("our_failure", rule, "trouble", language)


def not_answering(language: str | None) -> Decision:
    """The channel's rollout keeps the assistant out."""
    rule = "the assistant is off on this channel"
    return _to_people("rollout_off", rule, "handoff_by_us", language)


def paused(language: str | None) -> Decision:
    """Somebody has switched the assistant off for now."""
    rule = "the assistant is paused on this channel"
    return _to_people("paused", rule, "handoff_by_us", language)


def in_circles(language: str | None, rule: str) -> Decision:
    """Two programs may be answering each other, or nothing helps: a person looks."""
    return _to_people("in_circles", rule, "handoff_by_us", language)


def _to_people(code: str, rule: str, notice: str, language: str | None) -> Decision:
    reason = Reason(code, rule)
    return Decision(
        kind="hand_over",
        handoff=Handoff(reason, notice),
        language=language,
        reasons=(reason,),
    )
