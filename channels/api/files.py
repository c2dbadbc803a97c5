"""Fetches the files that came as addresses, from the receiver's own origin only: an address that a
customer chose could lead anywhere in the operator's network."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
from yarl import URL

from channels.errors import RejectedSendError, RetryableSendError

PIECE_BYTES = 65_536


async def fetch(session: aiohttp.ClientSession, url: str, home: str) -> AsyncIterator[bytes]:
    """The bytes at ``url``, which has to be of the same origin as ``home``. The caller caps them.

    Raises:
        RetryableSendError: try again later. RejectedSendError: it will never be fetched.
    """
    _require_same_origin(url, home)
    try:
        async with session.get(url, allow_redirects=False) as answer:
            _require_body(answer)
            async for piece in answer.content.iter_chunked(PIECE_BYTES):
                yield piece
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise RetryableSendError(f"the file was not fetched: {error or 'too slow'}") from error


def _require_same_origin(url: str, home: str) -> None:
    try:
        same = URL(url).origin() == URL(home).origin()
    except ValueError:
        same = False
    if not same:
        raise RejectedSendError(
            "files are fetched from scheme, host and port of the channel's url only"
        )


def _require_body(answer: aiohttp.ClientResponse) -> None:
    status = answer.status
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 - its fault
        raise RetryableSendError(f"the file's address answers {status}")
    if status != 200:  # noqa: PLR2004 - neither redirects nor parts
        raise RejectedSendError(f"the file's address answers {status}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RejectedSendError("the file comes compressed, which nobody asked for")
