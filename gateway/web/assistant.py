"""Asking the assistant without a customer: for the pages where staff try what it knows. Nothing is
stored and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import uuid4

from brain.contract import Brain, Clock, Decision, Filter, Hit, Knowledge, Said, TurnInput
from gateway.knowledge.proposed import Proposal
from gateway.store.store import MAIN

TRIAL = "trial"


class Rehearsing(Protocol):
    """Asks the assistant over the articles as they are, or as they would be; a few questions at a
    time."""

    async def now(self, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        """
        Raises:
            KnowledgeUnavailable.
        """
        ...

    async def proposed(self, proposal: Proposal, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        """
        Raises:
            KnowledgeUnavailable.
        """
        ...

    async def alike(self, text: str, others: Sequence[str]) -> Sequence[float]:
        """How near each of the others is in meaning, -1 to 1."""
        ...

    async def groups(self, texts: Sequence[str], least: float) -> Sequence[Sequence[int]]:
        """The places of the texts, those together that are at least so near to the first of
        theirs."""
        ...


def as_decided(decision: Decision, _channel: str) -> Decision:
    """For an assistant whose words leave as they are."""
    return decision


@dataclass(frozen=True, slots=True)
class Assistant:
    """``brain`` gives the one of the configuration in force; ``demo`` says whether the demo's
    articles answer. ``gate`` is what every answer passes before it leaves on a channel."""

    knowledge: Knowledge
    brain: Callable[[], Brain]
    clock: Clock
    demo: bool
    rehearsing: Rehearsing
    gate: Callable[[Decision, str], Decision] = as_decided

    async def hits(self, question: str, limit: int) -> Sequence[Hit]:
        """What a customer's question finds.

        Raises:
            KnowledgeUnavailable.
        """
        return await self.knowledge.search(question, Filter(MAIN, self.demo), limit)

    async def decide(self, question: str) -> Decision:
        """What staff are told who ask it themselves, on no channel.

        Raises:
            Exception: our own failure, as for ``Brain.decide``.
        """
        return await self.brain().decide(self.turn(question, TRIAL))

    async def said(self, turn: TurnInput) -> Decision:
        """What would leave on the turn's channel.

        Raises:
            Exception: our own failure, as for ``Brain.decide``.
        """
        return self.gate(await self.brain().decide(turn), turn.channel)

    async def now(self, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        """What would leave over the articles as they are.

        Raises:
            KnowledgeUnavailable.
        """
        return self._passed(turns, await self.rehearsing.now(turns))

    async def proposed(self, proposal: Proposal, turns: Sequence[TurnInput]) -> Sequence[Decision]:
        """What would leave over a text that nobody has saved.

        Raises:
            KnowledgeUnavailable.
        """
        return self._passed(turns, await self.rehearsing.proposed(proposal, turns))

    def _passed(
        self, turns: Sequence[TurnInput], decisions: Sequence[Decision]
    ) -> Sequence[Decision]:
        pairs = zip(turns, decisions, strict=True)
        return [self.gate(decision, turn.channel) for turn, decision in pairs]

    def turn(self, question: str, channel: str, language: str | None = None) -> TurnInput:
        """A question as the first message of a conversation of its own: what one conversation may
        cost is the cap of one question."""
        now, id = self.clock.now(), uuid4().hex
        return TurnInput(
            turn=f"{TRIAL}-{id}",
            tenant=MAIN,
            conversation=f"{TRIAL}-{id}",
            channel=channel,
            demo=self.demo,
            owner="assistant",
            new=(Said(1, "customer", question, now),),
            language=language,
            now=now,
        )
