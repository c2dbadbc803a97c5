"""The fake Discord's gateway: HELLO, IDENTIFY, heartbeats, dispatches, RESUME, as JSON over a
websocket. It keeps every session until it is told to forget it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from tests.platforms.discord_world import FORUM, TOKEN, Json, World

HEARTBEAT_MS = 41_250
MESSAGE_CONTENT = 1 << 15
FINAL_CLOSES = {1000, 1001}


@dataclass
class GatewaySession:
    id: str
    socket: web.WebSocketResponse | None
    sent: list[Json] = field(default_factory=list[Json])

    async def dispatch(self, name: str, data: Any) -> None:
        frame = {"op": 0, "t": name, "s": len(self.sent) + 1, "d": data}
        self.sent.append(frame)
        await self.push(frame)

    async def push(self, frame: Json) -> None:
        socket = self.socket
        if socket is not None and not socket.closed:
            try:
                await socket.send_str(json.dumps(frame))
            except ConnectionError:
                self.socket = None


@dataclass
class Gateway:
    """``refuse_identify`` closes with that code; ``forgetful`` answers every RESUME with an
    invalid session; ``mute`` answers no heartbeat. ``closes`` are the codes of the other side."""

    world: World
    url: str = ""
    identifies: int = 0
    resumes: list[int] = field(default_factory=list[int])
    remaining: int = 1000
    refuse_identify: int | None = None
    forgetful: bool = False
    intents: int = 0
    closes: list[int | None] = field(default_factory=list[int | None])
    sessions: dict[str, GatewaySession] = field(default_factory=dict[str, GatewaySession])
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoclose=False)
        await socket.prepare(request)
        session: GatewaySession | None = None
        await socket.send_json({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}})
        async for message in socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            frame: Json = json.loads(message.data)
            if frame["op"] == 1:
                await socket.send_json({"op": 11})
            elif frame["op"] == 2:
                session = await self._identify(socket, frame["d"])
            elif frame["op"] == 6:
                session = await self._resume(socket, frame["d"])
        await socket.close()
        await self._closed(session, socket)
        return socket

    async def dispatch(self, name: str, data: Any) -> None:
        """To every session: those without a socket hear it when they resume."""
        for session in tuple(self.sessions.values()):
            await session.dispatch(name, data)

    async def push(self, raw: Json) -> None:
        """A frame as it is, outside of every numbering."""
        for session in tuple(self.sessions.values()):
            await session.push(raw)

    async def cut(self, code: int = 4000) -> None:
        """Closes every socket; the sessions stay."""
        for session in tuple(self.sessions.values()):
            socket, session.socket = session.socket, None
            if socket is not None:
                await socket.close(code=code)
        async with self._changed:
            self._changed.notify_all()

    async def until(self, listening: int) -> None:
        """Until so many sessions have a socket."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.listening == listening)

    async def until_closed(self, times: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.closes) >= times)

    @property
    def listening(self) -> int:
        return sum(session.socket is not None for session in self.sessions.values())

    async def _identify(self, socket: web.WebSocketResponse, d: Json) -> GatewaySession | None:
        self.identifies += 1
        self.remaining -= 1
        self.intents = d["intents"]
        refused = self.refuse_identify
        if d["token"] != TOKEN:
            refused = 4004
        elif d["intents"] & MESSAGE_CONTENT and not self.world.content_intent:
            refused = 4014
        if refused is not None:
            await socket.close(code=refused)
            return None
        session = GatewaySession(f"session-{self.identifies}", socket)
        await session.dispatch("READY", self._ready(session))
        for guild in self.world.guilds.values():
            await session.dispatch("GUILD_CREATE", self._guild(guild))
        async with self._changed:
            self.sessions[session.id] = session
            self._changed.notify_all()
        return session

    async def _resume(self, socket: web.WebSocketResponse, d: Json) -> GatewaySession | None:
        self.resumes.append(d["seq"])
        session = self.sessions.get(d["session_id"])
        if session is None or self.forgetful or d["token"] != TOKEN:
            self.sessions.pop(d["session_id"], None)
            await socket.send_json({"op": 9, "d": False})
            return None
        for frame in session.sent[d["seq"] :]:
            await socket.send_str(json.dumps(frame))
        async with self._changed:
            session.socket = socket
            self._changed.notify_all()
        await session.dispatch("RESUMED", {"_trace": []})
        return session

    async def _closed(self, session: GatewaySession | None, socket: web.WebSocketResponse) -> None:
        async with self._changed:
            self.closes.append(socket.close_code)
            if session is not None and session.socket is socket:
                session.socket = None
                if socket.close_code in FINAL_CLOSES:
                    self.sessions.pop(session.id, None)
            self._changed.notify_all()

    def _ready(self, session: GatewaySession) -> Json:
        world = self.world
        return {
            "v": 10,
            "user": world.me,
            "guilds": [{"id": guild, "unavailable": True} for guild in world.guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": world.application["id"], "flags": world.application["flags"]},
        }

    def _guild(self, guild: Json) -> Json:
        rooms = [room for room in self.world.rooms.values() if room.get("guild_id") == guild["id"]]
        threads = [room for room in rooms if "parent_id" in room]
        channels = [room for room in rooms if "parent_id" not in room and room["type"] <= FORUM]
        return {
            **guild,
            "unavailable": False,
            "large": False,
            "member_count": 3,
            "members": [],
            "roles": [],
            "emojis": [],
            "stickers": [],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
            "channels": channels,
            "threads": [each for each in threads if each["id"] not in self.world.archived],
        }
