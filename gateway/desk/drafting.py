"""What staff do with a draft: send it, send other words, reject it; each once by its request id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import RowMapping, select

from gateway.conversations import drafts
from gateway.conversations.drafts import Decider, Seen, Sending, UnknownDraft
from gateway.conversations.messages import Appended, choices_of, links_of
from gateway.conversations.opening import by_id
from gateway.conversations.private import addressee
from gateway.conversations.rendering import Rendering
from gateway.desk.actions import Asked, Via, once, via_thread
from gateway.desk.commands import for_the_customer
from gateway.desk.records import Done, NothingToSay
from gateway.notices.catalogue import Notices
from gateway.people.records import Actor
from gateway.records import Prepared, line_key
from gateway.store.schema.drafts import drafts as rows
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading, Unit


@dataclass(frozen=True, slots=True)
class Deciding:
    """One decision as a client asks for it: who, under which id of their own, what they saw, and
    the thread in which they decide, None on the web desk."""

    actor: Actor
    request: str
    seen: Seen
    via: Via | None = None


@dataclass(frozen=True, slots=True)
class DraftDesk:
    """The same verbs for every surface; who speaks is decided inside the unit that says it."""

    store: Store
    rendering: Rendering
    notices: Callable[[], Notices]
    tenant: str = MAIN

    async def approve(self, deciding: Deciding) -> Done:
        """Send it as it is, under the person's name, who has the conversation from then on.

        Raises:
            UnknownDraft, DraftMoved, RequestReused.
        """
        draft, row = await self._find(deciding.seen.draft)
        sending = await self._sending(deciding, row, _as_it_is(draft))
        return await self._do(
            deciding, row, "approve",
            lambda unit, held: drafts.approve(unit, held, deciding.seen, sending),
        )  # fmt: skip

    async def edit_and_send(self, deciding: Deciding, text: str) -> Done:
        """Send other words instead. Unchanged ones count as approved.

        Raises:
            UnknownDraft, DraftMoved, RequestReused, NothingToSay.
        """
        draft, row = await self._find(deciding.seen.draft)
        words = for_the_customer(text)
        if words == draft["body"].strip():
            return await self.approve(deciding)
        said = Prepared("staff", words, language=draft["language"])
        sending = await self._sending(deciding, row, said)
        return await self._do(
            deciding, row, "edit",
            lambda unit, held: drafts.edit_and_send(unit, held, deciding.seen, sending),
        )  # fmt: skip

    async def reject(self, deciding: Deciding, reason: str) -> Done:
        """Nothing is sent; the reason is kept as a lesson.

        Raises:
            UnknownDraft, DraftMoved, RequestReused.
        """
        _, row = await self._find(deciding.seen.draft)
        by = Decider(deciding.actor.id, deciding.actor.name)
        return await self._do(
            deciding, row, "reject",
            lambda unit, held: drafts.reject(unit, held, deciding.seen, by, reason),
        )  # fmt: skip

    async def _find(self, draft: str) -> tuple[RowMapping, RowMapping]:
        """The draft and its conversation."""
        found, row = await self.store.read(
            lambda reading: _found(reading, draft), tenant=self.tenant
        )
        if found is None or row is None:
            raise UnknownDraft
        return found, row

    async def _sending(self, deciding: Deciding, row: RowMapping, said: Prepared) -> Sending:
        """
        Raises:
            NothingToSay: nothing is left of it once what cannot be seen is out.
        """
        actor, channel = deciding.actor, row["channel"]
        alone = None
        if row["public"]:
            alone = await self.store.read(
                lambda reading: addressee(reading, row["id"]), tenant=self.tenant
            )
        said = replace(said, name=actor.name, staff=actor.id, private_to=alone)
        prepared = await asyncio.to_thread(self.rendering.prepare, channel, said)
        if not any(piece.plain.strip() for piece in prepared.pieces):
            raise NothingToSay
        notice = self.notices().say("joined", row["language"], channel, name=actor.name)
        joined = await asyncio.to_thread(self.rendering.notice, channel, notice, row["language"])
        prepared = via_thread(prepared, deciding.via)
        return Sending(prepared, replace(joined, private_to=alone))

    async def _do(
        self,
        deciding: Deciding,
        row: RowMapping,
        verb: str,
        act: Callable[[Unit, RowMapping], Appended | None],
    ) -> Done:
        # Epoch and what was seen are compared by the verb, which tells what moved.
        asked = Asked(deciding.actor, row["id"], deciding.request, verb)
        return await self.store.write(
            lambda unit: once(unit, asked, act),
            tenant=self.tenant,
            key=line_key(row["channel"], row["address"]),
        )


def _found(reading: Reading, draft: str) -> tuple[RowMapping | None, RowMapping | None]:
    found = reading.one(select(rows).where(rows.c.id == draft, rows.c.tenant_id == reading.tenant))
    return found, by_id(reading, found["conversation_id"]) if found is not None else None


def _as_it_is(draft: RowMapping) -> Prepared:
    return Prepared(
        "staff",
        draft["body"],
        language=draft["language"],
        choices=choices_of(draft),
        citations=links_of(draft),
    )
