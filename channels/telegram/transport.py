"""The way to Telegram's servers: the SDK's client over HTTP, its answers checked before anything
reads them, and nothing of them logged. It never repeats a request and follows no redirect."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Mapping
from ssl import SSLContext
from types import MappingProxyType
from typing import Any, cast

import httpx  # noqa: TID251 - the SDK speaks through it, and its errors say what was sent
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from channels.errors import RejectedSendError, RetryableSendError
from channels.telegram.settings import TelegramSettings

# The outbox ends an attempt after 20 seconds; whatever hangs should say so before that.
CONNECT_SECONDS = 5.0
READ_SECONDS = 12.0
UPLOAD_SECONDS = 18.0
POLL_SECONDS = 30
POLL_MARGIN_SECONDS = 10.0
POOL_SIZE = 128
PIECE_BYTES = 65_536
NONE: Mapping[str, object] = MappingProxyType({})
# How long a flood's 429 holds where it does not say.
FLOOD_SECONDS = 5
# Below WARNING all of these write addresses, and every address holds the token.
_TALKATIVE = ("httpx", "httpcore", "telegram")


class Overloaded(NetworkError):
    """Telegram's servers answered with a 5xx; ``status`` says which."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Telegram's server answers {status}")
        self.status = status


class Flooded(TelegramError):
    """Telegram asks for ``seconds`` of patience. The SDK's own error for this changes its type
    with the version."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Telegram asks for {seconds} s of patience")
        self.seconds = seconds


class Transport(HTTPXRequest):
    """The SDK's HTTP client, with its failures told apart."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 - as the SDK calls it
        status, body = await super().do_request(*args, **kwargs)
        if status >= 500:  # noqa: PLR2004 - the server's own failures
            raise Overloaded(status)
        if status == 413:  # noqa: PLR2004 - too large
            raise BadRequest("the file is larger than Telegram takes")
        if status == 429:  # noqa: PLR2004 - too many
            raise Flooded(_asked_for(body))
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            found: object = json.loads(payload)
        except (ValueError, RecursionError):
            raise TelegramError("Telegram's answer is no JSON") from None
        if not isinstance(found, dict):
            raise TelegramError("Telegram's answer is no object")
        return {"result": None, **cast("dict[str, Any]", found)}

    async def stream(self, url: str) -> AsyncIterator[bytes]:
        """The file at ``url``, which holds the token and is named in no error.

        Raises:
            RetryableSendError: try again later. RejectedSendError: it is gone for good.
        """
        try:
            async with self._client.stream(
                "GET", url, headers={"Accept-Encoding": "identity"}, follow_redirects=False
            ) as answer:
                _require_file(answer)
                async for piece in answer.aiter_raw(PIECE_BYTES):
                    yield piece
        except httpx.HTTPError as error:
            raise RetryableSendError(f"the file was not fetched: {type(error).__name__}") from None


class Caller(Bot):
    """The SDK's bot, its methods called by their names in Telegram's manual."""

    def __repr__(self) -> str:
        """The SDK's own shows the token."""
        return "Caller()"

    async def call(
        self, method: str, fields: Mapping[str, object] = NONE, *, seconds: float | None = None
    ) -> Any:  # noqa: ANN401 - JSON
        """The result as it came; fields that are None are not sent.

        Raises:
            TelegramError: see ``channels/telegram/failures.py``.
        """
        if seconds is None:
            return await self._post(method, dict(fields))
        return await self._post(method, dict(fields), read_timeout=seconds)


class Wire:
    """Two connection pools, so that waiting for updates never holds up what is sent."""

    def __init__(self, settings: TelegramSettings) -> None:
        """Reads the certificates of this machine: to be called outside of the event loop."""
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        certificates = httpx.create_ssl_context()
        self._calls = _transport(POOL_SIZE, certificates)
        self._polls = _transport(2, certificates)
        token = settings.token.get_secret_value()
        self._files = f"{settings.files}{token}"
        self.bot = Caller(
            token,
            base_url=settings.methods,
            base_file_url=settings.files,
            request=self._calls,
            get_updates_request=self._polls,
        )

    def file(self, path: str) -> AsyncIterator[bytes]:
        """The bytes behind a path that getFile gave."""
        return self._calls.stream(f"{self._files}/{path}")

    async def close(self) -> None:
        await self._calls.shutdown()
        await self._polls.shutdown()


def _transport(connections: int, certificates: SSLContext) -> Transport:
    return Transport(
        connection_pool_size=connections,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        write_timeout=READ_SECONDS,
        pool_timeout=CONNECT_SECONDS,
        media_write_timeout=UPLOAD_SECONDS,
        httpx_kwargs={"verify": certificates},
    )


def _asked_for(body: bytes) -> int:
    try:
        parameters = Transport.parse_json_payload(body).get("parameters")
    except TelegramError:
        # What stands before Telegram's server says it in words of its own.
        parameters = None
    found = cast("dict[str, Any]", parameters) if isinstance(parameters, dict) else {}
    seconds = found.get("retry_after")
    return seconds if isinstance(seconds, int) and seconds > 0 else FLOOD_SECONDS


def _require_file(answer: httpx.Response) -> None:
    status = answer.status_code
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 - its fault
        raise RetryableSendError(f"the file's address answers {status}")
    if status != 200:  # noqa: PLR2004 - neither redirects nor parts
        raise RejectedSendError(f"the file's address answers {status}")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RejectedSendError("the file comes compressed, which nobody asked for")
