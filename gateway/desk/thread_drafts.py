"""Deciding about a draft in a thread: the web desk's own verbs, by a button that names what was
seen, or by words. What has moved since is shown, and asked again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from sqlalchemy import RowMapping

from gateway.conversations.drafts import DraftMoved, Seen, UnknownDraft, open_draft
from gateway.desk.actions import Via
from gateway.desk.drafting import Deciding, DraftDesk
from gateway.desk.posts import clipped
from gateway.desk.receipts import UNDO_SECONDS
from gateway.desk.records import Done
from gateway.desk.scenes import Scene, Tools
from gateway.notices.wording import literal

Decide: TypeAlias = Callable[[DraftDesk, Deciding], Awaitable[Done]]
Moved: TypeAlias = Callable[[DraftMoved], Awaitable[None]]
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
    return await edit_shown(tools, scene, shown, text)


async def edit_shown(
    tools: Tools, scene: Scene, shown: Shown, text: str, moved: Moved | None = None
) -> str:
    """The same for what was shown before; ``moved`` tells what has moved since."""
    edit = partial(DraftDesk.edit_and_send, text=text)
    return await _decide(tools, scene, shown, edit, moved)


async def reject(tools: Tools, scene: Scene, shown: Shown, why: str) -> str:
    done = await _decide(tools, scene, shown, lambda desk, deciding: desk.reject(deciding, why))
    if done == "decided":
        name = literal(scene.actor.name)
        await tools.line(scene, f"**{name}** rejects the draft: {literal(why)}")
    return done


async def _decide(
    tools: Tools, scene: Scene, shown: Shown, decide: Decide, tell: Moved | None = None
) -> str:
    wait = 0.0 if tools.can(scene).deletes else UNDO_SECONDS
    # Who owns it is compared as well; the epoch alone says nothing that the thread has not shown.
    seen = Seen(shown.draft, shown.version, scene.conversation["epoch"], shown.through_seq)
    via = Via(scene.thread["id"], None, wait)
    desk = DraftDesk(tools.store, tools.rendering, tools.notices, tools.tenant)
    try:
        await decide(desk, Deciding(scene.actor, scene.row["id"], seen, via))
    except UnknownDraft:
        await tools.whisper(scene, NO_DRAFT)
        return "refused: no draft"
    except DraftMoved as moved:
        await (tell or partial(_moved, tools, scene, shown))(moved)
        return f"refused: the draft moved ({moved.why})"
    return "decided"


async def _moved(tools: Tools, scene: Scene, shown: Shown, moved: DraftMoved) -> None:
    if moved.why != "customer":
        await tools.whisper(scene, literal(str(moved)))
        return
    text = f"The customer has written since. Send it all the same?\n\n{newer(moved)}"
    again = Shown(shown.draft, shown.version, int(moved.state["customer_seq"]))
    await tools.whisper(scene, text, f"{SEND}:{again.value}=Send all the same")


def newer(moved: DraftMoved) -> str:
    """What the customer has written since."""
    return "  \n".join(literal(clipped(row["body"], 300)) for row in moved.newer)
