"""Putting rows to a brain: what is kept of each answer, and one knowledge base open at a time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from brain.contract import (
    Citation,
    Decision,
    Filter,
    GuideProgress,
    Handoff,
    Hit,
    Passage,
    Reason,
    TurnInput,
)
from brain.settings import BrainSettings
from brain.triage.classifier import shipped
from gateway.clock import SystemClock
from gateway.grading.answering import MOST_RANKED, Shelf, TriageExam
from gateway.grading.figures import Results
from gateway.grading.grading import Grading
from gateway.grading.rows import LabelledSet, RetrievalRow, ScopeRow, TriageRow

CLOCK = SystemClock()
READER = shipped()


def passage(name: str) -> Passage:
    document = name.partition("#")[0]
    return Passage(name, document, "main", document, (document,), "text")


class FakeKnowledge:
    """Implements Knowledge and Passages over names like ``returns#2``."""

    def __init__(self, *names: str) -> None:
        self._names = names
        self.asked: list[tuple[str, Filter]] = []

    async def search(self, query: str, allowed: Filter, limit: int = 8) -> Sequence[Hit]:
        self.asked.append((query, allowed))
        return [Hit(passage(name), 0.5) for name in self._names[:limit]]

    async def version(self, tenant: str) -> int:
        return 1

    async def all(self, tenant: str) -> Sequence[Passage]:
        return [passage(name) for name in self._names]

    async def resolve(self, ids: Sequence[str], allowed: Filter) -> Sequence[Passage]:
        return [passage(name) for name in ids if name in self._names]


class FakeBrain:
    """Implements Brain by a decision for each question."""

    def __init__(self, **decisions: Decision) -> None:
        self._decisions = decisions
        self.turns: list[TurnInput] = []

    async def decide(self, turn: TurnInput) -> Decision:
        self.turns.append(turn)
        return self._decisions[turn.new[-1].text]


def cites(name: str) -> tuple[Citation, ...]:
    return (Citation(name, "title", None, "quote"),)


HAND_OVER = Decision("hand_over", handoff=Handoff(Reason("low", "low"), "unknown"), confidence=0.2)


async def run(labelled: LabelledSet, brain: FakeBrain, knowledge: FakeKnowledge) -> Results:
    @asynccontextmanager
    async def open_shelf(folder: Path) -> AsyncGenerator[Shelf]:
        yield Shelf("main", knowledge, brain, knowledge, frozenset({"returns", "faq"}))

    exam = TriageExam(READER, BrainSettings(), CLOCK)
    return await Grading(open_shelf, exam, CLOCK).run(labelled, lambda _: None)


def questions(*queries: str) -> LabelledSet:
    rows = tuple(RetrievalRow(id=query, kb="shop", query=query) for query in queries)
    return LabelledSet({"shop": Path()}, rows)


async def test_documents_are_ranked_once_each_and_named_by_their_file() -> None:
    names = ["returns#1", "returns#2", "faq__4", *(f"other{at}" for at in range(20))]
    knowledge = FakeKnowledge(*names)
    found = await run(questions("q"), FakeBrain(q=HAND_OVER), knowledge)
    ranked = found.retrieval[0][1].ranked
    assert ranked is not None
    assert ranked[:3] == ("returns", "faq", "other0")
    assert len(ranked) == MOST_RANKED
    assert knowledge.asked == [("q", Filter("main", demo=False))]


async def test_what_was_decided_is_kept() -> None:
    guide = GuideProgress("returns", "Returns", 1)
    brain = FakeBrain(
        told=Decision("reply", "text", citations=cites("faq__4"), confidence=0.9),
        guided=Decision("reply", "step", guide=guide, confidence=0.8),
        greeted=Decision("reply", notice="greeting"),
        asked=Decision("clarify", "which?", confidence=0.75),
        passed=HAND_OVER,
    )
    labelled = questions("told", "guided", "greeted", "asked", "passed")
    found = await run(labelled, brain, FakeKnowledge("returns#1", "faq__4"))
    answers = [answer for _, answer in found.retrieval]
    assert [answer.sent for answer in answers] == [True, True, False, False, False]
    assert [answer.cited for answer in answers] == ["faq", "returns", None, None, None]
    assert [answer.escalate for answer in answers] == [False, False, False, False, True]
    assert answers[4].line() == {
        "id": "passed",
        "ranked": ["returns", "faq"],
        "confidence": 0.2,
        "label": None,
        "escalate": True,
    }


async def test_the_same_question_in_two_files_is_asked_once() -> None:
    brain = FakeBrain(q=HAND_OVER)
    retrieval = RetrievalRow(id="r", kb="shop", query="q")
    oos = ScopeRow(id="o", kb="shop", query="q")
    labelled = LabelledSet({"shop": Path()}, (retrieval,), (oos,))
    found = await run(labelled, brain, FakeKnowledge("returns#1"))
    assert len(brain.turns) == 1
    assert found.retrieval[0][1].id == "r"
    assert found.oos[0][1].id == "o"


async def test_messages_without_articles_are_read_by_triage_alone() -> None:
    texts = ("I want to talk to a person", "how do I return a tent", "thanks")
    rows = tuple(TriageRow(id=text, text=text) for text in texts)
    found = await run(LabelledSet({}, triage=rows), FakeBrain(), FakeKnowledge())
    answers = [answer for _, answer in found.triage]
    assert [answer.label for answer in answers] == ["human_request", "routine", "routine"]
    assert [answer.escalate for answer in answers] == [True, False, False]
    assert answers[0].ranked is None
    assert answers[0].confidence is None
