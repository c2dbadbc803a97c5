"""Editing what the assistant prepared in a form, where the platform has forms and can show one in
time; elsewhere by an order. What is sent is held to what was seen when the form opened."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import RowMapping, select

from channels.contract import Form
from gateway.conversations.desk_threads import Post
from gateway.desk import thread_drafts
from gateway.desk.actions import Asked
from gateway.desk.commands import for_the_customer
from gateway.desk.posts import Worded, quoted
from gateway.desk.records import CustomerSpoke
from gateway.desk.refusals import REFUSED, given_back, told
from gateway.desk.scenes import CaseOver, Scene, Tools
from gateway.desk.thread_drafts import Shown, shown_by
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


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that was sent: what was seen as it opened, the words, and what was done when they
    were written."""

    shown: Shown
    text: str
    id: str


async def filled(tools: Tools, scene: Scene, body: str) -> str:
    """A form was sent: its choice and the words."""
    form = _form(body, scene.row["id"])
    return "ignored: no form of ours" if form is None else await _send(tools, scene, form)


async def again(tools: Tools, scene: Scene, value: str) -> str:
    """Send what was written in a form although the customer has written since."""
    about = shown_by(value)
    if about is None:
        return "ignored: no button of ours"
    body = await tools.read(lambda reading: _written(reading, scene, about.draft))
    form = _form(body or "", about.draft)
    if form is None:
        return "ignored: no form of ours"
    shown = replace(form.shown, through_seq=about.through_seq)
    return await _send(tools, scene, replace(form, shown=shown))


def _form(body: str, id: str) -> Filled | None:
    choice, _, text = body.partition("\n")
    name, _, value = choice.partition(":")
    shown = shown_by(value)
    return None if name != FORM or shown is None else Filled(shown, text, id)


def _written(reading: Reading, scene: Scene, done: str) -> str | None:
    return reading.scalar(
        select(desk_inputs.c.body).where(
            desk_inputs.c.id == done,
            desk_inputs.c.thread_id == scene.thread["id"],
            desk_inputs.c.staff_id == scene.actor.id,
            desk_inputs.c.kind == "filled",
        )
    )


async def _send(tools: Tools, scene: Scene, form: Filled) -> str:
    """Its words stand nowhere else: whoever is refused gets them back."""
    try:
        await _sent(tools, scene, form)
    except CustomerSpoke as spoke:
        seen = Shown(form.id, 0, spoke.customer_seq)
        said = (
            "The customer has written since you opened the form, and nothing was sent. Send it all"
            f" the same?\n\n{thread_drafts.newer(spoke)}\n\n{given_back(form.text)}"
        )
        await tools.whisper(scene, said, f"{AGAIN}:{seen.value}=Send all the same")
        return "refused: the customer has written"
    except REFUSED as error:
        return await told(tools, scene, error, form.text)
    return "sent to the customer"


async def _sent(tools: Tools, scene: Scene, form: Filled) -> None:
    """Once, however often it is asked for: its request is the form's own."""
    if scene.over:
        raise CaseOver
    shown = form.shown
    if shown.draft:
        await thread_drafts.edit_shown(tools, scene, shown, form.text, form.id)
        return
    words = for_the_customer(form.text)
    asked = Asked(scene.actor, scene.conversation["id"], form.id, "say")
    await tools.desk.say(replace(asked, seen=shown.through_seq, via=tools.via(scene)), words)
