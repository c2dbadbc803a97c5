"""The webhook of one Telegram channel: the secret, then the cap, then the update, then the commit.
It never answers 200 before the update is on disk, and never lets one that nobody can read hold up
those behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web
from pydantic import ValidationError

from channels.contract import Clock, Intake
from channels.errors import ChannelDisconnected, ChannelMisconfigured, IntakeClosed
from channels.rates import Buckets, Rate
from channels.signatures import Refused, read_capped, same, strict_json
from channels.telegram.polling import store
from channels.telegram.reading import Press, Reader, Reading, unreadable_body
from channels.telegram.transport import Caller
from channels.telegram.updates import ALLOWED, Hook

HEADER = "X-Telegram-Bot-Api-Secret-Token"
BODY_LIMIT = 1_048_576
BODY_SECONDS = 5
REFUSALS = Rate(60, 1)
DEPTH = 64
LOOK_SECONDS = 60.0
# An error of Telegram's at our door counts as present for so long.
PRESENT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Door:
    """Answers Telegram's posts. ``reader`` gives None while the channel is not logged in."""

    secret: str = field(repr=False)
    refusals: Buckets
    reader: Callable[[], Reader | None]
    pressed: Callable[[Press], None]
    heard: Callable[[], None]

    async def answer(self, request: web.Request, intake: Intake) -> web.Response:
        body = await self._verified(request)
        reader = self.reader()
        if reader is None:
            raise _later()
        reading = _read(reader, body)
        try:
            press = await store(intake, reading)
        except IntakeClosed:
            raise _later() from None
        self.heard()
        if press is not None:
            self.pressed(press)
        return web.Response(headers={"Cache-Control": "no-store"})

    async def _verified(self, request: web.Request) -> bytes:
        given = request.headers.getall(HEADER, ())
        if len(given) != 1 or not same(given[0], self.secret):
            self.refusals.take(request.remote or "")
            raise Refused(401, f"{HEADER} is missing or is not this channel's.")
        return await read_capped(request, BODY_LIMIT, BODY_SECONDS)


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Telegram is told to post, and whether it does. ``url`` is public; ``heard_at`` is when
    it last could (seconds since the epoch): an error before that is over."""

    bot: Caller
    url: str
    secret: str = field(repr=False)
    max_connections: int
    clock: Clock
    heard_at: Callable[[], float]

    async def register(self) -> None:
        """
        Raises:
            TelegramError.
        """
        await self.bot.call(
            "setWebhook",
            {
                "url": self.url,
                "secret_token": self.secret,
                "allowed_updates": ALLOWED,
                "max_connections": self.max_connections,
                "drop_pending_updates": False,
            },
        )

    async def watch(self) -> None:
        """Look every minute whether Telegram still posts to us, until it does not.

        Raises:
            TelegramError, ChannelDisconnected.
        """
        while True:
            await self.clock.sleep(LOOK_SECONDS)
            await self.require_heard()

    async def require_heard(self) -> None:
        """
        Raises:
            TelegramError, ChannelDisconnected.
        """
        hook = await hook_of(self.bot)
        if hook.url != self.url:
            raise ChannelDisconnected(
                "Telegram posts elsewhere now: another program uses this token; stop it, or make a"
                " bot of its own with @BotFather"
            )
        problem = self.problem(hook)
        # A restart refuses posts for a moment: taken for trouble, that would be the next restart.
        if problem is not None and (hook.last_error_date or 0) >= self.heard_at():
            raise ChannelDisconnected(problem)

    def problem(self, hook: Hook) -> str | None:
        """What keeps Telegram's posts from us at present, in its own words."""
        if hook.last_error_date is None or not hook.pending_update_count:
            return None
        if self.clock.now() - hook.last_error_date > PRESENT_SECONDS:
            return None
        said = (hook.last_error_message or "no reason")[:200]
        return f"Telegram cannot post to {self.url} ({hook.pending_update_count} wait): {said}"


async def hook_of(bot: Caller) -> Hook:
    """
    Raises:
        TelegramError, ChannelDisconnected.
    """
    try:
        return Hook.model_validate(await bot.call("getWebhookInfo"))
    except ValidationError:
        raise ChannelDisconnected("what answers at api_base is not Telegram's Bot API") from None


def require_public(public_url: str) -> str:
    """
    Raises:
        ChannelMisconfigured: nobody could post to us.
    """
    if not public_url:
        raise ChannelMisconfigured(
            "transport: webhook needs `public_url`, the https address under which Telegram reaches"
            " this gateway; set it, or choose `transport: polling`"
        )
    return public_url.rstrip("/")


def _read(reader: Reader, body: bytes) -> Reading:
    try:
        return reader.read(strict_json(body, DEPTH))
    except Refused as refusal:
        return Reading((unreadable_body(body, refusal.detail),))


def _later() -> Refused:
    return Refused(
        503, "Nothing was stored, as the gateway takes nothing in right now.", {"Retry-After": "2"}
    )
