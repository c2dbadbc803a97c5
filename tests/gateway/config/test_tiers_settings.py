"""Intents, tiers and rules of escalation: what a configuration may say, and what it may not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.config.load import Loaded

Load = Callable[..., Loaded]
Lines = Callable[..., list[str]]

WHOLE = """
channels: {web: {kind: web, demo: true}}
brain:
  intents: {ovens: [the oven stays cold, my oven does not heat]}
  tiers: {ovens: 3, closure: 2}
  escalation:
    unsuccessful: 1
    contacts: 4
    refund_limit: 250
    people_only: [web]
    rules:
      - {name: schools, when: {senders: ["*@school.example"]}, tier: 2}
rollout: {channels: {web: {intents: {shipping: auto, closure: auto}}}}
"""


def test_everything_may_be_said(load_text: Load) -> None:
    brain = load_text(WHOLE).settings.brain
    assert brain.intents["ovens"] == ("the oven stays cold", "my oven does not heat")
    assert brain.tiers == {"ovens": 3, "closure": 2}
    assert brain.escalation.rules[0].when.senders == ("*@school.example",)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("brain: {tiers: {closur: 3}}",
         'brain.tiers.closur: no intent has the name closur; did you mean "closure"?'),
        ("brain: {tiers: {closure: 4}}", "brain.tiers.closure: must be 1, 2 or 3"),
        ("brain: {escalation: {unsuccessful: 4}}",
         "brain.escalation.unsuccessful: should be less than or equal to 3"),
        ("brain: {triage: {refine: {models: [small]}}}",
         "brain.triage.refine.models: no model is named small"),
        ("brain: {triage: {refine: {models: [a], seconds: 60}}}",
         "brain.triage.refine.seconds: should be less than or equal to 15"),
        ("brain: {escalation: {customers: [{vip: true}]}}",
         "brain.escalation.customers[0].senders: is missing"),
        ("brain: {escalation: {people_only: [web]}}",
         "brain.escalation.people_only: no channel has the name web"),
        ("brain: {escalation: {rules: [{name: a, when: {}}]}}",
         "brain.escalation.rules[0].when: needs a condition"),
        ("brain: {escalation: {rules: [{name: a, when: {topics: [law]}}]}}",
         "brain.escalation.rules[0].when.topics: no topic has the name law"),
        ("brain: {escalation: {rules: [{name: a, when: {intents: [law]}}]}}",
         "brain.escalation.rules[0].when.intents: no intent has the name law"),
        (("brain: {escalation: {rules: [{name: a, when: {hours: open}},"
         " {name: a, when: {hours: open}}]}}"),
         "brain.escalation.rules[1].name: another rule has this name"),
        (("channels: {a: {kind: web}}\n"
         "rollout: {channels: {a: {intents: {complaint: auto}}}}"),
         ("rollout.channels.a.intents.complaint: a person answers this intent (tier 3), so it is"
         " never auto")),
        (("channels: {a: {kind: web}}\n"
         "rollout: {channels: {a: {intents: {complant: draft}}}}"),
         "rollout.channels.a.intents.complant: no intent has the name complant"),
    ],
)  # fmt: skip
def test_what_cannot_hold_is_named(problem_lines: Lines, text: str, line: str) -> None:
    found = problem_lines(text)
    assert any(line in each for each in found), found
