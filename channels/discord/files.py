"""Fetches the files that customers sent. Their addresses run out, so a fresh one is asked for; it
has to be on the platform's own hosts, and no credential ever goes there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
from discord.http import Route
from pydantic import ValidationError
from yarl import URL

from channels.discord.payloads import Message
from channels.discord.rest import Rest
from channels.discord.settings import API_BASE
from channels.errors import RejectedSendError, RetryableSendError, UncertainSendError
from channels.events import Json

FILE_BYTES = 20 * 1024 * 1024
PIECE_BYTES = 65_536
TOTAL_SECONDS = 120
HOSTS = frozenset({"cdn.discordapp.com", "media.discordapp.net"})


def open_session() -> aiohttp.ClientSession:
    """Without the account's token, without cookies."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=10),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "Frontdesk", "Accept-Encoding": "identity"},
        auto_decompress=False,
    )


@dataclass(frozen=True, slots=True)
class Files:
    rest: Rest
    session: aiohttp.ClientSession
    api_base: str

    async def fetch(self, ref: Json) -> AsyncIterator[bytes]:
        """
        Raises:
            RetryableSendError: try again later. RejectedSendError: it is gone, or too large.
        """
        url = await self._address(ref)
        self._require_home(url)
        taken = 0
        try:
            async with self.session.get(url, allow_redirects=False) as answer:
                _require_body(answer)
                async for piece in answer.content.iter_chunked(PIECE_BYTES):
                    taken += len(piece)
                    if taken > FILE_BYTES:
                        raise RejectedSendError("the file is larger than 20 MB")
                    yield piece
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise RetryableSendError(f"the file was not fetched: {error or 'too slow'}") from error

    async def _address(self, ref: Json) -> str:
        """As the message names it now."""
        room, message, file = (str(ref.get(key, "")) for key in ("channel", "message", "file"))
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            route = Route("GET", path, channel_id=room, message_id=message)
            found = Message.model_validate(await self.rest.ask(route))
        except UncertainSendError as error:
            raise RetryableSendError(str(error)) from error
        except ValidationError as error:
            raise RejectedSendError("the message with the file cannot be read") from error
        for each in found.files:
            if each.id == file:
                return each.url
        raise RejectedSendError("the file was taken back")

    def _require_home(self, address: str) -> None:
        """A fake platform serves its files itself."""
        url = _origin(address)
        stand_in = self.api_base != API_BASE and url == _origin(self.api_base)
        if url is None or not (stand_in or _is_the_platforms(url)):
            raise RejectedSendError("the file is on a host that is not Discord's")


def _is_the_platforms(origin: URL) -> bool:
    return origin.scheme == "https" and origin.host in HOSTS


def _origin(address: str) -> URL | None:
    try:
        return URL(address).origin()
    except ValueError:
        return None


def _require_body(answer: Any) -> None:  # noqa: ANN401  # aiohttp's
    status = answer.status
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 - its fault
        raise RetryableSendError(f"the file's address answers {status}")
    if status != 200:  # noqa: PLR2004 - neither redirects nor parts
        raise RejectedSendError(f"the file's address answers {status}")
