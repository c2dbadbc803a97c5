"""What staff decide about actions above a limit: approve or refuse, once. No owner changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, select

from gateway.conversations.opening import lock
from gateway.conversations.ownership import say
from gateway.conversations.proposals import approve, disapprove
from gateway.conversations.rendering import Rendering
from gateway.notices.catalogue import Notices
from gateway.people.records import Actor
from gateway.records import Prepared, line_key
from gateway.store.schema.actions import action_events, actions
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading, Unit, loads_object

MOST = 100


@dataclass(frozen=True, slots=True)
class Approvals:
    store: Store
    rendering: Rendering
    notices: Callable[[], Notices]
    tenant: str = MAIN

    async def approve(self, action: str, actor: Actor) -> bool:
        """False where it does not wait for that (any more)."""
        row = await self._find(action)
        if row is None:
            return False
        return await self._write(
            row, lambda unit: approve(unit, action, actor.id, actor.name) is not None
        )

    async def refuse(self, action: str, actor: Actor, reason: str) -> bool:
        """The customer hears why; False where it does not wait for that (any more)."""
        row = await self._find(action)
        if row is None:
            return False
        told = await self._told(row, actor, reason)

        def unit(unit: Unit) -> bool:
            # The conversation before the action, as turns lock them.
            conversation = lock(unit, row["conversation_id"])
            if disapprove(unit, action, actor.id, reason) is None:
                return False
            if conversation is not None:
                say(unit, conversation, told, conversation["epoch"])
            return True

        return await self._write(row, unit)

    async def _told(self, row: RowMapping, actor: Actor, reason: str) -> Prepared:
        channel, language = row["channel"], row["language"]
        notice = self.notices().say(
            "not_approved",
            language,
            channel,
            action=row["title"],
            reason=reason,
            name=actor.name,
        )
        return await asyncio.to_thread(self.rendering.notice, channel, notice, language)

    async def _find(self, action: str) -> RowMapping | None:
        return await self.store.read(
            lambda reading: reading.one(
                select(actions).where(actions.c.id == action, actions.c.tenant_id == self.tenant)
            ),
            tenant=self.tenant,
        )

    async def _write(self, row: RowMapping, unit: Callable[[Unit], bool]) -> bool:
        key = line_key(row["channel"], row["address"])
        return await self.store.write(unit, tenant=self.tenant, key=key)


def waiting(reading: Reading) -> list[dict[str, Any]]:
    """What waits for somebody's approval, the oldest first."""
    rows = reading.all(
        select(actions)
        .where(actions.c.tenant_id == reading.tenant, actions.c.state == "confirmed")
        .order_by(actions.c.confirmed_at)
        .limit(MOST)
    )
    return [as_seen(row, ()) for row in rows]


def of_conversation(reading: Reading, conversation: str) -> list[dict[str, Any]]:
    """The actions of a conversation with their audit, the newest last."""
    rows = reading.all(
        select(actions)
        .where(actions.c.conversation_id == conversation)
        .order_by(actions.c.created_at.desc())
        .limit(MOST)
    )
    events = reading.all(
        select(action_events)
        .where(action_events.c.conversation_id == conversation)
        .order_by(action_events.c.number)
    )
    return [
        as_seen(row, [event for event in events if event["action_id"] == row["id"]])
        for row in reversed(rows)
    ]


def as_seen(row: RowMapping, events: Sequence[RowMapping]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "conversation": row["conversation_id"],
        "name": row["name"],
        "title": row["title"],
        "details": row["details"],
        "arguments": loads_object(row["arguments"]),
        "customer": row["customer"],
        "proof": row["proof"],
        "state": row["state"],
        "needs_approval": bool(row["needs_approval"]),
        "approval_reason": row["approval_reason"],
        "outcome": row["outcome"],
        "reference": row["reference"],
        "reason": row["reason"],
        "created_at": row["created_at"],
        "confirmed_at": row["confirmed_at"],
        "finished_at": row["finished_at"],
        "audit": [
            {
                "event": event["event"],
                "actor": event["actor"],
                "detail": event["detail"],
                "at": event["at"],
            }
            for event in events
        ],
    }
