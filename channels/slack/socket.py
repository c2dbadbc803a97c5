"""Socket Mode: a connection that Slack sends events over, each acknowledged when it is on disk. It
opens its successor when Slack asks for that, and ends with an error when it is cut or silent."""

# The SDK's own client starts a task for each message and opens a lost connection again by itself,
# out of sight of the supervisor; so the frames are read here, and the SDK only opens the door.

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

import aiohttp
from aiohttp import WSMsgType
from pydantic import SecretStr

from channels.contract import Clock
from channels.errors import (
    ChannelDisconnected,
    ChannelMisconfigured,
    RetryableSendError,
)
from channels.signatures import Refused, strict_json
from channels.slack.patience import Patience
from channels.slack.reception import Reception
from channels.slack.web import Web, named

FRAME_BYTES = 4 * 1024 * 1024
AT_ONCE = 100
# Slack announces these, and keeps the old connection open for some seconds.
REPLACED = frozenset({"warning", "refresh_requested"})
_ENDED = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
Connection: TypeAlias = "aiohttp.ClientWebSocketResponse[bool]"


@dataclass(slots=True)
class Pulse:
    """When Slack was last heard on a connection (monotonic seconds); None while there is none."""

    at: float | None = None


@dataclass(frozen=True)
class Socket:
    web: Web
    app_token: SecretStr = field(repr=False)
    reception: Reception
    clock: Clock
    pulse: Pulse
    patience: Patience
    _room: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(AT_ONCE), init=False, repr=False
    )

    async def run(self) -> None:
        """Receive until cancelled.

        Raises:
            ChannelDisconnected, ChannelMisconfigured, IntakeClosed.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._connection(group))
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        finally:
            self.pulse.at = None

    async def _connection(self, group: asyncio.TaskGroup) -> None:
        url = await self.web.socket_url(self.app_token)
        try:
            connection = await self.web.session.ws_connect(
                url,
                autoping=False,
                heartbeat=self.patience.heartbeat,
                max_msg_size=FRAME_BYTES,
                proxy=self.web.proxy,
            )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # Its words may repeat the address, which holds the ticket.
            raise ChannelDisconnected(f"Socket Mode does not connect: {named(error)}") from None
        async with connection:
            await self._greeted(connection)
            await self._read(connection, group)

    async def _greeted(self, connection: Connection) -> None:
        try:
            async with asyncio.timeout(self.patience.hello):
                while (found := await self._next(connection)).get("type") != "hello":
                    self._require_standing(found)
        except TimeoutError:
            raise ChannelDisconnected("Slack did not say hello on the connection") from None

    async def _read(self, connection: Connection, group: asyncio.TaskGroup) -> None:
        replaced = False
        while True:
            try:
                found = await self._next(connection)
            except ChannelDisconnected:
                if replaced:
                    return
                raise
            if found.get("type") == "disconnect":
                self._require_standing(found)
                if not replaced:
                    replaced = True
                    group.create_task(self._connection(group))
            elif "envelope_id" in found:
                await self._room.acquire()
                task = group.create_task(self._take(connection, found))
                task.add_done_callback(lambda _: self._room.release())

    async def _next(self, connection: Connection) -> Mapping[str, Any]:
        """The next frame that says something; an empty one where nobody can read it."""
        frame = await connection.receive()
        if frame.type in _ENDED:
            raise ChannelDisconnected("the connection of Socket Mode ended")
        self.pulse.at = self.clock.monotonic()
        if frame.type is WSMsgType.PING:
            await self._sent(connection.pong(cast("bytes", frame.data)))
        if frame.type is not WSMsgType.TEXT:
            return {}
        raw = cast("str", frame.data).encode("utf-8", "surrogatepass")
        try:
            return strict_json(raw)
        except Refused:
            await self.reception.unreadable(raw, "not the JSON that Slack sends")
            return {}

    def _require_standing(self, found: Mapping[str, Any]) -> None:
        if found.get("type") != "disconnect" or str(found.get("reason")) in REPLACED:
            return
        if found.get("reason") == "link_disabled":
            raise ChannelMisconfigured(
                "Socket Mode is switched off for the app: switch it on, or remove `app_token` and"
                " give Slack the webhook's address"
            )
        raise ChannelDisconnected(f"Slack ended the connection ({found.get('reason')!s:.60})")

    async def _take(self, connection: Connection, found: Mapping[str, Any]) -> None:
        payload = found.get("payload")
        fields = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
        try:
            await self._passed_on(str(found.get("type")), fields)
        except RetryableSendError:
            # Not acknowledged: whoever gave the command is told by Slack that it failed.
            return
        await self._sent(connection.send_json({"envelope_id": found["envelope_id"]}))

    async def _passed_on(self, kind: str, fields: Mapping[str, Any]) -> None:
        if kind == "interactive":
            await self.reception.acted(fields)
        elif kind == "slash_commands":
            await self.reception.commanded(fields)
        else:
            await self.reception.event(fields)

    async def _sent(self, call: Any) -> None:  # noqa: ANN401  # whatever aiohttp sends with
        """What does not get through any more is sent again by Slack, on another connection."""
        try:
            await call
        except (aiohttp.ClientError, OSError, RuntimeError):
            return


def alive(pulse: Pulse, now: float, silent: float) -> None:
    """
    Raises:
        ChannelDisconnected: a connection is open, and nothing was heard on it for too long.
    """
    if pulse.at is not None and now - pulse.at > silent:
        raise ChannelDisconnected(f"Socket Mode has been silent for {now - pulse.at:.0f} s")
