"""What a message of ours goes back to, read from the rows: for those that another node wrote."""

from __future__ import annotations

from typing import Any

from sqlalchemy import RowMapping, Select, select

from gateway.errors import StoreUnavailable
from gateway.store.schema.conversation import messages
from gateway.store.schema.pipeline import turns
from gateway.store.store import Store
from gateway.store.unit import Reading
from gateway.telemetry.facts import Origin


class StoredOrigins:
    """Looks one up at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, message: str) -> Origin | None:
        """None where no turn said it, or the store does not answer: a line goes out without."""
        try:
            return await self._store.read(lambda reading: origin_of(reading, message))
        except StoreUnavailable:
            return None


def origin_of(reading: Reading, message: str) -> Origin | None:
    """The turn that said it. A notice names none, but was written in the moment its turn ended."""
    said = reading.one(
        select(messages.c.conversation_id, messages.c.turn_id, messages.c.at).where(
            messages.c.id == message
        )
    )
    turn = None if said is None else reading.one(_turn(said))
    if said is None or turn is None:
        return None
    asked = reading.all(
        select(messages.c.id, messages.c.at)
        .where(
            messages.c.conversation_id == said["conversation_id"],
            messages.c.seq.between(turn["from_seq"], turn["through_seq"]),
            messages.c.author == "customer",
        )
        .order_by(messages.c.seq)
    )
    ids = tuple(row["id"] for row in asked)
    return Origin(turn["id"], ids, asked[0]["at"] if asked else None)


def _turn(said: RowMapping) -> Select[Any, Any, Any]:
    ended_then = turns.c.finished_at == said["at"]
    of_it = turns.c.id == said["turn_id"] if said["turn_id"] is not None else ended_then
    return select(turns.c.id, turns.c.from_seq, turns.c.through_seq).where(
        turns.c.conversation_id == said["conversation_id"], turns.c.state == "done", of_it
    )
