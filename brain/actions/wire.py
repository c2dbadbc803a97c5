"""One HTTP exchange with a business's system: no cookies, no redirects, no proxy of the
environment, and never repeated here. A failure is told as what it means for the call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import aiohttp

from brain.acts import Answered

ANSWER_LIMIT = 65_536
REASON_LIMIT = 300
_CHUNK = 16_384
Read: TypeAlias = Callable[[aiohttp.ClientResponse], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """A request; ``seconds`` is how long all of it may take."""

    method: str
    url: str
    headers: Mapping[str, str]
    data: bytes | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Heard:
    status: int
    headers: Mapping[str, str]
    raw: bytes


async def whole(response: aiohttp.ClientResponse) -> bytes:
    """The body; one that is longer than the limit shows by its length."""
    return await at_most(response, ANSWER_LIMIT)


async def at_most(response: aiohttp.ClientResponse, limit: int) -> bytes:
    # A single read gives what has arrived so far, which may be less than all.
    raw = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        raw += chunk
        if len(raw) > limit:
            break
    return bytes(raw)


class Wire:
    """Holds the connections; ``close`` lets go of them."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def exchange(self, sent: Sent, read: Read = whole) -> Heard | Answered:
        """What was heard, or why nothing was: ``failed`` where not a byte has left, ``unknown``
        where the system may have understood it."""
        try:
            async with asyncio.timeout(sent.seconds):
                return await self._exchanged(sent, read)
        except aiohttp.ClientConnectorError as error:
            # No connection, so not a byte of the request has left.
            return Answered("failed", reason=f"the system cannot be reached: {error.strerror}")
        except TimeoutError:
            return Answered("unknown", reason="the system gave no answer in time")
        except (aiohttp.ClientError, OSError) as error:
            return Answered("unknown", reason=f"the connection broke: {type(error).__name__}")
        except ValueError as error:
            return Answered("failed", reason=f"the request cannot be made: {error}"[:REASON_LIMIT])

    async def _exchanged(self, sent: Sent, read: Read) -> Heard:
        session = self._session = self._session or aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )
        async with session.request(
            sent.method, sent.url, data=sent.data, headers=sent.headers, allow_redirects=False
        ) as response:
            return Heard(response.status, response.headers, await read(response))
