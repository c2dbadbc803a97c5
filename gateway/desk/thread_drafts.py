"""Deciding about a draft in a thread: the web desk's own verbs, by a button that names what was
seen, or by words. What has moved since is shown, and asked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from sqlalchemy import RowMapping

from gateway.conversations.drafts import DraftMoved, Seen, open_draft
from gateway.desk.drafting import Deciding, DraftDesk
from gateway.desk.posts import clipped
from gateway.desk.records import CustomerSpoke, Done
from gateway.desk.scenes import Scene, Tools
from gateway.notices.wording import literal

Decide: TypeAlias = Callable[[DraftDesk, Deciding], Awaitable[Done]]
SEND, NO_DRAFT = "send_draft", "There is no draft any more."


@dataclass(frozen=True, slots=True)
class Shown:
    """Which draft a button was about, in which version, and through which message of the
    customer's."""

    draft: str
    version: int
    through_seq: int

    @property
    def value(self) -> str:
        return f"{self.draft}:{self.version}:{self.through_seq}"


def shown_by(value: str) -> Shown | None:
    """What a button carries; None for what is none of ours."""
    parts = value.split(":")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):  # noqa: PLR2004 - draft, version, seq
        return None
    return Shown(parts[0], int(parts[1]), int(parts[2]))


def shown_of(draft: RowMapping) -> Shown:
    return Shown(draft["id"], draft["version"], draft["through_seq"])


async def standing(tools: Tools, scene: Scene) -> RowMapping | None:
    """The draft that waits in the conversation."""
    return await tools.read(lambda reading: open_draft(reading, scene.conversation["id"]))


async def send(tools: Tools, scene: Scene, shown: Shown) -> str:
    """Send it as it was shown."""
    return await _decide(tools, scene, shown, lambda desk, deciding: desk.approve(deciding))


async def edit(tools: Tools, scene: Scene, text: str) -> str:
    """Send other words in its place; whoever writes them sees in the thread what has come since."""
    draft = await standing(tools, scene)
    if draft is None:
        await tools.whisper(scene, NO_DRAFT)
        return "refused: no draft"
    shown = Shown(draft["id"], draft["version"], scene.conversation["customer_seq"])
    return await _decide(tools, scene, shown, partial(DraftDesk.edit_and_send, text=text))


async def edit_shown(tools: Tools, scene: Scene, shown: Shown, text: str, written: str) -> None:
    """The same for what was shown before; ``written`` is the request by which the words came.

    Raises:
        UnknownDraft, DraftMoved, CustomerSpoke, NothingToSay, RequestReused.
    """
    await _done(tools, scene, shown, partial(DraftDesk.edit_and_send, text=text), written)


async def reject(tools: Tools, scene: Scene, shown: Shown, why: str) -> str:
    done = await _decide(tools, scene, shown, lambda desk, deciding: desk.reject(deciding, why))
    if done == "decided":
        name = literal(scene.actor.name)
        await tools.line(scene, f"**{name}** rejects the draft: {literal(why)}")
    return done


async def _decide(tools: Tools, scene: Scene, shown: Shown, decide: Decide) -> str:
    try:
        await _done(tools, scene, shown, decide, scene.row["id"])
    except CustomerSpoke as spoke:
        text = f"The customer has written since. Send it all the same?\n\n{newer(spoke)}"
        again = Shown(shown.draft, shown.version, spoke.customer_seq)
        await tools.whisper(scene, text, f"{SEND}:{again.value}=Send all the same")
        return "refused: the customer has written"
    return "decided"


async def _done(tools: Tools, scene: Scene, shown: Shown, decide: Decide, request: str) -> None:
    # Who owns it is compared as well; the epoch alone says nothing that the thread has not shown.
    seen = Seen(shown.draft, shown.version, scene.conversation["epoch"], shown.through_seq)
    desk = DraftDesk(tools.store, tools.rendering, tools.notices, tools.tenant)
    try:
        await decide(desk, Deciding(scene.actor, request, seen, tools.via(scene)))
    except DraftMoved as moved:
        if moved.why != "customer":
            raise
        seq = int(moved.state["customer_seq"])
        raise CustomerSpoke(moved.state["epoch"], seq, moved.newer) from moved


def newer(spoke: CustomerSpoke) -> str:
    """What the customer has written since."""
    return "  \n".join(literal(clipped(row["body"], 300)) for row in spoke.newer)
