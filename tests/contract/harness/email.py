"""A mailbox against a fake provider on loopback: IMAP with IDLE, and SMTP."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from types import MappingProxyType
from typing import Any

from channels.contract import OutboundMessage
from channels.events import Address
from channels.kinds import CAPABILITIES
from channels.mail.channel import MailChannel
from channels.mail.settings import EmailSettings
from tests.channels.fakes import NOW, FakeClock, MemoryIntake
from tests.contract.harness.protocol import By, Fault, File, Harness, Outcome, Payload, Seen
from tests.platforms.mail import MailPlatform
from tests.platforms.mail_imap import Folder
from tests.platforms.mail_letters import ADA, OURS, arrived, letter
from tests.platforms.mail_smtp import SmtpFault

KEY = b"k" * 32
ROOT = "<root@example.net>"
FAULTS: Mapping[Fault, SmtpFault] = MappingProxyType(
    {
        "unavailable": "unavailable",
        "refused": "refused",
        "unauthorised": "unauthorised",
        "cut": "cut",
        "lost": "lost",
    }
)
THREAD = (("References", ROOT), ("In-Reply-To", ROOT))


def mail_channel(platform: MailPlatform, **changes: Any) -> MailChannel:
    settings = EmailSettings.model_validate(platform.configuration(**changes))
    return MailChannel("mail", settings, CAPABILITIES["email"], FakeClock(), KEY)


@dataclass
class MailHarness:
    """One customer, whose mails are all of one thread that her provider vouches for."""

    platform: MailPlatform
    channel: MailChannel
    intake: MemoryIntake = field(default_factory=MemoryIntake)
    public_address: None = None
    _reading: asyncio.Task[None] | None = None
    _sent: int = 0

    @property
    def address(self) -> Address:
        return Address(ADA, hashlib.sha256(f"root {ROOT}".encode()).hexdigest()[:32])

    async def start(self) -> None:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self.channel.receive(self.intake))
            await self._rested("INBOX")
            self.intake.events[:] = [e for e in self.intake.events if not _is_beginning(e)]

    async def stop(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    def payload(
        self, text: str, *, by: By = "customer", files: Sequence[File] = ()
    ) -> Payload | None:
        parts = [(file.name, file.content_type, file.content) for file in files]
        self._sent += 1
        match by:
            case "customer":
                raw = arrived(text, verified=True, headers=THREAD, files=parts)
            case "self":
                ours = self.channel.seal.message_id("d-1", ADA)
                raw = arrived(text, sender=OURS, message_id=ours)
            case "bot":
                raw = arrived(text, headers=[*THREAD, ("Auto-Submitted", "auto-generated")])
            case "operator":
                raw = letter(text, sender=f"Grace <{OURS}>", to=ADA, headers=THREAD)
        return Payload(text, ("Sent" if by == "operator" else "INBOX", raw, NOW + self._sent))

    def public_payload(self, text: str, *, addressed: bool) -> None: ...

    def edited(self, payload: Payload, text: str) -> None: ...

    def deleted(self, payload: Payload) -> None: ...

    def reacted(self, payload: Payload, emoji: str) -> None: ...

    def pressed(self, seen: Seen, label: str, *, by: str | None = None) -> None: ...

    def commanded(self, command: str, text: str) -> None: ...

    async def deliver(self, payload: Payload) -> Outcome:
        folder, raw, at = payload.body
        await self.platform.imap.put(raw, folder, at)
        await self.start()
        return Outcome(acknowledged=await self._rested(folder))

    async def missed(self, payload: Payload) -> bool:
        folder, raw, at = payload.body
        await self.stop()
        await self.platform.imap.put(raw, folder, at)
        await self.start()
        return True

    async def forge(self, payload: Payload) -> None: ...

    async def forge_garbage(self) -> None: ...

    async def oversized(self) -> None: ...

    async def received(self, message: OutboundMessage) -> str:
        await self.channel.send(message)
        return self.seen()[-1].text

    def seen(self) -> Sequence[Seen]:
        """A mail that came twice under one Message-ID is one in every mail program."""
        shown = [_seen(taken.raw) for taken in self.platform.smtp.taken]
        return list({each.id: each for each in shown}.values())

    def typed(self) -> int:
        return 0

    def fail(self, fault: Fault) -> bool:
        self.platform.smtp.fault = FAULTS.get(fault)
        return fault in FAULTS

    def broken(self) -> MailChannel:
        return mail_channel(self.platform, imap={"password": "not-the-password"})

    async def _rested(self, folder: str) -> bool:
        """Whether everything there was taken in; False where the adapter has given up."""
        assert self._reading is not None
        resting = asyncio.create_task(self.platform.imap.rested(folder))
        await asyncio.wait({resting, self._reading}, return_when=asyncio.FIRST_COMPLETED)
        resting.cancel()
        return not self._reading.done()


def _is_beginning(event: object) -> bool:
    return getattr(event, "reason", "") == "the folder is read from here on"


def _seen(raw: bytes) -> Seen:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(("plain",))
    assert body is not None
    text: str = body.get_content()
    files = tuple(
        File(part.get_filename() or "", part.get_content_type(), part.get_payload(decode=True))  # pyright: ignore[reportArgumentType] - bytes, with decode
        for part in mail.iter_attachments()
    )
    to = re.sub(r".*<|>.*", "", str(mail["To"]))
    return Seen(str(mail["Message-ID"]), Address(to), text.rstrip("\n"), files=files)


@asynccontextmanager
async def harness() -> AsyncGenerator[Harness]:
    async with MailPlatform() as platform:
        platform.imap.folders["Sent"] = Folder()
        platform.imap.folders["INBOX"].add(arrived("earlier", verified=True, message_id=ROOT))
        given = {"sent": "Sent", "poll_seconds": 1}
        channel = mail_channel(platform, imap=given, mails_per_sender=1000)
        async with channel:
            opened = MailHarness(platform, channel)
            await opened.start()
            yield opened
            await opened.stop()
