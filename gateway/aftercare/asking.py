"""Asking how it went, and what is said to the answer: rendered here, said in one unit each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import RowMapping, select

from channels.contract import Clock
from gateway.config.hours import Hours
from gateway.conversations import ratings
from gateway.conversations.deliveries import enqueue
from gateway.conversations.messages import append_prepared
from gateway.conversations.opening import by_id, lock
from gateway.conversations.ownership import say
from gateway.conversations.rendering import Rendering
from gateway.notices.catalogue import Notice, Notices
from gateway.records import WINDOW_MARGIN_SECONDS, Prepared, line_key
from gateway.store.schema.aftercare import ratings as rows
from gateway.store.store import Store
from gateway.store.unit import Reading, Unit

AT_ONCE = 20
_TEXTS = {ratings.ASK: "rating", ratings.LOW: "rating_low", ratings.THANKS: "rating_thanks"}
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AskingTools:
    """``asks`` says whether customers of a channel are asked, as configured now."""

    store: Store
    rendering: Rendering
    notices: Callable[[], Notices]
    hours: Callable[[], Hours | None]
    asks: Callable[[str], bool]
    clock: Clock


def due(reading: Reading) -> Sequence[RowMapping]:
    """Ratings about which something is to be said now."""
    return reading.all(
        select(rows)
        .where(rows.c.due_at <= reading.now, rows.c.next.is_not(None))
        .order_by(rows.c.due_at)
        .limit(AT_ONCE)
    )


class Asking:
    def __init__(self, tools: AskingTools) -> None:
        self._tools = tools
        self._store = tools.store

    async def say_due(self) -> int:
        """Say what is due; how much it was."""
        found = await self._store.read(due)
        for rating in found:
            try:
                await self._deal(rating)
            except (KeyError, ValueError):  # its channel, or a text of it, is not there any more
                log.exception("ratings.unspeakable", rating=rating["id"])
                await self._write(rating, lambda unit, rating=rating: _leave(unit, rating))
        return len(found)

    async def _deal(self, rating: RowMapping) -> None:
        conversation = await self._store.read(
            lambda reading: by_id(reading, rating["conversation_id"]), tenant=rating["tenant_id"]
        )
        if conversation is None:
            await self._write(rating, lambda unit: _leave(unit, rating))
        elif rating["next"] == ratings.PERSON:
            told = await self._handed_over(conversation)
            await self._write(rating, lambda unit: _passed_on(unit, rating, told))
        elif rating["next"] == ratings.ASK and not self._tools.asks(rating["channel"]):
            await self._write(rating, lambda unit: _skip(unit, rating, "not asked on this channel"))
        else:
            said = await self._prepared(conversation, _TEXTS[rating["next"]])
            act = _ask if rating["next"] == ratings.ASK else _follow
            await self._write(rating, lambda unit: act(unit, rating, said))

    async def _prepared(self, conversation: RowMapping, key: str, **values: str) -> Prepared:
        channel, language = conversation["channel"], conversation["language"]
        notice: Notice = self._tools.notices().say(key, language, channel, **values)
        return await asyncio.to_thread(self._tools.rendering.notice, channel, notice, language)

    async def _handed_over(self, conversation: RowMapping) -> tuple[Prepared, ...]:
        """That people have it; and, where they are away, until when. Where the case has heard that,
        only that they are still awaited."""
        told = [await self._prepared(conversation, "handoff")]
        hours, now = self._tools.hours(), self._tools.clock.now()
        if hours is not None and not hours.is_open(now):
            opens = self._tools.notices().opens_text(hours, now, conversation["language"])
            if opens:
                told = [await self._prepared(conversation, "off_hours", opens=opens)]
        return (*told, await self._prepared(conversation, "waiting"))

    async def _write(self, rating: RowMapping, act: Callable[[Unit], None]) -> None:
        row = await self._store.read(
            lambda reading: by_id(reading, rating["conversation_id"]), tenant=rating["tenant_id"]
        )
        key = "" if row is None else line_key(row["channel"], row["address"])
        await self._store.write(act, tenant=rating["tenant_id"], key=key)


def _ask(unit: Unit, rating: RowMapping, said: Prepared) -> None:
    row = lock(unit, rating["conversation_id"])
    why = _refusal(row, unit.now)
    if row is None or why is not None:
        _skip(unit, rating, why or "the conversation is gone")
        return
    if not ratings.may_ask(unit, rating["contact_id"]):
        _skip(unit, rating, "asked less than a week ago")
        return
    if ratings.move(unit, rating, state=ratings.ASKED, asked_at=unit.now, next=None, due_at=None):
        _say(unit, row, rating, said)


def _refusal(row: RowMapping | None, now: float) -> str | None:
    """Why nobody is asked there now."""
    if row is None:
        return "the conversation is gone"
    if row["case_id"] is not None or row["owner"] != "assistant":
        return "the customer writes about something else"
    if row["public"]:
        return "others read along there"
    if row["opted_out_at"] is not None:
        return "the customer asked for no more messages"
    until = row["window_until"]
    if until is not None and until - WINDOW_MARGIN_SECONDS <= now:
        return "the window to write freely is over"
    return None


def _follow(unit: Unit, rating: RowMapping, said: Prepared) -> None:
    row = lock(unit, rating["conversation_id"])
    if row is not None and ratings.move(unit, rating, next=None, due_at=None):
        _say(unit, row, rating, said)


def _passed_on(unit: Unit, rating: RowMapping, texts: tuple[Prepared, ...]) -> None:
    row = lock(unit, rating["conversation_id"])
    if row is None or not ratings.move(unit, rating, next=None, due_at=None):
        return
    *first, waiting = texts
    if row["owner"] != "queue":
        return  # Somebody took it faster than it could be said.
    told = [say(unit, row, each, row["epoch"]) for each in first]
    if not any(told):
        say(unit, row, waiting, row["epoch"])


def _say(unit: Unit, row: RowMapping, rating: RowMapping, said: Prepared) -> None:
    """It belongs to the case that is over, whatever is open by now."""
    message = append_prepared(unit, row["id"], said, rating["case_id"])
    enqueue(unit, row, message, said, row["epoch"])


def _skip(unit: Unit, rating: RowMapping, why: str) -> None:
    ratings.move(unit, rating, state=ratings.SKIPPED, reason=why, next=None, due_at=None)


def _leave(unit: Unit, rating: RowMapping) -> None:
    if rating["state"] == ratings.DUE:
        _skip(unit, rating, "it could not be said there")
    else:
        ratings.move(unit, rating, next=None, due_at=None)
