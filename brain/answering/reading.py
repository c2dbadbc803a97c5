"""The ways to understand a question that leans on what was said before. Pure; which way is right
shows only in what each finds."""

from __future__ import annotations

from dataclasses import dataclass

from brain.models.extractive import MOST_WORDS
from brain.triage.classifier import Question

# What a question that points back must find by itself to be understood without its context.
_ALONE = 0.15


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before a question: the one asked last, and what its answer was about."""

    previous: str | None = None
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """``own`` are the question's own words where ``text`` has more; ``handicap`` is by how much
    another reading may be less sure and still be right; ``room`` is that of the answer, in
    words; ``single`` says that only one passage may be quoted."""

    text: str
    own: str | None = None
    handicap: float = 0.0
    room: int = MOST_WORDS
    single: bool = False


def readings(question: Question, context: Context) -> tuple[Reading, ...]:
    """The likeliest first."""
    text = question.text
    befores = [before for before in (context.subject, context.previous) if before]
    if question.leans == "nothing" or not befores:
        return (Reading(text),)
    leaning = tuple(Reading(f"{before}\n{text}", own=text) for before in befores)
    if question.leans == "bare":
        # It has no word of its own: what was asked before is the question.
        return tuple(reversed(leaning))
    alone = Reading(text, handicap=_ALONE if question.leans == "points" else 0.0)
    return (*leaning, alone)
