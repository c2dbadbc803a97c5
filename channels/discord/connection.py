"""The gateway's socket: identify within the budget, resume where that is possible, and hand every
dispatch on in order. It keeps the place of what was taken, so that nothing has to be sent twice
for our sake; it never decides what a dispatch means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.http import Route
from pydantic import ValidationError
from yarl import URL

from channels.contract import Clock
from channels.discord.payloads import Frame, Ready
from channels.discord.refusals import channel_error, closed_error
from channels.discord.rest import Login, Rest, RootedHttp
from channels.errors import ChannelDisconnected, ChannelError, IntakeClosed, SendError

CONNECT_SECONDS = 60.0
# A thousand identifications a day, and the token is reset; what is left is for the operator.
RESERVED_IDENTIFIES = 50
# As often as one bot may identify, and as long as it has to wait after a session is refused.
IDENTIFY_SECONDS = 5.0
# A socket that breaks at once so many times in a row is a matter for the back-off.
HASTY_SECONDS = 10.0
HASTY_LIMIT = 3
# Heartbeats come every 41 s or so, and each is answered.
SILENT_SECONDS = 150.0
WAITING = 1_000
# A dead platform does not answer a good-bye.
CLOSE_SECONDS = 2.0
RESUMABLE_CLOSE = 4000
INTENTS = discord.Intents(
    guilds=True,
    guild_messages=True,
    dm_messages=True,
    message_content=True,
    guild_reactions=True,
    dm_reactions=True,
)
Take = Callable[[Frame, str], Awaitable[None]]


@dataclass(slots=True)
class Session:
    """What it takes to resume: ``taken`` is the number of the last dispatch that was taken."""

    id: str = field(repr=False)
    url: str
    taken: int


class Ears(discord.Client):
    """The SDK's client, of which only the socket's dispatches are wanted, as they came."""

    def __init__(self, http: RootedHttp, heard: Callable[[str], None]) -> None:
        # This bot has no voice to warn of.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.0,
            enable_debug_events=True,
        )
        self.http = http
        self._heard = heard

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # the SDK's own signature
        """In place of a task for each event, which could overtake each other."""
        if event == "socket_raw_receive":
            self._heard(args[0])

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The budget was asked before the socket was opened."""


