"""The rules that say what follows from a turn's findings, with the reason of each. Pure: it asks
nothing, keeps nothing and writes no text."""

from __future__ import annotations

from dataclasses import dataclass

from brain.contract import CaseState, DecisionKind, Handoff, Reason, Unsuccessful
from brain.settings import BrainSettings
from brain.triage.classifier import Triage

# What an exchange that could not be understood is answered with, once.
_NOT_UNDERSTOOD = "off_topic"


@dataclass(frozen=True, slots=True)
class Findings:
    """``confidence`` is None while nothing was searched, ``failed`` says that searching failed."""

    triage: Triage
    case: CaseState
    confidence: float | None = None
    answered: bool = False
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Ruling:
    """``notice`` is the catalogue text to say; a handoff carries its own."""

    kind: DecisionKind
    reason: Reason
    notice: str | None = None
    unsuccessful: Unsuccessful | None = None

    @property
    def handoff(self) -> Handoff | None:
        if self.kind != "hand_over" or self.notice is None:
            return None
        return Handoff(self.reason, self.notice)


def before_search(found: Findings, settings: BrainSettings) -> Ruling | None:
    """What needs no knowledge; None where an answer must be looked for."""
    triage = found.triage
    if triage.wish is not None:
        rule = f"the customer asked for a person: {triage.wish}"
        return _hand_over("asked_for_person", rule, "handoff")
    if triage.files_only:
        rule = "files came without a word, and the assistant cannot read them"
        return _hand_over("unreadable_file", rule, "cannot_read")
    if triage.small_talk is not None:
        return _small_talk(triage)
    return _unsuccessful(triage, found.case, settings)


def after_search(found: Findings, settings: BrainSettings) -> Ruling:
    if found.failed is not None:
        return _hand_over("knowledge_unavailable", found.failed, "trouble")
    sure, least = found.confidence or 0.0, settings.knowledge.threshold
    if not found.answered or sure < least:
        why = f"confidence {sure:.2f} is below {least:.2f}"
        rule = why if found.answered else f"no passage says anything new ({why})"
        if not found.answered and sure >= least:
            rule = "no passage says anything new"
        return _hand_over("low_confidence", rule, "unknown", "unknown")
    reason = Reason("answered", f"confidence {sure:.2f} reaches {least:.2f}")
    return Ruling("reply", reason, unsuccessful=found.triage.unsuccessful)


def _small_talk(triage: Triage) -> Ruling:
    notice = triage.small_talk
    if notice not in triage.notices:
        return Ruling("reply", Reason("small_talk", f"the message is {notice}"), notice)
    if notice == "are_you_a_bot":
        return _hand_over("asked_again", "asked twice whether this is a bot", "handoff_by_us")
    return Ruling("silent", Reason("small_talk_again", f"{notice} was already said"))


def _unsuccessful(triage: Triage, case: CaseState, settings: BrainSettings) -> Ruling | None:
    kind = triage.unsuccessful
    if kind is None:
        return None
    count, most = case.unsuccessful + 1, settings.escalation.unsuccessful
    if count >= most:
        rule = f"{count} of {most} exchanges did not help, the last one: {kind}"
        return _hand_over("unsuccessful_exchanges", rule, "handoff_by_us", kind)
    if kind != "not_understood":
        return None
    reason = Reason("not_understood", "the message has no words to go by")
    if _NOT_UNDERSTOOD in triage.notices:
        return _hand_over(reason.code, reason.rule, "handoff_by_us", kind)
    return Ruling("reply", reason, _NOT_UNDERSTOOD, kind)


def _hand_over(
    code: str, rule: str, notice: str, unsuccessful: Unsuccessful | None = None
) -> Ruling:
    return Ruling("hand_over", Reason(code, rule), notice, unsuccessful)
