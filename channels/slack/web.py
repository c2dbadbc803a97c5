"""Slack's Web API through its SDK, as the rest of the adapter calls it: by the methods' own names,
every failure told as an error of ours. It never tries anything twice."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from yarl import URL

from channels.errors import (
    ChannelDisconnected,
    ChannelError,
    ChannelMisconfigured,
    RejectedSendError,
    RetryableSendError,
    SendError,
    UncertainSendError,
)
from channels.settings import is_loopback
from channels.slack.identity import Identity
from channels.slack.refusals import meaning, of_status, seconds
from channels.slack.scopes import of_header
from channels.slack.settings import SlackSettings

# The outbox waits 20 s for a message; a question to Slack ends before.
TOTAL_SECONDS = 15
CONNECT_SECONDS = 8


@dataclass(frozen=True, slots=True)
class Web:
    """The Web API for one bot token, while ``session`` is open. ``proxy`` is the one that the
    environment names, None for a server on this machine."""

    client: AsyncWebClient = field(repr=False)
    session: aiohttp.ClientSession = field(repr=False)
    base: URL
    proxy: str | None = field(repr=False)

    async def ask(self, method: str, **fields: object) -> Mapping[str, Any]:
        """What ``method`` (``chat.postMessage``) answers.

        Raises:
            RetryableSendError, RejectedSendError, UncertainSendError, ChannelMisconfigured.
        """
        data, _ = await self._asked(method, fields)
        return data

    async def sign_in(self) -> Identity:
        """Who the bot token makes us.

        Raises:
            ChannelMisconfigured: Slack does not take the token.
            ChannelDisconnected: Slack is not reached, or what answers is not Slack.
        """
        try:
            data, headers = await self._asked("auth.test", {})
            return Identity(
                team=_word(data, "team_id"),
                user=_word(data, "user_id"),
                bot=str(data.get("bot_id") or ""),
                team_name=str(data.get("team") or ""),
                user_name=str(data.get("user") or ""),
                scopes=of_header(headers.get("x-oauth-scopes", "")),
            )
        except SendError as error:
            raise standing(error) from error

    async def socket_url(self, app_token: SecretStr) -> str:
        """A fresh address for one connection of Socket Mode; it carries a ticket, so it is never
        shown.

        Raises:
            ChannelMisconfigured: Slack does not take the app token.
            ChannelDisconnected: Slack is not reached.
        """
        token = app_token.get_secret_value()
        try:
            return _word(await self.ask("apps.connections.open", app_token=token), "url")
        except ChannelMisconfigured as error:
            raise ChannelMisconfigured(
                f"Socket Mode does not open: {error}. The app token (xapp-) needs the scope"
                " connections:write, and Socket Mode has to be switched on"
            ) from error
        except SendError as error:
            raise standing(error) from error

    async def _asked(
        self, method: str, fields: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        call = getattr(self.client, method.replace(".", "_"))
        # Slack's errors repeat what was sent, and their traces would carry it: none is chained.
        try:
            answer = await call(**fields)
        except SlackApiError as error:
            raise _refusal(error) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RetryableSendError(f"Slack cannot be reached: {named(error)}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UncertainSendError(
                f"the connection ended before Slack answered: {named(error)}"
            ) from None
        except (AttributeError, ValueError) as error:
            # What the SDK stumbles over when a proxy answers 200 with something of its own.
            raise UncertainSendError(f"the answer is not Slack's: {named(error)}") from None
        except SlackClientError as error:
            raise RejectedSendError(f"the SDK does not send this: {named(error)}") from None
        return cast("Mapping[str, Any]", answer.data), cast("Mapping[str, str]", answer.headers)


@asynccontextmanager
async def open_web(settings: SlackSettings) -> AsyncGenerator[Web]:
    session = aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
    )
    async with session:
        client = AsyncWebClient(
            token=settings.bot_token.get_secret_value(),
            base_url=settings.api_base,
            timeout=TOTAL_SECONDS,
            session=session,
            logger=_silent(),
            # The outbox has the only retries: the SDK's own could post twice.
            retry_handlers=[],
        )
        base = URL(settings.api_base)
        if is_loopback(base.host or ""):
            client.proxy = None
        yield Web(client, session, base, client.proxy)


def standing(error: SendError) -> ChannelDisconnected:
    """What a failed question says of the channel as a whole. Only a word of Slack's own means that
    somebody has to mend something: a proxy's page may be gone in a minute."""
    return ChannelDisconnected(str(error))


def named(error: Exception) -> str:
    """The sort of a failure; what it says may repeat an address with a ticket in it."""
    return type(error).__name__


def _silent() -> logging.Logger:
    """The SDK logs whole bodies; this logger is outside of every hierarchy and keeps none."""
    logger = logging.Logger("slack", logging.CRITICAL)  # noqa: LOG001 - none that others configure
    logger.addHandler(logging.NullHandler())
    return logger


def _refusal(error: SlackApiError) -> ChannelError:
    # The SDK hands over its own response, or aiohttp's where the body was no JSON.
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or getattr(response, "status", 0))
    wait = seconds(response.headers.get("Retry-After"))
    found = _mapping(getattr(response, "data", None))
    code = found.get("error")
    if not isinstance(code, str) or not code:
        return of_status(status, wait)
    needed = found.get("needed")
    return meaning(code[:100], needed=str(needed)[:200] if needed else "", retry_after=wait)


def inside(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What stands under a key, empty where that is no object."""
    return _mapping(data.get(key))


def listed(data: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list under a key."""
    found: object = data.get(key)
    return (
        [_mapping(each) for each in cast("list[object]", found)] if isinstance(found, list) else []
    )


def next_page(answer: Mapping[str, Any]) -> str | None:
    """The cursor of the page that follows; None on the last."""
    cursor: object = inside(answer, "response_metadata").get("next_cursor")
    return cursor if isinstance(cursor, str) and cursor else None


def _mapping(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def _word(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise RejectedSendError(
            f"Slack's answer holds no {key}: what answers there is not Slack; look at `api_base`"
        )
    return value
