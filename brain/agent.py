"""The assistant's turn: what was said goes through triage, policy, knowledge and grounding into one
decision. It keeps nothing between turns, sends nothing, and asks people rather than guess."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from brain import policy
from brain.contract import (
    Clock,
    Decision,
    Filter,
    Hit,
    Knowledge,
    KnowledgeUnavailable,
    Reason,
    Said,
    Trace,
    TurnInput,
)
from brain.grounding import ground
from brain.models.extractive import Answer, Asked
from brain.policy import Findings, Ruling
from brain.settings import BrainSettings
from brain.triage.classifier import Triage

_HITS = 8
_TRACED_CHARS = 500


class Answerer(Protocol):
    name: str

    def answer(self, asked: Asked, hits: Sequence[Hit]) -> Answer: ...


class Reader(Protocol):
    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What one question found, and the answer made of it, already held against its sources."""

    question: str
    hits: Sequence[Hit] = ()
    answer: Answer = field(default_factory=Answer)
    cut: tuple[str, ...] = ()


class _Stopwatch:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock.monotonic()
        self.stages: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        now = self._clock.monotonic()
        self.stages[stage] = self.stages.get(stage, 0.0) + now - self._last
        self._last = now


class Agent:
    """Implements ``Brain``."""

    def __init__(
        self,
        knowledge: Knowledge,
        reader: Reader,
        answerer: Answerer,
        settings: BrainSettings,
        clock: Clock,
    ) -> None:
        self._knowledge = knowledge
        self._reader = reader
        self._answerer = answerer
        self._settings = settings
        self._clock = clock

    async def decide(self, turn: TurnInput) -> Decision:
        if turn.owner != "assistant":
            reason = Reason("not_owner", f"the conversation belongs to {turn.owner}")
            return Decision(kind="silent", language=turn.language, reasons=(reason,))
        watch = _Stopwatch(self._clock)
        triage = await asyncio.to_thread(self._reader.look, turn.new, turn.history, turn.language)
        watch.lap("triage")
        ruling = policy.before_search(Findings(triage, turn.case), self._settings)
        if ruling is not None:
            return _decision(ruling, triage, None, self._trace(triage, None, watch))
        return await self._answered(turn, triage, watch)

    async def _answered(self, turn: TurnInput, triage: Triage, watch: _Stopwatch) -> Decision:
        try:
            found = await self._best(turn, triage, watch)
        except KnowledgeUnavailable as error:
            failed = f"the knowledge cannot be searched: {error}"
            ruling = policy.after_search(Findings(triage, turn.case, failed=failed), self._settings)
            return _decision(ruling, triage, None, self._trace(triage, None, watch))
        findings = Findings(
            triage, turn.case, found.answer.confidence, answered=bool(found.answer.text)
        )
        ruling = policy.after_search(findings, self._settings)
        return _decision(ruling, triage, found, self._trace(triage, found, watch))

    async def _best(self, turn: TurnInput, triage: Triage, watch: _Stopwatch) -> Found:
        """Of the ways to understand the question, the one that is answered most surely.

        Raises:
            KnowledgeUnavailable
        """
        found = [await self._found(turn, triage, text, watch) for text in triage.questions]
        return max(found, key=lambda one: one.answer.confidence, default=Found(""))

    async def _found(
        self, turn: TurnInput, triage: Triage, question: str, watch: _Stopwatch
    ) -> Found:
        allowed = Filter(turn.tenant, turn.demo, turn.audiences)
        hits = await self._knowledge.search(question, allowed, _HITS)
        watch.lap("knowledge")
        differently = triage.unsuccessful is not None
        asked = Asked(question, triage.told, triage.earlier, differently=differently)
        answer = await asyncio.to_thread(self._answerer.answer, asked, hits)
        watch.lap("answer")
        grounded = ground(answer.text, answer.citations, (hit.passage for hit in hits))
        watch.lap("grounding")
        kept = replace(answer, text=grounded.text, citations=grounded.citations)
        return Found(question, hits, kept, grounded.cut)

    def _trace(self, triage: Triage, found: Found | None, watch: _Stopwatch) -> Trace:
        detail: dict[str, object] = {"triage": _traced(triage)}
        if found is None:
            return Trace(model="none", stages=watch.stages, detail=detail)
        detail |= {"query": found.question[:_TRACED_CHARS], "cut": list(found.cut)}
        return Trace(self._answerer.name, watch.stages, tuple(map(_considered, found.hits)), detail)


def _decision(ruling: Ruling, triage: Triage, found: Found | None, trace: Trace) -> Decision:
    answer = found.answer if found is not None else Answer()
    says = ruling.kind == "reply" and ruling.notice is None
    handoff = ruling.handoff
    return Decision(
        kind=ruling.kind,
        text=answer.text if says else "",
        notice=ruling.notice if handoff is None else None,
        citations=answer.citations if says else (),
        handoff=replace(handoff, concluded=_concluded(triage, found)) if handoff else None,
        language=triage.language,
        confidence=answer.confidence,
        reasons=(ruling.reason,),
        unsuccessful=ruling.unsuccessful,
        trace=trace,
    )


def _concluded(triage: Triage, found: Found | None) -> str:
    """What the colleague who takes over is told that the assistant believes."""
    if triage.unsuccessful is not None and triage.earlier:
        return "The help pages quoted so far did not solve it."
    if found is None or not found.hits:
        return ""
    title = " > ".join(found.hits[0].passage.title_path) or found.hits[0].passage.title
    return f"The nearest help page is “{title}”, but it may not answer the question."


def _considered(hit: Hit) -> Mapping[str, object]:
    return {
        "id": hit.passage.id,
        "document": hit.passage.document,
        "title": " > ".join(hit.passage.title_path),
        "score": round(hit.score, 4),
        "dense": round(hit.dense, 4),
        "lexical": round(hit.lexical, 4),
    }


def _traced(triage: Triage) -> Mapping[str, object]:
    """Without what was said before, which the conversation itself keeps."""
    return {
        "language": triage.language,
        "wish": triage.wish,
        "small_talk": triage.small_talk,
        "unsuccessful": triage.unsuccessful,
        "files_only": triage.files_only,
        "questions": [question[:_TRACED_CHARS] for question in triage.questions],
        "earlier": list(triage.earlier),
        "notices": sorted(triage.notices),
    }
