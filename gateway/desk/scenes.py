"""Who did something in which thread, and how they are told of it. It decides nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sqlalchemy import RowMapping, select

from channels.contract import Capabilities
from gateway.conversations import desk_threads
from gateway.conversations.desk_threads import Post
from gateway.conversations.opening import by_id
from gateway.conversations.rendering import Rendering
from gateway.desk.actions import Desk, Via
from gateway.desk.posts import KINDS
from gateway.desk.receipts import UNDO_SECONDS
from gateway.errors import FrontdeskError
from gateway.notices.catalogue import Notices
from gateway.people.records import Actor
from gateway.records import line_key
from gateway.store.schema.people import staff
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading, Unit

T = TypeVar("T")
# A question to the assistant, answered as Markdown for staff alone.
Ask: TypeAlias = Callable[[str], Awaitable[str]]


class CaseOver(FrontdeskError):
    """This case is over; go on in the conversation's newest one, or on the web desk."""


@dataclass(frozen=True, slots=True)
class Scene:
    """``row`` is what was done, ``actor`` who did it."""

    row: RowMapping
    thread: RowMapping
    conversation: RowMapping
    actor: Actor

    @property
    def mine(self) -> bool:
        owner = self.conversation["owner"], self.conversation["staff_id"]
        return owner == ("staff", self.actor.id)

    @property
    def over(self) -> bool:
        """Whether the thread's case is not the conversation's any more."""
        return self.conversation["desk_thread_id"] != self.thread["id"]


def scene_of(reading: Reading, row: RowMapping) -> Scene | None:
    """None where whoever did it is not on the staff any more, or nothing is left to act on."""
    thread = desk_threads.by_id(reading, row["thread_id"])
    conversation = None if thread is None else by_id(reading, thread["conversation_id"])
    member = reading.one(
        select(staff).where(
            staff.c.id == row["staff_id"],
            staff.c.tenant_id == reading.tenant,
            staff.c.disabled_at.is_(None),
        )
    )
    if thread is None or conversation is None or member is None:
        return None
    return Scene(row, thread, conversation, Actor(member["id"], member["name"], member["role"]))


@dataclass(frozen=True, slots=True)
class Tools:
    """``kinds`` says what sort each channel is, ``link`` where the web desk shows a
    conversation."""

    store: Store
    desk: Desk
    rendering: Rendering
    capabilities: Mapping[str, Capabilities]
    kinds: Mapping[str, str]
    notices: Callable[[], Notices]
    link: Callable[[str], str]
    ask: Ask
    tenant: str = MAIN

    async def write(self, scene: Scene, unit: Callable[[Unit], T]) -> T:
        key = line_key(scene.conversation["channel"], scene.conversation["address"])
        return await self.store.write(unit, tenant=self.tenant, key=key)

    async def read(self, query: Callable[[Reading], T]) -> T:
        return await self.store.read(query, tenant=self.tenant)

    async def not_sent(self, scene: Scene, reason: str, words: str = "") -> None:
        """To whom it may concern alone, with the way out; ``words`` stand below."""
        way_out, choices = "Take over to answer, or leave it as a note.", "take=Take over"
        if scene.over:
            way_out, choices = f"Go on on the web desk: {self.link(scene.conversation['id'])}", ""
        elif scene.mine:
            way_out, choices = "It is yours now: write it again to send it.", ""
        line = self.notices().staff_line("not_sent", reason=reason, way_out=way_out)
        await self.whisper(scene, f"{line}{words}", choices)

    async def whisper(self, scene: Scene, text: str, choices: str = "") -> None:
        data = (("text", text), ("choices", choices))
        await self.post(scene, Post("line", only_for=scene.row["account"], data=data))

    async def line(self, scene: Scene, text: str) -> None:
        await self.post(scene, Post("line", data=(("text", text),)))

    async def post(self, scene: Scene, post: Post) -> None:
        def unit(unit: Unit) -> None:
            thread = desk_threads.by_id(unit, scene.thread["id"])
            if thread is not None:
                desk_threads.post(unit, thread, post)

        await self.write(scene, unit)

    def via(self, scene: Scene, external_id: str | None = None) -> Via:
        """How it goes out from here: at once where it can be taken back afterwards."""
        return Via(
            scene.thread["id"], external_id, 0.0 if self.can(scene).deletes else UNDO_SECONDS
        )

    def can(self, scene: Scene) -> Capabilities:
        """What the customer's channel can."""
        return self.capabilities[scene.conversation["channel"]]

    def kind(self, scene: Scene) -> str:
        channel = scene.conversation["channel"]
        kind = self.kinds.get(channel, channel)
        return KINDS.get(kind, kind)