@dataclass(slots=True)
class Connection:
    """One channel's gateway connection. ``session`` outlives a closed intake and a broken socket,
    in memory; ``heard_at`` is when the platform last said anything (monotonic seconds), None
    while nobody listens."""

    login: Login
    rest: Rest
    clock: Clock
    session: Session | None = None
    heard_at: float | None = None
    _held: tuple[Frame, str] | None = None

    async def run(self, take: Take) -> None:
        """Until it breaks for good.

        Raises:
            ChannelDisconnected, ChannelMisconfigured, IntakeClosed: what was not taken is sent
                again, if the platform still has the session when this is called the next time.
        """
        await self._take_held(take)
        frames: asyncio.Queue[Frame] = asyncio.Queue()
        http, _ = await self.login.open()
        async with AsyncExitStack() as open_things:
            # The SDK's own closing is left undone where it is cancelled.
            open_things.push_async_callback(http.close)
            ears = Ears(http, lambda raw: self._heard(raw, frames))
            await open_things.enter_async_context(ears)
            await self._listen(ears, frames, take)

    async def _listen(self, ears: Ears, frames: asyncio.Queue[Frame], take: Take) -> None:
        self.heard_at = self.clock.monotonic()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(ears, frames))
                group.create_task(self._work(frames, take))
        except ExceptionGroup as failed:
            await self._leave(ears, failed.exceptions[0])
            raise failed.exceptions[0] from failed
        except asyncio.CancelledError as cancelled:
            # A failed probe ends like this as well; a session costs less to keep than to begin.
            await self._leave(ears, cancelled)
            raise
        finally:
            self.heard_at = None

    async def _take_held(self, take: Take) -> None:
        """What a closed intake did not take comes first: while it stays closed, the platform is
        not even called."""
        held, session = self._held, self.session
        if held is not None and session is not None:
            await take(*held)
            session.taken = held[0].s
        self._held = None

    def is_silent(self) -> bool:
        """Whether a connection that should be there has said nothing for too long."""
        heard = self.heard_at
        return heard is not None and self.clock.monotonic() - heard > SILENT_SECONDS

    async def _leave(self, ears: Ears, error: BaseException) -> None:
        """Closing as the SDK does would end the session at the platform, too."""
        kept = IntakeClosed, ChannelDisconnected, asyncio.CancelledError
        if not isinstance(error, kept):
            self.session = None
        elif ears.ws is not None:  # pyright: ignore[reportUnnecessaryComparison]  # None before the first socket
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await ears.ws.close(RESUMABLE_CLOSE)

    def _heard(self, raw: str, frames: asyncio.Queue[Frame]) -> None:
        self.heard_at = self.clock.monotonic()
        try:
            frames.put_nowait(Frame.model_validate(json.loads(raw)))
        except (ValueError, RecursionError):
            # Not a dispatch: the SDK's own business.
            return

    async def _work(self, frames: asyncio.Queue[Frame], take: Take) -> None:
        while True:
            frame = await frames.get()
            if frame.t == "READY":
                self._begin(frame)
            session = self.session
            stamp = f"{session.id if session else ''}:{frame.s}"
            try:
                await take(frame, stamp)
            except IntakeClosed:
                self._held = frame, stamp
                raise
            if session is not None:
                session.taken = frame.s
            frames.task_done()

    def _begin(self, frame: Frame) -> None:
        try:
            ready = Ready.model_validate(frame.d)
        except ValidationError:
            self.session = None
        else:
            self.session = Session(ready.session_id, ready.resume_gateway_url, frame.s)

    async def _read(self, ears: Ears, frames: asyncio.Queue[Frame]) -> None:
        resuming, hasty = self.session, 0
        while True:
            began = self.clock.monotonic()
            resuming = await self._socket(ears, frames, resuming)
            lasted = self.clock.monotonic() - began
            hasty = 0 if lasted > HASTY_SECONDS else hasty + 1
            if hasty >= HASTY_LIMIT:
                raise ChannelDisconnected("Discord closes every connection at once")
            if resuming is None:
                await self.clock.sleep(IDENTIFY_SECONDS)

    async def _socket(
        self, ears: Ears, frames: asyncio.Queue[Frame], resuming: Session | None
    ) -> Session | None:
        """One socket's life; what the next one may resume.

        Raises:
            ChannelDisconnected, ChannelMisconfigured.
        """
        ws = ears.ws
        try:
            ears.ws = ws = await self._opened(ears, resuming)
            while True:
                await _poll(ws)
                if frames.qsize() > WAITING:
                    await frames.join()
        except ReconnectWebSocket as asked:
            return _resumable(ws) if asked.resume else None
        except discord.ConnectionClosed as closed:
            raise closed_error(closed.code) from closed
        except (TimeoutError, discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise ChannelDisconnected(_why(error)) from error

    async def _opened(self, ears: Ears, resuming: Session | None) -> DiscordWebSocket:
        if resuming is None:
            await self._require_budget()
        async with asyncio.timeout(CONNECT_SECONDS):
            return await DiscordWebSocket.from_client(
                ears,
                initial=True,
                gateway=None if resuming is None else URL(resuming.url),
                session=None if resuming is None else resuming.id,
                sequence=None if resuming is None else resuming.taken,
                resume=resuming is not None,
            )

    async def _require_budget(self) -> None:
        """
        Raises:
            ChannelDisconnected: so few identifications are left that waiting is wiser.
        """
        answer = await self.rest.must(Route("GET", "/gateway/bot"))
        limit = answer.get("session_start_limit", {})
        remaining, reset = limit.get("remaining"), limit.get("reset_after", 0)
        if isinstance(remaining, int) and remaining < RESERVED_IDENTIFIES:
            hours = reset / 3_600_000
            raise ChannelDisconnected(
                f"only {remaining} connections are left to the bot for the next {hours:.1f} h, and"
                " Discord resets the token of one that uses them up; look for another program that"
                " uses this token, or for what breaks the connection"
            )


async def _poll(ws: DiscordWebSocket) -> None:
    """One frame. What the SDK makes of it is not asked for: a dispatch that it cannot read has
    come to us before, and is no reason to part."""
    with suppress(AttributeError, KeyError, IndexError, TypeError, ValueError):
        await ws.poll_event()


def _resumable(ws: DiscordWebSocket | None) -> Session | None:
    """What the socket heard last; what of it is not taken yet still waits in our queue."""
    if ws is None or ws.session_id is None:
        return None
    return Session(ws.session_id, str(ws.gateway), ws.sequence or 0)


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "Discord's gateway did not answer in time"
    found: ChannelError = channel_error(error)
    return str(found) if isinstance(found, SendError) else f"the gateway: {error}"
