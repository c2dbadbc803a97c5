"""Whether a message begins another matter, and the how-manieth contact about its matter it is. Pure
comparisons with what the case and the earlier cases of the customer were about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from brain.contract import CaseState
from brain.triage.classifier import Triage

Content = Callable[[str], frozenset[str]]

# From here on an intent is taken for what the message is about.
_SURE = 0.5
# Of the words of two questions so many are the same where they ask for the same.
_NEAR = 0.5
# What many questions without anything in common are about: these are told apart by their words.
_BROAD = frozenset({"other", "how_to", "product", "sales", "policy", "contact", "technical"})


def begun(triage: Triage, case: CaseState) -> str | None:
    """The intent of the matter that the message begins; None where it goes on with the one at
    hand, and where it is not surely about another."""
    intent = _intent(triage)
    goes_on = triage.unsuccessful is not None or triage.clarified is not None
    if intent is None or intent == case.intent or goes_on:
        return None
    leans = any(question.leans != "nothing" for question in triage.questions)
    return None if leans and case.intent is not None else intent


def placed(triage: Triage, case: CaseState, content: Content) -> CaseState:
    """The case as this message finds it: failures of another matter do not count for it."""
    intent = begun(triage, case)
    if intent is not None and case.intent is not None:
        case = replace(case, unsuccessful=0)
    return replace(case, contacts=max(case.contacts, 1 + _came_before(triage, case, content)))


def _intent(triage: Triage) -> str | None:
    if triage.wish is not None or triage.small_talk is not None:
        return None
    understood = triage.understood
    return understood.intent if understood.intent_sure >= _SURE else None


def _came_before(triage: Triage, case: CaseState, content: Content) -> int:
    """In how many earlier cases the customer came with this."""
    if not case.earlier or triage.small_talk is not None:
        return 0
    asked = content("\n".join(question.text for question in triage.questions))
    # A short "still nothing!" is about what the case is about.
    intent = _intent(triage) or case.intent
    same = intent if intent not in _BROAD else None
    return sum(
        (same is not None and earlier.intent == same) or _near(asked, content(earlier.question))
        for earlier in case.earlier
    )


def _near(asked: frozenset[str], before: frozenset[str]) -> bool:
    both = asked | before
    return bool(both) and len(asked & before) / len(both) >= _NEAR
