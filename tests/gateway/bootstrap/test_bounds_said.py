"""What an operator is told at the start: which channels nobody opened, and what holds unasked."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from brain.settings import BrainSettings
from gateway.bootstrap.limiting import bounds_said, limits_of
from gateway.config.settings import Settings


@dataclass(frozen=True)
class Entry:
    """A channel as far as bounds look at it."""

    demo: bool = False


def settings(rollout: object = None, **channels: Entry) -> Settings:
    given = {"rollout": rollout} if rollout is not None else {}
    return Settings.model_validate({"channels": channels, **given})


def test_a_real_channel_that_nobody_opened_is_said() -> None:
    (said,) = bounds_said(settings(web=Entry(), shop=Entry(), trial=Entry(demo=True)))
    assert "nobody has opened web, shop yet: people answer there" in said


@pytest.mark.parametrize(
    "rollout", [{"mode": "off"}, {"channels": {"web": "draft"}}, {"channels": {"web": "auto"}}]
)
def test_what_somebody_decided_is_not_said(rollout: object) -> None:
    assert list(bounds_said(settings(rollout, web=Entry()))) == []


def test_an_intent_that_is_open_leaves_the_rest_of_the_channel_in_draft() -> None:
    rollout = {"channels": {"web": {"intents": {"shipping": "auto"}}}}
    assert "web" in next(bounds_said(settings(rollout, web=Entry())))


@pytest.mark.parametrize(("key", "said"), [("key", True), (None, False)])
def test_with_a_key_and_no_budget_the_cap_is_said(key: str | None, said: bool) -> None:
    model = {"provider": "openai", "model": "m", "api_base": "https://models.example/v1"}
    brain = BrainSettings.model_validate({"models": {"fast": {**model, "api_key": key}}})
    found = list(bounds_said(Settings().model_copy(update={"brain": brain})))
    assert any("at most 5 US dollars a day" in one for one in found) == said


def test_a_day_begins_where_the_business_is() -> None:
    limits = limits_of(Settings.model_validate({"business": {"timezone": "Pacific/Auckland"}}))
    assert limits.day(1_800_000_000.0) == "2027-01-15"
    assert limits.day(1_800_000_000.0 + 4 * 3600) == "2027-01-16"
