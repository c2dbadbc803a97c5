"""The fake Discord's REST interface, as far as the adapter uses it, with the platform's checks of
what it is sent and its own error codes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from aiohttp import BodyPartReader, web

from tests.platforms.discord_gateway import Gateway
from tests.platforms.discord_world import (
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    TOKEN,
    Json,
    Refusal,
    World,
    pinged,
)

Handler: TypeAlias = Callable[[web.Request], Awaitable[Any]]
LARGEST_FILE = 20 * 1024 * 1024


@dataclass
class Asked:
    """One request as it came, for the ledger."""

    method: str
    path: str
    body: Any


@dataclass
class Withheld:
    """A history that was asked for, and is told only when a test says so."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self) -> None:
        self.asked.set()
        await self.told.wait()


@dataclass
class Rest:
    """``withheld`` are rooms whose history is not told at once."""

    world: World
    gateway: Gateway
    files_at: str = ""
    asked: list[Asked] = field(default_factory=list[Asked])
    answered: list[Json] = field(default_factory=list[Json])
    typed: int = 0
    withheld: dict[str, Withheld] = field(default_factory=dict[str, Withheld])

    def routes(self, under: str) -> list[web.RouteDef]:
        """Every route below the base path."""
        channel, message = "/channels/{channel}", "/channels/{channel}/messages/{message}"
        archived = f"{channel}/users/@me/threads/archived/private"
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/users/@me", self.me),
            ("GET", "/users/@me/guilds", self.guilds),
            ("POST", "/users/@me/channels", self.direct),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/gateway/bot", self.bot_gateway),
            ("GET", channel, self.room),
            ("PATCH", channel, self.set_room),
            ("GET", f"{channel}/messages", self.history),
            ("POST", f"{channel}/messages", self.post),
            ("GET", message, self.one),
            ("PATCH", message, self.change),
            ("DELETE", message, self.take_back),
            ("POST", f"{channel}/typing", self.typing),
            ("POST", f"{channel}/threads", self.private_thread),
            ("POST", f"{message}/threads", self.public_thread),
            ("PUT", f"{channel}/thread-members/{{user}}", self.let_in),
            ("GET", archived, self.archived),
            ("GET", "/guilds/{guild}/threads/active", self.active),
            ("GET", "/guilds/{guild}/members/{user}", self.member),
            ("POST", "/interactions/{interaction}/{token}/callback", self.callback),
            ("GET", "/applications/{application}/commands", self.commands),
            ("POST", "/applications/{application}/commands", self.register),
        ]
        return [web.route(way, under + path, handler) for way, path, handler in table]

    async def me(self, _: web.Request) -> Any:
        return self.world.me

    async def guilds(self, _: web.Request) -> Any:
        return list(self.world.guilds.values())

    async def application(self, _: web.Request) -> Any:
        return self.world.application

    async def bot_gateway(self, _: web.Request) -> Any:
        limit = {
            "total": 1000,
            "remaining": self.gateway.remaining,
            "reset_after": 7_200_000,
            "max_concurrency": 1,
        }
        return {"url": self.gateway.url, "shards": 1, "session_start_limit": limit}

    async def direct(self, request: web.Request) -> Any:
        return self.world.direct((await request.json())["recipient_id"])

    async def room(self, request: web.Request) -> Any:
        return self.world.at(request.match_info["channel"])

    async def history(self, request: web.Request) -> Any:
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        if request.match_info["channel"] in self.withheld:
            await self.withheld[request.match_info["channel"]].tell()
        return self.world.history(request.match_info["channel"], after, limit)

    async def one(self, request: web.Request) -> Any:
        return self.world.message(request.match_info["channel"], request.match_info["message"])

    async def post(self, request: web.Request) -> Any:
        room = self.world.at(request.match_info["channel"])
        body, files = await _body(request)
        self._require_sendable(room, body, files)
        nonce: str | None = body.get("nonce")
        known = self.world.repeated(room["id"], nonce) if body.get("enforce_nonce") else None
        if known is not None:
            return known
        answered = body.get("message_reference")
        made = self.world.said(
            room,
            self.world.me,
            body.get("content") or "",
            components=body.get("components", []),
            flags=body.get("flags", 0),
            nonce=nonce,
            attachments=[self.world.attach(self.files_at, *file) for file in files],
            **({"message_reference": answered} if answered else {}),
            pings=pinged(body.get("content") or "", body.get("allowed_mentions")),
        )
        self.world.add(made)
        if nonce is not None:
            self.world.remember(room["id"], nonce, made)
        await self.gateway.dispatch("MESSAGE_CREATE", made)
        return made

    async def change(self, request: web.Request) -> Any:
        found = await self.one(request)
        body, _ = await _body(request)
        if found["author"]["id"] != self.world.me["id"]:
            raise Refusal(403, 50005, "Cannot edit a message authored by another user")
        _require_valid(body)
        found.update({key: body[key] for key in ("content", "components") if key in body})
        found["edited_timestamp"] = "2027-01-15T08:01:00+00:00"
        found["pings"] += pinged(body.get("content", ""), body.get("allowed_mentions"))
        return found

    async def take_back(self, request: web.Request) -> Any:
        self.world.messages[request.match_info["channel"]].remove(await self.one(request))

    async def typing(self, request: web.Request) -> Any:
        self.world.at(request.match_info["channel"])
        self.typed += 1

    async def private_thread(self, request: web.Request) -> Any:
        body = await request.json()
        if "threads" in self.world.denied or body["type"] != PRIVATE_THREAD:
            raise Refusal(403, 50013, "Missing Permissions")
        if not 1 <= len(body["name"]) <= 100:
            raise Refusal(400, 50035, "Invalid Form Body")
        parent = self.world.at(request.match_info["channel"])
        return self.world.thread(parent, body["name"], PRIVATE_THREAD, self.world.me["id"])

    async def public_thread(self, request: web.Request) -> Any:
        channel, message = request.match_info["channel"], request.match_info["message"]
        if "public_threads" in self.world.denied:
            raise Refusal(403, 50013, "Missing Permissions")
        if message in self.world.rooms:
            raise Refusal(400, 160004, "A thread has already been created for this message")
        name = (await request.json())["name"]
        self.world.message(channel, message)
        me = self.world.me["id"]
        return self.world.thread(self.world.at(channel), name, PUBLIC_THREAD, me, message)

    async def set_room(self, request: web.Request) -> Any:
        room = self.world.at(request.match_info["channel"])
        if "unarchive" in self.world.denied:
            raise Refusal(403, 50013, "Missing Permissions")
        if (await request.json()).get("archived") is False:
            self.world.archived.discard(room["id"])
        return room

    async def let_in(self, request: web.Request) -> Any:
        thread = self.world.at(request.match_info["channel"])["id"]
        if thread in self.world.archived:
            raise Refusal(400, 50083, "Thread is archived")
        self.world.let_in.setdefault(thread, set()).add(request.match_info["user"])

    async def active(self, request: web.Request) -> Any:
        return {"threads": self._threads(archived=False), "members": []}

    async def archived(self, request: web.Request) -> Any:
        return {"threads": self._threads(archived=True), "members": [], "has_more": False}

    async def member(self, request: web.Request) -> Any:
        user = self.world.known(request.match_info["user"])
        return {"user": user, "nick": None, "roles": self.world.roles.get(user["id"], [])}

    async def callback(self, request: web.Request) -> Any:
        self.answered.append({**request.match_info, **await request.json()})

    async def commands(self, _: web.Request) -> Any:
        return self.world.commands

    async def register(self, request: web.Request) -> Any:
        made = {"id": self.world.snowflake(), **await request.json()}
        kept = [each for each in self.world.commands if each["name"] != made["name"]]
        self.world.commands[:] = [*kept, made]
        return made

    def _threads(self, *, archived: bool) -> list[Json]:
        rooms = [room for room in self.world.rooms.values() if "parent_id" in room]
        return [room for room in rooms if (room["id"] in self.world.archived) == archived]

    def _require_sendable(self, room: Json, body: Json, files: list[Any]) -> None:
        _require_valid(body)
        people = {person["id"] for person in room.get("recipients", ())}
        if people & self.world.closed:
            raise Refusal(403, 50007, "Cannot send messages to this user")
        if "send" in self.world.denied:
            raise Refusal(403, 50013, "Missing Permissions")
        if not body.get("content") and not files:
            raise Refusal(400, 50006, "Cannot send an empty message")
        if any(len(content) > LARGEST_FILE for _, _, content in files):
            raise Refusal(413, 40005, "Request entity too large")


