"""The same channel against real servers: Dovecot, which holds the mailbox, and Postfix, which
takes and delivers mail."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from channels.contract import OutboundMessage
from channels.errors import RejectedSendError
from channels.events import Address, InboundMessage
from channels.kinds import CAPABILITIES
from channels.mail.channel import MailChannel
from channels.mail.settings import EmailSettings
from tests.channels.fakes import FakeClock, MemoryIntake
from tests.channels.mail.rig import KEY, SEAL
from tests.conftest import absent
from tests.platforms.mail import MailPlatform
from tests.platforms.mail_letters import ADA, arrived
from tests.platforms.mail_servers import DOVECOT, POSTFIX, Dovecot, Postfix, dovecot, postfix, until


def _needs(program: str, package: str) -> None:
    if not Path(program).exists():
        absent(f"No {package} here", f"install {package} (Debian: `apt-get install {package}`)")
    if os.geteuid() != 0:
        absent(f"{package} is started for this test alone, which only root can", "run it as root")


@pytest.fixture
def mailbox() -> Generator[Dovecot]:
    _needs(DOVECOT, "dovecot-imapd")
    with dovecot() as server:
        yield server


@pytest.fixture
def exchange() -> Generator[Postfix]:
    _needs(POSTFIX, "postfix")
    with postfix() as server:
        yield server


def channel(imap: int, smtp: int) -> MailChannel:
    platform = MailPlatform()
    platform.imap.port, platform.smtp.port = imap, smtp
    given = platform.configuration(imap={"poll_seconds": 1}, smtp={"user": None, "password": None})
    settings = EmailSettings.model_validate(given)
    return MailChannel("mail", settings, CAPABILITIES["email"], FakeClock(time.time()), KEY)


@asynccontextmanager
async def reading(port: int, intake: MemoryIntake) -> AsyncGenerator[MailChannel]:
    async with channel(port, 9) as opened:
        task = asyncio.create_task(opened.receive(intake))
        try:
            await until(lambda: "folder/INBOX" in intake.cursors or task.done())
            assert not task.done(), task.exception()
            yield opened
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def texts(intake: MemoryIntake) -> list[str]:
    said = {e.external_id: e.text for e in intake.events if isinstance(e, InboundMessage)}
    return list(said.values())


async def test_dovecot_is_read_once_through_idle_restarts_and_new_numbers(mailbox: Dovecot) -> None:
    intake = MemoryIntake()
    async with reading(mailbox.port, intake) as opened:
        await asyncio.to_thread(mailbox.mail.put, arrived("first"))
        await until(lambda: texts(intake) == ["first"])
        await opened.probe()
    await asyncio.to_thread(mailbox.mail.put, arrived("while it was down"))
    async with reading(mailbox.port, intake):
        await until(lambda: texts(intake) == ["first", "while it was down"])
    before = intake.cursors["folder/INBOX"].partition("/")[0]
    await asyncio.to_thread(mailbox.number_anew)
    await asyncio.to_thread(mailbox.mail.put, arrived("after that"))
    async with reading(mailbox.port, intake):
        await until(lambda: texts(intake)[2:] == ["after that"])
    assert intake.cursors["folder/INBOX"].partition("/")[0] != before
    assert not list(mailbox.mail.folder.glob("cur/*:2,*S*"))


def outbound(**changes: Any) -> OutboundMessage:
    given: dict[str, Any] = {
        "delivery_id": "d-1",
        "address": Address(ADA, "t"),
        "text": "<p>Grüße</p>",
        "plain": "Grüße",
        "author": "assistant",
        "reply_context": {"message_id": f"<{'x' * 100}@y.example>", "subject": "Größe"},
    }
    return OutboundMessage(**{**given, **changes})


async def test_postfix_takes_and_delivers_what_we_send(exchange: Postfix) -> None:
    async with channel(9, exchange.port) as opened:
        receipt = await opened.send(outbound())
        assert receipt.external_ids == (SEAL.message_id("d-1", ADA),)
        await until(lambda: bool(exchange.ada.all()))
        (raw,) = await asyncio.to_thread(exchange.ada.all)
        assert f"Message-ID: {receipt.external_ids[0]}".encode() in raw
        assert b"In-Reply-To: <" + b"x" * 100 + b"@y.example>" in raw
        with pytest.raises(RejectedSendError, match="550"):
            await opened.send(outbound(address=Address("nobody@example.net")))
        with pytest.raises(RejectedSendError, match="552"):
            await opened.send(outbound(plain="x" * 2_000_000, text="x"))
