"""A fake SMTP server on loopback, with a ledger of what it took and the faults of real ones."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypeAlias

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

SmtpFault: TypeAlias = Literal[
    "unavailable", "refused", "unauthorised", "sender", "cut", "lost", "later", "large", "never"
]
_REFUSALS: dict[str, dict[str, str]] = {
    "MAIL": {"unavailable": "451 4.3.0 try again later", "sender": "553 5.7.1 not your address"},
    "RCPT": {"refused": "550 5.1.1 no such user", "later": "450 4.2.1 greylisted, come back"},
    "DATA": {"never": "554 5.7.1 this looks like spam", "large": "552 5.3.4 message too big"},
}


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail that the server has said yes to, and for whom."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


@dataclass
class FakeSmtp:
    """``fault`` meets the next mail. ``strangers`` are recipients that it refuses; ``attempts``
    are the recipients of each mail that somebody tried to send."""

    user: str = "help@shop.example"
    password: str = "smtp-password"
    token: str | None = None
    fault: SmtpFault | None = None
    strangers: set[str] = field(default_factory=set[str])
    taken: list[Taken] = field(default_factory=list[Taken])
    attempts: list[str] = field(default_factory=list[str])
    port: int = 0
    _sessions: set[SMTP] = field(default_factory=set[SMTP], init=False)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._made, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await self._server.wait_closed()

    def _made(self) -> SMTP:
        server = SMTP(
            self,
            hostname="mx.test",
            loop=asyncio.get_running_loop(),
            auth_require_tls=False,
            authenticator=self._known,
            data_size_limit=40_000_000,
        )
        self._sessions.add(server)
        return server

    def _known(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and (
            data.login.decode() == self.user and data.password.decode() == self.password
        )
        # A client tries every mechanism there is: the fault stays.
        return AuthResult(success=right and self.fault != "unauthorised", handled=False)

    async def auth_XOAUTH2(  # noqa: N802 - as the library looks for it
        self, server: SMTP, args: list[str]
    ) -> AuthResult:
        import base64

        said = base64.b64decode(args[1]).decode()
        right = said == f"user={self.user}\1auth=Bearer {self.token}\1\1"
        return AuthResult(success=right, handled=False)

    def _due(self, *faults: str) -> bool:
        if self.fault not in faults:
            return False
        self.fault = None
        return True

    def _refusal(self, command: str) -> str | None:
        for fault, said in _REFUSALS[command].items():
            if self._due(fault):
                return said
        return None

    async def handle_MAIL(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self._refusal("MAIL") if session.authenticated else "530 5.7.0 sign in first"
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or "250 OK"

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts.append(address)
        if address in self.strangers:
            return "550 5.1.1 no such user"
        refusal = self._refusal("RCPT")
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        refusal = self._refusal("DATA")
        if refusal is not None:
            return refusal
        lost = self._due("lost")
        if not lost:
            raw: Any = envelope.content
            recipients = tuple(str(each) for each in envelope.rcpt_tos)
            self.taken.append(Taken(str(envelope.mail_from), recipients, bytes(raw)))
        if (lost or self._due("cut")) and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 OK queued"
