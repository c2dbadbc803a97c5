"""Calls to the platform's REST interface, on every node. It maps what the SDK raises to the
channel's own errors and never decides what to do about them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import discord
from discord.http import HTTPClient, Route
from yarl import URL

from channels.discord.refusals import channel_error
from channels.errors import ChannelDisconnected, SendError, UncertainSendError

# A bucket that is full for longer is the outbox's to wait for.
LONGEST_WAIT = 5.0
# Below the outbox's own patience, and long enough for the SDK's first repetitions: they carry the
# same nonce.
CALL_SECONDS = 12.0


class RootedHttp(HTTPClient):
    """The SDK's client with addresses of its own: the SDK keeps them as class attributes, which
    every channel in the process would share."""

    def __init__(self, api_base: str, gateway_base: str) -> None:
        super().__init__(asyncio.get_running_loop())
        # The constructor takes nothing below 30 s. Less is no misuse here: who is told to wait
        # does, in the outbox, as long as the platform says.
        self.max_ratelimit_timeout = LONGEST_WAIT
        self._api_base = api_base
        self._gateway_base = URL(gateway_base)

    async def request(
        self,
        route: Route,
        *,
        files: Sequence[discord.File] | None = None,
        form: Iterable[dict[str, Any]] | None = None,
        **kwargs: Any,  # noqa: ANN401  # what the SDK's own method takes
    ) -> Any:  # noqa: ANN401  # JSON
        route.url = self._api_base + route.url.removeprefix(Route.BASE)
        return await super().request(route, files=files, form=form, **kwargs)

    async def ws_connect(self, url: str, *, compress: int = 0) -> aiohttp.ClientWebSocketResponse:
        return await super().ws_connect(str(self._rooted(URL(url))), compress=compress)

    def _rooted(self, url: URL) -> URL:
        """The platform's hosts become the one that was set; a resume address that a stand-in
        gave is its own."""
        if _is_the_platforms(self._gateway_base) or not _is_the_platforms(url):
            return url
        return self._gateway_base.with_query(url.query)


def _is_the_platforms(url: URL) -> bool:
    return (url.host or "").endswith(".discord.gg")


@dataclass(frozen=True, slots=True)
class Rest:
    """One signed-in client. ``patience`` is how long one call may take, in seconds."""

    http: RootedHttp
    patience: float = CALL_SECONDS

    async def ask(self, route: Route, **kwargs: Any) -> Any:  # noqa: ANN401  # JSON both ways
        """The platform's answer, parsed.

        Raises:
            RetryableSendError: not taken, try again later. RejectedSendError: refused for good.
            UncertainSendError: nobody knows. ChannelMisconfigured: the token is dead.
        """
        try:
            async with asyncio.timeout(self.patience):
                return await self.http.request(route, **kwargs)
        except TimeoutError as error:
            raise UncertainSendError("Discord did not answer in time") from error
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise channel_error(error) from error

    async def must(self, route: Route, **kwargs: Any) -> Any:  # noqa: ANN401  # JSON both ways
        """The same for what the channel cannot be without.

        Raises:
            ChannelDisconnected, ChannelMisconfigured.
        """
        try:
            return await self.ask(route, **kwargs)
        except SendError as error:
            raise ChannelDisconnected(str(error)) from error


@dataclass(frozen=True, slots=True)
class Login:
    """Opens signed-in clients; who opens one closes it."""

    api_base: str
    gateway_base: str
    token: str = field(repr=False)

    async def open(self) -> tuple[RootedHttp, dict[str, Any]]:
        """A client and the account that it is signed in as.

        Raises:
            ChannelDisconnected, ChannelMisconfigured.
        """
        http = RootedHttp(self.api_base, self.gateway_base)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return http, dict(await http.static_login(self.token))
        except BaseException as error:
            await http.close()
            if isinstance(error, TimeoutError):
                raise ChannelDisconnected("Discord did not answer the login in time") from error
            if isinstance(error, (discord.DiscordException, aiohttp.ClientError, OSError)):
                raise _at_login(error) from error
            raise


def _at_login(error: Exception) -> Exception:
    found = channel_error(error)
    return ChannelDisconnected(str(found)) if isinstance(found, SendError) else found
