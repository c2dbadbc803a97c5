"""What staff do in a conversation: reply, note, take, return, resolve; each once by its request id.

Who speaks is decided inside the unit that says it: nobody's reply goes out after another person
took over, and no note ever leaves the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import RowMapping, select, update

from gateway.conversations import ownership, relays
from gateway.conversations.closings import write_down
from gateway.conversations.deliveries import enqueue
from gateway.conversations.desk_threads import Post, tell
from gateway.conversations.messages import Appended, append_message, append_prepared, said_since
from gateway.conversations.opening import by_id, open_case
from gateway.conversations.ownership import UnknownConversation
from gateway.conversations.private import addressee
from gateway.conversations.rendering import Rendering
from gateway.conversations.reopening import RESOLVED_BY_STAFF
from gateway.conversations.timers import owe_an_answer
from gateway.conversations.write_ups import WriteUp
from gateway.desk.commands import parse
from gateway.desk.files import claim, described, place_of
from gateway.desk.records import CustomerSpoke, Done, NothingToSay, OwnedByAnother, RequestReused
from gateway.notices.catalogue import Notices
from gateway.people.records import Actor
from gateway.records import Piece, Prepared, line_key
from gateway.store.schema.people import staff
from gateway.store.schema.pipeline import requests
from gateway.store.store import MAIN, Store
from gateway.store.unit import Reading, Unit, dumps, loads_object
from gateway.telemetry.facts import Replied


@dataclass(frozen=True, slots=True)
class Via:
    """A thread of a desk, and the platform's id of what was written there. It goes out so many
    seconds later, in which its author can take it back."""

    thread: str
    external_id: str | None = None
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One action as a client asks for it. ``request`` is the client's own id for it, ``epoch``
    what it last saw of the owner, ``seen`` the seq of the last message that it showed. ``via`` is
    the thread in which it was asked for, None on the web desk."""

    actor: Actor
    conversation: str
    request: str
    verb: str
    epoch: int | None = None
    seen: int | None = None
    via: Via | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What somebody says to the customer, ``joined`` what is said of them first.
    ``kept_at`` is where its files wait, where it was said in a thread."""

    actor: Actor
    said: Prepared
    joined: Prepared
    attached: tuple[str, ...] = ()
    kept_at: str | None = None


class Desk:
    def __init__(
        self,
        store: Store,
        rendering: Rendering,
        notices: Callable[[], Notices],
        tenant: str = MAIN,
    ) -> None:
        self._store = store
        self._rendering = rendering
        self._notices = notices
        self._tenant = tenant

    async def say(
        self, asked: Asked, text: str, *, note: bool = False, attached: Sequence[str] = ()
    ) -> Done:
        """A message to the customer, or a note when it begins with ``//``; ``attached`` are files
        that were kept for it.

        Raises:
            UnknownConversation, OwnerMoved, OwnedByAnother, RequestReused, NothingToSay,
            UnknownFile.
        """
        line = parse(text, note=note)
        if not line.text and not attached:
            raise NothingToSay
        if line.kind == "note":
            return await self._do(
                asked, lambda unit, row: _note(unit, row, asked, line.text, attached)
            )
        conversation = await self._find(asked)
        joined = await self._notice("joined", conversation, asked.actor)
        said = await self._prepare(conversation, asked.actor, line.text, bare=bool(attached))
        said = via_thread(said, asked.via)
        reply = Reply(asked.actor, said, joined, tuple(attached), kept_at(asked))
        return await self._do(asked, lambda unit, row: _reply(unit, row, reply))

    async def take(self, asked: Asked) -> Done:
        """Take over, from whomever it is.

        Raises:
            UnknownConversation, OwnerMoved, RequestReused.
        """
        conversation = await self._find(asked)
        joined = await self._notice("joined", conversation, asked.actor)
        return await self._do(asked, lambda unit, row: _take(unit, row, asked.actor, joined))

    async def return_(self, asked: Asked) -> Done:
        """The assistant speaks again.

        Raises:
            UnknownConversation, OwnerMoved, OwnedByAnother, RequestReused.
        """
        conversation = await self._find(asked)
        returned = await self._notice("returned", conversation, asked.actor)
        return await self._do(asked, lambda unit, row: _return(unit, row, asked.actor, returned))

    async def resolve(self, asked: Asked, write_up: WriteUp | None = None) -> Done:
        """The matter is closed; ``write_up`` is what it is remembered by, where somebody wrote it.

        Raises:
            UnknownConversation, OwnerMoved, OwnedByAnother, RequestReused.
        """
        return await self._do(asked, lambda unit, row: _resolve(unit, row, asked.actor, write_up))

    async def _find(self, asked: Asked) -> RowMapping:
        row = await self._store.read(
            lambda reading: by_id(reading, asked.conversation), tenant=self._tenant
        )
        if row is None:
            raise UnknownConversation
        return row

    async def _notice(self, key: str, row: RowMapping, actor: Actor) -> Prepared:
        channel, language = row["channel"], row["language"]
        notice = self._notices().say(key, language, channel, name=actor.name)
        said = await asyncio.to_thread(self._rendering.notice, channel, notice, language)
        return replace(said, private_to=await self._alone_with(row))

    async def _alone_with(self, row: RowMapping) -> str | None:
        """Whom alone people answer, where others read along."""
        if not row["public"]:
            return None
        return await self._store.read(
            lambda reading: addressee(reading, row["id"]), tenant=self._tenant
        )

    async def _prepare(self, row: RowMapping, actor: Actor, text: str, *, bare: bool) -> Prepared:
        """``bare`` says that it may have no words."""
        said = Prepared(author="staff", markdown=text, name=actor.name, staff=actor.id)
        prepared = await asyncio.to_thread(self._rendering.prepare, row["channel"], said)
        if not any(piece.plain.strip() for piece in prepared.pieces):
            if not bare:
                raise NothingToSay
            prepared = replace(prepared, pieces=(Piece("", ""),))
        return replace(prepared, private_to=await self._alone_with(row))

    async def _do(self, asked: Asked, act: Callable[[Unit, RowMapping], Appended | None]) -> Done:
        row = await self._find(asked)
        return await self._store.write(
            lambda unit: once(unit, asked, act),
            tenant=self._tenant,
            key=line_key(row["channel"], row["address"]),
        )


def once(unit: Unit, asked: Asked, act: Callable[[Unit, RowMapping], Appended | None]) -> Done:
    """Act and remember the answer in the same unit, unless this request was answered before."""
    key = _key(asked.actor.id, asked.request)
    if not unit.insert_once(
        requests, id=key, conversation_id=asked.conversation, verb=asked.verb, at=unit.now
    ):
        return _answered_before(unit, key, asked)
    row = ownership.expect(unit, asked.conversation, asked.epoch)
    if asked.seen is not None and row["customer_seq"] > asked.seen:
        newer = said_since(unit, row["id"], asked.seen)
        raise CustomerSpoke(row["epoch"], row["customer_seq"], newer)
    message = act(unit, row)
    done = _outcome(unit, asked, message)
    answer = {"epoch": done.epoch, "owner": done.owner, "message": done.message, "seq": done.seq}
    unit.execute(update(requests).where(requests.c.id == key).values(answer=dumps(answer)))
    return done


def answered(reading: Reading, staff: str, request: str) -> bool:
    """Whether it has been done before."""
    key = _key(staff, request)
    return reading.one(select(requests.c.id).where(requests.c.id == key)) is not None


def _key(staff: str, request: str) -> str:
    return f"{staff}:{request}"


def _answered_before(unit: Unit, key: str, asked: Asked) -> Done:
    row = unit.one(select(requests).where(requests.c.id == key))
    if row is None or (row["conversation_id"], row["verb"]) != (asked.conversation, asked.verb):
        raise RequestReused
    answer: dict[str, Any] = dict(loads_object(row["answer"]))
    return Done(asked.request, asked.conversation, **answer)


def _outcome(unit: Unit, asked: Asked, message: Appended | None) -> Done:
    row = _again(unit, asked.conversation)
    said = (message.id, message.seq) if message is not None else (None, None)
    return Done(asked.request, row["id"], row["epoch"], row["owner"], *said)


def _again(unit: Unit, conversation: str) -> RowMapping:
    row = by_id(unit, conversation)
    if row is None:
        raise UnknownConversation
    return row


def _note(
    unit: Unit, row: RowMapping, asked: Asked, text: str, attached: Sequence[str]
) -> Appended:
    message = append_message(
        unit,
        row["id"],
        author="staff",
        body=text,
        kind="note",
        name=asked.actor.name,
        staff_id=asked.actor.id,
        case_id=row["case_id"],
        external_id=None if asked.via is None else asked.via.external_id,
    )
    claim(unit, row["id"], attached, message.id, kept_at(asked))
    if asked.via is None:
        tell(unit, row, Post("said", about=message.id))
    return message


def kept_at(asked: Asked) -> str | None:
    """Where the files wait of what was said in a thread."""
    return None if asked.via is None else place_of(asked.request)


def via_thread(said: Prepared, via: Via | None) -> Prepared:
    """What is said, with the thread that it was said in."""
    if via is None:
        return said
    return replace(
        said, told_in=via.thread, external_id=via.external_id, wait_seconds=via.wait_seconds
    )


def _reply(unit: Unit, row: RowMapping, reply: Reply) -> Appended:
    _refuse_anothers(unit, row, reply.actor)
    if row["case_id"] is None:
        open_case(unit, row, "")
        row = _again(unit, row["id"])
    epoch = ownership.take(unit, row, reply.actor.id, reply.joined)
    said = reply.said
    message = append_prepared(unit, row["id"], said, row["case_id"])
    if reply.attached:
        claim(unit, row["id"], reply.attached, message.id, reply.kept_at)
        said = replace(said, files=dumps(described(unit, reply.attached)))
    enqueue(unit, row, message, said, epoch)
    unit.tell(Replied(row["channel"], row["id"], row["case_id"], message.id, "staff"))
    relays.spoken(unit, row, said, message.id)
    ownership.people_answered(unit, row)
    return message


def _take(unit: Unit, row: RowMapping, actor: Actor, joined: Prepared) -> None:
    waits = row["owner"] == "queue" or row["customer_seq"] > row["answered_seq"]
    mine = row["owner"] == "staff" and row["staff_id"] == actor.id
    ownership.take(unit, row, actor.id, joined)
    if waits and not mine:
        since = row["waiting_since"] or row["first_unanswered_at"] or unit.now
        owe_an_answer(unit, row["id"], since)


def _return(unit: Unit, row: RowMapping, actor: Actor, returned: Prepared) -> None:
    _refuse_anothers(unit, row, actor)
    if row["owner"] != "assistant" or row["covered"]:
        ownership.return_(unit, row, returned)


def _resolve(unit: Unit, row: RowMapping, actor: Actor, write_up: WriteUp | None) -> None:
    _refuse_anothers(unit, row, actor)
    if row["owner"] != "assistant" or row["case_id"] is not None:
        if write_up is not None and row["case_id"] is not None:
            write_down(unit, row, write_up, actor.id)
        ownership.resolve(unit, row, RESOLVED_BY_STAFF)


def _refuse_anothers(unit: Unit, row: RowMapping, actor: Actor) -> None:
    if row["owner"] == "staff" and row["staff_id"] != actor.id:
        raise OwnedByAnother(row["epoch"], owner_name(unit, row))


def owner_name(reading: Reading, row: RowMapping) -> str | None:
    """The name of the person who speaks, where one of the staff does."""
    if row["owner"] != "staff" or row["staff_id"] is None:
        return None
    return reading.scalar(select(staff.c.name).where(staff.c.id == row["staff_id"]))
