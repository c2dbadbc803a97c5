"""A mailbox channel against a fake provider, for tests that look closer than the contract suite."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from channels.errors import ChannelError
from channels.events import Event, Ignored, InboundMessage
from channels.kinds import CAPABILITIES
from channels.mail.channel import MailChannel
from channels.mail.judging import Judge, Mail
from channels.mail.letter import Letter, Read
from channels.mail.pace import Pace
from channels.mail.parsing.reading import read
from channels.mail.seal import Seal
from channels.mail.settings import EmailSettings
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.platforms.mail import MailPlatform
from tests.platforms.mail_letters import OURS

KEY = b"k" * 32
SEAL = Seal(KEY, OURS)
T = TypeVar("T", bound=Event)


def settings(**changes: Any) -> EmailSettings:
    platform = MailPlatform()
    platform.imap.port = platform.smtp.port = 1
    return EmailSettings.model_validate(platform.configuration(**changes))


def judge(**changes: Any) -> Judge:
    given = settings(**changes)
    return Judge(given, SEAL, Pace(FakeClock(), given.mails_per_sender, given.mails_per_thread))


def parsed(raw: bytes) -> Read:
    """As the process apart would read it, here."""
    told, files = read(raw)
    letter = Letter.model_validate_json(json.dumps(told))
    return Read(letter, b"".join(file.content for file in files))


def judged(raw: bytes, by: Judge | None = None, **changes: Any) -> Event:
    mail = Mail("INBOX", 7, 1, raw, 1_800_000_000.0)
    return (by or judge(**changes)).judge(mail, parsed(raw))


@dataclass
class Rig:
    """``reading`` is the task in which the channel receives."""

    platform: MailPlatform
    channel: MailChannel
    clock: FakeClock
    intake: MemoryIntake = field(default_factory=MemoryIntake)
    reading: asyncio.Task[None] | None = None

    def start(self) -> asyncio.Task[None]:
        self.reading = asyncio.create_task(self.channel.receive(self.intake))
        return self.reading

    async def stop(self) -> None:
        if self.reading is not None:
            self.reading.cancel()
            await asyncio.gather(self.reading, return_exceptions=True)

    async def rested(self, folder: str = "INBOX") -> None:
        """Until all that is in the folder was looked at; raises what ended the reading instead."""
        if self.reading is None or self.reading.done():
            self.start()
        assert self.reading is not None
        resting = asyncio.create_task(self.platform.imap.rested(folder))
        await asyncio.wait({resting, self.reading}, return_when=asyncio.FIRST_COMPLETED)
        resting.cancel()
        if self.reading.done():
            await self.reading

    async def ended(self) -> ChannelError:
        """The error with which the reading ends."""
        assert self.reading is not None
        try:
            await self.reading
        except ChannelError as error:
            return error
        raise AssertionError("it ended in silence")

    async def until_read(self, folder: str = "INBOX", tries: int = 20) -> int:
        """Starts again as the supervisor does, until all was looked at; how often it fell."""
        for fallen in range(tries):
            try:
                await self.rested(folder)
            except ChannelError:
                continue
            return fallen
        raise AssertionError("it never came to rest")

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.intake.events if isinstance(event, InboundMessage)]

    def of(self, sort: type[T]) -> list[T]:
        return [event for event in self.intake.events if isinstance(event, sort)]

    @property
    def reasons(self) -> list[str]:
        return [event.reason for event in self.of(Ignored)][1:]


@asynccontextmanager
async def rig(**changes: Any) -> AsyncGenerator[Rig]:
    async with MailPlatform() as platform:
        changes["imap"] = {"poll_seconds": 1, **changes.get("imap", {})}
        given = EmailSettings.model_validate(platform.configuration(**changes))
        clock = FakeClock()
        channel = MailChannel("mail", given, CAPABILITIES["email"], clock, KEY)
        async with channel:
            opened = Rig(platform, channel, clock)
            try:
                yield opened
            finally:
                await opened.stop()
