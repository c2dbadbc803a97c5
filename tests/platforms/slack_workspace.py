"""A Slack workspace in memory: people, channels, messages, files. It knows neither HTTP nor us."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TEAM, BOT_USER, BOT = "T0HOME", "U0BOT", "B0BOT"
CUSTOMER, STRANGER, COLLEAGUE = "U0ADA", "U0EVE", "U0BEN"
DIRECT, PUBLIC = "D0ADA", "C0HELP"
Message = dict[str, Any]

_PING = re.compile(r"<(!(?:channel|here|everyone|subteam)[^>]*|@[UW][A-Z0-9]*[^>]*)>")
_ROOM = re.compile(r"(?<!\w)@(?:everyone|here|channel)\b")
_LINK = re.compile(r"<([^<>|]+)(?:\|([^<>]*))?>")


@dataclass
class StoredFile:
    """A file. ``hidden`` ones (shared from elsewhere) say no address before they are asked for."""

    id: str
    name: str
    mimetype: str
    content: bytes
    hidden: bool = False


@dataclass
class Workspace:
    """``now`` gives seconds since the epoch; ``base`` is where files are fetched."""

    now: Callable[[], float]
    base: str = ""
    names: dict[str, str] = field(
        default_factory=lambda: {CUSTOMER: "Ada", STRANGER: "Eve", COLLEAGUE: "Ben"}
    )
    locales: dict[str, str | None] = field(default_factory=dict[str, str | None])
    messages: dict[str, list[Message]] = field(
        default_factory=lambda: {DIRECT: list[Message](), PUBLIC: list[Message]()}
    )
    directs: dict[str, str] = field(default_factory=lambda: {CUSTOMER: DIRECT})
    files: dict[str, StoredFile] = field(default_factory=dict[str, StoredFile])
    archived: set[str] = field(default_factory=set[str])
    shared: set[str] = field(default_factory=set[str])
    guests: set[str] = field(default_factory=set[str])
    _count: int = 0

    def ts(self) -> str:
        self._count += 1
        return f"{int(self.now())}.{self._count:06d}"

    def add(self, channel: str, message: Mapping[str, Any]) -> Message:
        """Put a message where it belongs; it gets its ts."""
        stored: Message = {"type": "message", "ts": self.ts(), **message}
        self.messages.setdefault(channel, []).append(stored)
        root = self.find(channel, stored.get("thread_ts", ""))
        if root is not None and root is not stored:
            root["latest_reply"] = stored["ts"]
            root["reply_count"] = root.get("reply_count", 0) + 1
        return stored

    def find(self, channel: str, ts: str) -> Message | None:
        return next((each for each in self.messages.get(channel, []) if each["ts"] == ts), None)

    def remove(self, channel: str, ts: str) -> bool:
        message = self.find(channel, ts)
        if message is not None:
            self.messages[channel].remove(message)
        return message is not None

    def roots(self, channel: str) -> list[Message]:
        """What a channel's history shows, newest first: no replies but broadcast ones."""
        return [
            each
            for each in reversed(self.messages.get(channel, []))
            if each.get("thread_ts", each["ts"]) == each["ts"]
            or each.get("subtype") == "thread_broadcast"
        ]

    def thread(self, channel: str, root: str) -> list[Message]:
        said = self.messages.get(channel, [])
        return [each for each in said if root in {each["ts"], each.get("thread_ts")}]

    def direct(self, user: str) -> str:
        """The channel of the direct messages with somebody."""
        channel = self.directs.setdefault(user, f"D{user[1:]}")
        self.messages.setdefault(channel, [])
        return channel

    def upload(self, name: str, mimetype: str, content: bytes, *, hidden: bool = False) -> str:
        found = f"F{len(self.files) + 1:06d}"
        self.files[found] = StoredFile(found, name, mimetype, content, hidden)
        return found

    def file_fields(self, file: str, *, whole: bool = False) -> dict[str, Any]:
        """A file as an event shows it; ``whole`` as ``files.info`` does."""
        stored = self.files[file]
        if stored.hidden and not whole:
            return {"id": file, "file_access": "check_file_info"}
        url = f"{self.base}/files-pri/{TEAM}-{file}"
        return {
            "id": file,
            "name": stored.name,
            "title": stored.name,
            "mimetype": stored.mimetype,
            "size": len(stored.content),
            "mode": "hosted",
            "url_private": f"{url}/{stored.name}",
            "url_private_download": f"{url}/download/{stored.name}",
        }

    def ours(self) -> Iterator[tuple[str, Message]]:
        """What the app posted, oldest first."""
        posted = [
            (channel, each)
            for channel, said in self.messages.items()
            for each in said
            if each.get("bot_id") == BOT
        ]
        yield from sorted(posted, key=lambda found: float(found[1]["ts"]))


def raw_texts(message: Message) -> Sequence[str]:
    """The texts that Slack would show: the sections where there are blocks, else the text."""
    sections = [
        block["text"]["text"] for block in message.get("blocks") or () if block["type"] == "section"
    ]
    return sections or [message.get("text", "")]


def buttons(message: Message) -> Sequence[dict[str, Any]]:
    return [
        element
        for block in message.get("blocks") or ()
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def shown(message: Message) -> str:
    """The text as people read it."""
    text = "\n".join(raw_texts(message))
    return unescaped(_LINK.sub(lambda found: found[2] or found[1], text))


def pings(message: Message) -> tuple[str, ...]:
    """Whom Slack would notify by name or as a group."""
    named: list[str] = []
    for text in raw_texts(message):
        named += _PING.findall(text)
        if message.get("link_names"):
            named += _ROOM.findall(unescaped(text))
    return tuple(named)


def escaped(text: str) -> str:
    """Text as Slack keeps what a person typed."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
