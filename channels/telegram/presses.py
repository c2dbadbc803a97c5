"""Answers who pressed a button, so that it stops waiting, and takes away the buttons of what was
answered; best effort, beside everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextlib import suppress

from telegram.error import TelegramError

from channels.telegram.reading import Press
from channels.telegram.transport import Caller
from channels.telegram.words import words

SECONDS = 5.0
AT_ONCE = 50


class Presses:
    """The answers on their way. More than fifty at once are not given: the event is stored, and
    the customer's program stops waiting by itself."""

    def __init__(self, bot: Caller) -> None:
        self._bot = bot
        self._running: set[asyncio.Task[None]] = set()

    def answer(self, press: Press) -> None:
        if len(self._running) < AT_ONCE:
            task = asyncio.create_task(self._answer(press), name="telegram press")
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def close(self) -> None:
        for task in tuple(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _answer(self, press: Press) -> None:
        alert = words(press.language).not_yours if press.verdict == "foreign" else None
        await _tried(
            self._bot.call(
                "answerCallbackQuery",
                {
                    "callback_query_id": press.query,
                    "text": alert,
                    "show_alert": True if alert else None,
                },
            )
        )
        if press.verdict == "taken" and press.place is not None:
            place = {**press.place.fields, "message_thread_id": None}
            fields = {**place, "message_id": press.message}
            await _tried(self._bot.call("editMessageReplyMarkup", fields))


async def _tried(call: Awaitable[object]) -> None:
    with suppress(TelegramError, TimeoutError):
        async with asyncio.timeout(SECONDS):
            await call
