"""What a second reading of a message came to, and how far it counts: it may say more and never
less than the first. It asks no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from brain.contract import TurnInput
from brain.triage.classifier import Triage
from brain.triage.taxonomy import Topic

WISH = "as a model reads it"
# Less sure than this, a second reading is worth no more than the first.
_LEAST = 0.5


@dataclass(frozen=True, slots=True)
class Refined:
    """``intent`` is None where the message is about none of those that are known, ``topic`` for an
    everyday matter; ``sure`` is how sure the model says it is. ``trace`` is for the record."""

    intent: str | None = None
    topic: Topic | None = None
    wishes_person: bool = False
    sure: float = 0.0
    trace: Mapping[str, object] = field(default_factory=dict[str, object])


class Refiner(Protocol):
    async def refine(self, turn: TurnInput, triage: Triage) -> Refined | None:
        """Read the new messages again; None where the first reading is sure enough."""
        ...


def merged(triage: Triage, refined: Refined) -> Triage:
    """A sensitive topic and a wish for a person stay whatever the second reading says; one that it
    is not sure of itself says nothing."""
    if refined.sure < _LEAST:
        return triage
    if refined.wishes_person and triage.wish is None:
        triage = replace(triage, wish=WISH)
    known = triage.understood
    if known.topic is not None:
        return triage
    if refined.topic is None and (refined.intent is None or refined.sure <= known.intent_sure):
        return triage
    return replace(
        triage,
        understood=replace(
            known,
            intent=refined.intent or known.intent,
            topic=refined.topic,
            sure=known.sure if refined.topic is None else refined.sure,
            intent_sure=known.intent_sure if refined.intent is None else refined.sure,
        ),
    )
