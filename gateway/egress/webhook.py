"""Posts signed bodies to one address that the operator configured, as Standard Webhooks say. It
repeats nothing, follows no redirect, and reads no more of the answer than its status."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from brain.contract import FetchRefused
from channels.api.delivery import retry_after
from channels.api.signing import signed
from channels.contract import Clock
from channels.settings import is_loopback
from gateway.egress.addresses import WEB_PORTS, Addresses, networks
from gateway.egress.resolving import Resolve, system_resolve
from gateway.egress.session import checked_session
from gateway.errors import FrontdeskError

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
_THIS_MACHINE = ("127.0.0.0/8", "::1/128")
_CLOSED = (
    "its address leads into a network that is not open for it; list the network beside its url"
    " where that is meant"
)
_PORTS = {"https": 443, "http": 80}


class NotTaken(FrontdeskError):
    """The receiver did not take it; post the same again later, at the earliest after ``wait``
    seconds where it said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Webhook:
    """An asynchronous context manager that holds one session. ``secret`` signs, ``private`` are
    networks of the operator's own that the address may lead into; this machine it may lead to only
    where its host says so."""

    def __init__(
        self,
        url: str,
        secret: str,
        clock: Clock,
        *,
        private: Sequence[str] = (),
        resolve: Resolve = system_resolve,
    ) -> None:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 443)
        allowed = (*private, *(_THIS_MACHINE if is_loopback(parts.hostname) else ()))
        self._url, self._secret, self._clock = url, secret, clock
        self._host, self._port = parts.hostname or "", port
        self._addresses = Addresses(networks(allowed), WEB_PORTS | {port})
        self._resolve = resolve
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Webhook(to {urlsplit(self._url).hostname})"

    async def __aenter__(self) -> Self:
        self._session = checked_session(
            self._addresses, self._resolve, "Frontdesk", CONNECT_SECONDS
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def post(self, id: str, body: bytes) -> None:
        """Returns once the receiver has answered 2xx. ``id`` names the body on every try.

        Raises:
            NotTaken: with what the receiver or the network said.
        """
        if self._session is None:
            raise RuntimeError("Webhook is used outside its `async with`")
        if is_numeric(self._host) and self._addresses.refusal(self._host, self._port):
            raise NotTaken(_CLOSED)
        stamp = signed(self._secret, id, body, self._clock.now())
        headers = {"Content-Type": "application/json", "Idempotency-Key": id, **stamp}
        try:
            async with (
                asyncio.timeout(TOTAL_SECONDS),
                self._session.post(
                    self._url, data=body, headers=headers, allow_redirects=False
                ) as answer,
            ):
                self._judge(answer)
        except FetchRefused:
            raise NotTaken(_CLOSED) from None
        except TimeoutError:
            raise NotTaken(f"it did not answer within {TOTAL_SECONDS:g} seconds") from None
        except (aiohttp.ClientError, OSError) as error:
            raise NotTaken(f"it cannot be reached: {type(error).__name__}") from error

    def _judge(self, answer: aiohttp.ClientResponse) -> None:
        status = answer.status
        if 200 <= status < 300:  # noqa: PLR2004 - taken
            return
        if 300 <= status < 400:  # noqa: PLR2004 - a redirect
            raise NotTaken(
                f"it answers {status}, a redirect, and redirects are not followed; write the final"
                " address as `url`"
            )
        wait = retry_after(answer.headers.get("Retry-After"), self._clock.now())
        raise NotTaken(f"it answers {status}", wait)


def is_numeric(host: str) -> bool:
    """Whether a host needs no resolving, so that no resolver judges it."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
