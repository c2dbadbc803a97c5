"""The email channel: a mailbox read over IMAP, answers sent over SMTP. It stores nothing, repeats
nothing, and changes nothing in the mailbox."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from channels.contract import (
    Capabilities,
    Channel,
    Clock,
    Intake,
    OutboundMessage,
    Ports,
    Receipt,
)
from channels.errors import ChannelDisconnected, ChannelMisconfigured, RetryableSendError
from channels.mail.composing import compose
from channels.mail.judging import Judge
from channels.mail.oauth import Tokens
from channels.mail.pace import Pace
from channels.mail.parsing.process import Readings
from channels.mail.seal import Seal
from channels.mail.settings import EmailSettings
from channels.mail.smtp import Postman
from channels.mail.watching import Watch

PROBE_SECONDS = 60.0


@dataclass(eq=False)
class MailChannel(Channel):
    """One mailbox."""

    name: str
    settings: EmailSettings = field(repr=False)
    capabilities: Capabilities
    clock: Clock
    key: bytes = field(repr=False)
    probe_seconds: float = PROBE_SECONDS

    def __post_init__(self) -> None:
        given = self.settings
        self._tokens = None if given.oauth is None else Tokens(given.oauth, self.clock)
        self.seal = Seal(self.key, given.address)
        self._pace = Pace(self.clock, given.mails_per_sender, given.mails_per_thread)
        self.readings = Readings()
        judge = Judge(given, self.seal, self._pace)
        self._watch = Watch(given, judge, self.readings, self.clock, self._tokens)
        self._postman = Postman(given, self._tokens)

    @classmethod
    def build(
        cls, name: str, settings: EmailSettings, capabilities: Capabilities, ports: Ports
    ) -> MailChannel:
        return cls(name, settings, capabilities, ports.clock, ports.key)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.to_thread(self.readings.close)

    async def receive(self, intake: Intake) -> None:
        await self._watch.run(intake)

    async def send(self, message: OutboundMessage) -> Receipt:
        mail = await asyncio.to_thread(compose, message, self.settings, self.seal, self.clock.now())
        try:
            refused = await self._postman.hand_over(mail)
        except ChannelDisconnected as error:
            raise RetryableSendError(str(error)) from error
        self._pace.sent(mail.message_id)
        note = "; ".join(f"no copy to {who}: {why}" for who, why in refused.items())
        return Receipt((mail.message_id,), self.clock.now(), note=note or None)

    async def reconcile(self, message: OutboundMessage) -> Receipt:
        """Nobody can be asked what became of a mail. It is sent again under the same Message-ID,
        by which mailboxes and mail programs know the copy."""
        return await self.send(message)

    async def probe(self) -> None:
        try:
            async with asyncio.timeout(self.probe_seconds):
                if self._watch.running:
                    await self._watch.heard()
                else:
                    async with self._watch.opened() as (session, thread):
                        await thread.run(lambda: session.select(self.settings.imap.folders[0]))
        except TimeoutError:
            raise ChannelDisconnected(
                f"the mailbox was not looked at within {self.probe_seconds:g} s of being asked"
            ) from None

    async def check(self) -> Sequence[str]:
        try:
            return [*await self._mailbox(), await self._outgoing(), *self._trust()]
        except ChannelDisconnected as error:
            raise ChannelMisconfigured(
                f"{error}; correct the host and the port, or try again"
            ) from error

    async def _mailbox(self) -> Sequence[str]:
        given = self.settings.imap
        folders = [*given.folders, *([given.sent] if given.sent else [])]
        async with self._watch.opened() as (session, thread):
            for folder in folders:
                await thread.run(lambda folder=folder: session.select(folder))
            pushes = await thread.run(session.pushes)
        by = "IDLE" if pushes else f"a look every {given.poll_seconds:g} s: it offers no IDLE"
        return (
            f"IMAP: signed in at {given.host} ({_secured(given.tls)})",
            f"IMAP: can read {', '.join(folders)}",
            f"IMAP: new mail is noticed by {by}",
        )

    async def _outgoing(self) -> str:
        given = self.settings.smtp
        await self._postman.check()
        signed_in = given.password is not None or self.settings.oauth is not None
        how = "signed in" if signed_in else "reached, without signing in,"
        return f"SMTP: {how} at {given.host} ({_secured(given.tls)}); no mail was sent"

    def _trust(self) -> Sequence[str]:
        if self.settings.authserv is None:
            return ("no `authserv` is set, so no sender counts as verified",)
        return (f"senders are verified by {self.settings.authserv} (DMARC)",)


def _secured(tls: bool | str) -> str:  # noqa: FBT001 - what stands in the configuration
    if tls == "starttls":
        return "STARTTLS"
    return "TLS" if tls else "not encrypted"
