"""The tier of a turn as a table: what was found, which tier follows, and by which rule."""

from __future__ import annotations

from typing import Any

import pytest

from brain.circumstances import Circumstances, Profile
from brain.contract import CaseState, Handoff
from brain.policy import Findings, after_search, before_search
from brain.settings import BrainSettings
from brain.tiers import Turn, shipped_tiers, tier_of
from brain.triage.classifier import Question, Triage
from brain.triage.intents import Understood
from brain.triage.mood import Mood

PLAIN = BrainSettings()
CALM = Circumstances()
CLOSING = Understood("closure", "closure", 0.9, 0.9)
DISPUTED = Understood("billing_dispute", "billing_dispute", 0.8, 0.8)
BILLING = Understood("billing", None, 0.9, 0.7)
RETURNS = Understood("returns", None, 0.9, 0.7)


def triage(understood: Understood | None = None, **more: Any) -> Triage:
    return Triage("en", understood=understood or Understood(), **more)


def found(
    read: Triage,
    settings: BrainSettings = PLAIN,
    around: Circumstances = CALM,
    case: CaseState | None = None,
    channel: str = "web",
) -> tuple[int, str]:
    tiering = tier_of(Turn(read, case or CaseState(), around, channel), settings)
    assert tiering.reason.rule
    return tiering.tier, tiering.reason.code


def ruled(when: dict[str, Any], tier: int = 3) -> BrainSettings:
    rule = {"name": "mine", "when": when, "tier": tier}
    return BrainSettings.model_validate({"escalation": {"rules": [rule]}})


@pytest.mark.parametrize(
    ("understood", "tier", "code"),
    [
        (Understood("shipping", None, 1.0, 0.9), 1, "tier_1"),
        (Understood(), 1, "tier_1"),
        (BILLING, 2, "tier_2"),
        (Understood("billing", None, 0.9, 0.3), 1, "tier_1"),
        (DISPUTED, 2, "billing_dispute"),
        (CLOSING, 3, "closure"),
        (Understood("cancellation", "closure", 0.6, 0.5), 3, "closure"),
        (Understood("regulator", "legal", 0.6, 0.5), 3, "legal"),
    ],
)
def test_the_shipped_tiers(understood: Understood, tier: int, code: str) -> None:
    assert found(triage(understood)) == (tier, code)


def test_the_shipped_map() -> None:
    tiers = shipped_tiers(PLAIN)
    ones = {"shipping", "returns", "how_to", "policy", "account", "product", "technical", "other"}
    threes = {"complaint", "closure", "cancellation", "legal", "regulator", "security", "safety"}
    assert {tiers[name] for name in ones} == {1}
    assert {tiers[name] for name in ("billing", "billing_dispute", "account_data")} == {2}
    assert {tiers[name] for name in threes} == {3}


def test_a_configuration_changes_tiers_and_brings_intents() -> None:
    settings = BrainSettings.model_validate(
        {"intents": {"ovens": ["the oven is cold"]}, "tiers": {"ovens": 3, "closure": 2}}
    )
    assert found(triage(CLOSING), settings) == (2, "closure")
    assert found(triage(Understood("ovens", None, 0.9, 0.9)), settings) == (3, "tier_3")
    assert shipped_tiers(settings)["ovens"] == 3


@pytest.mark.parametrize(
    ("around", "case", "channel", "code"),
    [
        (Circumstances(Profile(vip=True)), CaseState(), "web", "vip"),
        (Circumstances(Profile(prefers_person=True)), CaseState(), "web", "prefers_person"),
        (CALM, CaseState(contacts=3), "web", "contact_again"),
        (CALM, CaseState(), "vip-line", "people_only"),
    ],
)
def test_people_whatever_is_asked(
    around: Circumstances, case: CaseState, channel: str, code: str
) -> None:
    settings = BrainSettings.model_validate({"escalation": {"people_only": ["vip-line"]}})
    read = triage(Understood("shipping", None, 1.0, 1.0))
    assert found(read, settings, around, case, channel) == (3, code)
    assert found(read, settings) == (1, "tier_1")


def test_refunds_above_the_limit_and_faults_that_remain() -> None:
    assert found(triage(RETURNS, amount=100.0)) == (1, "tier_1")
    assert found(triage(RETURNS, amount=100.5)) == (2, "refund_above_limit")
    assert found(triage(BILLING, amount=500.0))[1] == "tier_2"
    fault = triage(Understood("technical", None, 0.9, 0.9))
    assert found(fault)[0] == 1
    assert found(fault, case=CaseState(unsuccessful=1)) == (2, "fault_remains")


