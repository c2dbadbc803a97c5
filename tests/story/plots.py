"""Whom the story is about: on each channel a customer with another reason to need a person, what
the desk is to be told of it, and how staff answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

Means: TypeAlias = Literal["button", "words", "draft", "edited draft"]
# Once it is given back, it answers again.
AGAIN, ANSWERED = "What does the warranty not cover?", "holes made by campfires"
PASSED_ON, CHECKED = "I've passed it to our team", "I want a colleague to check this"


@dataclass(frozen=True, slots=True)
class Plot:
    """``says`` are the customer's messages, each with what they hear after it. What the desk is to
    be told: ``where`` they write, what they ``ask``, the ``reason`` (its code) and the rule behind
    it (``why``), ``who`` they are, what was ``tried``; ``limits`` and what it ``suggests`` only
    where there are any. ``answer`` is what the customer then reads of staff, by these ``means``.
    ``bait`` is a question that the assistant could answer, with its answer: while a person has the
    conversation it must not."""

    kind: str
    trigger: str
    says: Sequence[tuple[str, str]]
    where: str
    ask: str
    reason: str
    why: str
    who: str
    tried: str
    means: Means
    answer: str
    limits: str = ""
    suggests: str = ""
    urgent: bool = False
    bait: tuple[str, str] = ("How long does shipping take?", "two to four working days")


PLOTS: Sequence[Plot] = (
    Plot(
        kind="web",
        trigger="wants a person",
        says=(
            ("How long may I return something?", "within 60 days"),
            ("I want to talk to a person, please.", "passing this to our team"),
        ),
        where="A customer on web chat",
        ask="How long may I return something?",
        reason="asked_for_person",
        why="the customer asked for a person",
        who="not verified",
        tried="“You may return unused items within 60 days of delivery.”; found Returns",
        means="button",
        answer="Ben here: we take the tent back, the label is on its way.",
    ),
    Plot(
        kind="whatsapp",
        trigger="threatens with a lawyer",
        says=(
            ("How long is the warranty on tents?", "five years"),
            ("My lawyer will sue you over the burnt tent.", PASSED_ON),
        ),
        where="Ada Müller on WhatsApp",
        ask="My lawyer will sue you over the burnt tent.",
        reason="legal",
        why="is tier 3 by the shipped tiers",
        who="whatsapp:+4915100",
        tried="answered “Tents have a warranty of five years on seams and poles.”",
        means="words",
        answer="Ben here: I am sorry about the tent, our manager calls you today.",
        limits="min left to write freely on WhatsApp",
        urgent=True,
    ),
    Plot(
        kind="slack",
        trigger="was not helped twice",
        says=(
            ("Who pays for a return parcel?", "printed label"),
            ("That did not help", "60 days"),
            ("No.", PASSED_ON),
        ),
        where="on Slack",
        ask="Who pays for a return parcel? … No.",
        reason="unsuccessful_exchanges",
        why="2 of 2 exchanges did not help",
        who="T0HOME/U0000",
        tried="found Returns",
        means="words",
        answer="Ben here: the printed label lies in your parcel, below the tent.",
    ),
    Plot(
        kind="discord",
        trigger="asks what no article answers",
        says=(("Do you sell kayaks?", "rather not guess"),),
        where="on Discord",
        ask="Do you sell kayaks?",
        reason="low_confidence",
        why="is below 0.70",
        who="discord",
        tried="it may not answer the question",
        means="button",
        answer="Ben here: no kayaks, but we know who has good ones.",
    ),
    Plot(
        kind="telegram",
        trigger="wants back more than the limit",
        says=(("How long may I return the unused tent for a refund of 400 euros?", CHECKED),),
        where="on Telegram",
        ask="How long may I return the unused tent for a refund of 400 euros?",
        reason="refund_above_limit",
        why="a refund of 400 is above",
        who="telegram",
        tried="found Returns",
        means="draft",
        answer="You may return unused items within 60 days of delivery.",
        suggests="You may return unused items within 60 days of delivery.",
    ),
    Plot(
        kind="email",
        trigger="asks what people check for now",
        says=(("What does shipping cost?", CHECKED),),
        where="on email",
        ask="What does shipping cost?",
        reason="draft",
        why="a person checks what the assistant would say here",
        who="dmarc",
        tried="found Shipping",
        means="edited draft",
        answer="Ben here: it costs 4.90 euros, and nothing from 100 euros on.",
        bait=("How long is the warranty on tents?", "five years"),
        suggests="Standard shipping costs 4.90 euros within the country.",
    ),
)
