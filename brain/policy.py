"""The rules that say what follows from a turn's findings, with the reason of each. Pure: it asks
nothing, keeps nothing and writes no text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from brain import tiers
from brain.circumstances import Circumstances
from brain.contract import (
    CaseState,
    DecisionKind,
    Handoff,
    Reason,
    Unsuccessful,
)
from brain.settings import BrainSettings
from brain.tiers import Tiering, Turn
from brain.triage.classifier import Triage
from brain.triage.courtesy import SmallTalk

# What an exchange that could not be understood is answered with, once.
OFF_TOPIC = "off_topic"
_NOT_UNDERSTOOD = OFF_TOPIC
_PEOPLE = 3
# What a courtesy is answered with, in this order where one was said already.
_COURTESIES: Mapping[SmallTalk, tuple[str, ...]] = {
    "greeting": ("greeting",),
    "thanks": ("thanks",),
    "laugh": ("greeting",),
    "chat": ("greeting", "are_you_a_bot"),
    "abilities": ("greeting", "are_you_a_bot"),
    "are_you_a_bot": ("are_you_a_bot",),
}


@dataclass(frozen=True, slots=True)
class Findings:
    """``confidence`` is None while nothing was searched, ``failed`` says that searching failed.
    ``open_questions`` are the parts of the message that were not answered, ``parts`` how many
    there are; ``out_of_date`` is the day until which somebody vouched for what the answer rests on,
    ``ambiguous`` the slots of a question that names two readings, ``declined`` that the customer
    meant neither."""

    triage: Triage
    case: CaseState
    confidence: float | None = None
    answered: bool = False
    failed: str | None = None
    parts: int = 1
    open_questions: tuple[str, ...] = ()
    out_of_date: str | None = None
    off_topic: bool = False
    declined: bool = False
    ambiguous: Mapping[str, str] | None = None
    around: Circumstances = field(default_factory=Circumstances)
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Ruling:
    """``notice`` is the catalogue text to say, with ``slots``; a handoff carries its own, and a
    reply with ``answers`` gives the answer as well. A draft carries both:
    the answer, and the handoff with which a person gets it."""

    kind: DecisionKind
    reason: Reason
    notice: str | None = None
    unsuccessful: Unsuccessful | None = None
    slots: Mapping[str, str] = field(default_factory=dict[str, str])
    answers: bool = False

    @property
    def handoff(self) -> Handoff | None:
        if self.kind not in {"hand_over", "draft"} or self.notice is None:
            return None
        return Handoff(self.reason, self.notice)


def before_search(found: Findings, settings: BrainSettings) -> Ruling | None:
    """What needs no knowledge; None where an answer must be looked for."""
    triage = found.triage
    if triage.wish is not None:
        rule = f"the customer asked for a person: {triage.wish}"
        return _hand_over("asked_for_person", rule, "handoff")
    if triage.about_files:
        rule = "the question is about files that came with it, and the assistant cannot read them"
        return _hand_over("unreadable_file", rule, "cannot_read")
    if triage.small_talk is not None:
        return _small_talk(triage)
    tiering = tier_of(found, settings)
    if tiering.tier == _PEOPLE:
        return Ruling("hand_over", tiering.reason, "handoff_by_us")
    return _unsuccessful(triage, found.case, settings)


def tier_of(found: Findings, settings: BrainSettings) -> Tiering:
    """A wish for a person counts before every rule."""
    if found.triage.wish is not None:
        reason = Reason("asked_for_person", "the customer asked for a person")
        return Tiering(_PEOPLE, reason, sensitive=True)
    if found.triage.small_talk is not None:
        return tiers.ANSWERED
    turn = Turn(found.triage, found.case, found.around, found.channel, found.confidence)
    return tiers.tier_of(turn, settings)


def after_search(found: Findings, settings: BrainSettings) -> Ruling:
    """What is of tier 2 goes to a person: as a draft where an answer was found for it."""
    ruling = _after_search(found, settings)
    tiering = tier_of(found, settings)
    if tiering.tier == 1 or ruling.kind == "hand_over":
        return ruling
    if not ruling.answers and not tiering.sensitive:
        return ruling
    if ruling.answers:
        return Ruling("draft", tiering.reason, "draft_wait")
    return Ruling("hand_over", tiering.reason, "handoff_by_us")


def _after_search(found: Findings, settings: BrainSettings) -> Ruling:
    if found.failed is not None:
        return _hand_over("knowledge_unavailable", found.failed, "trouble")
    if found.declined:
        rule = "of two readings of the question neither is meant"
        return _hand_over("neither_reading", rule, "handoff_by_us")
    if found.off_topic:
        return _off_topic(found.triage)
    if found.ambiguous is not None:
        reason = Reason("ambiguous", "the question fits two things alike, with different answers")
        return Ruling("clarify", reason, "clarify", slots=found.ambiguous)
    return _unanswered(found, settings.knowledge.threshold) or _answered(found, settings)


def is_sure(confidence: float, settings: BrainSettings) -> bool:
    return confidence >= settings.knowledge.threshold


def _answered(found: Findings, settings: BrainSettings) -> Ruling:
    sure, least = found.confidence or 0.0, settings.knowledge.threshold
    if found.out_of_date is not None:
        rule = f"nobody has vouched for the figures quoted since {found.out_of_date}"
        return _hand_over("out_of_date", rule, "unknown", "unknown")
    reason = Reason("answered", f"confidence {sure:.2f} reaches {least:.2f}")
    notice = "are_you_a_bot" if found.triage.bot_question else None
    failed = found.triage.unsuccessful
    return Ruling("reply", reason, notice, unsuccessful=failed, answers=True)


def _unanswered(found: Findings, least: float) -> Ruling | None:
    sure = found.confidence or 0.0
    if found.parts > 1 and found.open_questions:
        count = f"{len(found.open_questions)} of {found.parts} questions"
        rule = f"{count} cannot be answered surely (confidence {sure:.2f}, needed {least:.2f})"
        return _hand_over("partly_unanswered", rule, "unknown", "unknown")
    if found.answered and sure >= least:
        return None
    why = f"confidence {sure:.2f} is below {least:.2f}"
    rule = why if found.answered else f"no passage says anything new ({why})"
    if not found.answered and sure >= least:
        rule = "no passage says anything new"
    return _hand_over("low_confidence", rule, "unknown", "unknown")


def _off_topic(triage: Triage) -> Ruling:
    reason = Reason("off_topic", "the question is not about the business")
    if OFF_TOPIC in triage.notices:
        rule = "another question that is not about the business"
        return _hand_over("off_topic_again", rule, "handoff_by_us")
    return Ruling("reply", reason, OFF_TOPIC)


def _small_talk(triage: Triage) -> Ruling:
    kind = triage.small_talk or "laugh"
    ways = _COURTESIES[kind]
    if kind == "laugh" and triage.told:
        return Ruling("silent", Reason("small_talk", "the message is laughter or the like"))
    notice = next((way for way in ways if way not in triage.notices), None)
    if notice is not None:
        return Ruling("reply", Reason("small_talk", f"the message is {kind}"), notice)
    if kind in {"abilities", "are_you_a_bot"}:
        return _hand_over("asked_again", f"{kind} was asked twice", "handoff_by_us")
    return Ruling("silent", Reason("small_talk_again", f"{kind} was already answered"))


def _unsuccessful(triage: Triage, case: CaseState, settings: BrainSettings) -> Ruling | None:
    kind, most = triage.unsuccessful, settings.escalation.unsuccessful
    if kind is None:
        return _failed_enough(case.unsuccessful, most)
    count = case.unsuccessful + 1
    if count >= most:
        rule = f"{count} of {most} exchanges did not help, the last one: {kind}"
        return _hand_over("unsuccessful_exchanges", rule, "handoff_by_us", kind)
    if kind != "not_understood":
        return None
    reason = Reason("not_understood", "the message has no words to go by")
    if _NOT_UNDERSTOOD in triage.notices:
        return _hand_over(reason.code, reason.rule, "handoff_by_us", kind)
    return Ruling("reply", reason, _NOT_UNDERSTOOD, kind)


def _failed_enough(count: int, most: int) -> Ruling | None:
    """What failed without words, by thumbs down, counts as well."""
    if count < most:
        return None
    rule = f"{count} of {most} exchanges before this message did not help"
    return _hand_over("unsuccessful_exchanges", rule, "handoff_by_us")


def _hand_over(
    code: str, rule: str, notice: str, unsuccessful: Unsuccessful | None = None
) -> Ruling:
    return Ruling("hand_over", Reason(code, rule), notice, unsuccessful)
