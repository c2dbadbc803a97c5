"""What bounds the configuration sets, and what an operator is told of them at the start."""

from __future__ import annotations

from collections.abc import Iterator

from brain.settings import BrainSettings
from gateway.budgets.calls import Keeping
from gateway.budgets.caps import DEFAULT_USD, Limits
from gateway.config.hours import parse_zone
from gateway.config.settings import Settings
from gateway.timers.retention import Retention


def limits_of(settings: Settings) -> Limits:
    """The budgets of a configuration, by the business's day."""
    return Limits(settings.brain.budgets, parse_zone(settings.business.timezone))


def keeping_of(settings: Settings) -> Keeping:
    """What of a model's words is kept, and whether spans have them."""
    privacy = settings.privacy
    return Keeping(
        privacy.masking, stored=privacy.keep_prompts_days > 0, told=settings.telemetry.content
    )


def retention_of(settings: Settings) -> Retention:
    return Retention(prompts=settings.privacy.keep_prompts_days)


def bounds_said(settings: Settings) -> Iterator[str]:
    """What holds without having been asked for, a sentence each."""
    drafting = ", ".join(_not_opened(settings))
    if drafting:
        yield (
            f"nobody has opened {drafting} yet: people answer there, with what the assistant would"
            " have said; open more with rollout.channels, whole or by intent"
        )
    if settings.brain.budgets.tenant.usd is None and _has_key(settings.brain):
        yield (
            f"no budget is set for models, so at most {DEFAULT_USD:g} US dollars a day are spent on"
            " them, and people answer after that; set brain.budgets.tenant.usd"
        )


def _not_opened(settings: Settings) -> Iterator[str]:
    """Real channels that draft because no rule of their own says anything."""
    for name, entry in settings.channels.items():
        rule = settings.rollout.channels.get(name)
        silent = rule is None or rule.mode is None
        stages = settings.rollout.on(name, demo=entry.demo)
        if silent and not entry.demo and stages.general.mode == "draft":
            yield name


def _has_key(settings: BrainSettings) -> bool:
    """Whether a model is configured that somebody has to pay for."""
    return any(model.api_key is not None for model in settings.models.values())
