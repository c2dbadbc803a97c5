"""What the settings may name: channels, intents, topics, desks, models. No setting of them that
could be a secret, or an address, is told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from brain.settings import Conditions, RouteRule
from brain.triage.taxonomy import TOPICS, with_own
from gateway.config.editable import EDITABLE
from gateway.config.settings import Settings
from gateway.errors import dotted
from gateway.notices.shipped import INFORMAL, LANGUAGES


def choices_of(settings: Settings) -> Mapping[str, Any]:
    """By sort; blocking, as time zones are files."""
    intents = with_own(settings.brain.intents)
    tiers = settings.brain.tiers
    return {
        "keys": {dotted(path): section for path, section in EDITABLE.items()},
        "channels": [
            {"name": name, "kind": entry.as_ or entry.kind, "demo": entry.demo}
            for name, entry in settings.channels.items()
        ],
        "languages": list(LANGUAGES),
        "spoken": list(settings.business.languages),
        "forms": list(INFORMAL),
        "intents": [
            {
                "name": name,
                "topic": intent.topic,
                "shipped": intent.tier,
                "tier": tiers.get(name, intent.tier),
            }
            for name, intent in sorted(intents.items())
        ],
        "topics": list(TOPICS),
        "desks": list(settings.desks),
        "told": {name: desk.channel for name, desk in settings.desks.items()},
        "models": list(settings.brain.models),
        "zones": _zones(),
        "conditions": list(Conditions.model_fields),
        "routing": [name for name in RouteRule.model_fields if name not in {"why", "models"}],
    }


@cache
def _zones() -> list[str]:
    return sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
