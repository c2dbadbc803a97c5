"""Fetches what customers sent: from Twilio with our credentials, from the storage that Twilio
points to without them, and from nowhere else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from channels.errors import ChannelMisconfigured, RejectedSendError, RetryableSendError
from channels.events import Json
from channels.whatsapp.client import basic
from channels.whatsapp.settings import API_BASE

PIECE_BYTES = 65_536
LIMIT_BYTES = 20 * 1024 * 1024
SECONDS = 30.0
HOPS = 4
# Where Twilio keeps media.
STORAGE = ("twilio.com", "twiliocdn.com", "amazonaws.com")
_PATH = re.compile(r"[A-Za-z0-9]+/Media/[A-Za-z0-9]+")
_PAGES = frozenset({"text/html", "application/xml", "text/xml", "application/json"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Media:
    """``api`` is Twilio's address, ``account`` whose media we may have."""

    session: aiohttp.ClientSession
    api: str
    account: str
    credentials: tuple[str, str] = field(repr=False)

    async def fetch(self, ref: Json) -> AsyncIterator[bytes]:
        """The bytes behind a reference that ``payloads`` made.

        Raises:
            RetryableSendError: try again later. RejectedSendError: it will never be fetched.
            ChannelMisconfigured: Twilio refuses our credentials.
        """
        url = self._ours(str(ref.get("url")))
        try:
            for _ in range(HOPS):
                async with self._get(url) as answer:
                    if answer.status in _REDIRECTS:
                        url = self._next(url, answer)
                        continue
                    self._require_file(url, answer, str(ref.get("type")))
                    async for piece in _capped(answer):
                        yield piece
                    return
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryableSendError(f"the file was not fetched: {error or 'too slow'}") from error
        raise RejectedSendError("the file's address only leads to other addresses")

    def _get(self, url: URL) -> aiohttp.client._RequestContextManager:  # pyright: ignore[reportPrivateUsage]  # what aiohttp calls it
        headers = {"Accept-Encoding": "identity"}
        if url.origin() == URL(self.api).origin():
            headers["Authorization"] = basic(self.credentials)
        timeout = aiohttp.ClientTimeout(total=SECONDS, connect=5)
        return self.session.get(url, headers=headers, allow_redirects=False, timeout=timeout)

    def _ours(self, address: str) -> URL:
        """The address, which has to be of a file of our account at Twilio. What stands for Twilio
        is asked in its place."""
        for base in (self.api, API_BASE):
            start = f"{base}/2010-04-01/Accounts/{self.account}/Messages/"
            if address.startswith(start) and _PATH.fullmatch(address, len(start)):
                return URL(self.api + address.removeprefix(base), encoded=True)
        raise RejectedSendError("the file's address is not one of this account at Twilio")

    def _next(self, url: URL, answer: aiohttp.ClientResponse) -> URL:
        try:
            target = url.join(URL(answer.headers.get("Location", ""), encoded=True))
        except ValueError:
            raise _elsewhere() from None
        host, home = target.host or "", URL(self.api)
        if host == home.host and target.scheme == home.scheme:
            return target
        stored = any(host == name or host.endswith(f".{name}") for name in STORAGE)
        if not stored or target.scheme != "https" or target.port != 443:  # noqa: PLR2004 - https
            raise _elsewhere()
        return target

    def _require_file(self, url: URL, answer: aiohttp.ClientResponse, kind: str) -> None:
        status = answer.status
        if status in {401, 403} and url.origin() == URL(self.api).origin():
            raise ChannelMisconfigured(
                f"Twilio answers {status} for a file: its credentials are not ours any more;"
                " copy account_sid and auth_token again"
            )
        if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 - its fault
            raise RetryableSendError(f"the file's address answers {status}")
        if status != 200:  # noqa: PLR2004 - parts were not asked for
            raise RejectedSendError(f"the file is gone: its address answers {status}")
        if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise RejectedSendError("the file comes compressed, which nobody asked for")
        if answer.content_type in _PAGES and answer.content_type != kind:
            raise RejectedSendError("the file's address holds a page, and no file")
        if (answer.content_length or 0) > LIMIT_BYTES:
            raise _too_large()


async def _capped(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    size = 0
    async for piece in answer.content.iter_chunked(PIECE_BYTES):
        size += len(piece)
        if size > LIMIT_BYTES:
            raise _too_large()
        yield piece


def _elsewhere() -> RejectedSendError:
    return RejectedSendError("the file's address leads to a host that is not Twilio's")


def _too_large() -> RejectedSendError:
    return RejectedSendError("the file is larger than 20 MB")
