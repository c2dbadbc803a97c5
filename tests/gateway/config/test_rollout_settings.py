"""How far the assistant is let: a real channel that nobody opened starts in draft, the demo does
not, and each intent may have a mode and hours of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.config.load import Loaded
from gateway.config.rollout import OPEN, ChannelRollout, IntentRollout, Stage, Stages, stages_of

Load = Callable[..., Loaded]
NONE = IntentRollout()


@pytest.mark.parametrize(
    ("default", "demo", "mode"),
    [
        (None, True, "auto"),
        (None, False, "draft"),
        ("auto", False, "draft"),
        ("auto", True, "auto"),
        ("shadow", False, "shadow"),
        ("off", True, "off"),
    ],
)
def test_a_channel_without_a_rule_is_opened_by_nobody(
    default: str | None, demo: bool, mode: str
) -> None:
    rule = IntentRollout.model_validate({"mode": default})
    assert stages_of(None, rule, demo=demo).general.mode == mode
    # A rule that names intents only opens these, and no others.
    named = ChannelRollout.model_validate({"intents": {"shipping": "auto"}})
    stages = stages_of(named, rule, demo=demo)
    assert (stages.of("shipping").mode, stages.of(None).mode) == ("auto", mode)


def test_its_own_rule_opens_a_real_channel() -> None:
    assert stages_of(ChannelRollout(mode="auto"), NONE, demo=False) == OPEN


def test_an_intent_has_the_channels_mode_and_hours_but_for_its_own() -> None:
    rule = ChannelRollout.model_validate(
        {
            "mode": "draft",
            "hours": "off_hours_only",
            "intents": {
                "shipping": "auto",
                "billing": {"mode": "shadow", "hours": "always"},
                "account": {"hours": "always"},
            },
        }
    )
    stages = stages_of(rule, NONE, demo=False)
    assert stages.of("shipping") == Stage("auto", off_hours_only=True)
    assert stages.of("billing") == Stage("shadow")
    assert stages.of("account") == Stage("draft")
    assert stages.of("sales") == stages.of("") == stages.of(None) == Stage("draft", True)


def test_in_hours_people_have_what_only_the_off_hours_give_the_assistant() -> None:
    stage = Stage("auto", off_hours_only=True)
    assert stage.now(team_open=True) == "off"
    assert stage.now(team_open=False) == "auto"
    assert Stage("draft").now(team_open=True) == "draft"


def test_the_brain_is_asked_where_any_intent_is_open() -> None:
    assert not Stages(Stage("off")).ever_answers
    assert Stages(Stage("off"), {"shipping": Stage("shadow")}).ever_answers


def test_a_channels_rule_is_a_mode_or_more(load_text: Load) -> None:
    settings = load_text(
        "channels: {a: {kind: web}, b: {kind: web}}\n"
        "business: {hours: {mon: 09:00-17:00}}\n"
        "rollout:\n"
        "  hours: off_hours_only\n"
        "  channels:\n"
        "    a: auto\n"
        "    b: {mode: draft, hours: always, intents: {shipping: auto}}\n"
    ).settings
    one = settings.rollout.on("a", demo=False)
    other = settings.rollout.on("b", demo=False)
    assert one.general == Stage("auto", off_hours_only=True)
    assert (other.general, other.of("shipping")) == (Stage("draft"), Stage("auto"))
