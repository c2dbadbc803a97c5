"""A whole fake mail provider on loopback: a mailbox over IMAP, and a server that takes mail."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self

from tests.platforms.mail_imap import FakeImap
from tests.platforms.mail_letters import AUTHSERV, OURS
from tests.platforms.mail_smtp import FakeSmtp


@dataclass
class MailPlatform:
    """``configuration`` is the channel's entry in config.yaml that reaches it."""

    imap: FakeImap = field(default_factory=FakeImap)
    smtp: FakeSmtp = field(default_factory=FakeSmtp)
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self.imap)
        await self._open.enter_async_context(self.smtp)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._open.aclose()

    def configuration(self, **changes: Any) -> dict[str, Any]:
        imap: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.imap.port,
            "user": self.imap.user,
            "password": self.imap.password,
            "tls": False,
        }
        smtp: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.smtp.port,
            "user": self.smtp.user,
            "password": self.smtp.password,
            "tls": False,
        }
        given: dict[str, Any] = {
            "kind": "email",
            "address": OURS,
            "authserv": AUTHSERV,
            "imap": {**imap, **changes.pop("imap", {})},
            "smtp": {**smtp, **changes.pop("smtp", {})},
        }
        return {**given, **changes}
