"""Access tokens for XOAUTH2, fetched with a refresh token and kept until shortly before they end.
Never logs one, and never stores one anywhere but in memory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp

from channels.contract import Clock
from channels.errors import ChannelDisconnected, ChannelMisconfigured
from channels.mail.settings import OAuthSettings

TOTAL_SECONDS = 20
ANSWER_BYTES = 65_536
EARLY_SECONDS = 120.0
DEFAULT_SECONDS = 3600.0


@dataclass(eq=False)
class Tokens:
    """One account's access token."""

    settings: OAuthSettings = field(repr=False)
    clock: Clock
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    @property
    def until(self) -> float:
        """When the current one is no longer used, in seconds of the monotonic clock."""
        return self._until

    async def get(self) -> str:
        """
        Raises:
            ChannelMisconfigured: the provider refuses the refresh token.
            ChannelDisconnected: it cannot be asked now.
        """
        async with self._lock:
            if not self._token or self.clock.monotonic() >= self._until:
                await self._fetch()
            return self._token

    def forget(self) -> None:
        """A server refused it: the next one is fetched anew."""
        self._token = ""

    async def _fetch(self) -> None:
        status, body = await self._asked()
        token, seconds = body.get("access_token"), body.get("expires_in", DEFAULT_SECONDS)
        if status >= 500 or status == 429:  # noqa: PLR2004 - its fault, or too often
            raise ChannelDisconnected(f"the token endpoint answers {status}")
        if not isinstance(token, str) or not token.isprintable() or not token:
            raise ChannelMisconfigured(
                f"the token endpoint answers {status} {_reason(body)}: it gives no access token for"
                " this refresh token; sign the mailbox in again and renew `oauth.refresh_token`"
            )
        lasts = float(seconds) if isinstance(seconds, int | float) else DEFAULT_SECONDS
        self._token = token
        self._until = self.clock.monotonic() + max(lasts - EARLY_SECONDS, 0.0)

    async def _asked(self) -> tuple[int, dict[str, Any]]:
        given = self.settings
        form = {
            "grant_type": "refresh_token",
            "client_id": given.client_id,
            "refresh_token": given.refresh_token.get_secret_value(),
        }
        if given.client_secret is not None:
            form["client_secret"] = given.client_secret.get_secret_value()
        if given.scope is not None:
            form["scope"] = given.scope
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(given.token_url, data=form, allow_redirects=False) as answer,
            ):
                return answer.status, _object(await answer.content.read(ANSWER_BYTES))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            name = type(error).__name__
            raise ChannelDisconnected(f"the token endpoint cannot be reached ({name})") from error


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body: object = json.loads(raw)
    except ValueError:
        return {}
    return cast("dict[str, Any]", body) if isinstance(body, dict) else {}


def _reason(body: dict[str, Any]) -> str:
    said = body.get("error")
    return f"({said[:60]})" if isinstance(said, str) and said.isprintable() else ""
