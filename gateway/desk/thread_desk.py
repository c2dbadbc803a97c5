"""The desk's verbs as staff give them in a thread, by words and by buttons. They are the web desk's
own, on another surface."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from sqlalchemy import RowMapping

from gateway.conversations.desk_threads import Post
from gateway.conversations.ownership import OwnerMoved
from gateway.desk import thread_changes, thread_drafts, thread_forms, thread_rows
from gateway.desk.actions import Asked, Via, owner_name
from gateway.desk.commands import for_the_customer
from gateway.desk.orders import WANTED, WORDS, Order, order_of, seconds_of
from gateway.desk.refusals import REFUSED, told
from gateway.desk.scenes import CaseOver, Scene, Tools, scene_of
from gateway.desk.thread_files import Unsendable, gathered
from gateway.notices.wording import literal
from gateway.people.accounts import member_called

Act: TypeAlias = Callable[[Scene, Order], Awaitable[str]]
PRESSED = frozenset({"take", "return", "resolve"})
# What may have files with it.
CARRYING = frozenset({"plain", "note", "send"})
DRAFT = frozenset({"send_draft", "edit_draft", "reject_draft"})


class ThreadDesk:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._acts: Mapping[str, Act] = {
            "plain": self._plain,
            "note": self._note,
            "send": self._send,
            "take": self._take,
            "assign": self._assign,
            "return": self._return,
            "snooze": self._snooze,
            "resolve": self._resolve,
            "block": self._block,
            "unblock": self._unblock,
            "ask": self._ask,
            "edit": self._edit,
            "reject": self._reject,
            "unknown": self._unknown,
        }

    async def work(self, row: RowMapping) -> str:
        """Do what was asked for; what was done, in a word for the record."""
        scene = await self._tools.read(lambda reading: scene_of(reading, row))
        if scene is None:
            return "ignored: not on the staff any more, or nothing to act on"
        try:
            return await self._done(scene)
        except REFUSED as error:
            return await told(self._tools, scene, error)

    async def _done(self, scene: Scene) -> str:
        kind, body = scene.row["kind"], scene.row["body"]
        if kind == "pressed":
            return await self._pressed(scene, body)
        if kind == "filled":
            return await thread_forms.filled(self._tools, scene, body)
        if kind == "edited":
            return await thread_changes.edited(self._tools, scene)
        if kind == "deleted":
            return await thread_changes.deleted(self._tools, scene)
        return await self._said(
            scene, order_of(body, marked_only=bool(scene.thread["marked_only"]))
        )

    async def _said(self, scene: Scene, order: Order) -> str:
        if scene.over and order.verb != "unblock":
            not_theirs = order.verb == "plain" and scene.row["owned_epoch"] is None
            if order.verb == "note" or not_theirs:
                return "ignored: the case is over"
            raise CaseOver
        carries = scene.row["files"] and order.verb in CARRYING
        if order.verb in WANTED and not order.text and not carries:
            await self._tools.whisper(scene, f"Write it like this: `{WANTED[order.verb]}`")
            return "refused: words are missing"
        if scene.row["files"] and not carries:
            await self._tools.whisper(scene, "The file stays here: put it beside plain words.")
        return await self._acts[order.verb](scene, order)

    # --- Buttons -------------------------------------------------------------------------------

    async def _pressed(self, scene: Scene, choice: str) -> str:
        name, _, value = choice.partition(":")
        if name == "undo":
            return await thread_changes.undone(self._tools, scene, value)
        if name == "transcript":
            await self._tools.post(scene, Post("transcript", only_for=scene.row["account"]))
            return "showed the transcript"
        if name == thread_forms.AGAIN:
            return await thread_forms.again(self._tools, scene, value)
        if scene.over:
            raise CaseOver
        if name in PRESSED:
            return await self._acts[name](scene, Order("take"))
        if name in DRAFT:
            return await self._draft(scene, name, value)
        return "ignored: no button of ours"

    async def _draft(self, scene: Scene, name: str, value: str) -> str:
        shown = thread_drafts.shown_by(value)
        if name == "reject_draft":
            await self._tools.whisper(scene, f"Say why: `{WANTED['reject']}`")
            return "asked why"
        if name == "send_draft" and shown is not None:
            return await thread_drafts.send(self._tools, scene, shown)
        draft = await thread_drafts.standing(self._tools, scene)
        suggested = draft["body"] if draft is not None else await self._suggested(scene)
        if not suggested:
            await self._tools.whisper(scene, thread_drafts.NO_DRAFT)
            return "refused: no draft"
        if name == "send_draft":
            return await self._send(scene, Order("send", suggested))
        await thread_forms.show(self._tools, scene, draft, suggested)
        return "showed the draft"

    async def _suggested(self, scene: Scene) -> str:
        return await self._tools.read(lambda r: thread_rows.suggested(r, scene.thread))

    # --- Words ---------------------------------------------------------------------------------

    async def _plain(self, scene: Scene, order: Order) -> str:
        """What was its writer's as they wrote it goes to the customer; all else stays here, and
        before anybody has taken it, everything."""
        conversation = scene.conversation
        if await self._tools.read(lambda r: thread_rows.theirs(r, scene.row, conversation)):
            try:
                return await self._send(scene, order, epoch=conversation["epoch"])
            except OwnerMoved:
                scene = await self._tools.read(lambda r: scene_of(r, scene.row)) or scene
        done = await self._note(scene, order)
        why = await self._why_kept(scene)
        if why:
            await self._tools.not_sent(scene, why)
        return done

    async def _why_kept(self, scene: Scene) -> str:
        """What is told to who may take it for sent; nothing to others."""
        if scene.row["owned_epoch"] is not None:
            return "the owner changed after you wrote it"
        if scene.mine:
            return "it was not yours when you wrote it"
        if scene.conversation["owner"] != "staff":
            return ""
        name = await self._tools.read(lambda r: owner_name(r, scene.conversation))
        return f"{name or 'somebody else'} owns this"

    async def _send(self, scene: Scene, order: Order, epoch: int | None = None) -> str:
        if scene.row["files"] and not self._tools.can(scene).attachments:
            raise Unsendable(f"{self._tools.kind(scene)} takes no files")
        attached = await gathered(self._tools, scene)
        words = for_the_customer(order.text)
        if not words and not attached:
            return "ignored: nothing to send"
        external = scene.row["external_id"] if scene.row["kind"] == "said" else None
        via = self._tools.via(scene, external)
        asked = replace(_asked(scene, "say"), epoch=epoch, via=via)
        await self._tools.desk.say(asked, words, attached=attached)
        return "sent to the customer"

    async def _note(self, scene: Scene, order: Order) -> str:
        try:
            attached = await gathered(self._tools, scene)
        except Unsendable as error:
            attached = ()
            await self._tools.whisper(scene, f"Not kept with the note: {literal(str(error))}.")
        if not order.text and not attached:
            return "ignored: nothing to keep"
        asked = replace(
            _asked(scene, "note"), via=Via(scene.thread["id"], scene.row["external_id"])
        )
        await self._tools.desk.say(asked, order.text, note=True, attached=attached)
        return "noted"

    async def _take(self, scene: Scene, _order: Order) -> str:
        await self._tools.desk.take(_asked(scene, "take"))
        return "taken"

    async def _assign(self, scene: Scene, order: Order) -> str:
        workspace = scene.row["account"].partition("/")[0]
        kind = self._tools.kinds.get(scene.thread["channel"], "")
        other = await self._tools.read(lambda r: member_called(r, kind, workspace, order.text))
        if other is None:
            await self._tools.whisper(scene, f"Nobody on the staff is {literal(order.text)}.")
            return "refused: nobody of this name"
        await self._tools.desk.take(replace(_asked(scene, "assign"), actor=other))
        return "assigned"

    async def _return(self, scene: Scene, _order: Order) -> str:
        await self._tools.desk.return_(_asked(scene, "return"))
        return "returned"

    async def _resolve(self, scene: Scene, _order: Order) -> str:
        await self._tools.desk.resolve(_asked(scene, "resolve"))
        return "resolved"

    async def _snooze(self, scene: Scene, order: Order) -> str:
        seconds = seconds_of(order.text)
        if seconds is None:
            text = f"Write it like this: `{WANTED['snooze']}`, or 30m, or 3d"
            await self._tools.whisper(scene, text)
            return "refused: no time"
        until = thread_rows.Snooze(scene.row["account"], seconds)
        await self._tools.write(
            scene, lambda unit: thread_rows.snooze(unit, scene.thread, scene.actor, until)
        )
        name = literal(scene.actor.name)
        await self._tools.line(scene, f"**{name}** comes back to it in {literal(order.text)}.")
        return "snoozed"

    async def _block(self, scene: Scene, _order: Order) -> str:
        await self._tools.write(
            scene, lambda unit: thread_rows.block(unit, scene.thread, scene.actor)
        )
        return "blocked"

    async def _unblock(self, scene: Scene, _order: Order) -> str:
        await self._tools.write(scene, lambda unit: thread_rows.unblock(unit, scene.thread))
        await self._tools.line(scene, "No longer blocked: what they write is heard again.")
        return "unblocked"

    async def _ask(self, scene: Scene, order: Order) -> str:
        answer = await self._tools.ask(order.text)
        text = f"The assistant on “{literal(order.text)}”, for staff alone:\n\n{answer}"
        await self._tools.line(scene, text)
        return "asked the assistant"

    async def _edit(self, scene: Scene, order: Order) -> str:
        return await thread_drafts.edit(self._tools, scene, order.text)

    async def _reject(self, scene: Scene, order: Order) -> str:
        draft = await thread_drafts.standing(self._tools, scene)
        if draft is not None:
            shown = thread_drafts.shown_of(draft)
            return await thread_drafts.reject(self._tools, scene, shown, order.text)
        done = await self._tools.write(
            scene, lambda unit: thread_rows.reject(unit, scene.thread, scene.actor, order.text)
        )
        if not done:
            await self._tools.whisper(scene, thread_drafts.NO_DRAFT)
            return "refused: no draft"
        name = literal(scene.actor.name)
        await self._tools.line(scene, f"**{name}** rejects the draft: {literal(order.text)}")
        return "decided"

    async def _unknown(self, scene: Scene, order: Order) -> str:
        words = " ".join(f"`!{word}`" for word in WORDS)
        await self._tools.whisper(
            scene, f"`!{literal(order.text)}` is no order, and nobody got it. There are {words}."
        )
        return "refused: no such order"


def _asked(scene: Scene, verb: str) -> Asked:
    return Asked(scene.actor, scene.conversation["id"], scene.row["id"], verb)
