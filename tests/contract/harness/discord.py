"""The Discord channel against a Discord on loopback: its gateway, its REST interface, its files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr

from channels.contract import OutboundMessage
from channels.discord.channel import DiscordChannel
from channels.discord.settings import DiscordSettings
from channels.errors import IntakeClosed
from channels.events import Accepted, Address, Cursor, Event
from channels.kinds import CAPABILITIES
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.contract.harness.protocol import By, Fault, File, Harness, Outcome, Payload, Seen
from tests.platforms.discord import FakeDiscord
from tests.platforms.discord_world import DIRECT, TOKEN, Json


@dataclass
class WatchedIntake(MemoryIntake):
    """Tells who waits that something was accepted."""

    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    count: int = 0

    async def accept(self, event: Event, cursor: Cursor | None = None) -> Accepted:
        accepted = await super().accept(event, cursor)
        async with self.changed:
            self.count += 1
            self.changed.notify_all()
        return accepted

    async def until(self, count: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.count >= count)

    async def until_holds(self, external_id: str, times: int = 1) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.holds(external_id) >= times)

    def holds(self, external_id: str) -> int:
        return sum(event.external_id == external_id for event in self.events)


@dataclass
class Listener:
    """Lets a channel receive, as the supervisor does."""

    channel: DiscordChannel
    intake: WatchedIntake
    platform: FakeDiscord
    task: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        """The running stretch of listening; a new one where the last has ended."""
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.channel.receive(self.intake))
        return self.task

    async def stop(self) -> None:
        """As a lost lease or a shutdown does; what goes wrong meanwhile is the test's."""
        task, self.task = self.task, None
        if task is None or task.done():
            return
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()

    async def pause(self) -> None:
        """So long that the platform has forgotten the session."""
        await self.stop()
        self.platform.gateway.sessions.clear()

    async def ended(self) -> BaseException | None:
        """What the stretch ended with, once it has."""
        assert self.task is not None
        (found,) = await asyncio.gather(self.task, return_exceptions=True)
        return found


@dataclass
class Rig:
    """A channel, a platform with a customer, a server and a room of many in it."""

    channel: DiscordChannel
    platform: FakeDiscord
    intake: WatchedIntake
    clock: FakeClock
    listener: Listener
    customer: Json
    stranger: Json
    other: Json
    guild: Json
    room: Json

    @property
    def direct(self) -> Json:
        return self.platform.world.direct(self.customer["id"])

    async def listen(self) -> None:
        """Until everything that comes with a new session was taken."""
        self.listener.start()
        async with self.intake.changed:
            await self.intake.changed.wait_for(
                lambda: {"began", "commands"} <= self.intake.cursors.keys()
            )
        await self.platform.gateway.until(1)

    async def say(self, room: Json, author: Json, content: str, **fields: Any) -> Event:
        """Somebody writes; the last event that came of it."""
        message = await self.platform.say(room, author, content, **fields)
        assert self.listener.task is not None
        ended = await _first(self.intake.until_holds(message["id"]), self.listener.task)
        if ended is not None:
            raise ended
        return next(e for e in reversed(self.intake.events) if e.external_id == message["id"])


def settings(platform: FakeDiscord, **fields: Any) -> DiscordSettings:
    given = {
        "kind": "discord",
        "token": SecretStr(TOKEN),
        "api_base": platform.api_base,
        "gateway_base": platform.gateway.url,
        **fields,
    }
    return DiscordSettings.model_validate(given)


