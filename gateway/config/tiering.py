"""What must hold between intents, tiers, rules of escalation and the rollout. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from brain.tiers import shipped_tiers
from brain.triage.taxonomy import TOPICS
from gateway.config import keys
from gateway.config.settings import Settings
from gateway.errors import KeyPath, Problem

_PEOPLE = 3


def problems(settings: Settings) -> Iterator[Problem]:
    known = shipped_tiers(settings.brain)
    for name in settings.brain.tiers:
        yield from _unknown([name], known, "intent", ("brain", "tiers", name))
    path: KeyPath = ("brain", "approved")
    yield from _unknown(settings.brain.approved, {*known, *TOPICS}, "topic or intent", path)
    if "safety" in settings.brain.approved:
        mend = "take it out: where somebody may come to harm, a person answers"
        yield Problem("people answer this, whatever was approved", path, mend)
    yield from _escalation(settings, known)
    yield from _opened(settings)


def _escalation(settings: Settings, intents: Collection[str]) -> Iterator[Problem]:
    path: KeyPath = ("brain", "escalation")
    channels = settings.channels
    only = settings.brain.escalation.people_only
    yield from _unknown(only, channels, "channel", (*path, "people_only"))
    seen: set[str] = set()
    for at, rule in enumerate(settings.brain.escalation.rules):
        here: KeyPath = (*path, "rules", at)
        when = rule.when
        if rule.name in seen:
            yield Problem("another rule has this name", (*here, "name"), "name it differently")
        seen.add(rule.name)
        yield from _unknown(when.intents, intents, "intent", (*here, "when", "intents"))
        yield from _unknown(when.topics, TOPICS, "topic", (*here, "when", "topics"))
        yield from _unknown(when.channels, channels, "channel", (*here, "when", "channels"))


def _unknown(
    names: Iterable[str], known: Collection[str], noun: str, path: KeyPath
) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            mend = keys.did_you_mean(name, list(known), noun)
            yield Problem(f"no {noun} has the name {name}", path, mend)


def _opened(settings: Settings) -> Iterator[Problem]:
    """An intent that people own is never opened; one that is prepared for them only by name."""
    tiers = shipped_tiers(settings.brain)
    for channel, rule in settings.rollout.channels.items():
        for intent, each in rule.intents.items():
            path: KeyPath = ("rollout", "channels", channel, "intents", intent)
            yield from _unknown([intent], tiers, "intent", path)
            if each.mode == "auto" and tiers.get(intent) == _PEOPLE:
                mend = "take it out, or give the intent another tier in brain.tiers"
                yield Problem(
                    "a person answers this intent (tier 3), so it is never auto", path, mend
                )
