"""Editing what the assistant prepared in a form, where the platform has forms and can show one in
time; elsewhere by an order. What is sent is held to what was seen when the form opened."""

from __future__ import annotations

from sqlalchemy import RowMapping, select

from channels.contract import Form
from gateway.conversations.desk_threads import Post
from gateway.conversations.drafts import DraftMoved
from gateway.desk import thread_drafts
from gateway.desk.actions import Asked, Via
from gateway.desk.posts import Worded, quoted
from gateway.desk.receipts import UNDO_SECONDS
from gateway.desk.records import CustomerSpoke
from gateway.desk.scenes import Scene, Tools
from gateway.desk.thread_drafts import Shown, shown_by
from gateway.notices.wording import literal
from gateway.store.schema.desk import desk_inputs
from gateway.store.unit import Reading

FORM, AGAIN = "edit_draft", "edit_again"


async def show(tools: Tools, scene: Scene, draft: RowMapping | None, text: str) -> None:
    """The form, or how the same is written; for whoever pressed alone."""
    draft_id, version = ("", 0) if draft is None else (draft["id"], draft["version"])
    shown = Shown(draft_id, version, scene.conversation["customer_seq"])
    data = (("choice", f"{FORM}:{shown.value}"), ("text", text))
    await tools.post(scene, Post("form", only_for=scene.row["account"], data=data))


def worded(choice: str, text: str) -> Worded:
    order = "!send" if choice.startswith(f"{FORM}::") else "!edit"
    form = Form(choice, "Edit and send", "What the customer is to read", text)
    said = f"Write `{order}` and your version. The draft:\n\n{quoted(text)}"
    return Worded(said, form=form)


async def filled(tools: Tools, scene: Scene, body: str) -> str:
    """A form was sent: its choice and the words."""
    choice, _, text = body.partition("\n")
    name, _, value = choice.partition(":")
    shown = shown_by(value)
    if name != FORM or shown is None:
        return "ignored: no form of ours"
    if scene.over:
        await tools.not_sent(scene, "this case is over")
        return "refused: the case is over"
    return await _send(tools, scene, shown, text, scene.row["id"])


async def again(tools: Tools, scene: Scene, value: str) -> str:
    """Send what was written in a form although the customer has written since."""
    about = shown_by(value)
    if about is None:
        return "ignored: no button of ours"
    body = await tools.read(lambda reading: _written(reading, scene, about.draft))
    choice, _, text = (body or "").partition("\n")
    before = shown_by(choice.partition(":")[2])
    if before is None:
        return "ignored: no form of ours"
    shown = Shown(before.draft, before.version, about.through_seq)
    return await _send(tools, scene, shown, text, about.draft)


def _written(reading: Reading, scene: Scene, done: str) -> str | None:
    return reading.scalar(
        select(desk_inputs.c.body).where(
            desk_inputs.c.id == done,
            desk_inputs.c.thread_id == scene.thread["id"],
            desk_inputs.c.staff_id == scene.actor.id,
            desk_inputs.c.kind == "filled",
        )
    )


async def _send(tools: Tools, scene: Scene, shown: Shown, text: str, written: str) -> str:
    """``written`` is what was done when the words were written."""
    if shown.draft:
        return await thread_drafts.edit_shown(
            tools, scene, shown, text, lambda moved: _moved(tools, scene, moved, text, written)
        )
    wait = 0.0 if tools.can(scene).deletes else UNDO_SECONDS
    via = Via(scene.thread["id"], None, wait)
    request, seen = scene.row["id"], shown.through_seq
    try:
        await tools.desk.say(
            Asked(scene.actor, scene.conversation["id"], request, "say", seen=seen, via=via), text
        )
    except CustomerSpoke:
        seq = scene.conversation["customer_seq"]
        await _ask(tools, scene, "", f"{AGAIN}:{Shown(written, 0, seq).value}", text)
        return "refused: the customer has written"
    return "sent to the customer"


async def _moved(tools: Tools, scene: Scene, moved: DraftMoved, text: str, written: str) -> None:
    if moved.why != "customer":
        said = f"{literal(str(moved))}\n\nWhat you wrote, and nobody got:\n\n{quoted(text)}"
        await tools.whisper(scene, said)
        return
    seen = Shown(written, 0, int(moved.state["customer_seq"]))
    await _ask(tools, scene, thread_drafts.newer(moved), f"{AGAIN}:{seen.value}", text)


async def _ask(tools: Tools, scene: Scene, newer: str, choice: str, text: str) -> None:
    shown = f"{newer}\n\n" if newer else ""
    said = (
        "The customer has written since you opened the form, and nothing was sent. Send it all the"
        f" same?\n\n{shown}What you wrote:\n\n{quoted(text)}"
    )
    await tools.whisper(scene, said, f"{choice}=Send all the same")