@asynccontextmanager
async def rig(
    support: Sequence[str] = (), patience: float = 10, **fields: Any
) -> AsyncGenerator[Rig]:
    """``support`` are names of rooms that are made as support channels."""
    clock, intake = FakeClock(), WatchedIntake()
    async with FakeDiscord(clock.now) as platform:
        world = platform.world
        customer, stranger = world.user("ada"), world.user("bob")
        guild = world.guild()
        room, other = world.room(guild, "general"), world.user("helper", bot=True)
        made = [world.room(guild, name)["id"] for name in support]
        given = settings(platform, support_channels=made, **fields)
        channel = DiscordChannel("discord", given, CAPABILITIES["discord"], clock, patience)
        listener = Listener(channel, intake, platform)
        try:
            async with channel:
                yield Rig(
                    channel,
                    platform,
                    intake,
                    clock,
                    listener,
                    customer,
                    stranger,
                    other,
                    guild,
                    room,
                )
        finally:
            await listener.stop()


@dataclass
class DiscordHarness:
    rig: Rig
    channel: DiscordChannel = field(init=False)
    intake: MemoryIntake = field(init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _shown: int = 0

    def __post_init__(self) -> None:
        self.channel = self.rig.channel
        self.intake = self.rig.intake

    @property
    def address(self) -> Address:
        return Address(self.rig.direct["id"])

    @property
    def public_address(self) -> Address | None:
        return Address(self.rig.room["id"], f"@{self.rig.customer['id']}")

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        world = self.rig.platform.world
        authors = {"customer": self.rig.customer, "self": world.me, "bot": self.rig.other}
        if by not in authors:
            return None
        base = self.rig.platform.rest.files_at
        attached = [
            world.attach(base, each.name, each.content_type, each.content) for each in files
        ]
        message = world.said(self.rig.direct, authors[by], text, attachments=attached)
        return Payload(text, ("MESSAGE_CREATE", message))

    def public_payload(self, text: str, *, addressed: bool) -> Payload | None:
        world = self.rig.platform.world
        me = world.me
        content = f"<@{me['id']}> {text}" if addressed else text
        mentions = [me] if addressed else []
        message = world.said(self.rig.room, self.rig.customer, content, mentions=mentions)
        return Payload(text, ("MESSAGE_CREATE", message))

    def edited(self, payload: Payload, text: str) -> Payload | None:
        self._shown += 1
        at = f"2027-01-15T08:00:{self._shown:02}.000000+00:00"
        changed = {**payload.body[1], "content": text, "edited_timestamp": at}
        return Payload(text, ("MESSAGE_UPDATE", changed))

    def deleted(self, payload: Payload) -> Payload | None:
        message = payload.body[1]
        gone = {"id": message["id"], "channel_id": message["channel_id"]}
        return Payload("", ("MESSAGE_DELETE", gone))

    def reacted(self, payload: Payload, emoji: str) -> Payload | None:
        message = payload.body[1]
        reaction = {
            "user_id": self.rig.customer["id"],
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "message_author_id": message["author"]["id"],
            "emoji": {"id": None, "name": emoji},
            "burst": False,
            "type": 0,
        }
        return Payload("", ("MESSAGE_REACTION_ADD", reaction))

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> Payload | None:
        world = self.rig.platform.world
        message = next(m for kept in world.messages.values() for m in kept if m["id"] == seen.id)
        buttons = [button for row in message["components"] for button in row["components"]]
        custom = next(each["custom_id"] for each in buttons if each["label"] == label)
        who = self.rig.customer if by is None else self.rig.stranger
        return Payload("", self._interaction(message["channel_id"], who, 3, custom, message))

    def commanded(self, command: str, text: str) -> Payload | None:
        body = self._interaction(self.rig.direct["id"], self.rig.customer, 2, command, None)
        body[1]["data"]["options"] = [{"name": "about", "type": 3, "value": text}] if text else []
        return Payload(text, body)

    async def deliver(self, payload: Payload) -> Outcome:
        name, data = payload.body
        platform, intake = self.rig.platform, self.rig.intake
        async with self._lock:
            listening = self.rig.listener.start()
            await _first(platform.gateway.until(1), listening)
            if name == "MESSAGE_CREATE":
                platform.world.add(data)
            answers = len(platform.requests("POST", "/callback"))
            count, times = intake.count, intake.holds(data["id"]) if "id" in data else 0
            await platform.gateway.dispatch(name, data)
            if name == "INTERACTION_CREATE":
                taken = platform.until_asked("POST", "/callback", answers + 1)
            elif name == "MESSAGE_CREATE":
                taken = intake.until_holds(data["id"], times + 1)
            else:
                taken = intake.until(count + 1)
            ended = await _first(taken, listening)
        assert ended is None or isinstance(ended, IntakeClosed), ended
        return Outcome(acknowledged=ended is None)

    async def missed(self, payload: Payload) -> bool:
        await self.rig.listener.pause()
        message = payload.body[1]
        self.rig.platform.world.add(message)
        self.rig.listener.start()
        await self.rig.intake.until_holds(message["id"])
        return True

    async def forge(self, payload: Payload) -> Outcome | None:
        return None

    async def forge_garbage(self) -> Outcome | None:
        return None

    async def oversized(self) -> Outcome | None:
        return None

    async def received(self, message: OutboundMessage) -> str:
        receipt = await self.channel.send(message)
        return next(seen.text for seen in self.seen() if seen.id == receipt.external_ids[0])

    def seen(self) -> Sequence[Seen]:
        world = self.rig.platform.world
        ours = [
            message
            for kept in world.messages.values()
            for message in kept
            if message["author"]["id"] == world.me["id"] and "nonce" in message
        ]
        return [self._seen(message) for message in sorted(ours, key=lambda each: int(each["id"]))]

    def typed(self) -> int:
        return self.rig.platform.rest.typed

    def fail(self, fault: Fault) -> bool:
        self.rig.platform.faults.append(fault)
        return True

    def broken(self) -> DiscordChannel:
        wrong = settings(self.rig.platform, token=SecretStr("a-token-that-was-reset-by-now"))
        return DiscordChannel("discord", wrong, CAPABILITIES["discord"], self.rig.clock)

    def _seen(self, message: Json) -> Seen:
        world = self.rig.platform.world
        room = world.rooms[message["channel_id"]]
        named = [button for row in message["components"] for button in row["components"]]
        kept = [(each, *world.files[each["id"]]) for each in message["attachments"]]
        return Seen(
            message["id"],
            Address(room["id"]) if room["type"] == DIRECT else Address(room["id"], "shown"),
            message["content"].replace("\\", ""),
            tuple(button["label"] for button in named),
            tuple(File(each["filename"], kind, content) for each, kind, content in kept),
            tuple(message["pings"]),
        )

    def _interaction(
        self,
        room: str,
        who: Json,
        type: int,  # noqa: A002  # the platform's name for it
        name: str,
        message: Json | None,
    ) -> tuple[str, Json]:
        world = self.rig.platform.world
        place = world.rooms[room]
        data: Json = {"name": name, "type": 1} if type == 2 else {"custom_id": name}
        body: Json = {
            "id": world.snowflake(),
            "application_id": world.application["id"],
            "type": type,
            "token": f"interaction-token-{who['id']}",
            "data": data,
            "channel_id": room,
            "message": message,
            "locale": "de",
            "version": 1,
        }
        if place["type"] == DIRECT:
            body["user"] = who
        else:
            body |= {"guild_id": place["guild_id"], "member": {"user": who, "roles": []}}
        return "INTERACTION_CREATE", body


async def _first(awaited: Any, listening: asyncio.Task[None]) -> BaseException | None:
    """None when what was awaited came, else what the listening ended with."""
    task = asyncio.ensure_future(awaited)
    await asyncio.wait({task, listening}, return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        return None
    task.cancel()
    (found,) = await asyncio.gather(listening, return_exceptions=True)
    return found


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    async with rig() as opened:
        await opened.listen()
        await opened.say(opened.direct, opened.customer, "the first words of all")
        opened.intake.events.clear()
        yield DiscordHarness(opened)
