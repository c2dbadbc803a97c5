"""The claim loop of actions: what was confirmed is called once, with its own id as the key. An
outcome that nobody knows is never repeated unless the system does a key only once; people look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import RowMapping

from brain.actions.catalogue import Action, Catalogue, shown
from brain.acts import ActionRequest, Actions, Answered
from gateway.actions import rows
from gateway.actions.rows import Ending
from gateway.conversations.proposals import ACTIONS
from gateway.conversations.rendering import Rendering
from gateway.errors import StoreUnavailable
from gateway.notices.catalogue import Notices
from gateway.records import CLAIMS_KEY, Node, Prepared, line_key
from gateway.store.claims import POLL_SECONDS, ClaimLoop
from gateway.store.store import Store
from gateway.store.unit import Unit, loads_object
from gateway.telemetry.context import begin

TRIES = 4
PAUSES = (2.0, 5.0, 15.0)
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ActionTools:
    """What the loop is built with; ``catalogue`` and ``notices`` give those in force."""

    store: Store
    node: Node
    systems: Actions
    catalogue: Callable[[], Catalogue]
    notices: Callable[[], Notices]
    rendering: Rendering
    failpoint: Callable[[str], None]
    capacity: int = 20


class ActionLoop(ClaimLoop):
    def __init__(self, tools: ActionTools) -> None:
        super().__init__(tools.store.signals, ACTIONS)
        self._tools = tools
        self._store = tools.store

    async def _claim(self) -> float:
        free = self._tools.capacity - len(self._running)
        if free <= 0:
            return POLL_SECONDS

        def unit(unit: Unit) -> tuple[list[RowMapping], float | None]:
            found: list[RowMapping] = []
            while len(found) < free and (row := rows.claim(unit, self._tools.node)) is not None:
                found.append(row)
            due = rows.next_due(unit)
            return found, None if due is None else due - unit.now

        held, due_in = await self._store.write(unit, key=CLAIMS_KEY)
        for row in held:
            self._begin(self._work(row), f"action {row['id']}")
        return POLL_SECONDS if due_in is None else due_in

    async def _work(self, row: RowMapping) -> None:
        yes = row["yes_message_id"]
        begin([yes] if yes else [], conversation=row["conversation_id"], action=row["id"])
        try:
            await self.deal(row)
        except StoreUnavailable as error:
            log.warning("actions.store_unavailable", error=str(error))
        except Exception:  # a claim loop outlives any one action
            log.exception("actions.failed")

    async def deal(self, row: RowMapping) -> None:
        """Bring a claimed action to its next state."""
        if row["state"] == "proposed":
            told = await self._said("confirm_expired", row)
            await self._write(row, lambda unit: rows.expire(unit, row, told))
            return
        action = self._tools.catalogue().get(row["name"])
        if row["state"] == "calling":
            await self._found(row, action)
        elif self._tools.catalogue().dry_run:
            await self._dry(row)
        else:
            await self._call(row, action)

    async def _dry(self, row: RowMapping) -> None:
        reason = "dry run: nothing was sent to the system"
        await self._end(row, "refused", "handoff_by_us", reason)

    async def _found(self, row: RowMapping, action: Action | None) -> None:
        """A node went away in the middle of the call, or the system gave no answer."""
        if action is not None and action.backend.idempotent and row["tries"] < TRIES:
            await self._call(row, action)
            return
        await self._doubtful(row, action, "the call was begun, and what became of it is not known")

    async def _call(self, row: RowMapping, action: Action | None) -> None:
        if not await self._write(row, lambda unit: rows.mark_calling(unit, row)):
            return
        self._tools.failpoint("actions.before_call")
        request, customer = request_of(row), row["customer"]
        answered = await self._tools.systems.write(request, customer, row["id"])
        self._tools.failpoint("actions.after_call")
        await self._settle(row, action, answered)

    async def _settle(self, row: RowMapping, action: Action | None, answered: Answered) -> None:
        tries: int = row["tries"] + 1
        pause = max(PAUSES[min(tries, len(PAUSES)) - 1], answered.retry_after or 0.0)
        if answered.state == "done":
            await self._done(row, action, answered)
        elif answered.state == "refused":
            await self._end(row, "refused", "handoff_by_us", answered.reason)
        elif answered.state == "failed" and tries < TRIES:
            await self._later(row, "approved", pause, answered.reason)
        elif answered.state == "failed":
            await self._end(row, "failed", "trouble", answered.reason)
        elif action is not None and action.backend.idempotent and tries < TRIES:
            await self._later(row, "calling", pause, answered.reason)
        else:
            await self._doubtful(row, action, answered.reason)

    async def _later(self, row: RowMapping, state: str, pause: float, why: str) -> None:
        await self._write(row, lambda unit: rows.try_later(unit, row, state, pause, why))

    async def _done(self, row: RowMapping, action: Action | None, answered: Answered) -> None:
        """Done is said of what could be read back, where the action names a way to."""
        body = answered.body
        if action is not None and action.settings.read_back is not None:
            seen = await self._read_back(row)
            if seen.state != "done":
                await self._end(row, "unknown", "not_sure_done", seen.reason)
                return
            body = {**seen.body, **body}
        await self._finished(row, action, body)

    async def _doubtful(self, row: RowMapping, action: Action | None, why: str) -> None:
        """A look may still tell; if not, it is not done again and a person looks."""
        if action is not None and action.settings.read_back is not None:
            seen = await self._read_back(row)
            if seen.state == "done":
                await self._finished(row, action, seen.body)
                return
        await self._end(row, "unknown", "not_sure_done", why)

    async def _read_back(self, row: RowMapping) -> Answered:
        return await self._tools.systems.read_back(request_of(row), row["customer"], row["id"])

    async def _finished(
        self, row: RowMapping, action: Action | None, body: Mapping[str, Any]
    ) -> None:
        outcome, reference = outcome_of(row, action, body)
        told = await self._said("done", row, outcome=outcome, reference=reference)
        ending = Ending("done", told, outcome=outcome, reference=reference, person=False)
        await self._write(row, lambda unit: rows.finish(unit, row, ending))

    async def _end(self, row: RowMapping, state: rows.Ended, key: str, reason: str) -> None:
        log.warning("actions.not_done", state=state, reason=reason)
        ending = Ending(state, await self._said(key, row), reason)
        await self._write(row, lambda unit: rows.finish(unit, row, ending))

    async def _said(self, key: str, row: RowMapping, **values: str) -> Prepared:
        channel, language = row["channel"], row["language"]
        notice = self._tools.notices().say(key, language, channel, **values)
        return await asyncio.to_thread(self._tools.rendering.notice, channel, notice, language)

    async def _write(self, row: RowMapping, unit: Callable[[Unit], object]) -> object:
        key = line_key(row["channel"], row["address"])
        return await self._store.write(unit, tenant=row["tenant_id"], key=key)


def request_of(row: RowMapping) -> ActionRequest:
    return ActionRequest(row["name"], loads_object(row["arguments"]))


def outcome_of(row: RowMapping, action: Action | None, body: Mapping[str, Any]) -> tuple[str, str]:
    """What is said of it, and the reference: the system's own, else the beginning of ours."""
    outcome = reference = ""
    if action is not None:
        settings, values = action.settings, {**loads_object(row["arguments"]), **body}
        outcome = action.said(settings.answer, row["language"], **values)
        reference = shown(body.get(settings.reference or ""))
    plain = f"{row['title']}, {row['details']}".rstrip(", ")
    return (outcome or plain).rstrip(".")[:500], (reference or row["id"][:8].upper())[:64]
