"""Drafts in a rig: an assistant that prepares them, and people who decide."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import RowMapping, select

from brain.contract import Citation, Decision, TurnInput
from gateway.config.rollout import Stage, Stages
from gateway.conversations.drafts import Seen
from gateway.conversations.opening import by_id
from gateway.desk.drafting import Deciding, DraftDesk
from gateway.desk.records import Done
from gateway.people.records import Actor
from gateway.store.schema.drafts import drafts
from tests.gateway.pipeline.rig import ADA, Rig

CHECKED = Stages(Stage("draft"))


def prepared(turn: TurnInput) -> Decision:
    """An answer to all that was asked, so that versions tell what they answer."""
    return Decision(
        kind="reply",
        text="On " + " and ".join(said.text for said in turn.new),
        citations=(Citation("p-ship", "Shipping", None, "three days"),),
        confidence=0.9,
        language="en",
    )


@dataclass(frozen=True, slots=True)
class Checking:
    """People who check what the assistant prepares in a rig's conversations."""

    rig: Rig

    async def asked(self, *texts: str, chat: str = "c1") -> None:
        for text in texts:
            await self.rig.say(text, chat)
        await self.rig.settle()

    async def all(self) -> list[RowMapping]:
        found = await self.rig.store.read(
            lambda r: r.all(select(drafts).order_by(drafts.c.created_at, drafts.c.id))
        )
        return list(found)

    async def one(self) -> RowMapping:
        return (await self.all())[-1]

    async def seen(self) -> Seen:
        """What somebody sees who looks now."""
        draft = await self.one()
        row = await self.rig.store.read(lambda r: by_id(r, draft["conversation_id"]))
        assert row is not None
        return Seen(draft["id"], draft["version"], row["epoch"], row["customer_seq"])

    @property
    def desk(self) -> DraftDesk:
        return DraftDesk(self.rig.store, self.rig.rendering, lambda: self.rig.notices)

    async def approves(
        self, seen: Seen | None = None, *, by: Actor = ADA, request: str = ""
    ) -> Done:
        shown = seen or await self.seen()
        return await self.desk.approve(Deciding(by, request or uuid4().hex, shown))

    async def edits(self, text: str, seen: Seen | None = None) -> Done:
        shown = seen or await self.seen()
        return await self.desk.edit_and_send(Deciding(ADA, uuid4().hex, shown), text)

    async def rejects(self, reason: str, seen: Seen | None = None, *, by: Actor = ADA) -> Done:
        shown = seen or await self.seen()
        return await self.desk.reject(Deciding(by, uuid4().hex, shown), reason)


def checking(rig: Rig) -> Checking:
    rig.stages, rig.brain.answer = CHECKED, prepared
    return Checking(rig)
