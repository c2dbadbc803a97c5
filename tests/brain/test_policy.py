"""The rules as a table: what was found, what follows, and why."""

from __future__ import annotations

import pytest

from brain.contract import CaseState
from brain.policy import Findings, after_search, before_search
from brain.settings import BrainSettings, EscalationSettings, KnowledgeSettings
from brain.triage.classifier import Triage
from brain.triage.courtesy import SmallTalk

SETTINGS = BrainSettings(knowledge=KnowledgeSettings(threshold=0.7))
ONCE, PATIENT = EscalationSettings(unsuccessful=1), EscalationSettings(unsuccessful=3)
FAILED = CaseState(unsuccessful=1)


@pytest.mark.parametrize(
    ("triage", "case", "kind", "code", "notice"),
    [
        (Triage("en", wish="agent"), CaseState(), "hand_over", "asked_for_person", "handoff"),
        (Triage("en", wish="x", small_talk="greeting"), FAILED, "hand_over", "asked_for_person",
         "handoff"),
        (Triage("en", about_files=True), CaseState(), "hand_over", "unreadable_file",
         "cannot_read"),
        (Triage("en", small_talk="greeting"), CaseState(), "reply", "small_talk", "greeting"),
        (Triage("en", small_talk="thanks"), FAILED, "reply", "small_talk", "thanks"),
        (Triage("en", small_talk="thanks", notices=frozenset({"thanks"})), CaseState(), "silent",
         "small_talk_again", None),
        (Triage("en", small_talk="are_you_a_bot"), CaseState(), "reply", "small_talk",
         "are_you_a_bot"),
        (Triage("en", small_talk="are_you_a_bot", notices=frozenset({"are_you_a_bot"})),
         CaseState(), "hand_over", "asked_again", "handoff_by_us"),
        (Triage("en", unsuccessful="not_understood"), CaseState(), "reply", "not_understood",
         "off_topic"),
        (Triage("en", unsuccessful="not_understood"), FAILED, "hand_over",
         "unsuccessful_exchanges", "handoff_by_us"),
        (Triage("en", unsuccessful="repeated"), FAILED, "hand_over", "unsuccessful_exchanges",
         "handoff_by_us"),
        (Triage("en", unsuccessful="not_helpful"), FAILED, "hand_over", "unsuccessful_exchanges",
         "handoff_by_us"),
    ],
)  # fmt: skip
def test_before_anything_is_searched(
    triage: Triage, case: CaseState, kind: str, code: str, notice: str | None
) -> None:
    ruling = before_search(Findings(triage, case), SETTINGS)
    assert ruling is not None
    assert (ruling.kind, ruling.reason.code, ruling.notice) == (kind, code, notice)
    assert (ruling.handoff is not None) == (kind == "hand_over")
    assert ruling.reason.rule


@pytest.mark.parametrize("unsuccessful", [None, "repeated", "not_helpful"])
def test_a_question_is_looked_up(unsuccessful: str | None) -> None:
    triage = Triage("en", unsuccessful="repeated" if unsuccessful == "repeated" else None)
    assert before_search(Findings(triage, CaseState()), SETTINGS) is None


def test_the_limit_is_a_setting() -> None:
    found = Findings(Triage("en", unsuccessful="repeated"), CaseState())
    assert before_search(found, SETTINGS.model_copy(update={"escalation": ONCE}))
    patient = SETTINGS.model_copy(update={"escalation": PATIENT})
    assert before_search(Findings(found.triage, FAILED), patient) is None
    assert before_search(Findings(found.triage, CaseState(unsuccessful=2)), patient)


def test_a_second_message_that_cannot_be_understood_is_not_answered_alike() -> None:
    triage = Triage("en", unsuccessful="not_understood", notices=frozenset({"off_topic"}))
    ruling = before_search(
        Findings(triage, FAILED), SETTINGS.model_copy(update={"escalation": PATIENT})
    )
    assert ruling is not None
    assert ruling.kind == "hand_over"


