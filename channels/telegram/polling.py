"""Takes updates by asking for them. The place in the stream is ours: it moves with the commit of
what was read, and Telegram forgets an update only when the next question is asked behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from telegram.error import BadRequest, NetworkError

from channels.contract import Clock, Intake
from channels.errors import ChannelDisconnected, ChannelMisconfigured
from channels.events import Cursor
from channels.telegram.reading import Press, Reader, Reading
from channels.telegram.transport import POLL_MARGIN_SECONDS, POLL_SECONDS, Caller, Flooded
from channels.telegram.updates import ALLOWED

CURSOR = "updates"
# A server that does not hold the question, though asked to, is not asked in a rush.
RUSH_SECONDS = 0.25
# How long questions may break before the channel counts as down, and the pause after each.
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 1.0
# After a week without any, Telegram numbers updates anew, maybe lower. It keeps them for a day:
# what was confirmed before that is gone there too, and asking from the start repeats nothing.
NUMBERS_HOLD_SECONDS = 3 * 86_400


@dataclass(frozen=True, slots=True)
class Mark:
    """The last update that is on disk, when it came (seconds since the epoch), and whose it was:
    every bot's updates have numbers of their own."""

    update: int
    at: float
    bot: int | None = None

    @classmethod
    def parse(cls, value: str | None) -> Mark | None:
        update, _, rest = (value or "").partition("@")
        at, _, bot = rest.partition("@")
        try:
            return cls(int(update), float(at or 0), int(bot) if bot else None)
        except ValueError:
            return None

    def __str__(self) -> str:
        own = "" if self.bot is None else f"@{self.bot}"
        return f"{self.update}@{self.at:.0f}{own}"

    def offset(self, now: float) -> int | None:
        """What to ask from; None for the first that Telegram still has."""
        return self.update + 1 if now - self.at < NUMBERS_HOLD_SECONDS else None


@dataclass(slots=True)
class Poller:
    """Asks and stores, one update after the other. ``heard_at`` is when Telegram last answered
    (monotonic), None while nobody asks."""

    bot: Caller
    reader: Reader
    clock: Clock
    pressed: Callable[[Press], None]
    heard_at: float | None = None

    async def run(self, intake: Intake) -> None:
        """Until cancelled.

        Raises:
            TelegramError, ChannelDisconnected, IntakeClosed. ChannelMisconfigured: it was another
            bot's channel.
        """
        mark = Mark.parse(await intake.cursor(CURSOR))
        self._require_same_bot(mark)
        await self.bot.call("deleteWebhook", {"drop_pending_updates": False})
        self.heard_at = self.clock.monotonic()
        try:
            while True:
                for update in await self._ask_until_heard(mark):
                    mark = await self._store(intake, update)
        finally:
            self.heard_at = None

    def _require_same_bot(self, mark: Mark | None) -> None:
        """Asking from another bot's place would throw this one's updates away unread, and its
        messages would be taken for the other's: both number them from the beginning."""
        own = self.reader.messages.me.id
        if mark is not None and mark.bot not in {None, own}:
            raise ChannelMisconfigured(
                f"this channel was the bot {mark.bot}'s so far, and the token is the bot {own}'s;"
                " nothing was asked for, so nothing is lost. Put the old token back, or give the"
                " new bot a channel of another name"
            )

    async def _ask_until_heard(self, mark: Mark | None) -> list[Mapping[str, Any]]:
        """A question that broke took nothing from anybody: it is asked again for a while, so that
        what is being sent meanwhile is not cut off by a restart."""
        while True:
            try:
                return await self._ask(mark)
            except Flooded as flood:
                pause = float(flood.seconds)
                if self._silent(pause):
                    raise
            except NetworkError as error:
                pause = PAUSE_SECONDS
                if isinstance(error, BadRequest) or self._silent(pause):
                    raise
            await self.clock.sleep(pause)

    def _silent(self, seconds: float) -> bool:
        """Whether in so many seconds nothing will have been heard for too long."""
        heard_at = self.heard_at if self.heard_at is not None else self.clock.monotonic()
        return self.clock.monotonic() + seconds - heard_at > PATIENCE_SECONDS

    async def _ask(self, mark: Mark | None) -> list[Mapping[str, Any]]:
        asked_at = self.clock.monotonic()
        found: object = await self.bot.call(
            "getUpdates",
            {
                "offset": None if mark is None else mark.offset(self.clock.now()),
                "timeout": POLL_SECONDS,
                "allowed_updates": ALLOWED,
            },
            seconds=POLL_SECONDS + POLL_MARGIN_SECONDS,
        )
        self.heard_at = self.clock.monotonic()
        if not isinstance(found, list):
            raise ChannelDisconnected("Telegram's answer holds no list of updates")
        if not found and self.heard_at - asked_at < RUSH_SECONDS:
            await self.clock.sleep(RUSH_SECONDS)
        return [_numbered(each) for each in cast("list[object]", found)]

    async def _store(self, intake: Intake, update: Mapping[str, Any]) -> Mark:
        """Every event of it, the mark with the last one."""
        mark = Mark(update["update_id"], self.clock.now(), self.reader.messages.me.id)
        reading = self.reader.read(update)
        press = await store(intake, reading, Cursor(CURSOR, str(mark)))
        if press is not None:
            self.pressed(press)
        return mark


async def store(intake: Intake, reading: Reading, cursor: Cursor | None = None) -> Press | None:
    """The press that waits for a word. A button's data is only as good as the program that sends
    it: one that the gateway did not take is of no effect on what offered it.

    Raises:
        IntakeClosed: not all is on disk; what is will be known when it comes again.
    """
    *before, last = reading.events
    for event in before:
        await intake.accept(event)
    accepted = await intake.accept(last, cursor)
    press = reading.press
    if press is not None and press.verdict == "taken" and accepted.message is None:
        return replace(press, verdict="unknown")
    return press


def _numbered(update: object) -> Mapping[str, Any]:
    """Without a number nothing can be confirmed, and nothing behind it would ever come."""
    if isinstance(update, dict):
        found = cast("dict[str, Any]", update)
        number: object = found.get("update_id")
        if isinstance(number, int) and not isinstance(number, bool):
            return found
    raise ChannelDisconnected("Telegram's answer holds an update without a number")
