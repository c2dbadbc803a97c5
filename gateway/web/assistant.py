"""Asking the assistant without a customer: for the pages where staff try what it knows. Nothing is
stored and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from brain.contract import Brain, Clock, Decision, Filter, Hit, Knowledge, Said, TurnInput
from gateway.store.store import MAIN

TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Assistant:
    """``brain`` gives the one of the configuration in force; ``demo`` says whether the demo's
    articles answer."""

    knowledge: Knowledge
    brain: Callable[[], Brain]
    clock: Clock
    demo: bool

    async def hits(self, question: str, limit: int) -> Sequence[Hit]:
        """What a customer's question finds.

        Raises:
            KnowledgeUnavailable.
        """
        return await self.knowledge.search(question, Filter(MAIN, self.demo), limit)

    async def decide(self, question: str) -> Decision:
        """What the assistant would say to it as a first message.

        Raises:
            Exception: our own failure, as for ``Brain.decide``.
        """
        now = self.clock.now()
        turn = TurnInput(
            turn=TRIAL,
            tenant=MAIN,
            conversation=TRIAL,
            channel=TRIAL,
            demo=self.demo,
            owner="assistant",
            new=(Said(1, "customer", question, now),),
            now=now,
        )
        return await self.brain().decide(turn)
