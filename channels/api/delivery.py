"""Posts one signed body to the receiver and says what became of it. It never repeats a request and
never follows a redirect; what the receiver answers is read up to a cap and never trusted."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, cast

import aiohttp

from channels.api.signing import ID, signed
from channels.contract import Clock
from channels.errors import (
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    UncertainSendError,
)

TOTAL_SECONDS = 30
CONNECT_SECONDS = 10
ANSWER_BYTES = 65_536
# No connection was made, so nobody has seen the request; every other error leaves that in doubt.
NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
ANSWER_SECONDS = 5
# The outbox gives a message up after 15 minutes: a receiver may not ask for more than a part.
LONGEST_WAIT = 300.0
_LATER = frozenset({408, 425, 429})
_DENIED = frozenset({401, 403})


def open_session() -> aiohttp.ClientSession:
    """One for the channel's life. No connection is used twice: a receiver that closes an idle one
    just when we write would leave in doubt what certainly did not arrive."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS),
        headers={"User-Agent": "Frontdesk", "Accept-Encoding": "identity"},
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where messages go. ``idempotent`` says that it knows a repeated key."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    clock: Clock
    idempotent: bool = False

    async def post(self, session: aiohttp.ClientSession, body: bytes, key: str) -> str | None:
        """The receiver's own id for what it took, None when it gave none.

        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError, ChannelMisconfigured.
        """
        stamp = signed(self.secret, key, body, self.clock.now())
        headers = {"Content-Type": "application/json", "Idempotency-Key": stamp[ID], **stamp}
        try:
            async with session.post(
                self.url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                if 200 <= answer.status < 300:  # noqa: PLR2004 - taken
                    return await _id_in(answer)
                raise self._refusal(answer)
        except NOT_REACHED as error:
            raise RetryableSendError(f"the receiver cannot be reached: {_named(error)}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UncertainSendError(
                f"the connection ended before the receiver answered: {_named(error)}"
            ) from error

    async def knock(self, session: aiohttp.ClientSession) -> int:
        """The status of a request that sends nothing.

        Raises:
            ChannelMisconfigured: nobody answers.
        """
        try:
            async with session.options(self.url, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise ChannelMisconfigured(
                f"nobody answers at the receiver's address: {_named(error)}; correct `url`, or"
                " start the receiver"
            ) from error

    def _refusal(self, answer: aiohttp.ClientResponse) -> ChannelError:
        status = answer.status
        if status in _DENIED:
            return ChannelMisconfigured(
                f"the receiver answers {status}: it does not accept the signature; compare the"
                " secret on both sides, and the clocks"
            )
        if 300 <= status < 400:  # noqa: PLR2004 - a redirect
            return ChannelMisconfigured(
                f"the receiver answers {status}, a redirect, and redirects are not followed; write"
                " the final address as `url`"
            )
        if status in _LATER or status >= 500 or (status == 409 and self.idempotent):  # noqa: PLR2004 - its fault, or still at it
            wait = retry_after(answer.headers.get("Retry-After"), self.clock.now())
            return RetryableSendError(f"the receiver answers {status}", retry_after=wait)
        return RejectedSendError(f"the receiver answers {status}")


def retry_after(header: str | None, now: float) -> float | None:
    """Seconds to wait, at most five minutes; None where the header says nothing usable."""
    if header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(at - now, 0.0), LONGEST_WAIT)


async def _id_in(answer: aiohttp.ClientResponse) -> str | None:
    """It was taken when the status arrived; an answer that nobody can read changes nothing."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            raw = await answer.content.read(ANSWER_BYTES)
            while len(raw) < ANSWER_BYTES and (more := await answer.content.readany()):
                raw += more
        body: object = json.loads(raw[:ANSWER_BYTES])
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, RecursionError):
        return None
    found = cast("dict[str, Any]", body).get("id") if isinstance(body, dict) else None
    if not isinstance(found, str) or not 0 < len(found) <= 200 or not found.isprintable():  # noqa: PLR2004 - as long as any id
        return None
    return found


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__
