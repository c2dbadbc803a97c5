"""Puts labelled rows to the brain, each as a new conversation, and keeps what came of them.
It does not know what would have been right."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from brain import policy
from brain.contract import (
    Brain,
    CaseState,
    Clock,
    Decision,
    Filter,
    Knowledge,
    Passages,
    Said,
    TurnInput,
)
from brain.policy import Findings
from brain.settings import BrainSettings
from brain.triage.classifier import Triage
from brain.triage.intents import mistyped
from gateway.grading.rows import RetrievalRow, ScopeRow, TriageRow

MOST_RANKED = 10
# A document may have many passages among the best.
_HITS = 50


class Reader(Protocol):
    def look(self, new: Sequence[Said], history: Sequence[Said], known: str | None) -> Triage: ...


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one row; None where the row does not ask for it. ``sent`` says that the brain
    would answer without a person, ``cited`` is the document that its answer rests on first;
    ``mistyped`` is the label where the message is full of typing errors."""

    id: str
    ranked: tuple[str, ...] | None = None
    confidence: float | None = None
    label: str | None = None
    escalate: bool | None = None
    sent: bool = False
    cited: str | None = None
    mistyped: str | None = None

    def line(self) -> dict[str, object]:
        """The row as it is written down."""
        return {
            "id": self.id,
            "ranked": None if self.ranked is None else list(self.ranked),
            "confidence": None if self.confidence is None else round(self.confidence, 6),
            "label": self.label,
            "escalate": self.escalate,
        }


@dataclass(frozen=True, slots=True)
class Shelf:
    """One knowledge base, ready to be asked. ``files`` are its documents as the rows name them."""

    tenant: str
    knowledge: Knowledge
    brain: Brain
    passages: Passages
    files: frozenset[str]


class ShelfExam:
    """Asks one knowledge base; the same question is asked once."""

    def __init__(self, shelf: Shelf, clock: Clock) -> None:
        self._shelf = shelf
        self._clock = clock
        self._allowed = Filter(shelf.tenant, demo=False)
        self._known: dict[str, Answered] = {}

    async def answer(self, row: RetrievalRow | ScopeRow) -> Answered:
        """
        Raises:
            KnowledgeUnavailable: the index cannot be searched.
        """
        if row.query not in self._known:
            self._known[row.query] = await self._asked(row.query)
        return replace(self._known[row.query], id=row.id)

    async def _asked(self, query: str) -> Answered:
        hits = await self._shelf.knowledge.search(query, self._allowed, _HITS)
        found = dict.fromkeys(self._file(hit.passage.document) for hit in hits)
        decision = await self._shelf.brain.decide(self._turn(query))
        return Answered(
            id="",
            ranked=tuple(found)[:MOST_RANKED],
            confidence=decision.confidence,
            escalate=decision.kind in {"hand_over", "draft"},
            # Small talk is a reply too, but with a text of the catalogue.
            sent=decision.kind == "reply" and decision.notice is None,
            cited=await self._cited(decision),
        )

    async def _cited(self, decision: Decision) -> str | None:
        if decision.citations:
            first = decision.citations[0].passage
            found = await self._shelf.passages.resolve([first], self._allowed)
            return self._file(found[0].document) if found else None
        return self._file(decision.guide.document) if decision.guide is not None else None

    def _turn(self, query: str) -> TurnInput:
        now = self._clock.now()
        return TurnInput(
            turn="graded",
            tenant=self._shelf.tenant,
            conversation="graded",
            channel="graded",
            demo=False,
            owner="assistant",
            new=(_said(query, now),),
            now=now,
        )

    def _file(self, document: str) -> str:
        return named_by_file(document, self._shelf.files)


def named_by_file(document: str, files: Iterable[str]) -> str:
    """The file that a document is of: a file may hold several, whose ids begin with its own."""
    return max((file for file in files if document.startswith(file)), key=len, default=document)


class TriageExam:
    """Asks what needs no knowledge: what a message is, and whether it goes to a person unread by
    the search."""

    def __init__(self, reader: Reader, settings: BrainSettings, clock: Clock) -> None:
        self._reader = reader
        self._settings = settings
        self._clock = clock

    async def answer(self, row: TriageRow) -> Answered:
        triage = await self._read(row.text)
        found = Findings(triage, CaseState())
        ruling = policy.before_search(found, self._settings)
        to_people = ruling is not None and ruling.kind == "hand_over"
        escalate = to_people or policy.tier_of(found, self._settings).sensitive
        # The same errors each time, so that figures can be compared.
        slips = random.Random(row.id)  # noqa: S311  no secret
        badly = await self._read(mistyped(row.text, slips)) if row.label is not None else None
        return Answered(
            row.id,
            confidence=sure_of(triage),
            label=label_of(triage),
            escalate=escalate,
            mistyped=None if badly is None else label_of(badly),
        )

    async def _read(self, text: str) -> Triage:
        said = _said(text, self._clock.now())
        return await asyncio.to_thread(self._reader.look, (said,), (), None)


def label_of(triage: Triage) -> str:
    """What the triage takes a message for, in the words of labelled sets."""
    if triage.wish is not None:
        return "human_request"
    return triage.understood.topic or "routine"


def sure_of(triage: Triage) -> float | None:
    """The chance that the label is right; None for a wish, which words alone decide."""
    return triage.understood.sure if triage.wish is None and triage.understood.chances else None


def _said(text: str, now: float) -> Said:
    return Said(seq=1, author="customer", text=text, at=now)
