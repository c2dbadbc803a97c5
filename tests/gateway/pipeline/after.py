"""What follows a case, stepped by hand: the aftercare loop of a rig's node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import RowMapping, Table, select

from gateway.aftercare.asking import Asking, AskingTools
from gateway.aftercare.indexing import Indexing
from gateway.aftercare.loop import AftercareLoop, AftercareTools
from gateway.privacy.masking import STANDING
from gateway.store.schema.aftercare import closings, ratings
from tests.gateway.pipeline.rig import Rig


@dataclass
class After:
    """``asks`` says whether customers are asked on the rig's channel, a minute after the case."""

    rig: Rig
    asks: bool = True

    def __post_init__(self) -> None:
        rig = self.rig
        self.indexing = Indexing(rig.store, STANDING)
        asking = Asking(
            AskingTools(
                rig.store,
                rig.rendering,
                lambda: rig.notices,
                lambda: rig.hours,
                lambda _channel: self.asks,
                rig.clock,
            )
        )
        self.loop = AftercareLoop(
            AftercareTools(rig.store, asking, self.indexing, self._due, STANDING)
        )

    def _due(self, case: RowMapping) -> float | None:
        return case["resolved_at"] + 60.0 if self.asks else None

    async def step(self, seconds: float = 61.0) -> None:
        """Let time pass, and everything that is due then be said and sent."""
        await self.loop.once()
        self.rig.clock.pass_(seconds)
        await self.loop.once()
        await self.rig.outbox.once()

    async def resolved(self, chat: str = "c1", said: str = "It is on its way.") -> None:
        """A customer asked, Ada answered and closed the case."""
        await self.rig.say("Where is my parcel?", chat)
        await self.rig.staff("say", said, chat=chat)
        await self.rig.staff("resolve", chat=chat)

    async def rated(self, score: int, chat: str = "c1") -> None:
        await self.resolved(chat)
        await self.step()
        await self.rig.press(f"rating_{score}", chat)
        await self.step(1.0)

    async def rows(self, table: Table) -> Sequence[RowMapping]:
        return await self.rig.store.read(lambda reading: reading.all(select(table)))

    async def rating(self) -> RowMapping:
        (row,) = await self.rows(ratings)
        return row

    async def closing(self) -> RowMapping:
        (row,) = await self.rows(closings)
        return row