def _require_valid(body: Json) -> None:
    rows: list[Json] = body.get("components", [])
    buttons = [button for row in rows for button in row["components"]]
    names = [button["custom_id"] for button in buttons]
    fits = (
        len(body.get("content") or "") <= 2000
        and len(body.get("nonce") or "") <= 25
        and len(rows) <= 5
        and all(1 <= len(row["components"]) <= 5 for row in rows)
        and all(1 <= len(name) <= 100 for name in names)
        and len(set(names)) == len(names)
        and all(1 <= len(button["label"]) <= 80 for button in buttons)
    )
    if not fits:
        raise Refusal(400, 50035, "Invalid Form Body")


async def _body(request: web.Request) -> tuple[Json, list[tuple[str, str, bytes]]]:
    """The message, and the files that came with it: name, type, bytes."""
    if request.content_type == "application/json":
        return await request.json(), []
    body: Json = {}
    files: list[tuple[str, str, bytes]] = []
    async for each in await request.multipart():
        part = cast("BodyPartReader", each)
        content = bytes(await part.read())
        if part.name == "payload_json":
            body = json.loads(content)
        else:
            files.append((part.filename or "", part.headers["Content-Type"], content))
    return body, files


def is_signed_in(request: web.Request) -> bool:
    return request.headers.get("Authorization") == f"Bot {TOKEN}"
