"""Owns the connections to addresses that somebody typed or a page named: implements the brain's
Fetch. Sends no credentials and no cookies, and takes nothing from the environment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import hdrs

from brain.contract import Fetched, FetchFailed, FetchRefused
from gateway.egress.addresses import Addresses
from gateway.egress.receiving import received
from gateway.egress.resolving import Resolve, refused, system_resolve
from gateway.egress.session import checked_session
from gateway.egress.urls import WebAddress, onward, shown, web_address

REDIRECTS = 3
_REDIRECTING = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Deadlines:
    """In seconds: for one page with all its redirects, and for one connection."""

    total: float = 30.0
    connect: float = 10.0


_DEADLINES = Deadlines()


class Egress:
    """Implements Fetch; an asynchronous context manager that holds one session."""

    def __init__(
        self,
        addresses: Addresses,
        *,
        version: str,
        public_url: str = "",
        resolve: Resolve = system_resolve,
        deadlines: Deadlines = _DEADLINES,
    ) -> None:
        self._addresses = addresses
        self._agent = f"Frontdesk/{version}" + (f" (+{public_url})" if public_url else "")
        self._resolve = resolve
        self._deadlines = deadlines
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = checked_session(
            self._addresses, self._resolve, self._agent, self._deadlines.connect
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

    async def get(self, url: str, *, limit: int, accept: tuple[str, ...] = ()) -> Fetched:
        address = web_address(url)
        try:
            async with asyncio.timeout(self._deadlines.total):
                return await self._follow(address, limit, accept)
        except TimeoutError as error:
            raise FetchFailed(
                f"{shown(address.url)} did not answer in time; open it in a browser, and try again"
                " later"
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise FetchFailed(f"{shown(address.url)} {_why(error)}") from error

    async def _follow(self, start: WebAddress, limit: int, accept: tuple[str, ...]) -> Fetched:
        address = start
        for _ in range(REDIRECTS + 1):
            try:
                answer = await self._ask(address, limit, accept)
            except FetchRefused as error:
                if address is start:
                    raise
                raise FetchRefused(f"{shown(start.url)} redirects elsewhere: {error}") from error
            if isinstance(answer, Fetched):
                return answer
            address = onward(address, answer)
        raise FetchFailed(
            f"{shown(start.url)} redirects more than {REDIRECTS} times; open it in a browser and"
            " use the address where it ends"
        )

    async def _ask(self, address: WebAddress, limit: int, accept: tuple[str, ...]) -> Fetched | str:
        """One request: the page, or where it redirects to."""
        self._check(address)
        if self._session is None:
            raise RuntimeError("Egress is used outside its `async with`")
        async with self._session.get(
            address.url,
            headers={hdrs.ACCEPT: ", ".join((*accept, "*/*;q=0.1"))},
            allow_redirects=False,
        ) as response:
            if response.status not in _REDIRECTING:
                return await received(response, address.url, limit, accept)
            location = response.headers.get(hdrs.LOCATION)
        if not location:
            raise FetchFailed(
                f"{shown(address.url)} redirects without saying where; check it in a browser",
                response.status,
            )
        return location

    def _check(self, address: WebAddress) -> None:
        """Numeric hosts are never resolved, so they are judged here."""
        why = self._addresses.refusal(address.host, address.port) if address.numeric else None
        if why is not None:
            raise refused(address.host, why)


def _why(error: Exception) -> str:
    # The certificate's errors are connection errors too, so they come first.
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return (
            "has a certificate that does not prove whose site it is; ask whoever runs it to renew"
            f" it ({shown(str(error.certificate_error))})"
        )
    if isinstance(error, aiohttp.ClientSSLError):
        return "does not speak TLS as it should; check whether the address is right"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "has no address: its name is not known; check the spelling"
    if isinstance(error, aiohttp.ClientConnectorError):
        return "does not take connections; check the address, and try again later"
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        return "broke off in the middle; try again later"
    return "did not answer as a web server does; check the address in a browser"
