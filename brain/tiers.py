"""Which tier a turn is of: 1 the assistant answers, 2 it prepares an answer for a person, 3 a
person answers; with the rule that says so. Rules only raise the tier. Pure: it asks and keeps
nothing."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from brain.circumstances import Circumstances
from brain.contract import CaseState, Reason
from brain.settings import BrainSettings, Conditions, Tier
from brain.triage.classifier import Triage
from brain.triage.intents import Understood
from brain.triage.taxonomy import Intent, with_own
from brain.triage.words import fold

# An everyday intent has to be at least so sure to be kept from the assistant.
_SURE = 0.5
_REFUNDS = frozenset({"returns", "billing_dispute"})
_FAULTS = frozenset({"technical"})

Held: TypeAlias = Iterator[bool]


@dataclass(frozen=True, slots=True)
class Turn:
    """What the rules look at. ``channel`` is the name of the channel written on; ``confidence`` is
    that of answering, None while nothing was searched."""

    triage: Triage
    case: CaseState
    around: Circumstances
    channel: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Tiering:
    """``sensitive`` says that people have to see it whatever the knowledge answers."""

    tier: Tier
    reason: Reason
    sensitive: bool = False


ANSWERED = Tiering(1, Reason("tier_1", "no rule keeps this from the assistant"))


def shipped_tiers(settings: BrainSettings) -> Mapping[str, Tier]:
    """Every intent's tier under these settings."""
    return {name: settings.tiers.get(name, intent.tier) for name, intent in _intents(settings)}


def approved_topic(understood: Understood, settings: BrainSettings) -> str | None:
    """The topic or intent on which only approved sentences are said; None for any other."""
    if understood.topic in settings.approved:
        return understood.topic
    sure = understood.intent_sure >= _SURE
    return understood.intent if sure and understood.intent in settings.approved else None


def known(around: Circumstances, settings: BrainSettings) -> Circumstances:
    """With what the configuration says of who writes; it adds and takes nothing away."""
    profile = around.profile
    for rule in settings.escalation.customers:
        if _fits(around.senders, rule.senders):
            profile = replace(
                profile,
                vip=profile.vip or rule.vip,
                tier=profile.tier or rule.tier,
                prefers_person=profile.prefers_person or rule.prefers_person,
                tags=tuple(dict.fromkeys((*profile.tags, *rule.tags))),
            )
    return around if profile is around.profile else replace(around, profile=profile)


def tier_of(turn: Turn, settings: BrainSettings) -> Tiering:
    """The highest tier that a rule gives; of several rules for it, the first."""
    found = [
        *_by_person(turn, settings),
        *_by_intent(turn, settings),
        *_by_history(turn, settings),
        *_by_rules(turn, settings),
    ]
    return max(found, key=lambda one: (one.tier, one.sensitive), default=ANSWERED)


def _intents(settings: BrainSettings) -> Iterable[tuple[str, Intent]]:
    return with_own(settings.intents).items()


def _by_person(turn: Turn, settings: BrainSettings) -> Iterator[Tiering]:
    customer = turn.around.profile
    # A person who has spoken and given it back knows who it is: to pass it on again for the same
    # reason would go round in circles.
    if customer.prefers_person and not turn.case.human_stretch:
        yield _people("prefers_person", "the customer prefers a person")
    if customer.vip and not turn.case.human_stretch:
        yield _people("vip", "the customer is a VIP")
    if turn.channel in settings.escalation.people_only:
        yield _people("people_only", f"people answer on the channel {turn.channel}")


def _by_intent(turn: Turn, settings: BrainSettings) -> Iterator[Tiering]:
    understood, name = turn.triage.understood, turn.triage.understood.intent
    if name is None:
        return
    if approved_topic(understood, settings) is not None:
        # A lead has named what may be said of it; what is not found there goes to people.
        return
    tier = settings.tiers.get(name) or _shipped_tier(name, settings)
    topic = understood.topic
    where = "brain.tiers" if name in settings.tiers else "the shipped tiers"
    if topic is not None:
        rule = f"{topic} ({name}, chance {understood.sure:.2f}) is tier {tier} by {where}"
        if tier > 1:
            yield Tiering(tier, Reason(topic, rule), sensitive=True)
        return
    if tier > 1 and understood.intent_sure >= _SURE:
        rule = f"{name} (chance {understood.intent_sure:.2f}) is tier {tier} by {where}"
        yield Tiering(tier, Reason(f"tier_{tier}", rule))
    if name in _FAULTS and turn.case.unsuccessful:
        yield Tiering(2, Reason("fault_remains", "a technical fault that a guide did not solve"))


