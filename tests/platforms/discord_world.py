"""What the fake Discord knows: accounts, servers, rooms, messages. It makes ids as the platform
does and decides nothing about HTTP or sockets."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
EPOCH_MS = 1_420_070_400_000
TEXT, DIRECT, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 11, 12, 15
NONCE_SECONDS = 300.0
TOKEN = "bot-token-of-the-fake-discord.abc123.a-secret-part"


class Refusal(Exception):
    """What the platform answers with instead."""

    def __init__(self, status: int, code: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers
        self.body: Json = {"code": code, "message": message}


@dataclass
class World:
    """``closed`` are accounts that take no direct messages, ``denied`` names what the bot may not
    do: ``threads`` (private ones), ``public_threads``, ``history``, ``send``, ``view``."""

    now: Callable[[], float] = time.time
    content_intent: bool = True
    users: dict[str, Json] = field(default_factory=dict[str, Json])
    guilds: dict[str, Json] = field(default_factory=dict[str, Json])
    rooms: dict[str, Json] = field(default_factory=dict[str, Json])
    messages: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    roles: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    let_in: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    commands: list[Json] = field(default_factory=list[Json])
    closed: set[str] = field(default_factory=set[str])
    denied: set[str] = field(default_factory=set[str])
    archived: set[str] = field(default_factory=set[str])
    _nonces: dict[tuple[str, str], tuple[float, Json]] = field(
        default_factory=dict[tuple[str, str], tuple[float, Json]]
    )
    _made: int = 0

    def __post_init__(self) -> None:
        self.me = self.user("frontdesk", bot=True)
        self.application = {
            "id": self.me["id"],
            "name": "frontdesk",
            "flags": (1 << 19) if self.content_intent else 0,
            "interactions_endpoint_url": None,
        }

    def snowflake(self) -> str:
        self._made += 1
        return str(((int(self.now() * 1000) - EPOCH_MS) << 22) + self._made)

    def user(self, name: str, *, bot: bool = False) -> Json:
        made: Json = {
            "id": self.snowflake(),
            "username": name,
            "discriminator": "0",
            "global_name": None if bot else name.title(),
            "avatar": None,
            "bot": bot,
        }
        self.users[made["id"]] = made
        return made

    def guild(self, name: str = "Shop") -> Json:
        made: Json = {
            "id": self.snowflake(),
            "name": name,
            "joined_at": "2020-01-01T00:00:00+00:00",
        }
        self.guilds[made["id"]] = made
        return made

    def room(self, guild: Json, name: str, type: int = TEXT, **fields: Any) -> Json:  # noqa: A002  # the platform's name for it
        made: Json = {
            "id": self.snowflake(),
            "type": type,
            "guild_id": guild["id"],
            "name": name,
            "position": 0,
            "permission_overwrites": [],
            "last_message_id": None,
            **fields,
        }
        return self._keep(made)

    def direct(self, person: str) -> Json:
        for room in self.rooms.values():
            if room["type"] == DIRECT and room["recipients"][0]["id"] == person:
                return room
        return self._keep(
            {
                "id": self.snowflake(),
                "type": DIRECT,
                "recipients": [self.known(person)],
                "last_message_id": None,
            }
        )

    def thread(self, parent: Json, name: str, type: int, owner: str, id: str | None = None) -> Json:  # noqa: A002  # the platform's name for it
        made: Json = {
            "id": id or self.snowflake(),
            "type": type,
            "guild_id": parent["guild_id"],
            "parent_id": parent["id"],
            "owner_id": owner,
            "name": name,
            "last_message_id": None,
            "message_count": 0,
            "member_count": 1,
            "rate_limit_per_user": 0,
            "thread_metadata": {
                "archived": False,
                "auto_archive_duration": 10080,
                "archive_timestamp": "2027-01-01T00:00:00+00:00",
                "locked": False,
            },
        }
        return self._keep(made)

    def known(self, person: str) -> Json:
        if person not in self.users:
            raise Refusal(404, 10013, "Unknown User")
        return self.users[person]

    def at(self, room: str) -> Json:
        if room not in self.rooms:
            raise Refusal(404, 10003, "Unknown Channel")
        if f"view {room}" in self.denied:
            raise Refusal(403, 50001, "Missing Access")
        return self.rooms[room]

    def message(self, room: str, message: str) -> Json:
        for found in self.messages[self.at(room)["id"]]:
            if found["id"] == message:
                return found
        raise Refusal(404, 10008, "Unknown Message")

    def said(self, room: Json, author: Json, content: str, **fields: Any) -> Json:
        """A message as it is when it is new; ``add`` puts it into the history."""
        made: Json = {
            "id": self.snowflake(),
            "channel_id": room["id"],
            "author": author,
            "content": content,
            "type": 0,
            "timestamp": "2027-01-15T08:00:00+00:00",
            "edited_timestamp": None,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": [],
            "embeds": [],
            "components": [],
            "pinned": False,
            "flags": 0,
            **fields,
        }
        if "guild_id" in room:
            made["guild_id"] = room["guild_id"]
            roles = self.roles.get(author["id"], [])
            made["member"] = {"nick": None, "roles": roles, "joined_at": None, "deaf": False}
        return made

    def add(self, message: Json) -> Json:
        room = self.rooms[message["channel_id"]]
        kept = self.messages[room["id"]]
        if all(each["id"] != message["id"] for each in kept):
            kept.append(message)
            room["last_message_id"] = message["id"]
        return message

    def attach(self, base: str, name: str, content_type: str, content: bytes) -> Json:
        made = self.snowflake()
        self.files[made] = (content_type, content)
        return {
            "id": made,
            "filename": name,
            "content_type": content_type,
            "size": len(content),
            "url": f"{base}/{made}/{name}?ex=1&is=1&hm=1",
            "proxy_url": f"{base}/{made}/{name}",
        }

    def history(self, room: str, after: int, limit: int) -> list[Json]:
        """As REST gives it: newest first, without the server's id, the author's roles and nonce."""
        kept = self.messages[self.at(room)["id"]]
        if "history" in self.denied:
            raise Refusal(403, 50001, "Missing Access")
        found = sorted((each for each in kept if int(each["id"]) > after), key=_id)[:limit]
        hidden = {"guild_id", "member", "nonce"}
        return [
            {key: value for key, value in each.items() if key not in hidden}
            for each in reversed(found)
        ]

    def repeated(self, room: str, nonce: str | None) -> Json | None:
        """The first message with this nonce, as long as the platform remembers it."""
        found = self._nonces.get((room, nonce or ""))
        return found[1] if found and self.now() - found[0] < NONCE_SECONDS else None

    def remember(self, room: str, nonce: str, message: Json) -> None:
        self._nonces[room, nonce] = self.now(), message

    def _keep(self, room: Json) -> Json:
        self.rooms[room["id"]] = room
        self.messages.setdefault(room["id"], [])
        return room


def pinged(content: str, allowed: Json | None) -> list[str]:
    """Whom a message notifies by name or as a group, by the platform's own rules."""
    parse = ["everyone", "users", "roles"] if allowed is None else allowed.get("parse", [])
    found: list[str] = []
    if "everyone" in parse:
        found += re.findall(r"@(?:everyone|here)", content)
    if "users" in parse:
        found += re.findall(r"<@!?\d+>", content)
    if "roles" in parse:
        found += re.findall(r"<@&\d+>", content)
    named = [*(allowed or {}).get("users", []), *(allowed or {}).get("roles", [])]
    return [*found, *(name for name in named if name in content)]


def _id(message: Json) -> int:
    return int(message["id"])
