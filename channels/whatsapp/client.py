"""The SDK's client over an HTTP client of our own, which the SDK provides for: it gives the
answer's headers, keeps time, and says whether Twilio can have seen a request. It repeats nothing,
follows no redirect and shows our credentials to Twilio's hosts only."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import aiohttp

# Named here, so that the SDK does not load them when it is first used, inside the event loop.
import twilio.rest.api
import twilio.rest.content
import twilio.rest.messaging
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from channels.whatsapp.refusals import Broken, Refusal, Unreached
from channels.whatsapp.settings import CONTENT_BASE, MESSAGING_BASE, WhatsAppSettings

TOTAL_SECONDS = 12.0
CONNECT_SECONDS = 5.0
ANSWER_BYTES = 8 * 1024 * 1024
# No connection was made, so nobody has seen the request; every other error leaves that in doubt.
NOT_REACHED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
# A message waits for 15 minutes at most; what asks for longer is not believed.
LONGEST_WAIT = 3600.0
_LOADED = (twilio.rest.api, twilio.rest.content, twilio.rest.messaging)


def open_session() -> aiohttp.ClientSession:
    """One for the channel's life. No connection is used twice: one that Twilio closes just when we
    write would leave in doubt what certainly did not arrive."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True),
        timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )


def basic(credentials: tuple[str, str]) -> str:
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(":".join(credentials).encode()).decode("ascii")


class Http(AsyncHttpClient):
    """How the SDK reaches Twilio. ``hosts`` are the origins that get our credentials."""

    def __init__(self, session: aiohttp.ClientSession, hosts: frozenset[URL]) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=True)
        self._session = session
        self._hosts = hosts

    async def request(  # noqa: PLR0913, PLR0917 - the SDK's signature
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the SDK's signature
    ) -> Response:
        """
        Raises:
            Refusal, Unreached, Broken.
        """
        sent = {**(headers or {}), "Accept-Encoding": "identity"}
        url = URL(f"{uri}?{urlencode(params, doseq=True)}" if params else uri, encoded=True)
        if url.origin() not in self._hosts:
            raise Refusal(0, message="the answer points to a host that is not Twilio's")
        if auth is not None:
            sent["Authorization"] = basic(auth)
        body = _body(data, sent)
        try:
            async with self._session.request(
                method, url, data=body, headers=sent, allow_redirects=False
            ) as answer:
                return await _read(answer)
        except NOT_REACHED as error:
            raise Unreached(_named(error)) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Broken(_named(error)) from error


def _body(data: Mapping[str, object] | None, headers: Mapping[str, str]) -> bytes | None:
    if data is None:
        return None
    if headers.get("Content-Type", "").startswith("application/json"):
        return json.dumps(data).encode()
    return urlencode(data, doseq=True).encode()


async def _read(answer: aiohttp.ClientResponse) -> Response:
    raw = b""
    async for piece in answer.content.iter_any():
        raw += piece
        if len(raw) > ANSWER_BYTES:
            raise Broken("the answer is larger than any of Twilio's")
    text = raw.decode("utf-8", "replace")
    if not 200 <= answer.status < 300:  # noqa: PLR2004 - success
        raise _refusal(answer, text)
    return Response(answer.status, text, answer.headers)


def _refusal(answer: aiohttp.ClientResponse, text: str) -> Refusal:
    said: dict[str, Any] = {}
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        said = cast("dict[str, Any]", found)
    code, message = said.get("code"), said.get("message") or said.get("detail")
    return Refusal(
        status=answer.status,
        code=code if isinstance(code, int) else None,
        message=" ".join(message.split())[:200] if isinstance(message, str) else "",
        retry_after=_seconds(answer.headers.get("Retry-After", "")),
    )


def _seconds(header: str) -> float | None:
    text = header.strip()
    return min(float(text[:9]), LONGEST_WAIT) if text.isascii() and text.isdigit() else None


def _named(error: Exception) -> str:
    return str(error) or type(error).__name__


def twilio_client(settings: WhatsAppSettings, session: aiohttp.ClientSession) -> Client:
    """The SDK's client for this account; ``api_base`` stands for all of its hosts."""
    api = settings.api
    content = settings.api_base or CONTENT_BASE
    messaging = settings.api_base or MESSAGING_BASE
    hosts = frozenset(URL(base).origin() for base in (api, content, messaging))
    name, secret = settings.credentials
    client = Client(name, secret, settings.account_sid, http_client=Http(session, hosts))
    # The environment may name a region, which would rewrite the host names.
    client.region = client.edge = None
    client.api.base_url = api
    client.content.base_url = content
    client.messaging.base_url = messaging
    return client
