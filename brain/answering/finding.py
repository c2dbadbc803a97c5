"""One question to the passages found for it and the answer made of them. It chooses among readings
of a question; what follows from the answer is policy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from brain.answering.reading import Context, Reading, readings
from brain.contract import Clock, Filter, Hit, Knowledge, TurnInput
from brain.grounding import ground
from brain.models.extractive import MOST_WORDS, Answer, Asked
from brain.triage.classifier import Question, Triage

HITS = 8


class Answerer(Protocol):
    name: str

    def answer(self, asked: Asked, hits: Sequence[Hit]) -> Answer: ...


class Stopwatch:
    """How long each stage took, in seconds, summed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.monotonic()
        self.stages: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = self._clock.monotonic()
        self.stages[stage] = self.stages.get(stage, 0.0) + now - self._last
        self._last = now


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found, and the answer made of it, already held against its sources.
    ``question`` is as the customer put it, ``query`` as it was understood."""

    question: str
    query: str = ""
    hits: Sequence[Hit] = ()
    answer: Answer = field(default_factory=Answer)
    cut: tuple[str, ...] = ()

    @property
    def leads_into_guide(self) -> bool:
        """Whether the answer mainly rests on a guide, which is walked rather than quoted."""
        cited = self.answer.citations[0].passage if self.answer.citations else None
        return any(hit.passage.guide for hit in self.hits if hit.passage.id == cited)

    @property
    def subject(self) -> str | None:
        """What the answer is about."""
        return self.answer.citations[0].title if self.answer.citations else None


class Finder:
    """For one turn."""

    def __init__(
        self,
        knowledge: Knowledge,
        answerer: Answerer,
        turn: TurnInput,
        triage: Triage,
        enough: float,
        watch: Stopwatch,
    ) -> None:
        self._knowledge = knowledge
        self._answerer = answerer
        self._allowed = Filter(turn.tenant, turn.demo, turn.audiences)
        self._triage = triage
        self._enough = enough
        self._watch = watch
        self._today = datetime.fromtimestamp(turn.now, UTC).date().isoformat()

    async def best(self, question: Question, context: Context, room: int = MOST_WORDS) -> Found:
        """Of the ways to understand the question, the one that is answered most surely.

        Raises:
            KnowledgeUnavailable
        """
        ways = readings(question, context)
        found = [await self.read(question.text, replace(way, room=room)) for way in ways]
        weighed = list(zip(found, ways, strict=True))
        if any(way.own and one.answer.said_before >= self._enough for one, way in weighed):
            # What is asked was answered already: out of its context it would be another question.
            weighed = [(one, way) for one, way in weighed if way.own]
        # The first of equals: max keeps it.
        return max(weighed, key=lambda pair: pair[0].answer.confidence - pair[1].handicap)[0]

    async def read(self, question: str, reading: Reading) -> Found:
        """In the customer's language first; in any other where that says too little.

        Raises:
            KnowledgeUnavailable
        """
        language = self._triage.language
        hits = await self.search(reading.text, language)
        found = await self.answered(question, reading, hits)
        if language is None or (found.answer.text and found.answer.confidence >= self._enough):
            return found
        others = await self.search(reading.text)
        if [hit.passage.id for hit in others] == [hit.passage.id for hit in hits]:
            return found
        other = await self.answered(question, reading, others)
        return max(found, other, key=lambda one: one.answer.confidence)

    async def search(self, text: str, language: str | None = None) -> Sequence[Hit]:
        """
        Raises:
            KnowledgeUnavailable
        """
        hits = await self._knowledge.search(text, replace(self._allowed, language=language), HITS)
        self._watch.lap("knowledge")
        return hits

    async def answered(self, question: str, reading: Reading, hits: Sequence[Hit]) -> Found:
        asked = Asked(
            reading.text,
            self._triage.told,
            self._triage.earlier,
            differently=self._triage.unsuccessful is not None,
            own=reading.own,
            room=reading.room,
            single=reading.single,
            today=self._today,
        )
        answer = await asyncio.to_thread(self._answerer.answer, asked, hits)
        self._watch.lap("answer")
        grounded = ground(answer.text, answer.citations, (hit.passage for hit in hits))
        self._watch.lap("grounding")
        kept = replace(answer, text=grounded.text, citations=grounded.citations)
        return Found(question, reading.text, hits, kept, grounded.cut)