WRITTEN = triage(
    RETURNS, amount=30.0, questions=(Question("My Grandmother's tent"),), mood=Mood(-1, 0.9, 1, 1)
)
KNOWN = Circumstances(
    Profile(tier="gold", verified="signed", tags=("school",)),
    senders=("anna@big.example",),
    place="sales@shop.example",
    team_open=False,
)


@pytest.mark.parametrize(
    ("holds", "holds_not"),
    [
        ({"intents": ["returns"]}, {"intents": ["shipping"]}),
        ({"channels": ["web", "mail"]}, {"channels": ["mail"]}),
        ({"places": ["Sales@*"]}, {"places": ["help@*"]}),
        ({"senders": ["*@big.example"]}, {"senders": ["*@other.example"]}),
        ({"customers": ["gold"]}, {"customers": ["silver"]}),
        ({"tags": ["school", "club"]}, {"tags": ["club"]}),
        ({"languages": ["en"]}, {"languages": ["de"]}),
        ({"words": ["grandmother's"]}, {"words": ["mother"]}),
        ({"verified": True}, {"verified": False}),
        ({"frustrated": True}, {"frustrated": False}),
        ({"confused": True}, {"confused": False}),
        ({"buying": True}, {"buying": False}),
        ({"amount_above": 29}, {"amount_above": 30}),
        ({"unsuccessful": 1}, {"unsuccessful": 2}),
        ({"contacts": 2}, {"contacts": 3}),
        ({"hours": "closed"}, {"hours": "open"}),
        ({"intents": ["returns"], "languages": ["en"]}, {"topics": ["legal"], "tags": ["school"]}),
    ],
)
def test_a_rule_holds_where_all_its_conditions_do(
    holds: dict[str, Any], holds_not: dict[str, Any]
) -> None:
    case = CaseState(unsuccessful=1, contacts=2)
    assert found(WRITTEN, ruled(holds), KNOWN, case) == (3, "rule_mine")
    assert found(WRITTEN, ruled(holds_not), KNOWN, case) == (1, "tier_1")


def test_what_is_not_known_lets_no_condition_hold() -> None:
    for when in ({"hours": "closed"}, {"senders": ["*"]}, {"places": ["*"]}, {"verified": True}):
        assert found(WRITTEN, ruled(when))[0] == 1


def test_a_rule_that_is_switched_off_does_not_count() -> None:
    rule = {"name": "own", "when": {"channels": ["web"]}, "enabled": False}
    off = BrainSettings.model_validate({"escalation": {"rules": [rule]}})
    assert tier_of(Turn(triage(), CaseState(), Circumstances(), "web"), off).tier == 1


def test_rules_raise_a_tier_and_never_lower_it() -> None:
    assert found(triage(CLOSING), ruled({"channels": ["web"]}, tier=2)) == (3, "closure")
    assert found(triage(BILLING), ruled({"channels": ["web"]})) == (3, "rule_mine")


def test_tier_3_goes_to_people_unsearched_and_nothing_talks_it_away() -> None:
    read = triage(CLOSING, tampering=True, unsuccessful="repeated")
    ruling = before_search(Findings(read, CaseState()), PLAIN)
    assert ruling is not None
    assert (ruling.kind, ruling.reason.code, ruling.notice) == (
        "hand_over", "closure", "handoff_by_us",
    )  # fmt: skip
    wished = before_search(Findings(triage(CLOSING, wish="agent"), CaseState()), PLAIN)
    assert wished is not None
    assert (wished.reason.code, wished.notice) == ("asked_for_person", "handoff")


def test_tier_2_is_searched_and_its_answer_is_a_draft() -> None:
    known = Findings(triage(DISPUTED), CaseState(), 0.9, answered=True)
    assert before_search(known, PLAIN) is None
    ruling = after_search(known, PLAIN)
    assert (ruling.kind, ruling.reason.code) == ("draft", "billing_dispute")
    assert ruling.handoff == Handoff(ruling.reason, "draft_wait")
    off = Findings(triage(DISPUTED), CaseState(), 0.1, off_topic=True)
    assert after_search(off, PLAIN).kind == "hand_over"
    unsure = after_search(Findings(triage(DISPUTED), CaseState(), 0.1, answered=True), PLAIN)
    assert unsure.reason.code == "low_confidence"


def test_everyday_questions_of_tier_2_are_still_clarified() -> None:
    slots = {"a": "one", "b": "two"}
    asked = Findings(triage(BILLING), CaseState(), 0.9, answered=True, ambiguous=slots)
    assert after_search(asked, PLAIN).kind == "clarify"