def _shipped_tier(name: str, settings: BrainSettings) -> Tier:
    intents = with_own(settings.intents)
    return intents[name].tier if name in intents else 1


def _by_history(turn: Turn, settings: BrainSettings) -> Iterator[Tiering]:
    limits = settings.escalation
    if turn.case.contacts >= limits.contacts and not turn.case.human_stretch:
        rule = (
            f"contact {turn.case.contacts} on the same matter; people answer from {limits.contacts}"
        )
        yield _people("contact_again", rule)
    amount = turn.triage.amount
    if turn.triage.understood.intent in _REFUNDS and (amount or 0.0) > limits.refund_limit:
        rule = (
            f"a refund of {amount:g} is above brain.escalation.refund_limit {limits.refund_limit:g}"
        )
        yield Tiering(2, Reason("refund_above_limit", rule), sensitive=True)


def _by_rules(turn: Turn, settings: BrainSettings) -> Iterator[Tiering]:
    for rule in settings.escalation.rules:
        if rule.enabled and all(_conditions(rule.when, turn)):
            why = f"the rule {rule.name} of brain.escalation.rules holds"
            yield Tiering(rule.tier, Reason(f"rule_{rule.name}", why), sensitive=True)


def _people(code: str, rule: str) -> Tiering:
    return Tiering(3, Reason(code, rule), sensitive=True)


def _conditions(when: Conditions, turn: Turn) -> Held:
    yield from _of_message(when, turn.triage)
    yield from _of_mood(when, turn.triage)
    yield from _of_customer(when, turn)
    if when.unsuccessful is not None:
        yield turn.case.unsuccessful >= when.unsuccessful
    if when.confidence_below is not None:
        yield turn.confidence is not None and turn.confidence < when.confidence_below
    if when.contacts is not None:
        yield turn.case.contacts >= when.contacts
    if when.hours is not None:
        yield turn.around.team_open is (when.hours == "open")


def _of_message(when: Conditions, triage: Triage) -> Held:
    if when.intents:
        yield triage.understood.intent in when.intents
    if when.topics:
        yield triage.understood.topic in when.topics
    if when.languages:
        yield triage.language in when.languages
    if when.words:
        said = " ".join(question.text for question in triage.questions)
        yield _has_word(said, when.words)
    if when.amount_above is not None:
        yield (triage.amount or 0.0) > when.amount_above


def _of_mood(when: Conditions, triage: Triage) -> Held:
    mood = triage.mood
    if when.frustrated is not None:
        yield mood.is_frustrated is when.frustrated
    if when.confused is not None:
        yield mood.is_confused is when.confused
    if when.buying is not None:
        yield mood.is_buying is when.buying


def _of_customer(when: Conditions, turn: Turn) -> Held:
    customer = turn.around.profile
    if when.channels:
        yield turn.channel in when.channels
    if when.places:
        yield _fits((turn.around.place,) if turn.around.place else (), when.places)
    if when.senders:
        yield _fits(turn.around.senders, when.senders)
    if when.customers:
        yield customer.tier in when.customers
    if when.tags:
        yield not set(when.tags).isdisjoint(customer.tags)
    if when.verified is not None:
        yield (customer.verified is not None) is when.verified


def _fits(values: Sequence[str], patterns: Sequence[str]) -> bool:
    return any(
        fnmatch.fnmatchcase(value.casefold(), pattern.casefold())
        for value in values
        for pattern in patterns
    )


def _has_word(text: str, words: Sequence[str]) -> bool:
    spaced = f" {' '.join(_tokens(text))} "
    return any(f" {' '.join(_tokens(word))} " in spaced for word in words)


def _tokens(text: str) -> list[str]:
    return "".join(char if char.isalnum() else " " for char in fold(text)).split()