@pytest.mark.parametrize(
    ("sure", "answered", "failed", "kind", "code", "notice"),
    [
        (0.7, True, None, "reply", "answered", None),
        (0.69, True, None, "hand_over", "low_confidence", "unknown"),
        (0.99, False, None, "hand_over", "low_confidence", "unknown"),
        (None, False, "index damaged", "hand_over", "knowledge_unavailable", "trouble"),
    ],
)
def test_after_the_search(
    sure: float | None, answered: bool, failed: str | None, kind: str, code: str, notice: str | None
) -> None:
    found = Findings(Triage("en"), CaseState(), sure, answered=answered, failed=failed)
    ruling = after_search(found, SETTINGS)
    assert (ruling.kind, ruling.reason.code, ruling.notice) == (kind, code, notice)


LAMPS = {"a": "Trail Lamp 200", "b": "Trail Lamp 400"}
DECLINED = Triage("en", notices=frozenset({"off_topic"}))


@pytest.mark.parametrize(
    ("found", "kind", "code", "notice"),
    [
        (Findings(Triage("en"), CaseState(), 0.9, answered=True, parts=2, open_questions=("b?",)),
         "hand_over", "partly_unanswered", "unknown"),
        (Findings(Triage("en"), CaseState(), 0.9, answered=True, out_of_date="2026-01-01"),
         "hand_over", "out_of_date", "unknown"),
        (Findings(Triage("en"), CaseState(), 0.9, ambiguous=LAMPS), "clarify", "ambiguous",
         "clarify"),
        (Findings(Triage("en"), CaseState(), declined=True), "hand_over", "neither_reading",
         "handoff_by_us"),
        (Findings(Triage("en"), CaseState(), 0.1, off_topic=True), "reply", "off_topic",
         "off_topic"),
        (Findings(DECLINED, CaseState(), 0.1, off_topic=True), "hand_over", "off_topic_again",
         "handoff_by_us"),
        (Findings(Triage("en", bot_question=True), CaseState(), 0.9, answered=True), "reply",
         "answered", "are_you_a_bot"),
    ],
)  # fmt: skip
def test_what_keeps_an_answer_from_being_given(
    found: Findings, kind: str, code: str, notice: str
) -> None:
    ruling = after_search(found, SETTINGS)
    assert (ruling.kind, ruling.reason.code, ruling.notice) == (kind, code, notice)
    assert ruling.slots == (LAMPS if kind == "clarify" else {})
    assert ruling.reason.rule


@pytest.mark.parametrize(
    ("kind", "said", "notice"),
    [
        ("chat", set[str](), "greeting"),
        ("chat", {"greeting"}, "are_you_a_bot"),
        ("chat", {"greeting", "are_you_a_bot"}, None),
        ("abilities", {"greeting"}, "are_you_a_bot"),
        ("laugh", set[str](), "greeting"),
    ],
)
def test_a_courtesy_is_answered_with_what_was_not_said_yet(
    kind: SmallTalk, said: set[str], notice: str | None
) -> None:
    triage = Triage("en", small_talk=kind, notices=frozenset(said))
    ruling = before_search(Findings(triage, CaseState()), SETTINGS)
    assert ruling is not None
    assert ruling.notice == notice
    assert ruling.kind == ("reply" if notice else "silent")


def test_laughter_after_an_answer_wants_none() -> None:
    triage = Triage("en", small_talk="laugh", told=("60 days.",))
    ruling = before_search(Findings(triage, CaseState()), SETTINGS)
    assert ruling is not None
    assert ruling.kind == "silent"


def test_an_answer_after_a_repetition_still_counts_as_unsuccessful() -> None:
    found = Findings(Triage("en", unsuccessful="repeated"), CaseState(), 0.9, answered=True)
    assert after_search(found, SETTINGS).unsuccessful == "repeated"
    unknown = after_search(Findings(Triage("en"), CaseState(), 0.1), SETTINGS)
    assert unknown.unsuccessful == "unknown"
